-- name: post
-- One result per command, in order; none at all, and nothing done, where a name leads nowhere or two to one account.
SELECT account_id, refusal, version, points, posted, held, subject_id, state, shortfall, replayed
FROM ledger_post(:now, :bucket, :commands::ledger_command[]);

-- name: answered$
-- An account for which its key was answered before.
SELECT k.account_id
FROM unnest(:account_ids::uuid[], :keys::text[]) AS q (account_id, key)
JOIN ledger_keys k ON k.tenant_id = :tenant_id AND k.key = q.key AND k.account_id = q.account_id
LIMIT 1;

-- name: settle!
-- What is due on accounts happens.
SELECT ledger_settle(:now, :account_ids::uuid[]);

-- name: due
-- Accounts on which something is due, longest due first; one that somebody else is busy with is settled by them.
SELECT a.id
FROM accounts a
WHERE a.due_at <= :now AND a.id <> ALL (:skipped::uuid[])
ORDER BY a.due_at
LIMIT :limit
FOR UPDATE SKIP LOCKED;

-- name: count_due$
SELECT count(*) FROM accounts a WHERE a.due_at <= :now;

-- name: open_accounts!
-- New accounts, empty.
INSERT INTO accounts (id, bucket, tenant_id, program_id, opened_at)
SELECT n.id, n.bucket, :tenant_id, n.program_id, :now
FROM unnest(:ids::uuid[], :buckets::smallint[], :program_ids::uuid[]) AS n (id, bucket, program_id);

-- name: entries_page
-- Newest first, from below a version; every filter is off where it is null.
SELECT e.*
FROM entries e
WHERE e.account_id = :account_id AND e.bucket = :bucket AND e.version < :before
  AND (:kind::text IS NULL OR e.kind = :kind::text)
  AND (:reference::text IS NULL OR e.reference = :reference::text)
  AND (:since::timestamptz IS NULL OR e.effective_at >= :since::timestamptz)
  AND (:until::timestamptz IS NULL OR e.effective_at < :until::timestamptz)
ORDER BY e.version DESC
LIMIT :limit;

-- name: holds_of
-- The account's holds, newest first; one that has moved with a merge is where it went.
SELECT h.*
FROM holds h
WHERE h.account_id = :account_id AND h.bucket = :bucket AND h.state <> 'moved'
  AND (:state::text IS NULL OR h.state = :state::text) AND (:before::uuid IS NULL OR h.id < :before)
ORDER BY h.id DESC
LIMIT :limit;

-- name: captured$
-- What captures of a hold had taken in all, up to a version of the account.
SELECT coalesce(-sum(e.points), 0)
FROM entries e
WHERE e.account_id = :account_id AND e.bucket = :bucket AND e.version <= :until AND e.hold_id = :hold_id;

-- name: hold_by_id^
-- One hold of the tenant.
SELECT h.*
FROM holds h
JOIN accounts a ON a.id = h.account_id AND a.bucket = h.bucket
WHERE h.id = :hold_id AND a.tenant_id = :tenant_id AND h.state <> 'moved';

-- name: earn
-- One result per earn, in order; none at all, and nothing written, where one of them is not ordinary.
SELECT e.account_id, e.version, e.posted, e.held
FROM unnest(ledger_earn(:now, :bucket, :commands::ledger_command[])) AS e
ORDER BY e.ord;

-- name: program_of$
SELECT a.program_id FROM accounts a WHERE a.id = :id AND a.bucket = :bucket;
