-- Who answers to a value in one of some namespaces, and the account that stands for the member.
--
-- The namespaces are parted by blanks, and the first that anybody answers in counts. Part of the plan of whoever asks, as `ledger_lots` is.
CREATE OR REPLACE FUNCTION ledger_named(p_tenant uuid, p_namespaces text, p_canonical text)
RETURNS TABLE (member_id uuid, account_id uuid)
LANGUAGE sql
STABLE
AS $$
    SELECT i.member_id, m.account_id
    FROM (
        SELECT i.member_id
        FROM identifiers i
        WHERE i.tenant_id = p_tenant AND i.namespace = ANY (string_to_array(p_namespaces, ' '))
          AND i.canonical = p_canonical
        ORDER BY array_position(string_to_array(p_namespaces, ' '), i.namespace)
        LIMIT 1
    ) i
    LEFT JOIN LATERAL ledger_membership(i.member_id) m ON true
$$;
