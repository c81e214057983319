-- Makes what is due on accounts happen, in the order of time.
--
-- Points past their day lapse unless a hold waits for them, holds end, pending earns become earns. Every posting calls it first for the accounts it touches; a job calls it for
-- the others. Locks the accounts in id order.
CREATE OR REPLACE FUNCTION ledger_settle(p_now timestamptz, p_accounts uuid[]) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    ids uuid[];
    buckets smallint[];
    moments timestamptz[];
BEGIN
    PERFORM 1 FROM accounts a WHERE a.id = ANY (p_accounts) ORDER BY a.id FOR UPDATE;
    LOOP
        -- Up to the first moment at which a hold ends or a pending earn becomes one, everything can go in one step.
        SELECT array_agg(a.id), array_agg(a.bucket), array_agg(least(p_now, h.ends_at, p.activates_at))
        INTO ids, buckets, moments
        FROM accounts a
        CROSS JOIN LATERAL (
            SELECT min(h.expires_at) AS ends_at FROM holds h
            WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.state = 'open'
        ) h
        CROSS JOIN LATERAL (
            SELECT min(p.activates_at) AS activates_at FROM pending_earns p
            WHERE p.account_id = a.id AND p.bucket = a.bucket AND p.state = 'open'
        ) p
        WHERE a.id = ANY (p_accounts) AND a.due_at <= p_now;
        EXIT WHEN ids IS NULL;
        PERFORM ledger_settle_lots(p_now, ids, buckets, moments);
        PERFORM ledger_settle_rest(p_now, ids, buckets, moments);
        -- Points that wait for a hold fall due when it ends, which is now where less is held than waits.
        UPDATE accounts a
        SET
            due_at = CASE WHEN a.overdue > a.held THEN m.at ELSE least(l.day, h.ends_at, p.activates_at) END,
            lots_from = coalesce(l.open_from, a.version + 1)
        FROM unnest(ids, buckets, moments) AS m (id, bucket, at)
        CROSS JOIN LATERAL (
            SELECT
                min(coalesce(l.expires_at, i.idle_at)) FILTER (WHERE coalesce(l.expires_at, i.idle_at) > m.at) AS day,
                min(l.version) AS open_from
            FROM accounts i
            CROSS JOIN LATERAL ledger_lots(i.id, i.bucket, i.lots_from) l
            WHERE l.remaining > 0 AND i.id = m.id AND i.bucket = m.bucket
        ) l
        CROSS JOIN LATERAL (
            SELECT min(h.expires_at) AS ends_at FROM holds h
            WHERE h.account_id = m.id AND h.bucket = m.bucket AND h.state = 'open'
        ) h
        CROSS JOIN LATERAL (
            SELECT min(p.activates_at) AS activates_at FROM pending_earns p
            WHERE p.account_id = m.id AND p.bucket = m.bucket AND p.state = 'open'
        ) p
        WHERE a.id = m.id AND a.bucket = m.bucket;
    END LOOP;
END
$$;
