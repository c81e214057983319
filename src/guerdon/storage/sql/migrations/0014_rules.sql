-- Earning rules of programs by version, what orders and events gave by them, what came back, and who referred whom.

-- The JSON is kept as it was sent: every digit of a number counts. Without `live_from` it is a draft.
CREATE TABLE rule_sets (
    program_id uuid NOT NULL REFERENCES programs,
    version integer NOT NULL CHECK (version > 0),
    tenant_id uuid NOT NULL REFERENCES tenants,
    rules text NOT NULL,
    note text,
    live_from timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    actor uuid NOT NULL,
    PRIMARY KEY (program_id, version)
);
CREATE INDEX rule_sets_live_idx ON rule_sets (program_id, live_from, version) WHERE live_from IS NOT NULL;

-- An event that earns is kept as an order is, under ids of its own.
ALTER TABLE orders
    ADD COLUMN event text,
    ADD COLUMN membership_id uuid,
    ADD COLUMN program_id uuid,
    ADD COLUMN rule_version integer,
    ADD COLUMN tier text,
    ADD COLUMN occasion text,
    ADD COLUMN reckoning text,
    ADD COLUMN fingerprint bytea,
    ADD COLUMN referrer_account_id uuid,
    ADD COLUMN referrer_version bigint,
    ADD COLUMN recorded_at timestamptz,
    DROP CONSTRAINT orders_state_check,
    ADD CONSTRAINT orders_state_check CHECK (state IN ('placed', 'returned', 'cancelled')),
    DROP CONSTRAINT orders_tenant_id_surface_reference_key;
CREATE UNIQUE INDEX orders_reference_key ON orders (tenant_id, surface, (event IS NULL), reference);
CREATE INDEX orders_account_idx ON orders (account_id);
CREATE INDEX orders_program_idx ON orders (program_id, placed_at, id);

-- What each rule gave on an order, and what has been taken back of it: caps, challenges and streaks are counted here.
CREATE TABLE earnings (
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    rule text NOT NULL,
    at timestamptz NOT NULL,
    points numeric NOT NULL CHECK (points >= 0),
    taken_back numeric NOT NULL DEFAULT 0,
    measure numeric NOT NULL,
    measure_back numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, account_id, rule)
);
CREATE INDEX earnings_account_idx ON earnings (account_id, at);

-- Units by the index of their line, or an amount of money; neither is all that was left.
CREATE TABLE order_returns (
    order_id uuid NOT NULL REFERENCES orders,
    number integer NOT NULL CHECK (number > 0),
    reference text NOT NULL,
    units text,
    amount numeric,
    fingerprint bytea NOT NULL,
    points numeric NOT NULL,
    shortfall numeric NOT NULL,
    version bigint,
    referrer_version bigint,
    returned_at timestamptz NOT NULL,
    surface text NOT NULL,
    actor uuid NOT NULL,
    PRIMARY KEY (order_id, number),
    UNIQUE (order_id, reference)
);

-- What counts for an account counts with what counted for those that have gone up in it.
CREATE INDEX merged_memberships_into_idx ON merged_memberships (into_account_id) WHERE into_account_id IS NOT NULL;

CREATE TABLE referrals (
    account_id uuid PRIMARY KEY,
    referrer_account_id uuid NOT NULL,
    referred_at timestamptz NOT NULL,
    CHECK (account_id <> referrer_account_id)
);
