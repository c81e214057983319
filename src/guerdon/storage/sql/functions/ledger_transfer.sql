-- Moves available points between two locked, settled accounts of one program; each keeps its day. Null moves all.
CREATE OR REPLACE FUNCTION ledger_transfer(
    p_now timestamptz,
    p_account uuid,
    p_to uuid,
    p_points numeric,
    p_at timestamptz,
    p_reason text,
    p_reference text,
    p_location text,
    p_surface text,
    p_actor uuid,
    p_cause text
) RETURNS ledger_result
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    a accounts;
    b accounts;
    wanted numeric;
    result ledger_result;
BEGIN
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_account;
    SELECT x.* INTO b FROM accounts x WHERE x.id = p_to AND x.tenant_id = a.tenant_id;
    wanted := coalesce(p_points, a.posted - a.held);
    result.account_id := a.id;
    result.bucket := a.bucket;
    result.refusal := CASE
        WHEN a.closed_at IS NOT NULL THEN 'GD002'
        WHEN b.id IS NULL OR b.closed_at IS NOT NULL OR b.id = a.id OR b.program_id <> a.program_id THEN 'GD014'
        WHEN wanted <= 0 OR wanted > a.posted - a.held THEN 'GD003'
    END;
    result.points := 0;
    result.posted := a.posted;
    result.held := a.held;
    IF result.refusal IS NOT NULL THEN
        RETURN result;
    END IF;
    result.version := a.version + 1;
    result.points := -wanted;
    result.posted := a.posted - wanted;
    INSERT INTO entries (
        account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
        location, surface, actor, cause, peer_id
    )
    VALUES
        (a.id, a.bucket, a.version + 1, 'transfer', -wanted, a.posted - wanted, p_at, p_now, p_reason, p_reference,
         p_location, p_surface, p_actor, p_cause, b.id),
        (b.id, b.bucket, b.version + 1, 'transfer', wanted, b.posted + wanted, p_at, p_now, p_reason, p_reference,
         p_location, p_surface, p_actor, p_cause, a.id);
    UPDATE accounts x
    SET posted = result.posted, version = result.version
    WHERE x.id = a.id AND x.bucket = a.bucket;
    PERFORM ledger_take(
        p_now, ARRAY[a.id], ARRAY[a.bucket], ARRAY[result.version], ARRAY[wanted], ARRAY[NULL::bigint], ARRAY[false]
    );
    UPDATE accounts x
    SET posted = x.posted + wanted, version = x.version + 1, idle_at = greatest(x.idle_at, n.idle_at)
    FROM (
        SELECT CASE WHEN r.expiry_kind = 'inactivity' THEN ledger_lapse_at(
            r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates, r.time_zone, p_at
        ) END AS idle_at
        FROM programs r
        WHERE r.id = b.program_id
    ) n
    WHERE x.id = b.id AND x.bucket = b.bucket;
    PERFORM ledger_arrive(a.id, a.bucket, result.version, b.id, b.bucket, b.version + 1);
    IF b.posted < 0 THEN
        PERFORM ledger_repay(ARRAY[b.id], ARRAY[b.bucket], NULL);
    END IF;
    RETURN result;
END
$$;
