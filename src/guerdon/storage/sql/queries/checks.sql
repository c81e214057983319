-- name: accounts
-- The figures of accounts against their entries, holds and pending earns.
SELECT a.id AS account_id, f.kind, f.expected, f.found, '' AS place
FROM accounts a
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(e.points), 0) AS posted,
        coalesce(max(e.version), 0) AS version,
        coalesce(sum(CASE
            WHEN e.kind IN ('earn', 'adjust', 'set') THEN greatest(e.points, 0)
            WHEN t.kind IN ('earn', 'adjust', 'set') AND t.points > 0
                THEN -(abs(e.points) + coalesce(e.shortfall, 0) + coalesce(e.from_pending, 0))
            ELSE e.lifetime
        END), 0) AS lifetime
    FROM entries e
    LEFT JOIN LATERAL (
        SELECT t.kind, t.points FROM entries t
        WHERE e.reverses IS NOT NULL
          AND t.account_id = e.account_id AND t.bucket = e.bucket AND t.version = e.reverses
        LIMIT 1
    ) t ON true
    WHERE e.account_id = a.id AND e.bucket = a.bucket
) s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(h.remaining), 0) AS held FROM holds h
    WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.state = 'open'
) h
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.remaining), 0) AS pending FROM pending_earns p
    WHERE p.account_id = a.id AND p.bucket = a.bucket AND p.state = 'open'
) p
CROSS JOIN LATERAL (VALUES
    ('posted_sum', trim_scale(s.posted)::text, trim_scale(a.posted)::text, s.posted = a.posted),
    ('version_chain', s.version::text, a.version::text, s.version = a.version),
    ('lifetime_sum', trim_scale(s.lifetime)::text, trim_scale(a.lifetime)::text, s.lifetime = a.lifetime),
    ('held_sum', trim_scale(h.held)::text, trim_scale(a.held)::text, h.held = a.held),
    ('pending_sum', trim_scale(p.pending)::text, trim_scale(a.pending)::text, p.pending = a.pending),
    (
        'closed_with_points', '0',
        trim_scale(greatest(a.posted, 0) + a.held + a.pending)::text,
        a.closed_at IS NULL OR (a.posted <= 0 AND a.held = 0 AND a.pending = 0)
    ),
    (
        'no_program', 'a program of the tenant', a.program_id::text,
        EXISTS (SELECT 1 FROM programs r WHERE r.id = a.program_id AND r.tenant_id = a.tenant_id)
    ),
    (
        'no_membership', 'a membership', 'none',
        EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = a.id)
    )
) AS f (kind, expected, found, is_right)
WHERE a.id = ANY (:ids::uuid[]) AND NOT f.is_right;

-- name: entries
-- Each entry against the one before it.
SELECT e.account_id, f.kind, f.expected, f.found, 'version ' || e.version AS place
FROM (
    SELECT
        e.account_id, e.version, e.points, e.balance_after,
        lag(e.version, 1, 0) OVER w AS version_before,
        lag(e.balance_after, 1, 0) OVER w AS balance_before
    FROM accounts a
    JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
    WHERE a.id = ANY (:ids::uuid[])
    WINDOW w AS (PARTITION BY e.account_id, e.bucket ORDER BY e.version)
) e
CROSS JOIN LATERAL (VALUES
    ('version_chain', (e.version_before + 1)::text, e.version::text, e.version = e.version_before + 1),
    (
        'balance_chain', trim_scale(e.balance_before + e.points)::text, trim_scale(e.balance_after)::text,
        e.balance_after = e.balance_before + e.points
    )
) AS f (kind, expected, found, is_right)
WHERE NOT f.is_right;

-- name: holds
-- Holds against the captures of them.
SELECT x.account_id, f.kind, f.expected, f.found, 'hold ' || x.id AS place
FROM (
    SELECT
        coalesce(h.account_id, c.account_id) AS account_id, coalesce(h.id, c.hold_id) AS id, h.points, h.remaining,
        h.state, h.closed_at, coalesce(c.taken, 0) AS taken
    FROM (
        SELECT h.*
        FROM accounts a
        JOIN holds h ON h.account_id = a.id AND h.bucket = a.bucket
        WHERE a.id = ANY (:ids::uuid[])
    ) h
    FULL JOIN (
        SELECT e.account_id, e.bucket, e.hold_id, -sum(e.points) AS taken
        FROM accounts a
        JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
        WHERE a.id = ANY (:ids::uuid[]) AND e.kind = 'capture' AND e.hold_id IS NOT NULL
        GROUP BY e.account_id, e.bucket, e.hold_id
    ) c ON c.account_id = h.account_id AND c.bucket = h.bucket AND c.hold_id = h.id
) x
CROSS JOIN LATERAL (
    SELECT CASE WHEN x.state = 'open' THEN greatest(x.points - x.taken, 0) ELSE 0 END AS remaining
) r
CROSS JOIN LATERAL (VALUES
    (
        'hold_remaining', trim_scale(r.remaining)::text, trim_scale(x.remaining)::text,
        x.state IS NULL OR r.remaining = x.remaining
    ),
    (
        'hold_captures', coalesce('at most ' || trim_scale(x.points)::text, 'a hold of the account'),
        trim_scale(x.taken)::text || ' captured', coalesce(x.taken <= x.points, false)
    ),
    (
        'hold_state', CASE WHEN x.state = 'open' THEN 'no end' ELSE 'an end' END,
        coalesce(x.closed_at::text, 'none'), x.state IS NULL OR (x.state = 'open') = (x.closed_at IS NULL)
    )
) AS f (kind, expected, found, is_right)
WHERE NOT f.is_right;

-- name: pending
-- Pending earns, each in itself and against the entry that it became.
SELECT p.account_id, f.kind, f.expected, f.found, 'pending earn ' || p.id AS place
FROM accounts a
JOIN pending_earns p ON p.account_id = a.id AND p.bucket = a.bucket
LEFT JOIN (
    SELECT e.account_id, e.bucket, e.pending_id, sum(e.points) AS points
    FROM accounts a
    JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
    WHERE a.id = ANY (:ids::uuid[]) AND e.pending_id IS NOT NULL
    GROUP BY e.account_id, e.bucket, e.pending_id
) e ON e.account_id = p.account_id AND e.bucket = p.bucket AND e.pending_id = p.id
CROSS JOIN LATERAL (VALUES
    (
        'pending_remaining',
        CASE WHEN p.state = 'open' THEN 'more than 0, at most ' || trim_scale(p.points)::text ELSE '0' END,
        trim_scale(p.remaining)::text,
        CASE WHEN p.state = 'open' THEN p.remaining > 0 AND p.remaining <= p.points ELSE p.remaining = 0 END
    ),
    (
        'pending_state', CASE WHEN p.state = 'open' THEN 'no end' ELSE 'an end' END, coalesce(p.closed_at::text, 'none'),
        (p.state = 'open') = (p.closed_at IS NULL)
    ),
    (
        'pending_state',
        CASE WHEN p.state = 'activated' THEN 'an entry of at most ' || trim_scale(p.points)::text ELSE 'no entry' END,
        coalesce('an entry of ' || trim_scale(e.points)::text, 'no entry'),
        CASE WHEN p.state = 'activated' THEN coalesce(e.points > 0 AND e.points <= p.points, false)
            ELSE e.points IS NULL END
    )
) AS f (kind, expected, found, is_right)
WHERE a.id = ANY (:ids::uuid[]) AND NOT f.is_right;

-- name: lots
-- What is left of each lot, its day, and where accounts begin to look for it.
SELECT l.account_id, f.kind, f.expected, f.found, 'lot ' || l.version || '/' || l.part AS place
FROM accounts a
CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l
LEFT JOIN (
    SELECT c.account_id, c.bucket, c.lot_version, c.lot_part, sum(c.points) AS taken
    FROM accounts a
    JOIN consumptions c ON c.account_id = a.id AND c.bucket = a.bucket
    WHERE a.id = ANY (:ids::uuid[])
    GROUP BY c.account_id, c.bucket, c.lot_version, c.lot_part
) c ON c.account_id = l.account_id AND c.bucket = l.bucket AND c.lot_version = l.version AND c.lot_part = l.part
LEFT JOIN entries e ON e.account_id = l.account_id AND e.bucket = l.bucket AND e.version = l.version
CROSS JOIN LATERAL (VALUES
    (
        'lot_remaining', trim_scale(l.points - coalesce(c.taken, 0))::text, trim_scale(l.remaining)::text,
        l.remaining = l.points - coalesce(c.taken, 0)
    ),
    (
        'lot_day', e.expires_at::text, coalesce(l.expires_at::text, 'never'),
        -- Of what came before entries had days, and of what came from elsewhere, the lots alone know them.
        e.expires_at IS NULL OR e.expires_at IS NOT DISTINCT FROM l.expires_at
    ),
    (
        'lots_from', 'at most ' || l.version, a.lots_from::text, l.remaining = 0 OR l.version >= a.lots_from
    )
) AS f (kind, expected, found, is_right)
WHERE a.id = ANY (:ids::uuid[]) AND NOT f.is_right;

-- name: lots_of_entries
-- The lots of each entry against its points; those of a reversal that gave points back, against what it re-dated.
SELECT x.account_id, 'lots_of_entry' AS kind, trim_scale(x.expected)::text AS expected,
    trim_scale(x.found)::text AS found, 'version ' || x.version AS place
FROM (
    SELECT
        coalesce(e.account_id, l.account_id) AS account_id, coalesce(e.version, l.version) AS version,
        CASE WHEN e.reverses IS NOT NULL THEN coalesce(c.points, 0) ELSE coalesce(e.points, 0) END AS expected,
        coalesce(l.points, 0) AS found
    FROM (
        SELECT e.*
        FROM accounts a
        JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
        WHERE a.id = ANY (:ids::uuid[]) AND e.points > 0
    ) e
    FULL JOIN (
        SELECT l.account_id, l.bucket, l.version, sum(l.points) AS points
        FROM accounts a
        CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l
        WHERE a.id = ANY (:ids::uuid[])
        GROUP BY l.account_id, l.bucket, l.version
    ) l ON l.account_id = e.account_id AND l.bucket = e.bucket AND l.version = e.version
    LEFT JOIN LATERAL (
        SELECT sum(c.points) AS points FROM consumptions c
        WHERE e.reverses IS NOT NULL AND c.account_id = e.account_id AND c.bucket = e.bucket
          AND c.version = e.version AND c.by_version = e.version
    ) c ON true
) x
WHERE x.expected <> x.found;

-- name: debits
-- What paid for each entry that takes points against its points less what was undone of it.
SELECT x.account_id, 'debit_paid' AS kind, trim_scale(x.expected)::text AS expected,
    trim_scale(x.found)::text AS found, 'version ' || x.version AS place
FROM (
    SELECT
        coalesce(d.account_id, c.account_id) AS account_id, coalesce(d.version, c.version) AS version,
        coalesce(d.points, 0) AS expected, coalesce(c.points, 0) AS found
    FROM (
        SELECT
            e.account_id, e.bucket, e.version,
            -e.points - coalesce((
                SELECT sum(r.points) FROM entries r
                WHERE r.account_id = e.account_id AND r.bucket = e.bucket AND r.reverses = e.version
            ), 0) AS points
        FROM accounts a
        JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
        WHERE a.id = ANY (:ids::uuid[]) AND e.points < 0
    ) d
    FULL JOIN (
        SELECT c.account_id, c.bucket, c.version, sum(c.points) AS points
        FROM accounts a
        JOIN consumptions c ON c.account_id = a.id AND c.bucket = a.bucket
        LEFT JOIN entries e ON e.account_id = c.account_id AND e.bucket = c.bucket AND e.version = c.version
        -- What a reversal re-dated is told with its lots.
        WHERE a.id = ANY (:ids::uuid[]) AND NOT coalesce(e.reverses IS NOT NULL AND e.points > 0, false)
        GROUP BY c.account_id, c.bucket, c.version
    ) c ON c.account_id = d.account_id AND c.bucket = d.bucket AND c.version = d.version
) x
WHERE x.expected <> x.found;

-- name: consumptions
-- Whether what was taken was taken from a lot that is there, by an entry that is there, and did not go back twice.
SELECT x.account_id, 'consumption_astray' AS kind, f.expected, f.found,
    'version ' || x.version || ', lot ' || x.lot_version || '/' || x.lot_part AS place
FROM (
    SELECT
        c.account_id, c.version, c.lot_version, c.lot_part, sum(c.points) AS points,
        c.lot_version = 0 OR bool_and(l.version IS NOT NULL) AS has_lot,
        min(c.by_version) FILTER (WHERE b.version IS NULL) AS by_nobody
    FROM accounts a
    JOIN consumptions c ON c.account_id = a.id AND c.bucket = a.bucket
    LEFT JOIN touched_lots l
        ON l.account_id = c.account_id AND l.bucket = c.bucket AND l.version = c.lot_version AND l.part = c.lot_part
    LEFT JOIN entries b ON b.account_id = c.account_id AND b.bucket = c.bucket AND b.version = c.by_version
    WHERE a.id = ANY (:ids::uuid[])
    GROUP BY c.account_id, c.version, c.lot_version, c.lot_part
) x
CROSS JOIN LATERAL (VALUES
    ('a lot', 'none', x.has_lot),
    ('an entry', 'none with version ' || x.by_nobody, x.by_nobody IS NULL),
    ('0 or more', trim_scale(x.points)::text, x.points >= 0)
) AS f (expected, found, is_right)
WHERE NOT f.is_right;

-- name: totals
-- What is left in an account's lots, and what it owes, against its balance.
SELECT x.id AS account_id, 'lots_and_debt' AS kind,
    trim_scale(greatest(x.posted, 0))::text || ' in lots, ' || trim_scale(greatest(-x.posted, 0))::text || ' owed'
        AS expected,
    trim_scale(x.remaining)::text || ' in lots, ' || trim_scale(x.owed)::text || ' owed' AS found,
    '' AS place
FROM (
    SELECT
        a.id, a.posted,
        coalesce((
            SELECT sum(l.remaining) FROM ledger_lots(a.id, a.bucket, 0) l
        ), 0) AS remaining,
        coalesce((
            SELECT sum(c.points) FROM consumptions c
            WHERE c.account_id = a.id AND c.bucket = a.bucket AND c.lot_version = 0
        ), 0) AS owed
    FROM accounts a
    WHERE a.id = ANY (:ids::uuid[])
) x
WHERE x.remaining <> greatest(x.posted, 0) OR x.owed <> greatest(-x.posted, 0);

-- name: reversals
-- Reversals against what they undo.
SELECT x.account_id, f.kind, f.expected, f.found, f.place
FROM (
    SELECT
        r.account_id, r.version, r.kind, r.points, r.reverses, t.kind AS target_kind, t.points AS target_points,
        sum(abs(r.points) + coalesce(r.shortfall, 0) + coalesce(r.from_pending, 0))
            OVER (PARTITION BY r.account_id, r.bucket, r.reverses) AS undone,
        max(r.version) OVER (PARTITION BY r.account_id, r.bucket, r.reverses) AS last_version
    FROM accounts a
    JOIN entries r ON r.account_id = a.id AND r.bucket = a.bucket
    LEFT JOIN entries t ON t.account_id = r.account_id AND t.bucket = r.bucket AND t.version = r.reverses
    WHERE a.id = ANY (:ids::uuid[]) AND (r.reverses IS NOT NULL OR r.kind = 'reverse')
) x
CROSS JOIN LATERAL (VALUES
    (
        'reversal_target',
        CASE WHEN x.points > 0 THEN 'an entry that took points' ELSE 'an entry that added points' END,
        coalesce(x.target_kind || ' of ' || trim_scale(x.target_points)::text, 'no entry'),
        'version ' || x.version,
        coalesce(
            -- Only taking members apart undoes a transfer, by another.
            CASE x.kind WHEN 'reverse' THEN x.target_kind NOT IN ('transfer', 'reverse')
                ELSE x.kind = 'transfer' AND x.target_kind = 'transfer' END
            AND CASE WHEN x.points > 0 THEN x.target_points < 0 ELSE x.target_points > 0 END,
            false
        )
    ),
    (
        'reversal_exceeds', 'at most ' || trim_scale(abs(x.target_points))::text,
        trim_scale(x.undone)::text || ' undone', 'version ' || x.reverses,
        x.version < x.last_version OR coalesce(x.undone <= abs(x.target_points), true)
    )
) AS f (kind, expected, found, place, is_right)
WHERE NOT f.is_right;

-- name: transfers
-- Transfers without their twin in the other account.
SELECT e.account_id, 'transfer_twin' AS kind,
    'a transfer of ' || trim_scale(-e.points)::text || ' in account ' || coalesce(e.peer_id::text, '?') AS expected,
    'none' AS found, 'version ' || e.version AS place
FROM accounts a
JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket
WHERE a.id = ANY (:ids::uuid[]) AND (e.kind = 'transfer' OR e.peer_id IS NOT NULL)
  AND NOT (e.kind = 'transfer' AND EXISTS (
      SELECT 1
      FROM accounts o
      JOIN entries t ON t.account_id = o.id AND t.bucket = o.bucket
      WHERE o.id = e.peer_id AND t.kind = 'transfer' AND t.peer_id = e.account_id AND t.points = -e.points
        AND t.recorded_at = e.recorded_at
  ));

-- name: due
-- Accounts that are looked at later than something on them falls due; lots past their day that wait for holds aside.
WITH lot AS (
    SELECT
        a.id, l.version, l.part, d.day, a.held, a.freed_at,
        sum(l.remaining) OVER (
            PARTITION BY a.id ORDER BY d.day, l.earned_at, l.version, l.part ROWS UNBOUNDED PRECEDING
        ) AS upto
    FROM accounts a
    CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l
    CROSS JOIN LATERAL (SELECT coalesce(l.expires_at, a.idle_at) AS day) d
    WHERE a.id = ANY (:ids::uuid[]) AND l.remaining > 0 AND d.day IS NOT NULL
),
due AS (
    -- What waited for a hold that has ended since falls due as it ends, and not on its day.
    SELECT l.id, greatest(l.day, l.freed_at) AS at, 'lot ' || l.version || '/' || l.part AS place
    FROM lot l
    WHERE l.day > :now OR l.upto > l.held
    UNION ALL
    SELECT a.id, h.expires_at, 'hold ' || h.id
    FROM accounts a
    JOIN holds h ON h.account_id = a.id AND h.bucket = a.bucket
    WHERE a.id = ANY (:ids::uuid[]) AND h.state = 'open' AND h.expires_at IS NOT NULL
    UNION ALL
    SELECT a.id, p.activates_at, 'pending earn ' || p.id
    FROM accounts a
    JOIN pending_earns p ON p.account_id = a.id AND p.bucket = a.bucket
    WHERE a.id = ANY (:ids::uuid[]) AND p.state = 'open' AND p.activates_at IS NOT NULL
)
SELECT DISTINCT ON (a.id)
    a.id AS account_id, 'due_late' AS kind, 'at most ' || d.at AS expected, coalesce(a.due_at::text, 'never') AS found,
    d.place
FROM due d
JOIN accounts a ON a.id = d.id
-- What is past may be looked at until now: points that came back to a lapsed lot fell due when they came, and nothing
-- tells when that was.
WHERE a.due_at IS NULL OR a.due_at > greatest(d.at, CASE WHEN d.at <= :now THEN :now::timestamptz END)
ORDER BY a.id, d.at, d.place;

-- name: waiting
-- Points past their day that wait for a hold, of accounts on which nothing is due, against the figure of them: it is
-- from when that was last looked at, and captures may have taken some of them since.
SELECT a.id AS account_id, 'overdue' AS kind, 'at least ' || trim_scale(l.late)::text AS expected,
    trim_scale(a.overdue)::text AS found, '' AS place
FROM accounts a
CROSS JOIN LATERAL (
    SELECT sum(l.remaining) AS late FROM ledger_lots(a.id, a.bucket, 0) l
    WHERE coalesce(l.expires_at, a.idle_at) <= :now
) l
WHERE a.id = ANY (:ids::uuid[]) AND (a.due_at > :now) IS NOT FALSE AND a.overdue < l.late;

-- name: orphans
-- Rows of accounts that are not there, after one account id up to another.
SELECT o.account_id, 'no_account' AS kind, 'an account' AS expected, 'none' AS found, o.place
FROM (
    SELECT DISTINCT e.account_id, e.bucket, 'entries' AS place FROM entries e
    WHERE e.account_id > :after AND e.account_id <= :upto
    UNION ALL
    SELECT DISTINCT h.account_id, h.bucket, 'holds' FROM holds h
    WHERE h.account_id > :after AND h.account_id <= :upto
    UNION ALL
    SELECT DISTINCT l.account_id, l.bucket, 'lots' FROM touched_lots l
    WHERE l.account_id > :after AND l.account_id <= :upto
    UNION ALL
    SELECT DISTINCT c.account_id, c.bucket, 'consumptions' FROM consumptions c
    WHERE c.account_id > :after AND c.account_id <= :upto
    UNION ALL
    SELECT DISTINCT p.account_id, p.bucket, 'pending earns' FROM pending_earns p
    WHERE p.account_id > :after AND p.account_id <= :upto
) o
WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = o.account_id AND a.bucket = o.bucket);

-- name: keys
-- Keys after one up to another (null: the last), against the entries that they lead to.
SELECT k.account_id, f.kind, f.expected, f.found, 'key ' || k.key AS place
FROM (
    SELECT k.*, count(*) OVER (PARTITION BY k.tenant_id, k.key) AS times
    FROM ledger_keys k
    WHERE (k.tenant_id, k.key) > (:after_id, :after_key)
      AND (:upto_id::uuid IS NULL OR (k.tenant_id, k.key) <= (:upto_id::uuid, :upto_key::text))
      AND (:tenant_id::uuid IS NULL OR k.tenant_id = :tenant_id::uuid)
      AND (:ids::uuid[] IS NULL OR k.account_id = ANY (:ids::uuid[]))
) k
LEFT JOIN LATERAL (
    SELECT e.points FROM entries e
    WHERE k.version IS NOT NULL AND e.account_id = k.account_id AND e.bucket = k.bucket AND e.version = k.version
    LIMIT 1
) e ON true
CROSS JOIN LATERAL (VALUES
    (
        'key_entry', trim_scale(k.points)::text || coalesce(' in version ' || k.version, ' without an entry'),
        CASE WHEN k.version IS NULL THEN '0 without an entry'
            ELSE coalesce(trim_scale(e.points)::text, 'no entry') END,
        k.refusal IS NOT NULL OR CASE WHEN k.version IS NULL THEN k.points = 0
            ELSE coalesce(e.points = k.points, false) END
    ),
    (
        'key_entry', 'an account of the tenant', 'none',
        EXISTS (
            SELECT 1 FROM accounts a
            WHERE a.id = k.account_id AND a.bucket = k.bucket AND a.tenant_id = k.tenant_id
        )
    ),
    (
        'key_refused', 'no entry', 'version ' || k.version, k.refusal IS NULL OR k.version IS NULL
    ),
    (
        'key_twice', '1 time', k.times || ' times', k.times = 1
    )
) AS f (kind, expected, found, is_right)
WHERE NOT f.is_right;

-- name: shared_keys
-- Entries that more than one key leads to, of the accounts in one of several slices of the buckets.
SELECT k.account_id, 'key_shared' AS kind, '1 key' AS expected, count(*) || ' keys' AS found,
    'version ' || k.version AS place
FROM ledger_keys k
WHERE k.version IS NOT NULL AND k.refusal IS NULL AND k.bucket % :slices::integer = :slice
  AND (:tenant_id::uuid IS NULL OR k.tenant_id = :tenant_id::uuid)
  AND (:ids::uuid[] IS NULL OR k.account_id = ANY (:ids::uuid[]))
GROUP BY k.account_id, k.bucket, k.version
HAVING count(*) > 1;

-- name: memberships
-- Memberships without their account, after one up to another.
SELECT m.account_id, 'no_account' AS kind, 'an account of the tenant' AS expected, 'none' AS found,
    'membership ' || m.id AS place
FROM memberships m
LEFT JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket AND a.tenant_id = m.tenant_id
WHERE m.id > :after_id AND m.id <= :upto_id
  AND (:tenant_id::uuid IS NULL OR m.tenant_id = :tenant_id::uuid)
  AND a.id IS NULL;
