-- Posts a batch of commands, in order, each on its own account; one result per command.
--
-- p_now           when the rows are written; the effective time of each command is its own
-- p_bucket        null where one server holds every bucket; otherwise only this bucket's rows are read
-- other arrays    one element per command, all of one length; p_points is null for "all that remain"
-- p_flag          hold: at most one open hold placed so per reference; capture: release what is left
--
-- No two commands of one call may name the same hold, the same key, or (with p_flag) the same account and
-- reference: the caller puts the later one into the next call. Within these bounds the result is what one
-- call per command would give.
--
-- Refusals come back as SQLSTATEs of our own in the row, so that one never spoils its neighbours:
--   GD001 no such account           GD002 account closed      GD003 not enough available points
--   GD004 no such hold              GD005 hold is not open    GD006 capture exceeds the hold
--   GD007 key used for another request
CREATE OR REPLACE FUNCTION ledger_post(
    p_now timestamptz,
    p_bucket smallint,
    p_verb text[],
    p_tenant uuid[],
    p_account uuid[],
    p_points numeric[],
    p_basis text[],
    p_hold uuid[],
    p_flag boolean[],
    p_at timestamptz[],
    p_reason text[],
    p_reference text[],
    p_location text[],
    p_surface text[],
    p_actor uuid[],
    p_cause text[],
    p_key text[],
    p_fingerprint bytea[]
) RETURNS TABLE (
    ord bigint,
    refusal text,
    version bigint,
    points numeric,
    posted numeric,
    held numeric,
    hold_id uuid,
    hold_state text,
    replayed boolean
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    -- In id order, in a statement of its own: the next statement's snapshot sees what the locks waited for.
    PERFORM 1
    FROM accounts a
    WHERE a.id = ANY (p_account) AND (p_bucket IS NULL OR a.bucket = p_bucket)
    ORDER BY a.id
    FOR UPDATE;

    RETURN QUERY
    WITH RECURSIVE
    command AS MATERIALIZED (
        SELECT c.*
        FROM unnest(
            p_verb, p_tenant, p_account, p_points, p_basis, p_hold, p_flag, p_at, p_reason, p_reference,
            p_location, p_surface, p_actor, p_cause, p_key, p_fingerprint
        ) WITH ORDINALITY AS c (
            verb, tenant_id, account_id, points, basis, hold_id, flag, at, reason, reference,
            location, surface, actor, cause, key, fingerprint, ord
        )
    ),
    -- Look-ups one row at a time (LATERAL, LIMIT 1): the plan is kept for the session, and one that was made while
    -- a table was new and small would else read all of it once it has grown.
    answered AS MATERIALIZED (
        SELECT c.ord, c.fingerprint = k.fingerprint AS same, k.*
        FROM command c
        CROSS JOIN LATERAL (
            SELECT k.* FROM ledger_keys k
            WHERE c.key IS NOT NULL AND k.tenant_id = c.tenant_id AND k.key = c.key
            LIMIT 1
        ) k
    ),
    account AS MATERIALIZED (
        SELECT a.*
        FROM accounts a
        WHERE a.id = ANY (p_account)
          AND (p_bucket IS NULL OR a.bucket = p_bucket)
    ),
    step AS MATERIALIZED (
        SELECT
            c.*,
            row_number() OVER (PARTITION BY c.account_id ORDER BY c.ord) AS n,
            a.bucket,
            a.allow_negative,
            a.closed_at,
            h.id AS named_id,
            h.state AS named_state,
            h.remaining AS named_remaining,
            h.reason AS named_reason,
            h.reference AS named_reference,
            h.location AS named_location,
            o.id AS open_id,
            o.points AS open_points,
            o.remaining AS open_remaining
        FROM command c
        JOIN account a ON a.id = c.account_id AND a.tenant_id = c.tenant_id
        LEFT JOIN LATERAL (
            SELECT h.* FROM holds h
            WHERE c.verb IN ('capture', 'void')
              AND h.account_id = a.id AND h.bucket = a.bucket AND h.id = c.hold_id
            LIMIT 1
        ) h ON true
        LEFT JOIN LATERAL (
            SELECT o.* FROM holds o
            WHERE c.verb = 'hold' AND c.flag
              AND o.account_id = a.id AND o.bucket = a.bucket AND o.reference = c.reference AND o.state = 'open'
              AND o.once_per_reference
            LIMIT 1
        ) o ON true
        WHERE NOT EXISTS (SELECT 1 FROM answered x WHERE x.ord = c.ord)
    ),
    run AS (
        SELECT
            a.id AS account_id, 0::bigint AS n, a.posted, a.held, a.lifetime, a.version,
            NULL::bigint AS ord, NULL::text AS refusal, 0::numeric AS delta, false AS entered, false AS again
        FROM account a
        UNION ALL
        SELECT
            r.account_id, s.n,
            r.posted + m.delta,
            r.held + m.reserve,
            r.lifetime + CASE WHEN s.verb IN ('earn', 'adjust', 'set') THEN greatest(m.delta, 0) ELSE 0 END,
            r.version + m.entered::int,
            s.ord, d.refusal, m.delta, m.entered, d.again
        FROM run r
        JOIN step s ON s.account_id = r.account_id AND s.n = r.n + 1
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN s.verb = 'set' AND s.basis = 'available' THEN s.points - (r.posted - r.held)
                WHEN s.verb = 'set' THEN s.points - r.posted
                WHEN s.verb IN ('earn', 'adjust') THEN s.points
                WHEN s.verb = 'capture' THEN -coalesce(s.points, s.named_remaining)
                ELSE 0
            END AS delta
        ) w
        CROSS JOIN LATERAL (
            SELECT
                s.verb = 'hold' AND s.open_points IS NOT DISTINCT FROM s.points AS again,
                CASE
                    WHEN s.closed_at IS NOT NULL THEN 'GD002'
                    WHEN s.verb IN ('capture', 'void') AND s.named_id IS NULL THEN 'GD004'
                    WHEN s.verb IN ('capture', 'void') AND s.named_state <> 'open' THEN 'GD005'
                    WHEN s.verb = 'capture' AND s.points > s.named_remaining THEN 'GD006'
                    WHEN s.verb = 'hold' AND s.open_points IS DISTINCT FROM s.points
                        AND s.points > r.posted - r.held + coalesce(s.open_remaining, 0) THEN 'GD003'
                    WHEN s.verb = 'adjust' AND w.delta < 0 AND NOT s.allow_negative
                        AND r.posted - r.held + w.delta < 0 THEN 'GD003'
                    -- A set may leave available points below zero only by writing a figure below zero.
                    WHEN s.verb = 'set' AND w.delta < 0 AND NOT s.allow_negative
                        AND r.posted - r.held + w.delta < least(0, s.points) THEN 'GD003'
                END AS refusal
        ) d
        CROSS JOIN LATERAL (
            SELECT
                CASE WHEN d.refusal IS NULL THEN w.delta ELSE 0 END AS delta,
                CASE
                    WHEN d.refusal IS NOT NULL OR d.again THEN 0
                    WHEN s.verb = 'hold' THEN s.points - coalesce(s.open_remaining, 0)
                    WHEN s.verb = 'void' OR (s.verb = 'capture' AND s.flag) THEN -s.named_remaining
                    WHEN s.verb = 'capture' THEN w.delta
                    ELSE 0
                END AS reserve,
                d.refusal IS NULL AND (
                    s.verb IN ('earn', 'adjust', 'capture')
                    -- The first set is an entry even of nothing: afterwards the balance is known.
                    OR (s.verb = 'set' AND (w.delta <> 0 OR r.version = 0))
                ) AS entered
        ) m
    ),
    decided AS MATERIALIZED (
        SELECT
            s.*, r.refusal, r.delta, r.entered, r.again, r.posted, r.held, r.lifetime, r.version,
            r.n = max(r.n) OVER (PARTITION BY r.account_id) AS is_last,
            CASE
                WHEN r.refusal IS NOT NULL OR r.again THEN s.named_state
                WHEN s.verb = 'void' THEN 'voided'
                WHEN s.verb = 'capture' AND (s.flag OR s.named_remaining + r.delta = 0) THEN 'captured'
                WHEN s.verb IN ('hold', 'capture') THEN 'open'
            END AS state_after
        FROM run r
        JOIN step s ON s.ord = r.ord
    ),
    entered AS (
        INSERT INTO entries (
            account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at,
            reason, reference, location, hold_id, surface, actor, cause
        )
        SELECT
            d.account_id, d.bucket, d.version, d.verb, d.delta, d.posted, d.at, p_now,
            -- What is said of a hold holds for its captures, unless they say otherwise.
            coalesce(d.reason, d.named_reason), coalesce(d.reference, d.named_reference),
            coalesce(d.location, d.named_location), d.hold_id, d.surface, d.actor, d.cause
        FROM decided d
        WHERE d.entered
    ),
    balanced AS (
        UPDATE accounts a
        SET posted = d.posted, held = d.held, lifetime = d.lifetime, version = d.version
        FROM decided d
        WHERE d.is_last AND a.id = d.account_id AND a.bucket = d.bucket
          AND (a.version <> d.version OR a.held <> d.held)
    ),
    placed AS (
        INSERT INTO holds (
            account_id, bucket, id, points, remaining, placed_at, reason, reference, location, surface, actor,
            once_per_reference
        )
        SELECT
            d.account_id, d.bucket, d.hold_id, d.points, d.points, d.at, d.reason, d.reference, d.location,
            d.surface, d.actor, d.flag
        FROM decided d
        WHERE d.verb = 'hold' AND d.refusal IS NULL AND NOT d.again
    ),
    moving AS MATERIALIZED (
        SELECT
            d.account_id, d.bucket, d.named_id AS id, d.state_after AS state,
            CASE WHEN d.state_after = 'open' THEN d.named_remaining + d.delta ELSE 0 END AS remaining
        FROM decided d
        WHERE d.verb IN ('capture', 'void') AND d.refusal IS NULL
        UNION ALL
        SELECT d.account_id, d.bucket, d.open_id, 'voided', 0
        FROM decided d
        WHERE d.verb = 'hold' AND d.refusal IS NULL AND NOT d.again AND d.open_id IS NOT NULL
    ),
    moved AS (
        UPDATE holds h
        SET
            state = x.state,
            remaining = x.remaining,
            closed_at = CASE WHEN x.state <> 'open' THEN p_now END
        FROM moving x
        WHERE h.id = ANY (ARRAY(SELECT m.id FROM moving m))
          AND h.account_id = x.account_id AND h.bucket = x.bucket AND h.id = x.id
    ),
    kept AS (
        INSERT INTO ledger_keys (
            tenant_id, key, fingerprint, account_id, bucket, refusal, version, points, posted, held,
            hold_id, hold_state, recorded_at
        )
        SELECT
            d.tenant_id, d.key, d.fingerprint, d.account_id, d.bucket, d.refusal,
            CASE WHEN d.entered THEN d.version END, d.delta, d.posted, d.held,
            CASE WHEN d.again THEN d.open_id ELSE d.hold_id END, d.state_after, p_now
        FROM decided d
        WHERE d.key IS NOT NULL
    )
    SELECT
        c.ord,
        CASE
            WHEN x.ord IS NOT NULL AND NOT x.same THEN 'GD007'
            WHEN x.ord IS NOT NULL THEN x.refusal
            WHEN d.ord IS NULL THEN 'GD001'
            ELSE d.refusal
        END,
        CASE WHEN x.ord IS NOT NULL THEN x.version WHEN d.entered THEN d.version END,
        coalesce(x.points, d.delta, 0),
        coalesce(x.posted, d.posted, 0),
        coalesce(x.held, d.held, 0),
        CASE WHEN x.ord IS NOT NULL THEN x.hold_id WHEN d.again THEN d.open_id ELSE c.hold_id END,
        coalesce(x.hold_state, d.state_after),
        x.ord IS NOT NULL OR coalesce(d.again, false)
    FROM command c
    LEFT JOIN answered x ON x.ord = c.ord
    LEFT JOIN decided d ON d.ord = c.ord
    ORDER BY c.ord;
END
$$;
