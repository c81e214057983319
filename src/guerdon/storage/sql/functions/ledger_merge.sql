-- Moves everything of one account into another of the same program, and closes it; returns its entry there.
--
-- Points keep their days, holds and pending earns go on under their ids, debt is taken over, and lifetime points come
-- along, which the two entries say. Locks both accounts in id order and settles them first.
CREATE OR REPLACE FUNCTION ledger_merge(
    p_now timestamptz,
    p_from uuid,
    p_into uuid,
    p_at timestamptz,
    p_reference text,
    p_surface text,
    p_actor uuid
) RETURNS bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    a accounts;
    b accounts;
BEGIN
    PERFORM ledger_settle(p_now, ARRAY[p_from, p_into]);
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_from;
    SELECT x.* INTO b FROM accounts x WHERE x.id = p_into;
    PERFORM ledger_move(p_now, p_from, p_into, a.posted, a.lifetime, NULL, NULL, p_at, p_reference, p_surface, p_actor);
    PERFORM ledger_move_promises(p_now, p_from, p_into, NULL, 'infinity');
    UPDATE accounts x
    SET closed_at = p_now, due_at = NULL, overdue = 0
    WHERE x.id = a.id AND x.bucket = a.bucket;
    UPDATE accounts x
    SET
        idle_at = greatest(x.idle_at, a.idle_at),
        -- What waits for a hold there may lapse here, where other points are held.
        due_at = least(x.due_at, a.due_at, CASE WHEN a.overdue > 0 OR x.overdue > 0 THEN p_now END),
        overdue = x.overdue + a.overdue
    WHERE x.id = b.id AND x.bucket = b.bucket;
    RETURN b.version + 1;
END
$$;
