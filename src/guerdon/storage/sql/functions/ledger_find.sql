-- The accounts of a batch in which some commands name the member and not the account.
--
-- Null where one leads nowhere, or two lead to one account. A capture and a void go to the account that their hold is
-- on, which must be one of the member's. For one server: with the accounts spread over several, whoever asks finds the
-- account first.
CREATE OR REPLACE FUNCTION ledger_find(p_commands ledger_command[]) RETURNS ledger_command[]
LANGUAGE plpgsql
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
        LEFT JOIN LATERAL (
            SELECT c.account_id WHERE c.account_id IS NOT NULL
            UNION ALL
            SELECT n.account_id
            FROM ledger_named(c.tenant_id, c.namespaces, c.canonical) n
            WHERE c.account_id IS NULL AND c.verb NOT IN ('capture', 'void')
            UNION ALL
            SELECT h.account_id
            FROM holds h
            JOIN memberships m ON m.account_id = h.account_id AND m.tenant_id = c.tenant_id
            CROSS JOIN LATERAL ledger_named(c.tenant_id, c.namespaces, c.canonical) n
            WHERE c.account_id IS NULL AND c.verb IN ('capture', 'void')
              AND h.id = c.subject_id AND h.state <> 'moved' AND m.member_id = n.member_id
            LIMIT 1
        ) f ON true
        HAVING count(*) = count(DISTINCT f.account_id)
    );
END
$$;
