-- What came with a merge tells more from now on, and undoing one is asked in two ways.
DROP FUNCTION IF EXISTS ledger_came;
DROP FUNCTION IF EXISTS ledger_unmerge;
