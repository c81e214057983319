-- Imports of orders, files that come over the API in parts, what is wrong with their rows, and copies to be fetched.

-- An import has a `format` where its file is in parts here, and a digest once the whole of it is known.
ALTER TABLE imports
    DROP CONSTRAINT imports_kind_check,
    ADD CONSTRAINT imports_kind_check CHECK (kind IN ('members', 'balances', 'orders')),
    DROP CONSTRAINT imports_state_check,
    ADD CONSTRAINT imports_state_check
    CHECK (state IN ('uploading', 'queued', 'staging', 'checked', 'writing', 'done', 'failed')),
    ALTER COLUMN digest DROP NOT NULL,
    ADD COLUMN surface text NOT NULL DEFAULT 'import',
    ADD COLUMN format text,
    ADD COLUMN namespace text NOT NULL DEFAULT 'external',
    ADD COLUMN earns boolean NOT NULL DEFAULT false,
    ADD COLUMN is_trial boolean NOT NULL DEFAULT false,
    ADD COLUMN skips_bad boolean NOT NULL DEFAULT false,
    ADD COLUMN problem text;
CREATE INDEX imports_waiting_idx ON imports (id) WHERE format IS NOT NULL AND state IN ('queued', 'staging', 'writing');

CREATE TABLE import_parts (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    content bytea NOT NULL,
    PRIMARY KEY (import_id, number)
);

-- Rows that are not written, of the last check and of what the ledger said no to.
CREATE TABLE import_errors (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    row bigint NOT NULL,
    error text NOT NULL,
    PRIMARY KEY (import_id, row)
);

-- As import_members and import_balances: read, and not yet written.
CREATE UNLOGGED TABLE import_orders (
    import_id uuid NOT NULL,
    row bigint NOT NULL,
    chunk integer NOT NULL,
    error text,
    namespace text,
    canonical text,
    order_id uuid,
    reference text,
    placed_at timestamptz,
    amount text,
    points text,
    tier text,
    occasion text,
    reckoning text,
    membership_id uuid,
    account_id uuid
);
CREATE INDEX import_orders_chunk_idx ON import_orders (import_id, chunk);

CREATE TABLE exports (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'forgotten')),
    rows bigint NOT NULL DEFAULT 0,
    problem text,
    actor uuid NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX exports_tenant_idx ON exports (tenant_id, id);

CREATE TABLE export_parts (
    export_id uuid NOT NULL REFERENCES exports ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    content bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);
ALTER TABLE import_parts ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE export_parts ALTER COLUMN content SET STORAGE EXTERNAL;
