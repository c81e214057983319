-- Posts a batch of commands, in order, each on its own account; one result per command.
--
-- p_now           when the rows are written, and what is due by; the effective time of each command is its own
-- p_bucket        null where one server holds every bucket; otherwise only this bucket's rows are read
-- p_commands      what is asked; where one names the member and no account, at most one goes to an account, and no
--                 result at all means that nothing was done, since a name leads nowhere or two lead to one account
--
-- No two commands of one call may name the same key or hold, and after a command that is no earn, plain hold or adjust
-- upwards nothing more may come for its account: the caller puts that into the next call. Within these bounds the
-- result is what one call per command would give.
--
-- Refusals come back as SQLSTATEs of our own in the row, so that one never spoils its neighbours:
--   GD001 no such account           GD002 account closed          GD003 not enough available points
--   GD004 no such hold              GD005 hold is not open        GD006 capture exceeds the hold
--   GD007 key used for another request
--   GD008 no such pending earn      GD009 pending earn not open   GD010 would end before it begins
--   GD011 no such entry             GD012 entry not reversible    GD013 reversal exceeds the entry
--   GD014 transfer not allowed
CREATE OR REPLACE FUNCTION ledger_post(
    p_now timestamptz,
    p_bucket smallint,
    p_commands ledger_command[]
) RETURNS SETOF ledger_result
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    has_names boolean;
    has_holds boolean;
    has_captures boolean;
    is_rare boolean;
    ids uuid[];
    is_due boolean;
    left_over bigint[];
    is_earning boolean;
    done ledger_result[] := '{}';
    results ledger_result[];
BEGIN
    SELECT
        bool_or(c.account_id IS NULL), bool_or(c.verb = 'hold'), bool_or(c.verb = 'capture'),
        bool_or(c.verb IN ('reverse', 'transfer'))
    INTO has_names, has_holds, has_captures, is_rare
    FROM unnest(p_commands) c;
    IF has_names THEN
        p_commands := ledger_find(p_commands);
        IF p_commands IS NULL THEN
            RETURN;
        END IF;
    END IF;
    -- In id order, in a statement of its own: the next statement's snapshot sees what the locks waited for.
    SELECT array_agg(l.id), bool_or(l.due_at <= p_now) INTO ids, is_due
    FROM (
        SELECT a.id, a.due_at
        FROM accounts a
        WHERE (p_bucket IS NULL OR a.bucket = p_bucket) AND a.id = ANY (ARRAY(
            SELECT c.account_id FROM unnest(p_commands) c
            UNION ALL
            SELECT c.subject_id FROM unnest(p_commands) c WHERE c.verb = 'transfer'
        ))
        ORDER BY a.id
        FOR UPDATE
    ) l;
    IF is_due THEN
        PERFORM ledger_settle(p_now, ids);
    END IF;

    IF has_holds THEN
        done := done || ledger_hold(p_now, p_bucket, p_commands);
    END IF;
    IF has_captures THEN
        done := done || ledger_capture(p_now, p_bucket, p_commands);
    END IF;
    IF cardinality(done) > 0 AND cardinality(done) < cardinality(p_commands) THEN
        -- What is left beside them are earns more often than not.
        SELECT array_agg(c.ordinality ORDER BY c.ordinality), bool_and(c.verb = 'earn' AND c.subject_id IS NULL)
        INTO left_over, is_earning
        FROM unnest(p_commands) WITH ORDINALITY AS c
        WHERE c.ordinality NOT IN (SELECT r.ord FROM unnest(done) r);
        IF is_earning THEN
            done := done || ARRAY(
                SELECT ROW(
                    left_over[r.ord], r.refusal, r.account_id, r.bucket, r.version, r.points, r.posted, r.held,
                    r.subject_id, r.state, r.shortfall, r.replayed
                )::ledger_result
                FROM unnest(ledger_earn(
                    p_now, p_bucket, ARRAY(SELECT p_commands[o.ord] FROM unnest(left_over) o (ord) ORDER BY o.ord)
                )) r
            );
        END IF;
    END IF;
    IF cardinality(done) = cardinality(p_commands) THEN
        RETURN QUERY SELECT r.* FROM unnest(done) r ORDER BY r.ord;
        RETURN;
    END IF;

    WITH RECURSIVE
    command AS MATERIALIZED (
        SELECT
            c.verb, c.tenant_id, c.account_id, c.points, c.basis, c.subject_id, c.flag, c.starts_at, c.ends_at, c.at,
            c.reason, c.reference, c.location, c.surface, c.actor, c.cause, c.key, c.fingerprint, c.ordinality AS ord
        FROM unnest(p_commands) WITH ORDINALITY AS c
        WHERE cardinality(done) = 0 OR c.ordinality NOT IN (SELECT r.ord FROM unnest(done) r)
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
    step AS MATERIALIZED (
        SELECT
            c.*,
            row_number() OVER (PARTITION BY c.account_id ORDER BY c.ord) AS n,
            a.bucket,
            a.posted AS first_posted,
            a.held AS first_held,
            a.version AS first_version,
            a.idle_at AS first_idle_at,
            a.allow_negative,
            a.closed_at,
            a.overdue,
            a.expiry_kind,
            CASE WHEN a.expiry_kind <> 'never' THEN ledger_lapse_at(
                a.expiry_count, a.expiry_unit, a.expiry_round, a.expiry_dates, a.time_zone, c.at
            ) END AS lapses_at,
            c.verb = 'earn' AND c.subject_id IS NOT NULL AND coalesce(c.starts_at > p_now, true) AS is_promise,
            h.id AS named_id,
            h.state AS named_state,
            h.remaining AS named_remaining,
            h.ends_at AS named_ends_at,
            h.reason AS named_reason,
            h.reference AS named_reference,
            h.location AS named_location,
            h.cause AS named_cause,
            o.id AS open_id,
            o.points AS open_points,
            o.remaining AS open_remaining
        FROM command c
        CROSS JOIN LATERAL (
            SELECT
                a.*, r.allow_negative, r.expiry_kind, r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates,
                r.time_zone
            FROM accounts a
            CROSS JOIN LATERAL (SELECT r.* FROM programs r WHERE r.id = a.program_id LIMIT 1) r
            WHERE a.id = c.account_id AND a.tenant_id = c.tenant_id
              AND (p_bucket IS NULL OR a.bucket = p_bucket)
            LIMIT 1
        ) a
        LEFT JOIN LATERAL (
            SELECT h.id, h.state, h.remaining, NULL::timestamptz AS ends_at, h.reason, h.reference, h.location,
                NULL::text AS cause
            FROM holds h
            WHERE c.verb IN ('capture', 'void')
              AND h.account_id = a.id AND h.bucket = a.bucket AND h.id = c.subject_id
            UNION ALL
            SELECT p.id, p.state, p.remaining, p.expires_at, p.reason, p.reference, p.location, p.cause
            FROM pending_earns p
            WHERE c.verb IN ('activate', 'cancel')
              AND p.account_id = a.id AND p.bucket = a.bucket AND p.id = c.subject_id
            LIMIT 1
        ) h ON true
        LEFT JOIN LATERAL (
            SELECT o.* FROM holds o
            WHERE c.verb = 'hold' AND c.flag
              AND o.account_id = a.id AND o.bucket = a.bucket AND o.reference = c.reference AND o.state = 'open'
              AND o.once_per_reference
            LIMIT 1
        ) o ON true
        WHERE c.verb NOT IN ('reverse', 'transfer')
          AND NOT EXISTS (SELECT 1 FROM answered x WHERE x.ord = c.ord)
    ),
    run AS (
        SELECT
            s.account_id, 0::bigint AS n, s.first_posted AS posted, s.first_held AS held, s.first_version AS version,
            s.first_idle_at AS idle_at,
            NULL::bigint AS ord, NULL::text AS refusal, 0::numeric AS delta, false AS entered, false AS again
        FROM step s
        WHERE s.n = 1
        UNION ALL
        SELECT
            r.account_id, s.n,
            r.posted + m.delta,
            r.held + m.reserve,
            r.version + m.entered::int,
            CASE WHEN m.delta > 0 OR (s.verb = 'capture' AND m.entered) THEN w.idle_at ELSE r.idle_at END,
            s.ord, d.refusal, m.delta, m.entered, d.again AND d.refusal IS NULL
        FROM run r
        JOIN step s ON s.account_id = r.account_id AND s.n = r.n + 1
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN s.verb = 'set' AND s.basis = 'available' THEN s.points - (r.posted - r.held)
                WHEN s.verb = 'set' THEN s.points - r.posted
                WHEN s.verb IN ('earn', 'adjust') AND NOT s.is_promise THEN s.points
                WHEN s.verb = 'capture' THEN -coalesce(s.points, s.named_remaining)
                WHEN s.verb = 'activate' THEN s.named_remaining
                ELSE 0
            END AS delta,
            CASE WHEN s.expiry_kind = 'inactivity' THEN greatest(r.idle_at, s.lapses_at) ELSE r.idle_at END AS idle_at
        ) w
        CROSS JOIN LATERAL (
            SELECT
                s.verb = 'hold' AND s.open_points IS NOT DISTINCT FROM s.points AS again,
                CASE
                    WHEN s.closed_at IS NOT NULL THEN 'GD002'
                    WHEN s.verb IN ('capture', 'void') AND s.named_id IS NULL THEN 'GD004'
                    WHEN s.verb IN ('capture', 'void') AND s.named_state <> 'open' THEN 'GD005'
                    WHEN s.verb = 'capture' AND s.points > s.named_remaining THEN 'GD006'
                    WHEN s.verb IN ('activate', 'cancel') AND s.named_id IS NULL THEN 'GD008'
                    WHEN s.verb IN ('activate', 'cancel') AND s.named_state <> 'open' THEN 'GD009'
                    WHEN s.ends_at <= p_now OR s.ends_at <= s.starts_at THEN 'GD010'
                    WHEN w.delta > 0 AND coalesce(
                        s.ends_at, s.named_ends_at,
                        CASE WHEN s.expiry_kind = 'inactivity' THEN w.idle_at ELSE s.lapses_at END
                    ) <= p_now THEN 'GD010'
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
                d.refusal IS NULL AND NOT s.is_promise AND (
                    s.verb IN ('earn', 'adjust', 'capture', 'activate')
                    -- The first set is an entry even of nothing: afterwards the balance is known.
                    OR (s.verb = 'set' AND (w.delta <> 0 OR r.version = 0))
                ) AS entered
        ) m
    ),
    decided AS MATERIALIZED (
        SELECT
            s.*, r.refusal, r.delta, r.entered, r.again, r.posted, r.held, r.version,
            r.n = max(r.n) OVER (PARTITION BY r.account_id) AS is_last,
            CASE WHEN s.expiry_kind = 'inactivity' THEN coalesce(s.ends_at, s.named_ends_at)
                ELSE coalesce(s.ends_at, s.named_ends_at, s.lapses_at) END AS lot_ends_at,
            r.idle_at,
            r.refusal IS NULL AND NOT r.again AS is_done,
            r.refusal IS NULL AND NOT r.again AND (
                s.verb = 'void' OR (s.verb = 'capture' AND s.flag) OR s.open_id IS NOT NULL
            ) AS is_freeing,
            CASE
                WHEN r.refusal IS NOT NULL OR r.again THEN s.named_state
                WHEN s.verb = 'void' THEN 'voided'
                WHEN s.verb = 'activate' THEN 'activated'
                WHEN s.verb = 'cancel' THEN 'cancelled'
                WHEN s.verb = 'capture' AND (s.flag OR s.named_remaining + r.delta = 0) THEN 'captured'
                WHEN s.verb IN ('hold', 'capture') OR s.is_promise THEN 'open'
            END AS state_after
        FROM run r
        JOIN step s ON s.ord = r.ord
    ),
    entered AS (
        INSERT INTO entries (
            account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at,
            reason, reference, location, hold_id, pending_id, surface, actor, cause, expires_at
        )
        SELECT
            d.account_id, d.bucket, d.version, CASE d.verb WHEN 'activate' THEN 'earn' ELSE d.verb END, d.delta,
            d.posted, d.at, p_now,
            -- What is said of a hold or a pending earn holds for what comes of it, unless that says otherwise.
            coalesce(d.reason, d.named_reason), coalesce(d.reference, d.named_reference),
            coalesce(d.location, d.named_location),
            CASE WHEN d.verb = 'capture' THEN d.subject_id END,
            CASE WHEN d.verb = 'activate' THEN d.subject_id END,
            d.surface, d.actor, coalesce(d.cause, d.named_cause), CASE WHEN d.delta > 0 THEN d.lot_ends_at END
        FROM decided d
        WHERE d.entered
    ),
    balanced AS (
        UPDATE accounts a
        SET
            posted = d.posted, held = d.held, version = d.version,
            pending = a.pending + coalesce(d.promised, 0),
            lifetime = a.lifetime + d.gained,
            idle_at = d.idle_at,
            due_at = least(a.due_at, d.due_at, CASE WHEN d.is_freeing AND a.overdue > 0 THEN p_now END),
            freed_at = CASE WHEN d.is_freeing THEN p_now ELSE a.freed_at END
        FROM (
            SELECT
                d.account_id, d.bucket,
                max(d.posted) FILTER (WHERE d.is_last) AS posted,
                max(d.held) FILTER (WHERE d.is_last) AS held,
                max(d.version) FILTER (WHERE d.is_last) AS version,
                max(d.idle_at) FILTER (WHERE d.is_last) AS idle_at,
                sum(CASE
                    WHEN d.is_promise THEN d.points
                    WHEN d.verb IN ('activate', 'cancel') THEN -d.named_remaining
                    ELSE 0
                END) FILTER (WHERE d.is_done) AS promised,
                sum(greatest(d.delta, 0)) AS gained,
                min(CASE
                    WHEN d.is_promise THEN d.starts_at
                    WHEN d.verb = 'hold' THEN d.ends_at
                    WHEN d.delta > 0 THEN least(d.lot_ends_at, d.idle_at)
                    ELSE d.idle_at
                END) FILTER (WHERE d.is_done) AS due_at,
                bool_or(d.is_freeing) AS is_freeing
            FROM decided d
            GROUP BY d.account_id, d.bucket
            HAVING bool_or(d.is_done)
        ) d
        WHERE a.id = d.account_id AND a.bucket = d.bucket
    ),
    placed AS (
        INSERT INTO holds (
            account_id, bucket, id, points, remaining, placed_at, expires_at, reason, reference, location, surface,
            actor, once_per_reference
        )
        SELECT
            d.account_id, d.bucket, d.subject_id, d.points, d.points, d.at, d.ends_at, d.reason, d.reference,
            d.location, d.surface, d.actor, d.flag
        FROM decided d
        WHERE d.verb = 'hold' AND d.refusal IS NULL AND NOT d.again
    ),
    promised AS (
        INSERT INTO pending_earns (
            account_id, bucket, id, points, remaining, placed_at, activates_at, expires_at, reason, reference,
            location, surface, actor, cause
        )
        SELECT
            d.account_id, d.bucket, d.subject_id, d.points, d.points, d.at, d.starts_at, d.ends_at, d.reason,
            d.reference, d.location, d.surface, d.actor, d.cause
        FROM decided d
        WHERE d.is_promise AND d.refusal IS NULL
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
    kept_promises AS (
        UPDATE pending_earns p
        SET state = d.state_after, remaining = 0, closed_at = p_now
        FROM decided d
        WHERE d.verb IN ('activate', 'cancel') AND d.refusal IS NULL
          AND p.id = ANY (ARRAY(
              SELECT x.subject_id FROM decided x WHERE x.verb IN ('activate', 'cancel') AND x.refusal IS NULL
          ))
          AND p.account_id = d.account_id AND p.bucket = d.bucket AND p.id = d.subject_id
    ),
    kept AS (
        INSERT INTO ledger_keys (
            tenant_id, key, fingerprint, account_id, bucket, refusal, version, points, posted, held,
            hold_id, hold_state, recorded_at
        )
        SELECT
            d.tenant_id, d.key, d.fingerprint, d.account_id, d.bucket, d.refusal,
            CASE WHEN d.entered THEN d.version END, d.delta, d.posted, d.held,
            CASE WHEN d.again THEN d.open_id ELSE d.subject_id END, d.state_after, p_now
        FROM decided d
        -- What went up in another account is no answer for ever: the same request may find where to.
        WHERE d.key IS NOT NULL AND d.refusal IS DISTINCT FROM 'GD002'
    )
    SELECT array_agg(
        CASE
            WHEN x.ord IS NOT NULL THEN ROW(
                c.ord, CASE WHEN x.same THEN x.refusal ELSE 'GD007' END, x.account_id, x.bucket, x.version, x.points,
                x.posted, x.held, x.hold_id, x.hold_state, x.shortfall, true
            )::ledger_result
            WHEN d.ord IS NOT NULL THEN ROW(
                c.ord, d.refusal, d.account_id, d.bucket, CASE WHEN d.entered THEN d.version END, d.delta, d.posted,
                d.held, CASE WHEN d.again THEN d.open_id ELSE c.subject_id END, d.state_after, NULL, d.again
            )::ledger_result
            ELSE ROW(c.ord, 'GD001', NULL, NULL, NULL, 0, 0, 0, c.subject_id, NULL, NULL, false)::ledger_result
        END
        ORDER BY c.ord
    ) INTO results
    FROM command c
    LEFT JOIN answered x ON x.ord = c.ord
    LEFT JOIN decided d ON d.ord = c.ord;

    PERFORM ledger_repay(array_agg(r.account_id), array_agg(r.bucket), NULL)
    FROM (
        SELECT DISTINCT r.account_id, r.bucket
        FROM unnest(results) r
        WHERE NOT r.replayed AND r.points > 0 AND r.posted - r.points < 0
    ) r
    HAVING count(*) > 0;
    PERFORM ledger_take(
        p_now, array_agg(r.account_id), array_agg(r.bucket), array_agg(r.version), array_agg(-r.points),
        array_agg(NULL::bigint), array_agg(p_commands[r.ord].verb = 'capture')
    )
    FROM unnest(results) r
    WHERE NOT r.replayed AND r.points < 0
    HAVING count(*) > 0;

    results := done || results;
    IF is_rare THEN
        RETURN QUERY SELECT r.* FROM ledger_post_rare(p_now, p_bucket, results, p_commands) r
        ORDER BY r.ord;
    ELSE
        RETURN QUERY SELECT r.* FROM unnest(results) r ORDER BY r.ord;
    END IF;
END
$$;
