-- Audits of the ledger: how far each has come, and what it has found, so that one that was killed can go on.

CREATE TABLE audits (
    id uuid PRIMARY KEY,
    -- Null: all tenants.
    tenant_id uuid,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    -- Where it goes on: in which part, after which row of it.
    part text NOT NULL,
    after_id uuid NOT NULL,
    after_key text NOT NULL,
    -- Counts the reports: two processes that go on with one audit do not both get through.
    step bigint NOT NULL DEFAULT 0,
    checked bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL
);

CREATE TABLE audit_findings (
    audit_id uuid NOT NULL REFERENCES audits ON DELETE CASCADE,
    number bigint NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    expected text NOT NULL,
    found text NOT NULL,
    place text NOT NULL,
    PRIMARY KEY (audit_id, number)
);
