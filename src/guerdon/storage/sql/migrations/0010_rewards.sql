-- Rewards and what members do with them, orders that earn and spend, and how vendors name and sign for a merchant.

-- Points for each unit of money that an order is paid with.
ALTER TABLE programs ADD COLUMN earning_rate numeric NOT NULL DEFAULT 1 CHECK (earning_rate >= 0);

-- Where the shop behind a link is, for browsers that are sent there.
ALTER TABLE channel_links ADD COLUMN store_url text;

-- What a vendor signs its requests with: kept as they are, because a signature is checked by making it again.
ALTER TABLE credentials ADD COLUMN signing_secrets text[] NOT NULL DEFAULT '{}';

-- A loyalty scheme as it is installed in a merchant's account at a vendor; it selects a program.
CREATE TABLE channel_profiles (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id text NOT NULL,
    account text NOT NULL,
    program_id uuid NOT NULL REFERENCES programs,
    shows_tiers boolean NOT NULL DEFAULT true,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX channel_profiles_account_idx ON channel_profiles (tenant_id, account);

-- value: money off, a price, or percent, as the kind says; stock_left null is without end.
CREATE TABLE rewards (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    program_id uuid NOT NULL REFERENCES programs,
    code text NOT NULL,
    title text NOT NULL,
    description text,
    media_url text,
    media_type text,
    kind text NOT NULL,
    cost numeric NOT NULL CHECK (cost >= 0),
    value numeric CHECK (value >= 0),
    sku text,
    quantity integer CHECK (quantity > 0),
    min_spend numeric CHECK (min_spend >= 0),
    starts_at timestamptz,
    ends_at timestamptz,
    stock_left integer CHECK (stock_left >= 0),
    most_per_member integer CHECK (most_per_member > 0),
    per_days integer CHECK (per_days > 0),
    -- One that is not listed is only for those who know its code.
    is_listed boolean NOT NULL DEFAULT true,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    UNIQUE (program_id, code)
);

-- An order at a shop, by the shop's own id: what it earned and, through redemptions, what it spent. One that was
-- cancelled before it was placed has no account.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    surface text NOT NULL,
    reference text NOT NULL,
    state text NOT NULL CHECK (state IN ('placed', 'cancelled')),
    account_id uuid,
    amount numeric,
    version bigint,
    placed_at timestamptz,
    cancelled_at timestamptz,
    UNIQUE (tenant_id, surface, reference),
    CHECK (state <> 'placed' OR account_id IS NOT NULL)
);

-- Without a reward: points in the place of money. The hold reserves them; the version is the entry that took them.
CREATE TABLE redemptions (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    reward_id uuid REFERENCES rewards,
    account_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('reserved', 'issued', 'fulfilled', 'cancelled', 'expired')),
    points numeric NOT NULL CHECK (points >= 0),
    value numeric,
    session text,
    hold_id uuid,
    version bigint,
    order_id uuid REFERENCES orders,
    surface text NOT NULL,
    actor uuid NOT NULL,
    reserved_at timestamptz NOT NULL,
    expires_at timestamptz,
    issued_at timestamptz,
    fulfilled_at timestamptz,
    closed_at timestamptz,
    CHECK (state <> 'reserved' OR expires_at IS NOT NULL)
);
CREATE INDEX redemptions_account_idx ON redemptions (account_id, reward_id);
CREATE INDEX redemptions_open_idx ON redemptions (reward_id, expires_at) WHERE state = 'reserved';
CREATE INDEX redemptions_order_idx ON redemptions (order_id) WHERE order_id IS NOT NULL;

-- Short-lived proofs of who a member is, for one shop to tell another: codes that are good once, and tokens.
CREATE TABLE recognitions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    hash bytea NOT NULL,
    member_id uuid NOT NULL REFERENCES members,
    is_once boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
