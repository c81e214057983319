-- name: begin^
-- The import of a file, new or going on.
INSERT INTO imports (id, tenant_id, kind, program_id, digest, namespace, earns, actor, created_at)
VALUES (:id, :tenant_id, :kind, :program_id, :digest, :namespace, :earns, :actor, :now)
ON CONFLICT (tenant_id, kind, program_id, digest) DO UPDATE SET digest = excluded.digest
RETURNING *;

-- name: insert^
-- An import whose file comes in parts.
INSERT INTO imports (
    id, tenant_id, kind, program_id, state, surface, format, namespace, earns, actor, created_at
)
VALUES (
    :id, :tenant_id, :kind, :program_id, 'uploading', :surface, :format, :namespace, :earns, :actor, :now
)
RETURNING *;

-- name: other$
-- Another import of the same file.
SELECT o.id
FROM imports i
JOIN imports o ON o.tenant_id = i.tenant_id AND o.kind = i.kind AND o.program_id = i.program_id
WHERE i.id = :id AND o.id <> i.id AND o.digest = :digest;

-- name: adopt^
-- The file of an import is whole; once rows of it are written it is no other. Serials were taken for the rows of one.
UPDATE imports i
SET digest = :digest, serial_before = CASE WHEN i.digest = :digest THEN i.serial_before END
WHERE i.id = :id AND (i.digest = :digest OR NOT EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.id))
RETURNING i.*;

-- name: ask_anew!
-- A file that is read once more, of which nothing is written yet.
UPDATE imports i SET namespace = :namespace, earns = :earns
WHERE i.id = :id AND i.format IS NULL AND i.state <> 'done'
  AND NOT EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.id);

-- name: lock^
SELECT i.* FROM imports i WHERE i.id = :id AND i.tenant_id = :tenant_id FOR UPDATE;

-- name: find^
SELECT i.* FROM imports i WHERE i.id = :id AND i.tenant_id = :tenant_id;

-- name: page
-- From the newest on.
SELECT i.*
FROM imports i
WHERE i.tenant_id = :tenant_id AND (:before::uuid IS NULL OR i.id < :before)
  AND (:state::text IS NULL OR i.state = :state)
ORDER BY i.id DESC
LIMIT :limit;

-- name: progress
-- How many rows are written, and how large the file is, of imports.
SELECT
    i.id,
    (SELECT coalesce(sum(c.written), 0)::bigint FROM import_chunks c WHERE c.import_id = i.id) AS written,
    (SELECT count(*)::integer FROM import_parts p WHERE p.import_id = i.id) AS parts,
    (SELECT coalesce(sum(length(p.content)), 0)::bigint FROM import_parts p WHERE p.import_id = i.id) AS bytes
FROM imports i
WHERE i.id = ANY (:ids::uuid[]);

-- name: put_part!
INSERT INTO import_parts (import_id, number, content)
VALUES (:id, :number, :content)
ON CONFLICT (import_id, number) DO UPDATE SET content = excluded.content;

-- name: part$
SELECT p.content FROM import_parts p WHERE p.import_id = :id AND p.number = :number;

-- name: drop_parts!
DELETE FROM import_parts p WHERE p.import_id = :id;

-- name: queue!
UPDATE imports i
SET state = 'queued', is_trial = :is_trial, skips_bad = :skips_bad, problem = NULL, finished_at = NULL
WHERE i.id = :id;

-- name: waiting
-- Imports that somebody asked for and nobody has finished.
SELECT i.id FROM imports i WHERE i.format IS NOT NULL AND i.state IN ('queued', 'staging', 'writing') ORDER BY i.id;

-- name: fail!
UPDATE imports i SET state = 'failed', problem = :problem, finished_at = :now WHERE i.id = :id AND i.state <> 'done';

-- name: forget_files
-- Files that nobody has come back to.
UPDATE imports i
SET state = 'failed', problem = 'the file was not imported in time, and is forgotten', finished_at = :now
WHERE i.format IS NOT NULL AND i.state IN ('uploading', 'checked', 'failed') AND i.created_at < :before
  AND EXISTS (SELECT 1 FROM import_parts p WHERE p.import_id = i.id)
RETURNING i.id;

-- name: left_behind
-- Imports of before that are not done, of whose rows some are still put down, and that nobody is at.
SELECT i.*
FROM imports i
WHERE i.created_at < :before AND i.state <> 'done' AND (i.format IS NULL OR i.state IN ('checked', 'failed'))
  AND (
      EXISTS (SELECT 1 FROM import_members r WHERE r.import_id = i.id)
      OR EXISTS (SELECT 1 FROM import_balances r WHERE r.import_id = i.id)
      OR EXISTS (SELECT 1 FROM import_orders r WHERE r.import_id = i.id)
  )
  AND pg_try_advisory_xact_lock(hashtextextended('import ' || i.id::text, 0));

-- name: forget_errors!
DELETE FROM import_errors e USING imports i WHERE i.id = e.import_id AND i.created_at < :before;

-- name: only$
-- Whether a session may read or write an import; until it leaves or ends.
SELECT pg_try_advisory_lock(hashtextextended('import ' || :id::uuid::text, 0));

-- name: leave!
SELECT pg_advisory_unlock(hashtextextended('import ' || :id::uuid::text, 0));

-- name: share!
-- Rows are being put down, by a session of several; until it says otherwise or ends.
SELECT pg_advisory_lock_shared(hashtextextended('import rows ' || :id::uuid::text, 0));

-- name: unshare!
SELECT pg_advisory_unlock_shared(hashtextextended('import rows ' || :id::uuid::text, 0));

-- name: sole!
-- Nobody puts down rows.
SELECT pg_advisory_xact_lock(hashtextextended('import rows ' || :id::uuid::text, 0));

-- name: chunks
-- Those that are written.
SELECT c.chunk FROM import_chunks c WHERE c.import_id = :id;

-- name: clear_members!
DELETE FROM import_members i WHERE i.import_id = :id;

-- name: clear_balances!
DELETE FROM import_balances i WHERE i.import_id = :id;

-- name: clear_orders!
DELETE FROM import_orders i WHERE i.import_id = :id;

-- name: rough!
-- Statistics from a few thousand rows will do, until the transaction ends.
SELECT set_config('default_statistics_target', '10', true);

-- name: statistics_orders!
ANALYZE import_orders;

-- name: statistics_members!
ANALYZE import_members;

-- name: statistics_balances!
ANALYZE import_balances;

-- name: doubt_members!
-- Rows that cannot be written because of others: of the file, or of what is there.
UPDATE import_members i
SET error = d.error
FROM (
    SELECT n.row, min(n.error) AS error
    FROM (
        SELECT i.row, 'id: another row of the file has it' AS error
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.name IN (
            SELECT o.name FROM import_members o
            WHERE o.import_id = :id AND o.error IS NULL GROUP BY o.name HAVING count(*) > 1
        )
        UNION ALL
        SELECT i.row, 'email: another row of the file has it'
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.email IN (
            SELECT o.email FROM import_members o
            WHERE o.import_id = :id AND o.error IS NULL GROUP BY o.email HAVING count(*) > 1
        )
        UNION ALL
        SELECT i.row, 'phone: another row of the file has it'
        FROM import_members i
        WHERE i.import_id = :id AND i.error IS NULL AND i.phone IN (
            SELECT o.phone FROM import_members o
            WHERE o.import_id = :id AND o.error IS NULL GROUP BY o.phone HAVING count(*) > 1
        )
    ) n
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

-- name: repeated_ids$
-- Whether rows of the file have an id twice.
SELECT EXISTS (
    SELECT FROM import_members i
    WHERE i.import_id = :id AND i.error IS NULL AND i.name IS NOT NULL GROUP BY i.name HAVING count(*) > 1
);

-- name: repeated_emails$
SELECT EXISTS (
    SELECT FROM import_members i
    WHERE i.import_id = :id AND i.error IS NULL AND i.email IS NOT NULL GROUP BY i.email HAVING count(*) > 1
);

-- name: repeated_phones$
SELECT EXISTS (
    SELECT FROM import_members i
    WHERE i.import_id = :id AND i.error IS NULL AND i.phone IS NOT NULL GROUP BY i.phone HAVING count(*) > 1
);

-- name: taken_names$
-- Whether a member has a name already that is in the file.
SELECT EXISTS (
    SELECT FROM identifiers x JOIN import_members i ON i.name = x.canonical
    WHERE x.tenant_id = :tenant_id AND x.namespace = :namespace AND i.import_id = :id AND i.error IS NULL
      AND NOT EXISTS (SELECT FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
) OR EXISTS (
    SELECT FROM identifiers x JOIN import_members i ON i.email = x.canonical
    WHERE x.tenant_id = :tenant_id AND x.namespace = 'email' AND i.import_id = :id AND i.error IS NULL
      AND NOT EXISTS (SELECT FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
) OR EXISTS (
    SELECT FROM identifiers x JOIN import_members i ON i.phone = x.canonical
    WHERE x.tenant_id = :tenant_id AND x.namespace = 'phone' AND i.import_id = :id AND i.error IS NULL
      AND NOT EXISTS (SELECT FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
);

-- name: doubtful_numbers
-- Public numbers that are given twice, or taken.
SELECT i.number FROM import_members i
WHERE i.import_id = :id AND i.error IS NULL GROUP BY i.number HAVING count(*) > 1
UNION
SELECT x.canonical FROM identifiers x JOIN import_members i ON i.number = x.canonical
WHERE x.tenant_id = :tenant_id AND x.namespace = 'number' AND i.import_id = :id AND i.error IS NULL;

-- name: other_numbers
-- Rows with these are given others; which.
UPDATE import_members i
SET number = (1000000000 + floor(random() * 9000000000))::bigint::text
WHERE i.import_id = :id AND i.error IS NULL AND i.number = ANY (:numbers::text[])
RETURNING i.number;

-- name: doubtful_of
-- Those of some that are given twice, or taken.
SELECT i.number FROM import_members i
WHERE i.import_id = :id AND i.error IS NULL AND i.number = ANY (:numbers::text[]) GROUP BY i.number HAVING count(*) > 1
UNION
SELECT x.canonical FROM identifiers x
WHERE x.tenant_id = :tenant_id AND x.namespace = 'number' AND x.canonical = ANY (:numbers::text[]);

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

-- name: doubt_orders!
-- Whose a row is, and whether its order is there: in the file once more, or before it.
UPDATE import_orders i
SET
    account_id = s.account_id,
    membership_id = s.membership_id,
    error = CASE
        WHEN s.member_id IS NULL THEN 'nobody has this ' || i.namespace
        WHEN s.account_id IS NULL THEN 'the member is not in the program'
        WHEN n.many > 1 THEN 'reference: another row of the file has it'
        WHEN EXISTS (
            SELECT 1 FROM orders o
            WHERE o.tenant_id = :tenant_id AND o.surface IN ('import', 'native') AND o.event IS NULL
              AND o.reference = i.reference
        ) AND NOT EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
            THEN 'reference: an order has it already'
    END
FROM (
    SELECT i.*, count(*) OVER (PARTITION BY i.reference) AS many
    FROM import_orders i
    WHERE i.import_id = :id AND i.error IS NULL
) n
LEFT JOIN LATERAL (
    SELECT x.member_id, m.id AS membership_id, m.account_id
    FROM identifiers x
    LEFT JOIN memberships m
        ON m.member_id = x.member_id AND m.program_id = :program_id AND m.deleted_at IS NULL
    WHERE x.tenant_id = :tenant_id AND x.namespace = n.namespace AND x.canonical = n.canonical
) s ON true
WHERE i.import_id = :id AND i.row = n.row;

-- name: forget_bad!
-- Of chunks that are written it is known for good.
DELETE FROM import_errors e
WHERE e.import_id = :id AND NOT EXISTS (
    SELECT 1 FROM import_chunks c WHERE c.import_id = e.import_id AND c.chunk = (e.row - 1) / :chunk_rows
);

-- name: acquit_members!
-- Rows that are written were good, whatever is wrong with them by now.
UPDATE import_members i SET error = NULL
WHERE i.import_id = :id AND i.error IS NOT NULL
  AND EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
  AND NOT EXISTS (SELECT 1 FROM import_errors e WHERE e.import_id = i.import_id AND e.row = i.row);

-- name: acquit_balances!
UPDATE import_balances i SET error = NULL
WHERE i.import_id = :id AND i.error IS NOT NULL
  AND EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
  AND NOT EXISTS (SELECT 1 FROM import_errors e WHERE e.import_id = i.import_id AND e.row = i.row);

-- name: acquit_orders!
UPDATE import_orders i SET error = NULL
WHERE i.import_id = :id AND i.error IS NOT NULL
  AND EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = i.import_id AND c.chunk = i.chunk)
  AND NOT EXISTS (SELECT 1 FROM import_errors e WHERE e.import_id = i.import_id AND e.row = i.row);

-- name: keep_bad_members!
INSERT INTO import_errors (import_id, row, error)
SELECT i.import_id, i.row, i.error FROM import_members i WHERE i.import_id = :id AND i.error IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: keep_bad_balances!
INSERT INTO import_errors (import_id, row, error)
SELECT i.import_id, i.row, i.error FROM import_balances i WHERE i.import_id = :id AND i.error IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: keep_bad_orders!
INSERT INTO import_errors (import_id, row, error)
SELECT i.import_id, i.row, i.error FROM import_orders i WHERE i.import_id = :id AND i.error IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: count_members^
SELECT count(*) AS rows, count(i.error) AS bad FROM import_members i WHERE i.import_id = :id;

-- name: count_balances^
SELECT count(*) AS rows, count(i.error) AS bad FROM import_balances i WHERE i.import_id = :id;

-- name: count_orders^
SELECT count(*) AS rows, count(i.error) AS bad FROM import_orders i WHERE i.import_id = :id;

-- name: errors
SELECT e.row, e.error FROM import_errors e WHERE e.import_id = :id AND e.row > :after ORDER BY e.row LIMIT :limit;

-- name: staging!
UPDATE imports i SET state = 'staging' WHERE i.id = :id;

-- name: checked^
-- What the file has is known.
UPDATE imports i
SET
    rows = :rows, bad = :bad::bigint,
    state = CASE WHEN i.format IS NULL OR i.is_trial OR (:bad::bigint > 0 AND NOT i.skips_bad) THEN 'checked' ELSE 'staging' END
WHERE i.id = :id
RETURNING i.*;

-- name: writing^
-- From now on it is written. Serials for all of it are taken once.
WITH taken AS (
    UPDATE tenants t
    SET last_serial = t.last_serial + :serials
    FROM imports i
    WHERE i.id = :id AND t.id = i.tenant_id AND i.serial_before IS NULL AND :serials > 0
    RETURNING t.last_serial - :serials AS before
)
UPDATE imports i
SET state = 'writing', serial_before = coalesce(i.serial_before, (SELECT t.before FROM taken t))
WHERE i.id = :id AND i.state <> 'done'
RETURNING i.*;

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

-- name: write_orders$
-- Orders that were paid before: they count, and have earned nothing here. What they earned elsewhere is kept beside them.
WITH given AS MATERIALIZED (
    SELECT i.* FROM import_orders i WHERE i.import_id = :id AND i.chunk = :chunk AND i.error IS NULL
),
made AS (
    INSERT INTO orders (
        id, tenant_id, surface, reference, state, account_id, amount, placed_at, membership_id, program_id, tier,
        occasion, reckoning, recorded_at
    )
    SELECT
        g.order_id, :tenant_id, 'import', g.reference, 'placed', g.account_id, g.amount::numeric, g.placed_at,
        g.membership_id, :program_id, g.tier, g.occasion, g.reckoning, :now
    FROM given g
    ORDER BY g.row
    ON CONFLICT (tenant_id, surface, (event IS NULL), reference) DO NOTHING
    RETURNING id
),
earned AS (
    INSERT INTO earnings (order_id, account_id, rule, at, points, measure)
    SELECT g.order_id, g.account_id, 'history', g.placed_at, g.points::numeric, 0
    FROM given g
    JOIN made m ON m.id = g.order_id
    WHERE g.points IS NOT NULL
),
refused AS (
    INSERT INTO import_errors (import_id, row, error)
    SELECT g.import_id, g.row, 'reference: an order has it already' FROM given g
    WHERE NOT EXISTS (SELECT 1 FROM made m WHERE m.id = g.order_id)
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM made;

-- name: orders_of_chunk
SELECT i.row, i.order_id, i.reference, i.occasion, i.membership_id, i.account_id
FROM import_orders i
WHERE i.import_id = :id AND i.chunk = :chunk AND i.error IS NULL
ORDER BY i.row;

-- name: staged_members$
-- Whether a chunk is there to be written, with all of its rows.
SELECT EXISTS (SELECT 1 FROM import_members i WHERE i.import_id = :id AND i.chunk = :chunk);

-- name: staged_balances$
SELECT EXISTS (SELECT 1 FROM import_balances i WHERE i.import_id = :id AND i.chunk = :chunk);

-- name: staged_orders$
SELECT EXISTS (SELECT 1 FROM import_orders i WHERE i.import_id = :id AND i.chunk = :chunk);

-- name: balances_of_chunk
SELECT i.row, i.account_id, i.points, i.earned_at, i.expires_at, i.reason, i.reference
FROM import_balances i
WHERE i.import_id = :id AND i.chunk = :chunk AND i.error IS NULL
ORDER BY i.row;

-- name: written!
UPDATE import_chunks c SET written = :written WHERE c.import_id = :id AND c.chunk = :chunk;

-- name: refuse!
-- A row that the ledger said no to.
INSERT INTO import_errors (import_id, row, error) VALUES (:id, :row, :error) ON CONFLICT DO NOTHING;

-- name: written_in_all$
SELECT coalesce(sum(c.written), 0)::bigint FROM import_chunks c WHERE c.import_id = :id;

-- name: finish!
UPDATE imports i SET state = 'done', bad = :bad, finished_at = :now WHERE i.id = :id;

-- name: by_id^
SELECT i.* FROM imports i WHERE i.id = :id;

-- name: roomy!
-- Room to sort and to count by in memory, until the transaction ends.
SELECT set_config('work_mem', '64MB', true);

-- name: hurry!
-- No wait for the disk at the end of the transaction: that of the import's last one waits for all of them.
SELECT set_config('synchronous_commit', 'off', true);

-- name: hush!
-- Where the role may: a name that somebody else got before is in no log.
SELECT set_config('log_error_verbosity', 'terse', true) WHERE has_parameter_privilege('log_error_verbosity', 'SET');

-- name: trust!
-- Where the role may: without a look at each reference. All of them are to rows of the same statement, or to ones that are
-- never deleted.
SELECT set_config('session_replication_role', 'replica', true)
WHERE has_parameter_privilege('session_replication_role', 'SET');
