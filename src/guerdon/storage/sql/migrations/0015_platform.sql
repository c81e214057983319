-- Answers kept for repeats, keys with an end and a last use, a log of changes, pools of codes, and what tiers ask for.

-- What a write that is no posting was answered with. Without a body: of somebody who was erased since.
CREATE TABLE answers (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    body bytea,
    headers jsonb,
    about uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX answers_about_idx ON answers (tenant_id, about) WHERE about IS NOT NULL;

-- Who changed what: of members, and of secrets, without what was there before and after.
CREATE TABLE changes (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    at timestamptz NOT NULL,
    surface text NOT NULL,
    actor uuid NOT NULL,
    action text NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    before json,
    after json
);
CREATE INDEX changes_tenant_idx ON changes (tenant_id, id);
CREATE INDEX changes_subject_idx ON changes (tenant_id, subject_id, id);

-- Forgotten for good: no name, no profile.
ALTER TABLE members ADD COLUMN erased_at timestamptz;

-- A tenant to try things in, beside the one that it belongs to.
ALTER TABLE tenants ADD COLUMN live_id uuid UNIQUE REFERENCES tenants;

-- program_ids null: all of them. hint: the end of the secret, for people to tell keys apart.
ALTER TABLE credentials
    ADD COLUMN label text,
    ADD COLUMN hint text,
    ADD COLUMN program_ids uuid[],
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz;
CREATE INDEX credentials_tenant_idx ON credentials (tenant_id, id);

-- Codes of somebody else's that are handed out once each.
CREATE TABLE pools (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, name)
);
CREATE TABLE pool_codes (
    pool_id uuid NOT NULL REFERENCES pools,
    code text NOT NULL,
    redemption_id uuid UNIQUE REFERENCES redemptions,
    added_at timestamptz NOT NULL,
    issued_at timestamptz,
    PRIMARY KEY (pool_id, code)
);
CREATE INDEX pool_codes_free_idx ON pool_codes (pool_id, added_at, code) WHERE redemption_id IS NULL;

-- tier_ids: who can have it, null is everybody; tier_costs: points by tier, where it is not the cost; pool_id: whose
-- codes are handed out, and then stock_left is of free codes; valid_days: how long an issued one can be used.
ALTER TABLE rewards
    ADD COLUMN tier_ids uuid[],
    ADD COLUMN tier_costs jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN pool_id uuid UNIQUE REFERENCES pools,
    ADD COLUMN valid_days integer CHECK (valid_days > 0);
CREATE INDEX rewards_tenant_idx ON rewards (tenant_id, id);
CREATE INDEX redemptions_tenant_idx ON redemptions (tenant_id, id);

-- How members come up the ladder, and stay there; tier_until: until when a tier that was given by hand is good.
ALTER TABLE programs
    ADD COLUMN tier_basis text NOT NULL DEFAULT 'points',
    ADD COLUMN tier_window text NOT NULL DEFAULT 'lifetime',
    ADD COLUMN tier_count integer NOT NULL DEFAULT 1,
    ADD COLUMN tier_unit text NOT NULL DEFAULT 'year',
    ADD COLUMN tier_downgrade text NOT NULL DEFAULT 'balance',
    ADD COLUMN tier_grace_days integer NOT NULL DEFAULT 0,
    ADD COLUMN tier_notice_days integer NOT NULL DEFAULT 30;
ALTER TABLE memberships ADD COLUMN tier_until timestamptz;
