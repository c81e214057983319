-- Where members were last said to stand, which a job compares with where they do; and the moves that it found.

-- due_at: when the standing, or whether to give notice, may change by itself. warned_until: the end of which notice was given.
CREATE TABLE standings (
    membership_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    tier_id uuid,
    tier text,
    version bigint NOT NULL,
    warned_until timestamptz,
    due_at timestamptz,
    looked_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX standings_due_idx ON standings (due_at) WHERE due_at IS NOT NULL;

-- Without a tier: below the ladder.
CREATE TABLE tier_moves (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    membership_id uuid NOT NULL,
    noticed_at timestamptz NOT NULL,
    move text NOT NULL CHECK (move IN ('up', 'down')),
    from_tier_id uuid,
    to_tier_id uuid
);
CREATE INDEX tier_moves_membership_idx ON tier_moves (membership_id, id);

-- Everything that was written before it has been looked at.
CREATE TABLE standing_progress (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    seen_to timestamptz NOT NULL
);

CREATE INDEX orders_recorded_idx ON orders USING brin (recorded_at) WITH (autosummarize = on);
CREATE INDEX orders_cancelled_idx ON orders (cancelled_at) WHERE cancelled_at IS NOT NULL;
