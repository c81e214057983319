-- name: of_account
-- The account's pending earns, newest first; one that has moved with a merge is where it went.
SELECT p.*
FROM pending_earns p
WHERE p.account_id = :account_id AND p.bucket = :bucket AND p.state <> 'moved'
  AND (:state::text IS NULL OR p.state = :state::text) AND (:before::uuid IS NULL OR p.id < :before)
ORDER BY p.id DESC
LIMIT :limit;

-- name: by_id^
-- One pending earn of the tenant.
SELECT p.*
FROM pending_earns p
JOIN accounts a ON a.id = p.account_id AND a.bucket = p.bucket
WHERE p.id = :pending_id AND a.tenant_id = :tenant_id AND p.state <> 'moved';
