-- Moves open holds and pending earns from one locked account to another, under their ids; returns the held points.
--
-- p_ids       only these, or all where null
-- p_at_most   holds go, the oldest first, while they reserve no more points than this together
CREATE OR REPLACE FUNCTION ledger_move_promises(
    p_now timestamptz,
    p_from uuid,
    p_into uuid,
    p_ids uuid[],
    p_at_most numeric
) RETURNS numeric
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    a accounts;
    b accounts;
    held_points numeric;
    pending_points numeric;
BEGIN
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_from;
    SELECT x.* INTO b FROM accounts x WHERE x.id = p_into;
    WITH going AS MATERIALIZED (
        SELECT h.*
        FROM (
            SELECT h.*, sum(h.remaining) OVER (ORDER BY h.placed_at, h.id) AS upto
            FROM holds h
            WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.state = 'open' AND (p_ids IS NULL OR h.id = ANY (p_ids))
        ) h
        WHERE h.upto <= p_at_most
    ), gone AS (
        UPDATE holds h
        SET state = 'moved', remaining = 0, closed_at = p_now
        FROM going g
        WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.id = g.id
    ), come AS (
        INSERT INTO holds (
            account_id, bucket, id, points, remaining, once_per_reference, placed_at, expires_at, reason, reference,
            location, surface, actor
        )
        SELECT
            b.id, b.bucket, g.id, g.remaining, g.remaining, g.once_per_reference, g.placed_at, g.expires_at, g.reason,
            g.reference, g.location, g.surface, g.actor
        FROM going g
        ON CONFLICT (account_id, bucket, id) DO UPDATE
        SET
            -- What was captured here before it went, and what it comes back with.
            points = excluded.remaining + (
                SELECT coalesce(-sum(e.points), 0) FROM entries e
                WHERE e.account_id = b.id AND e.bucket = b.bucket AND e.kind = 'capture' AND e.hold_id = holds.id
            ),
            remaining = excluded.remaining, state = 'open', closed_at = NULL
    )
    SELECT coalesce(sum(g.remaining), 0) INTO held_points FROM going g;
    WITH going AS MATERIALIZED (
        SELECT p.* FROM pending_earns p
        WHERE p.account_id = a.id AND p.bucket = a.bucket AND p.state = 'open' AND (p_ids IS NULL OR p.id = ANY (p_ids))
    ), gone AS (
        UPDATE pending_earns p
        SET state = 'moved', remaining = 0, closed_at = p_now
        FROM going g
        WHERE p.account_id = a.id AND p.bucket = a.bucket AND p.id = g.id
    ), come AS (
        INSERT INTO pending_earns (
            account_id, bucket, id, points, remaining, placed_at, activates_at, expires_at, reason, reference,
            location, surface, actor, cause
        )
        SELECT
            b.id, b.bucket, g.id, g.remaining, g.remaining, g.placed_at, g.activates_at, g.expires_at, g.reason,
            g.reference, g.location, g.surface, g.actor, g.cause
        FROM going g
        ON CONFLICT (account_id, bucket, id) DO UPDATE
        SET points = excluded.points, remaining = excluded.remaining, state = 'open', closed_at = NULL
    )
    SELECT coalesce(sum(g.remaining), 0) INTO pending_points FROM going g;
    UPDATE accounts x
    SET held = x.held - held_points, pending = x.pending - pending_points
    WHERE x.id = a.id AND x.bucket = a.bucket;
    UPDATE accounts x
    SET held = x.held + held_points, pending = x.pending + pending_points
    WHERE x.id = b.id AND x.bucket = b.bucket;
    RETURN held_points;
END
$$;
