-- The accounts of a batch in which some commands name the member and not the account.
--
-- Null where one leads nowhere, or two lead to one account. A capture and a void go to the account that their hold is
-- on, which must be one of the member's. For one server: with the accounts spread over several, whoever asks finds the
-- account first.
CREATE OR REPLACE FUNCTION ledger_find(p_commands ledger_command[]) RETURNS ledger_command[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    RETURN (
        SELECT array_agg(
            ROW(
                c.verb, c.tenant_id, f.account_id, c.points, c.basis, c.subject_id, c.version, c.flag, c.starts_at,
                c.ends_at, c.at, c.reason, c.reference, c.location, c.surface, c.actor, c.cause, c.key, c.fingerprint,
                NULL, NULL
            )::ledger_command
            ORDER BY c.ordinality
        )
        FROM unnest(p_commands) WITH ORDINALITY AS c
        LEFT JOIN LATERAL ledger_named(c.tenant_id, c.namespaces, c.canonical) n ON c.account_id IS NULL
        LEFT JOIN LATERAL (
            SELECT h.account_id
            FROM memberships m
            -- Look-ups one row at a time, as in `ledger_post`.
            CROSS JOIN LATERAL (
                SELECT h.account_id
                FROM holds h
                WHERE h.account_id = m.account_id AND h.bucket = m.bucket AND h.id = c.subject_id AND h.state <> 'moved'
                LIMIT 1
            ) h
            WHERE c.verb IN ('capture', 'void') AND m.member_id = n.member_id
            LIMIT 1
        ) h ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(
                c.account_id, CASE WHEN c.verb IN ('capture', 'void') THEN h.account_id ELSE n.account_id END
            ) AS account_id
        ) f
        HAVING count(*) = count(DISTINCT f.account_id)
    );
END
$$;
