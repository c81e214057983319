-- Moves points, owed ones too, and lifetime points from one locked account to another, each lot with its day.
--
-- p_first is the version whose lots go first or, of points owed, the debit that is undone; p_undone the debit on the
-- other account whose points come back, to their own lots, or, of points owed, the version whose lots pay first; or null.
-- One entry on each account, also where no points move: it says how many lifetime points came along.
CREATE OR REPLACE FUNCTION ledger_move(
    p_now timestamptz,
    p_from uuid,
    p_into uuid,
    p_points numeric,
    p_lifetime numeric,
    p_first bigint,
    p_undone bigint,
    p_at timestamptz,
    p_reference text,
    p_surface text,
    p_actor uuid
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    a accounts;
    b accounts;
BEGIN
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_from;
    SELECT x.* INTO b FROM accounts x WHERE x.id = p_into;
    INSERT INTO entries (
        account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
        surface, actor, peer_id, lifetime, reverses
    )
    VALUES
        (a.id, a.bucket, a.version + 1, 'transfer', -p_points, a.posted - p_points, p_at, p_now, 'merge', p_reference,
         p_surface, p_actor, b.id, -p_lifetime, CASE WHEN p_points < 0 THEN p_first END),
        (b.id, b.bucket, b.version + 1, 'transfer', p_points, b.posted + p_points, p_at, p_now, 'merge', p_reference,
         p_surface, p_actor, a.id, p_lifetime, CASE WHEN p_points > 0 THEN p_undone END);
    UPDATE accounts x
    SET posted = a.posted - p_points, version = a.version + 1, lifetime = a.lifetime - p_lifetime
    WHERE x.id = a.id AND x.bucket = a.bucket;
    UPDATE accounts x
    SET posted = b.posted + p_points, version = b.version + 1, lifetime = b.lifetime + p_lifetime
    WHERE x.id = b.id AND x.bucket = b.bucket;
    IF p_points > 0 THEN
        PERFORM ledger_take(
            p_now, ARRAY[a.id], ARRAY[a.bucket], ARRAY[a.version + 1], ARRAY[p_points], ARRAY[p_first], ARRAY[false]
        );
        IF p_undone IS NOT NULL THEN
            PERFORM ledger_give_back(p_now, b.id, b.bucket, p_undone, b.version + 1, p_points, NULL);
        ELSE
            PERFORM ledger_arrive(a.id, a.bucket, a.version + 1, b.id, b.bucket, b.version + 1);
        END IF;
        IF b.posted < 0 THEN
            PERFORM ledger_repay(ARRAY[b.id], ARRAY[b.bucket], b.version + 1);
        END IF;
    ELSIF p_points < 0 THEN
        -- What is owed is paid here and taken from the other account.
        IF p_first IS NOT NULL THEN
            PERFORM ledger_give_back(p_now, a.id, a.bucket, p_first, a.version + 1, -p_points, NULL);
        ELSE
            INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at)
            VALUES (a.id, a.bucket, a.version + 1, 1, -p_points, -p_points, p_at);
        END IF;
        IF a.posted < 0 THEN
            PERFORM ledger_repay(ARRAY[a.id], ARRAY[a.bucket], a.version + 1);
        END IF;
        PERFORM ledger_take(
            p_now, ARRAY[b.id], ARRAY[b.bucket], ARRAY[b.version + 1], ARRAY[-p_points], ARRAY[p_undone],
            ARRAY[false]
        );
    END IF;
END
$$;
