-- Commands come to the ledger as rows of one array, which costs half of what an array for each of their parts did.

-- points               null for "all that remain"
-- subject_id           the hold, the pending earn or, of a transfer, the other account
-- version              the entry to reverse
-- flag                 hold: at most one open hold placed so per reference; capture: release what is left
-- starts_at, ends_at   when a pending earn becomes one; when the lot, hold or grace ends
-- at                   the effective time
-- namespaces, canonical
--                      where account_id is null: who the member is
CREATE TYPE ledger_command AS (
    verb text,
    tenant_id uuid,
    account_id uuid,
    points numeric,
    basis text,
    subject_id uuid,
    version bigint,
    flag boolean,
    starts_at timestamptz,
    ends_at timestamptz,
    at timestamptz,
    reason text,
    reference text,
    location text,
    surface text,
    actor uuid,
    cause text,
    key text,
    fingerprint bytea,
    namespaces text,
    canonical text
);

-- A lot of an account, and whether it has a row of its own.
CREATE TYPE ledger_lot AS (
    account_id uuid,
    bucket smallint,
    version bigint,
    part smallint,
    points numeric,
    remaining numeric,
    earned_at timestamptz,
    expires_at timestamptz,
    is_touched boolean
);

-- They have other parameters from now on, or tell more.
DROP FUNCTION IF EXISTS ledger_post;
DROP FUNCTION IF EXISTS ledger_post_rare;
DROP FUNCTION IF EXISTS ledger_earn;
DROP FUNCTION IF EXISTS ledger_hold;
DROP FUNCTION IF EXISTS ledger_capture;
DROP FUNCTION IF EXISTS ledger_find;
DROP FUNCTION IF EXISTS ledger_lots;
