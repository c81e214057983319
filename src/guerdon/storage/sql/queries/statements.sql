-- name: statements
-- One row per question (tenant; a member, or else a name; the window, both ends in it; what is known already), in any
-- order; none where there is no member, or it is nobody, and no entries of an account that is known at its version. All
-- of an account is from one snapshot: its figures, the entries of the window, how many there are from its beginning on
-- and their sum, the latest one before, the open holds, and the open pending earns. Days are UTC's, as the session is.
-- Windows have no index: one that entries are dated by costs each posting more than a window saves that is kept
-- afterwards (decision 9).
SELECT
    q.ord,
    n.identifiers,
    p.name, p.earning_descriptions, p.redemption_descriptions,
    a.id AS account_id, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at,
    k.is_known,
    e.lines, e.first_at, e.later, e.later_points, e.folded_at,
    h.remaining, h.days AS hold_days, h."references" AS hold_references, h.locations AS hold_locations,
    w.promised, w.days AS promise_days, w."references" AS promise_references, w.locations AS promise_locations
FROM unnest(
    :tenant_ids::uuid[], :member_ids::uuid[], :namespaces::text[], :canonicals::text[], :sinces::timestamptz[],
    :untils::timestamptz[], :known_ids::uuid[], :known_versions::bigint[]
) WITH ORDINALITY AS q (tenant_id, member_id, namespace, canonical, since, until, known_id, known_version, ord)
CROSS JOIN LATERAL (
    SELECT q.member_id AS id
    WHERE q.member_id IS NOT NULL
    UNION ALL
    SELECT i.member_id
    FROM identifiers i
    WHERE q.member_id IS NULL
      AND i.tenant_id = q.tenant_id AND i.namespace = q.namespace AND i.canonical = q.canonical
) b
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL) AS identifiers
    FROM identifiers i
    WHERE i.member_id = b.id
) n
LEFT JOIN LATERAL ledger_membership(b.id) s ON true
LEFT JOIN programs p ON p.id = s.program_id
LEFT JOIN accounts a ON a.id = s.account_id AND a.bucket = s.bucket
CROSS JOIN LATERAL (
    SELECT coalesce(a.id = q.known_id AND a.version = q.known_version, false) AS is_known
) k
LEFT JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE r.effective_at >= q.since) AS later,
        coalesce(sum(r.step) FILTER (WHERE r.effective_at >= q.since), 0) AS later_points,
        max(r.effective_at) FILTER (WHERE r.effective_at < q.since) AS folded_at,
        min(r.effective_at) FILTER (WHERE r.effective_at >= q.since AND r.effective_at <= q.until) AS first_at,
        json_agg(
            json_build_array(r.kind, r.step, r.effective_at::date, r.reason, r.reference, r.location)
            ORDER BY r.effective_at, r.version
        ) FILTER (WHERE r.effective_at >= q.since AND r.effective_at <= q.until) AS lines
    FROM (
        SELECT
            o.*,
            -- The same for whole points, and cheaper.
            CASE
                WHEN scale(o.points) = 0 THEN o.points
                ELSE floor(o.balance_after) - floor(o.balance_after - o.points)
            END AS step
        FROM entries o
        WHERE NOT k.is_known AND o.account_id = a.id AND o.bucket = a.bucket
    ) r
) e ON true
LEFT JOIN LATERAL (
    SELECT
        array_agg(r.remaining) AS remaining,
        array_agg(r.placed_at::date) AS days,
        array_agg(r.reference) AS "references",
        array_agg(r.location) AS locations
    FROM (
        SELECT o.remaining, o.placed_at, o.reference, o.location
        FROM holds o
        WHERE o.account_id = a.id AND o.bucket = a.bucket AND o.state = 'open'
        ORDER BY o.placed_at, o.id
    ) r
) h ON true
LEFT JOIN LATERAL (
    SELECT
        array_agg(r.remaining) AS promised,
        array_agg(r.placed_at::date) AS days,
        array_agg(r.reference) AS "references",
        array_agg(r.location) AS locations
    FROM (
        SELECT o.remaining, o.placed_at, o.reference, o.location
        FROM pending_earns o
        WHERE a.pending > 0 AND o.account_id = a.id AND o.bucket = a.bucket AND o.state = 'open'
        ORDER BY o.placed_at, o.id
    ) r
) w ON true
-- Whoever has no membership may be nobody in particular, or somebody who was erased: looked at only then.
WHERE s.id IS NOT NULL
   OR NOT EXISTS (SELECT 1 FROM members m WHERE m.id = b.id AND (m.is_anonymous OR m.erased_at IS NOT NULL));
