-- Members, the identifiers they answer to, and their memberships.

CREATE TABLE members (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    serial integer NOT NULL,
    profile jsonb NOT NULL,
    password_hash text,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, serial)
);

CREATE TABLE identifiers (
    tenant_id uuid NOT NULL,
    namespace text NOT NULL,
    canonical text NOT NULL,
    value text NOT NULL,
    member_id uuid NOT NULL REFERENCES members,
    PRIMARY KEY (tenant_id, namespace, canonical)
);
CREATE INDEX identifiers_member_idx ON identifiers (member_id);

CREATE TABLE memberships (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    chain_id uuid NOT NULL REFERENCES chains,
    member_id uuid NOT NULL REFERENCES members,
    program_id uuid NOT NULL REFERENCES programs,
    account_id uuid NOT NULL UNIQUE,
    bucket smallint NOT NULL,
    number text,
    provider_id text,
    state text NOT NULL,
    is_primary boolean NOT NULL,
    url text,
    expires_at timestamptz,
    tier_id uuid REFERENCES tiers,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX memberships_one_active_key ON memberships (member_id, program_id) WHERE deleted_at IS NULL;
CREATE INDEX memberships_member_idx ON memberships (member_id);
-- Newest first within a chain: ids are UUIDv7, so their order is the order of creation.
CREATE INDEX memberships_chain_idx ON memberships (chain_id, id);
