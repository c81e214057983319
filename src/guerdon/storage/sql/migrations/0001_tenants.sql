-- Tenants, their chains, programs, tiers and channel links.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    last_serial integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);

CREATE TABLE chains (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL
);

CREATE TABLE programs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    chain_id uuid NOT NULL REFERENCES chains,
    code text NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    earning_descriptions text[] NOT NULL DEFAULT '{}',
    redemption_descriptions text[] NOT NULL DEFAULT '{}',
    points_per_unit numeric CHECK (points_per_unit > 0),
    allow_negative boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    UNIQUE (chain_id, code)
);
CREATE UNIQUE INDEX programs_one_default_key ON programs (tenant_id) WHERE is_default;

CREATE TABLE tiers (
    id uuid PRIMARY KEY,
    program_id uuid NOT NULL REFERENCES programs,
    code text NOT NULL,
    name text NOT NULL,
    description text,
    media_url text,
    media_type text,
    min_lifetime numeric NOT NULL DEFAULT 0,
    max_lifetime numeric,
    ordering integer NOT NULL,
    UNIQUE (program_id, code)
);

CREATE TABLE channel_links (
    id text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    program_id uuid NOT NULL REFERENCES programs,
    is_active boolean NOT NULL DEFAULT true,
    shows_tiers boolean NOT NULL DEFAULT true
);
