-- Undoes an entry of a locked, settled account, whole or in part, as a new entry.
--
-- Points spent go back to their own lots; points earned are taken from their own lot first, then as far as the program's return policy goes.
CREATE OR REPLACE FUNCTION ledger_reverse(
    p_now timestamptz,
    p_account uuid,
    p_version bigint,
    p_points numeric,
    p_until timestamptz,
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
    r programs;
    e entries;
    undone numeric;
    own numeric;
    wanted numeric;
    taken numeric;
    from_pending numeric := 0;
    result ledger_result;
BEGIN
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_account;
    SELECT x.* INTO r FROM programs x WHERE x.id = a.program_id;
    SELECT x.* INTO e FROM entries x
    WHERE x.account_id = a.id AND x.bucket = a.bucket AND x.version = p_version;
    SELECT coalesce(sum(abs(x.points) + coalesce(x.shortfall, 0) + coalesce(x.from_pending, 0)), 0) INTO undone
    FROM entries x
    WHERE x.account_id = a.id AND x.bucket = a.bucket AND x.reverses = p_version;
    wanted := coalesce(p_points, abs(e.points) - undone);
    result.account_id := a.id;
    result.bucket := a.bucket;
    result.refusal := CASE
        WHEN a.closed_at IS NOT NULL THEN 'GD002'
        WHEN e.version IS NULL THEN 'GD011'
        WHEN e.kind IN ('transfer', 'reverse') THEN 'GD012'
        WHEN wanted <= 0 OR wanted > abs(e.points) - undone THEN 'GD013'
        WHEN p_until <= p_now THEN 'GD010'
    END;
    IF result.refusal IS NOT NULL THEN
        result.points := 0;
        result.posted := a.posted;
        result.held := a.held;
        RETURN result;
    END IF;

    IF e.points < 0 THEN
        taken := -wanted;
    ELSIF r.return_policy = 'allow_negative' THEN
        taken := wanted;
    ELSE
        taken := least(wanted, greatest(a.posted - a.held, 0));
        IF r.return_policy = 'pending_only' THEN
            SELECT coalesce(sum(l.remaining), 0) INTO own FROM ledger_lots(a.id, a.bucket, p_version) l
            WHERE l.version = p_version;
            taken := least(taken, own);
            from_pending := ledger_unpromise(p_now, a.id, a.bucket, wanted - taken);
        END IF;
    END IF;
    IF e.points > 0 THEN
        result.shortfall := nullif(wanted - taken - from_pending, 0);
    END IF;
    result.version := a.version + 1;
    result.points := -taken;
    result.posted := a.posted - taken;
    result.held := a.held;
    INSERT INTO entries (
        account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
        location, surface, actor, cause, reverses, shortfall, from_pending
    )
    VALUES (
        a.id, a.bucket, result.version, 'reverse', result.points, result.posted, p_at, p_now, p_reason, p_reference,
        p_location, p_surface, p_actor, p_cause, p_version, result.shortfall, nullif(from_pending, 0)
    );
    UPDATE accounts x
    SET
        posted = result.posted,
        version = result.version,
        pending = x.pending - from_pending,
        lifetime = x.lifetime - CASE WHEN e.points > 0 THEN wanted ELSE 0 END
    WHERE x.id = a.id AND x.bucket = a.bucket;
    IF e.points > 0 THEN
        PERFORM ledger_take(
            p_now, ARRAY[a.id], ARRAY[a.bucket], ARRAY[result.version], ARRAY[taken], ARRAY[p_version], ARRAY[false]
        );
    ELSE
        PERFORM ledger_give_back(
            p_now, a.id, a.bucket, p_version, result.version, wanted,
            coalesce(p_until, CASE WHEN r.return_grace_days > 0 THEN p_now + r.return_grace_days * interval '1 day' END)
        );
        IF a.posted < 0 THEN
            PERFORM ledger_repay(ARRAY[a.id], ARRAY[a.bucket], result.version);
        END IF;
    END IF;
    RETURN result;
END
$$;
