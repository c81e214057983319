-- name: begin!
-- In the order of codes, as all locks of campaigns.
INSERT INTO campaign_totals (program_id, code, slot, tenant_id, given, orders)
SELECT :program_id, n.code, 0, :tenant_id, 0, 0
FROM unnest(:codes::text[]) AS n (code)
ORDER BY n.code
ON CONFLICT DO NOTHING;

-- name: lock!
SELECT t.code FROM campaign_totals t
WHERE t.program_id = :program_id AND t.code = ANY (:codes::text[]) AND t.slot = 0
ORDER BY t.code
FOR UPDATE;

-- name: totals
SELECT t.code, sum(t.given) AS given, sum(t.orders)::bigint AS orders, bool_or(t.slot = 0) AS has_lock
FROM campaign_totals t
WHERE t.program_id = :program_id AND t.code = ANY (:codes::text[])
GROUP BY 1;

-- name: add!
-- In the order of codes.
INSERT INTO campaign_totals AS t (program_id, code, slot, tenant_id, given, orders)
SELECT :program_id, n.code, n.slot, :tenant_id, n.given, n.orders
FROM unnest(:codes::text[], :slots::smallint[], :given::numeric[], :orders::bigint[]) AS n (code, slot, given, orders)
ORDER BY n.code
ON CONFLICT (program_id, code, slot) DO UPDATE SET given = t.given + excluded.given, orders = t.orders + excluded.orders;

-- name: page
-- Of each code the version that says it: the live one; else the next that goes live; else the last that was.
SELECT DISTINCT ON (code) (c.campaign ->> 'code') COLLATE "C" AS code, s.version
FROM rule_sets s
CROSS JOIN LATERAL json_array_elements(
    CASE WHEN json_typeof(s.rules::json -> 'campaigns') = 'array' THEN s.rules::json -> 'campaigns' END
) AS c (campaign)
WHERE s.program_id = :program_id AND s.live_from IS NOT NULL
  AND (:code::text IS NULL OR c.campaign ->> 'code' = :code)
  AND (:after::text IS NULL OR (c.campaign ->> 'code') COLLATE "C" > :after)
ORDER BY
    code, s.version IS DISTINCT FROM :live::integer, s.live_from <= :now, greatest(s.live_from, :now),
    s.live_from DESC, s.version DESC
LIMIT :limit;
