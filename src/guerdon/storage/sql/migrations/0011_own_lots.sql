-- An earn writes one row and not two: a lot is the entry that brought it, until something is taken from it.

ALTER TABLE entries ADD COLUMN expires_at timestamptz;

-- Lots that something was taken from, and those that are not simply what their entry brought: several, or older points.
-- All lots of an account: the function ledger_lots.
ALTER TABLE lots RENAME TO touched_lots;
ALTER INDEX lots_pkey RENAME TO touched_lots_pkey;

-- Who a name is, and which account stands for the member, is answered by the indexes alone: with every posting two rows
-- less that are anywhere in memory.
ALTER TABLE identifiers
    DROP CONSTRAINT identifiers_pkey,
    ADD PRIMARY KEY (tenant_id, namespace, canonical) INCLUDE (member_id);
DROP INDEX memberships_member_idx;
CREATE INDEX memberships_member_idx ON memberships (member_id) INCLUDE (id, account_id, is_primary, deleted_at);

-- They have other parameters from now on.
DROP FUNCTION IF EXISTS ledger_post;
DROP FUNCTION IF EXISTS ledger_earn;
