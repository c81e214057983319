-- A lot is the entry that brought it, until something is taken from it: an earn writes one row, and not two.

ALTER TABLE entries ADD COLUMN expires_at timestamptz;

-- Lots that something was taken from, and those that are not simply what their entry brought: several, or older points.
-- All lots of an account: the function ledger_lots.
ALTER TABLE lots RENAME TO touched_lots;
ALTER INDEX lots_pkey RENAME TO touched_lots_pkey;
