-- name: begin^
-- The import of a file, new or going on.
INSERT INTO imports (id, tenant_id, kind, program_id, digest, actor, created_at)
VALUES (:id, :tenant_id, :kind, :program_id, :digest, :actor, :now)
ON CONFLICT (tenant_id, kind, program_id, digest) DO UPDATE SET digest = excluded.digest
RETURNING *;

-- name: chunks
-- Those that are written.
SELECT c.chunk FROM import_chunks c WHERE c.import_id = :id;

-- name: clear_members!
DELETE FROM import_members i WHERE i.import_id = :id;

-- name: clear_balances!
DELETE FROM import_balances i WHERE i.import_id = :id;

-- name: statistics_of_members!
ANALYZE import_members;

-- name: statistics_of_balances!
ANALYZE import_balances;

-- name: doubt_members!
-- Rows that cannot be written because of others: of the file, or of what is there.
UPDATE import_members i
SET error = d.error
FROM (
    SELECT n.row, min(n.error) AS error
    FROM (
        SELECT i.row, 'id: another row of the file has it' AS error, count(*) OVER (PARTITION BY i.name) AS many
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.name IS NOT NULL
        UNION ALL
        SELECT i.row, 'email: another row of the file has it', count(*) OVER (PARTITION BY i.email)
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.email IS NOT NULL
        UNION ALL
        SELECT i.row, 'phone: another row of the file has it', count(*) OVER (PARTITION BY i.phone)
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.phone IS NOT NULL
    ) n
    WHERE n.many > 1
    GROUP BY n.row
    UNION ALL
    SELECT i.row, min(t.what || ': a member has it already')
    FROM import_members i
    CROSS JOIN LATERAL (
        VALUES ('id', :namespace::text, i.name), ('email', 'email', i.email), ('phone', 'phone', i.phone)
    ) AS t (what, namespace, canonical)
    JOIN identifiers x ON x.tenant_id = :tenant_id AND x.namespace = t.namespace AND x.canonical = t.canonical
    WHERE i.import_id = :id AND i.error IS NULL AND NOT EXISTS (
        SELECT 1 FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk
    )
    GROUP BY i.row
) d
WHERE i.import_id = :id AND i.row = d.row AND i.error IS NULL;

-- name: other_numbers$
-- Public numbers that are taken, or given twice, are drawn again; how many.
WITH again AS (
    UPDATE import_members i
    SET number = (1000000000 + floor(random() * 9000000000))::bigint::text
    FROM (
        SELECT i.row, row_number() OVER (PARTITION BY i.number ORDER BY i.row) AS nth, x.member_id
        FROM import_members i
        LEFT JOIN identifiers x
            ON x.tenant_id = :tenant_id AND x.namespace = 'number' AND x.canonical = i.number
        WHERE i.import_id = :id AND i.error IS NULL
    ) n
    WHERE i.import_id = :id AND i.row = n.row AND (n.nth > 1 OR n.member_id IS NOT NULL)
    RETURNING 1
)
SELECT count(*) FROM again;

-- name: doubt_balances!
-- Whose a row is, where anybody is it.
UPDATE import_balances i
SET
    account_id = s.account_id,
    error = CASE
        WHEN s.member_id IS NULL THEN 'nobody has this ' || i.namespace
        WHEN s.account_id IS NULL THEN 'the member is not in the program'
    END
FROM import_balances n
LEFT JOIN LATERAL (
    SELECT x.member_id, m.account_id
    FROM identifiers x
    LEFT JOIN memberships m
        ON m.member_id = x.member_id AND m.program_id = :program_id AND m.deleted_at IS NULL
    WHERE x.tenant_id = :tenant_id AND x.namespace = n.namespace AND x.canonical = n.canonical
) s ON true
WHERE n.import_id = :id AND n.error IS NULL AND i.import_id = n.import_id AND i.row = n.row;

-- name: count_members^
SELECT count(*) AS rows, count(i.error) AS bad FROM import_members i WHERE i.import_id = :id;

-- name: count_balances^
SELECT count(*) AS rows, count(i.error) AS bad FROM import_balances i WHERE i.import_id = :id;

-- name: errors_of_members
SELECT i.row, i.error FROM import_members i WHERE i.import_id = :id AND i.error IS NOT NULL AND i.row > :after
ORDER BY i.row LIMIT :limit;

-- name: errors_of_balances
SELECT i.row, i.error FROM import_balances i WHERE i.import_id = :id AND i.error IS NOT NULL AND i.row > :after
ORDER BY i.row LIMIT :limit;

-- name: checked!
-- What the file has is known; from now on it is written. Serials for all of it are taken once.
WITH taken AS (
    UPDATE tenants t
    SET last_serial = t.last_serial + :serials
    FROM imports i
    WHERE i.id = :id AND t.id = i.tenant_id AND i.serial_before IS NULL AND :serials > 0
    RETURNING t.last_serial - :serials AS before
)
UPDATE imports i
SET
    state = 'writing', rows = :rows, bad = :bad,
    serial_before = coalesce(i.serial_before, (SELECT t.before FROM taken t))
WHERE i.id = :id;

-- name: claim_chunk$
-- A chunk is written by the transaction that has put down its number.
INSERT INTO import_chunks (import_id, chunk, written)
VALUES (:id, :chunk, 0)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: write_members$
-- Members with names, membership, account and opening balance, as enrolling and an earn would have made them.
WITH given AS MATERIALIZED (
    SELECT
        i.*, i.points::numeric AS opening, p.chain_id,
        CASE WHEN i.points IS NULL THEN NULL
            WHEN i.expires_at IS NOT NULL THEN i.expires_at
            WHEN p.expiry_kind IN ('rolling', 'fixed') THEN ledger_lapse_at(
                p.expiry_count, p.expiry_unit, p.expiry_round, p.expiry_dates, p.time_zone, i.earned_at
            )
        END AS lapses_at,
        CASE WHEN i.points IS NOT NULL AND p.expiry_kind = 'inactivity' THEN ledger_lapse_at(
            p.expiry_count, p.expiry_unit, p.expiry_round, p.expiry_dates, p.time_zone, i.earned_at
        ) END AS idle_at
    FROM import_members i
    JOIN programs p ON p.id = :program_id
    WHERE i.import_id = :id AND i.chunk = :chunk AND i.error IS NULL
),
made AS (
    INSERT INTO members (id, tenant_id, serial, profile, created_at, surface)
    SELECT g.member_id, :tenant_id, (:serial_before + g.row)::integer, g.profile::jsonb, g.joined_at, 'import' FROM given g
),
named AS (
    INSERT INTO identifiers (tenant_id, namespace, canonical, value, member_id)
    SELECT :tenant_id, n.namespace, n.canonical, n.value, g.member_id
    FROM given g
    CROSS JOIN LATERAL (
        VALUES
            ('number', g.number, g.number), (:namespace, g.name, g.name), ('email', g.email, g.email_given),
            ('phone', g.phone, g.phone)
    ) AS n (namespace, canonical, value)
    WHERE n.canonical IS NOT NULL
    ORDER BY n.namespace, n.canonical
),
opened AS (
    INSERT INTO accounts (
        id, bucket, tenant_id, program_id, posted, lifetime, version, opened_at, due_at, idle_at
    )
    SELECT
        g.account_id, g.bucket, :tenant_id, :program_id, coalesce(g.opening, 0), coalesce(g.opening, 0),
        CASE WHEN g.opening IS NULL THEN 0 ELSE 1 END, :now, least(g.lapses_at, g.idle_at), g.idle_at
    FROM given g
),
joined AS (
    INSERT INTO memberships (
        id, tenant_id, chain_id, member_id, program_id, account_id, bucket, number, state, is_primary, created_at,
        updated_at
    )
    SELECT
        g.membership_id, :tenant_id, g.chain_id, g.member_id, :program_id, g.account_id, g.bucket, g.number, 'enrolled',
        true, g.joined_at, g.joined_at
    FROM given g
),
entered AS (
    INSERT INTO entries (
        account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, surface, actor,
        expires_at
    )
    SELECT
        g.account_id, g.bucket, 1, 'earn', g.opening, g.opening, g.earned_at, :now, 'Opening balance', 'import', :actor,
        g.lapses_at
    FROM given g
    WHERE g.opening IS NOT NULL
)
SELECT count(*) FROM given;

-- name: balances_of_chunk
SELECT i.row, i.account_id, i.points, i.earned_at, i.expires_at, i.reason, i.reference
FROM import_balances i
WHERE i.import_id = :id AND i.chunk = :chunk AND i.error IS NULL
ORDER BY i.row;

-- name: written!
UPDATE import_chunks c SET written = :written WHERE c.import_id = :id AND c.chunk = :chunk;

-- name: refuse_balance!
-- A row that the ledger said no to.
UPDATE import_balances i SET error = :error WHERE i.import_id = :id AND i.row = :row;

-- name: written_in_all$
SELECT coalesce(sum(c.written), 0)::bigint FROM import_chunks c WHERE c.import_id = :id;

-- name: finish!
UPDATE imports i SET state = 'done', bad = :bad, finished_at = :now WHERE i.id = :id;

-- name: by_id^
SELECT i.* FROM imports i WHERE i.id = :id;

-- name: trust!
-- Where the role may: without a look at each reference. All of them are to rows of the same statement, or to ones that are
-- never deleted.
SELECT set_config('session_replication_role', 'replica', true)
WHERE has_parameter_privilege('session_replication_role', 'SET');
