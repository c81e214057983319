-- The ledger: accounts, immutable entries, holds, and what each idempotency key led to.

-- Half-empty pages: every posting updates its account in place (HOT), and no index covers a changing column.
CREATE TABLE accounts (
    id uuid NOT NULL,
    bucket smallint NOT NULL,
    tenant_id uuid NOT NULL,
    posted numeric NOT NULL DEFAULT 0,
    held numeric NOT NULL DEFAULT 0 CHECK (held >= 0),
    lifetime numeric NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    allow_negative boolean NOT NULL DEFAULT false,
    closed_at timestamptz,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (id, bucket)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE entries (
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    points numeric NOT NULL,
    balance_after numeric NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reason text,
    reference text,
    location text,
    hold_id uuid,
    surface text NOT NULL,
    actor uuid NOT NULL,
    cause text,
    PRIMARY KEY (account_id, bucket, version)
);

CREATE TABLE holds (
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    points numeric NOT NULL CHECK (points > 0),
    remaining numeric NOT NULL CHECK (remaining >= 0),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'captured', 'voided')),
    -- Placed so that the account has at most one open per reference; the others share theirs freely.
    once_per_reference boolean NOT NULL DEFAULT false,
    placed_at timestamptz NOT NULL,
    closed_at timestamptz,
    reason text,
    reference text,
    location text,
    surface text NOT NULL,
    actor uuid NOT NULL,
    PRIMARY KEY (account_id, bucket, id)
);
CREATE INDEX holds_id_idx ON holds (id);
CREATE INDEX holds_open_idx ON holds (account_id, bucket, reference) WHERE state = 'open';

-- One key, one effect, forever: the first answer, a refusal included.
CREATE TABLE ledger_keys (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    refusal text,
    version bigint,
    points numeric NOT NULL,
    posted numeric NOT NULL,
    held numeric NOT NULL,
    hold_id uuid,
    hold_state text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
