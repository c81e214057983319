-- `ledger_lots` tells from now on which lots have a row of their own.
DROP FUNCTION IF EXISTS ledger_lots;
