-- Who may call which surface: secrets only as slow hashes, tokens only as SHA-256.

CREATE TABLE credentials (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    surface text NOT NULL,
    name text NOT NULL,
    secret_hash text NOT NULL,
    chain_id uuid REFERENCES chains,
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    UNIQUE (surface, name)
);

CREATE TABLE tokens (
    surface text NOT NULL,
    hash bytea NOT NULL,
    credential_id uuid NOT NULL REFERENCES credentials,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (surface, hash)
);
