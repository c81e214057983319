-- Lots and what was taken from them, pending earns, policies of expiry and return, and what falls due on an account.

-- expiry: `rolling` and `inactivity` count from the earn or the last activity, `fixed` lapses on days of the year
-- ('MM-DD'); each to the end of the day, or of the month, quarter or year, in the program's zone.
ALTER TABLE programs
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
    ADD COLUMN expiry_kind text NOT NULL DEFAULT 'never'
        CHECK (expiry_kind IN ('never', 'rolling', 'fixed', 'inactivity')),
    ADD COLUMN expiry_count integer CHECK (expiry_count > 0),
    ADD COLUMN expiry_unit text CHECK (expiry_unit IN ('day', 'month', 'year')),
    ADD COLUMN expiry_round text CHECK (expiry_round IN ('month', 'quarter', 'year')),
    ADD COLUMN expiry_dates text[],
    ADD COLUMN return_policy text NOT NULL DEFAULT 'within_balance'
        CHECK (return_policy IN ('pending_only', 'within_balance', 'allow_negative')),
    ADD COLUMN return_grace_days integer NOT NULL DEFAULT 0 CHECK (return_grace_days >= 0),
    ADD CHECK (expiry_kind NOT IN ('rolling', 'inactivity') OR (expiry_count IS NOT NULL AND expiry_unit IS NOT NULL)),
    ADD CHECK (expiry_kind <> 'fixed' OR cardinality(expiry_dates) > 0);

-- The rules of an account are those of its program, whatever program its membership moves to.
ALTER TABLE accounts
    ADD COLUMN program_id uuid,
    ADD COLUMN pending numeric NOT NULL DEFAULT 0 CHECK (pending >= 0),
    -- The earliest moment at which a lot, hold or pending earn may fall due; never too late, perhaps too early.
    ADD COLUMN due_at timestamptz,
    -- When everything without a day of its own lapses, if nothing happens before.
    ADD COLUMN idle_at timestamptz,
    -- When held points last became free: points past their day lapsed no earlier.
    ADD COLUMN freed_at timestamptz,
    -- Points past their day that waited for a hold to end, when that was last looked at.
    ADD COLUMN overdue numeric NOT NULL DEFAULT 0,
    -- No lot of an entry before it has anything left.
    ADD COLUMN lots_from bigint NOT NULL DEFAULT 0;
UPDATE accounts a SET program_id = m.program_id FROM memberships m WHERE m.account_id = a.id;
ALTER TABLE accounts ALTER COLUMN program_id SET NOT NULL, DROP COLUMN allow_negative;
CREATE INDEX accounts_due_idx ON accounts (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE entries
    ADD COLUMN reverses bigint,
    ADD COLUMN shortfall numeric,
    ADD COLUMN from_pending numeric,
    ADD COLUMN peer_id uuid,
    ADD COLUMN pending_id uuid;
CREATE INDEX entries_reverses_idx ON entries (account_id, bucket, reverses) WHERE reverses IS NOT NULL;

-- Points that came in together and lapse together: of one entry, in parts where they came with several days.
CREATE TABLE lots (
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    version bigint NOT NULL,
    part smallint NOT NULL,
    points numeric NOT NULL CHECK (points > 0),
    remaining numeric NOT NULL CHECK (remaining >= 0 AND remaining <= points),
    earned_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (account_id, bucket, version, part)
) WITH (fillfactor = 80);

-- What paid for the entry `version`, written by the entry `by_version`: positive when points were taken from a lot,
-- negative when they went back to it. Lot 0 is the account's debt: points that were spent and not there.
CREATE TABLE consumptions (
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    version bigint NOT NULL,
    by_version bigint NOT NULL,
    lot_version bigint NOT NULL,
    lot_part smallint NOT NULL,
    points numeric NOT NULL CHECK (points <> 0),
    PRIMARY KEY (account_id, bucket, version, by_version, lot_version, lot_part)
);
CREATE INDEX consumptions_debt_idx ON consumptions (account_id, bucket, version) WHERE lot_version = 0;

CREATE TABLE pending_earns (
    account_id uuid NOT NULL,
    bucket smallint NOT NULL,
    id uuid NOT NULL,
    points numeric NOT NULL CHECK (points > 0),
    remaining numeric NOT NULL CHECK (remaining >= 0),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'activated', 'cancelled')),
    placed_at timestamptz NOT NULL,
    activates_at timestamptz,
    expires_at timestamptz,
    closed_at timestamptz,
    reason text,
    reference text,
    location text,
    surface text NOT NULL,
    actor uuid NOT NULL,
    cause text,
    PRIMARY KEY (account_id, bucket, id)
);
CREATE INDEX pending_earns_id_idx ON pending_earns (id);

-- An index on the state would make every end of a hold a new row in three indexes, and not an update in place.
DROP INDEX holds_open_idx;
CREATE INDEX holds_reference_idx ON holds (account_id, bucket, reference);
ALTER TABLE holds SET (fillfactor = 50);
ALTER TABLE holds
    ADD COLUMN expires_at timestamptz,
    DROP CONSTRAINT holds_state_check,
    ADD CONSTRAINT holds_state_check CHECK (state IN ('open', 'captured', 'voided', 'expired'));

ALTER TABLE ledger_keys ADD COLUMN shortfall numeric;

-- What is read by day of writing, exports and audits, is read in the order in which it lies on the disk.
CREATE INDEX entries_recorded_idx ON entries USING brin (recorded_at) WITH (autosummarize = on);

-- Rows that are updated in place leave dead ones behind in the pages that are read most: collected early. Tables that
-- are only ever added to are frozen as they grow, in small steps.
ALTER TABLE accounts SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE holds SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE lots SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
ALTER TABLE entries SET (
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_freeze_min_age = 0
);
ALTER TABLE consumptions SET (
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_freeze_min_age = 0
);
ALTER TABLE ledger_keys SET (
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_freeze_min_age = 0
);

-- Accounts from before lots: nothing of theirs lapses, so the n-th point spent was paid by the n-th point that came in.
INSERT INTO lots (account_id, bucket, version, part, points, remaining, earned_at)
SELECT
    e.account_id, e.bucket, e.version, 1, e.points,
    e.points - greatest(0, least(e.points, d.spent - e.came_before)),
    e.effective_at
FROM (
    SELECT
        e.*,
        coalesce(sum(e.points) FILTER (WHERE e.points > 0) OVER (
            PARTITION BY e.account_id, e.bucket ORDER BY e.version
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS came_before
    FROM entries e
) e
JOIN (
    SELECT account_id, bucket, coalesce(-sum(points) FILTER (WHERE points < 0), 0) AS spent
    FROM entries
    GROUP BY account_id, bucket
) d ON d.account_id = e.account_id AND d.bucket = e.bucket
WHERE e.points > 0;

INSERT INTO consumptions (account_id, bucket, version, by_version, lot_version, lot_part, points)
WITH flow AS (
    SELECT
        e.account_id, e.bucket, e.version, e.points,
        sum(abs(e.points)) OVER (PARTITION BY e.account_id, e.bucket, e.points > 0 ORDER BY e.version) AS upto
    FROM entries e
    WHERE e.points <> 0
), came AS (
    SELECT account_id, bucket, version, upto - points AS since, upto FROM flow WHERE points > 0
    UNION ALL
    -- Beyond everything that came in: the debt.
    SELECT account_id, bucket, 0, max(upto), 'infinity' FROM (
        SELECT account_id, bucket, CASE WHEN points > 0 THEN upto ELSE 0 END AS upto FROM flow
    ) f
    GROUP BY account_id, bucket
)
SELECT
    d.account_id, d.bucket, d.version, greatest(d.version, c.version), c.version, CASE WHEN c.version > 0 THEN 1 ELSE 0 END,
    least(d.upto, c.upto) - greatest(d.upto + d.points, c.since)
FROM flow d
JOIN came c
    ON c.account_id = d.account_id AND c.bucket = d.bucket
    AND c.since < d.upto AND c.upto > d.upto + d.points
WHERE d.points < 0;

-- What one command of a batch came to, between the steps of the posting function.
CREATE TYPE ledger_result AS (
    ord bigint,
    refusal text,
    account_id uuid,
    bucket smallint,
    version bigint,
    points numeric,
    posted numeric,
    held numeric,
    subject_id uuid,
    state text,
    shortfall numeric,
    replayed boolean
);
-- It has other parameters from now on.
DROP FUNCTION IF EXISTS ledger_post;
