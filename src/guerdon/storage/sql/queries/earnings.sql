-- name: lock_accounts
-- Keeps two orders of one member apart: everything that rules count by is read behind this. In the order of their ids.
SELECT a.id, a.lifetime FROM accounts a
WHERE a.id = ANY (:ids::uuid[]) AND a.bucket = ANY (:buckets::smallint[])
ORDER BY a.id
FOR UPDATE;

-- name: write!
-- What rules gave, of both sides.
INSERT INTO earnings (order_id, account_id, rule, at, points, measure)
SELECT :order_id, n.account_id, n.rule, :at, n.points, n.measure
FROM unnest(:account_ids::uuid[], :rules::text[], :points::numeric[], :measures::numeric[])
    AS n (account_id, rule, points, measure);

-- name: take_back!
-- What has been taken back by now in all.
UPDATE earnings e
SET taken_back = n.points, measure_back = n.measure
FROM unnest(:account_ids::uuid[], :rules::text[], :points::numeric[], :measures::numeric[])
    AS n (account_id, rule, points, measure)
WHERE e.order_id = :order_id AND e.account_id = n.account_id AND e.rule = n.rule;

-- name: take_all_back!
UPDATE earnings SET taken_back = points, measure_back = measure WHERE order_id = :order_id;

-- name: tallies
-- What each rule came to by days of a time zone, from a day on; of accounts that have gone up in one, too.
SELECT
    w.account_id, e.rule, (e.at AT TIME ZONE :time_zone)::date AS day, sum(e.points - e.taken_back) AS points,
    (count(*) FILTER (WHERE e.points > e.taken_back))::integer AS times, sum(e.measure - e.measure_back) AS measure
FROM ledger_parts(:account_ids::uuid[]) w
JOIN earnings e ON e.account_id = w.part_id
WHERE e.at >= (:since::date - 2)::timestamptz AND (e.at AT TIME ZONE :time_zone)::date >= :since::date
  AND (:until::timestamptz IS NULL OR e.at < :until::timestamptz)
GROUP BY 1, 2, 3
ORDER BY 1, 3, 2;

-- name: of_orders
-- What orders gave, to whom, less what was taken back since.
SELECT e.order_id, e.account_id, sum(e.points - e.taken_back) AS points
FROM earnings e
WHERE e.order_id = ANY (:order_ids::uuid[])
GROUP BY 1, 2;

-- name: left_of_order
SELECT e.rule, sum(e.points - e.taken_back) AS points FROM earnings e WHERE e.order_id = :order_id GROUP BY 1;

-- name: referrer_of$
-- Or whom that member has gone up in since; nobody, where that is the one who was referred.
-- Where nobody referred it yet, another.
SELECT nullif(
    ledger_survivor(coalesce(
        (SELECT r.referrer_account_id FROM referrals r WHERE r.account_id = :account_id::uuid), :otherwise::uuid
    )),
    :account_id::uuid
);

-- name: heads
-- Accounts, each with the one that it has gone up in, or itself.
SELECT n.id AS account_id, ledger_survivor(n.id) AS id FROM unnest(:account_ids::uuid[]) AS n (id);

-- name: takes_part$
-- Whether the member of an account is there, and may.
SELECT EXISTS (
    SELECT 1 FROM memberships s
    WHERE s.account_id = :account_id AND s.deleted_at IS NULL AND s.state NOT IN ('canceled', 'declined')
);

-- name: refer!
-- Who was referred stays so.
INSERT INTO referrals (account_id, referrer_account_id, referred_at)
VALUES (:account_id, :referrer_account_id, :at)
ON CONFLICT (account_id) DO NOTHING;

-- name: holders
-- Whose accounts these are, when the members were born, as it was given, and when they left.
SELECT
    s.account_id, s.id AS membership_id, s.member_id, m.profile ->> 'date_of_birth' AS born, s.deleted_at AS left_at
FROM memberships s
JOIN members m ON m.id = s.member_id
WHERE s.account_id = ANY (:account_ids::uuid[]);

-- name: pasts
-- How many orders of accounts count that happened before a moment, and who referred their members, and when.
SELECT
    a.id AS account_id, r.referrer_account_id, r.referred_at,
    (
        SELECT count(*) FROM orders o
        WHERE o.account_id = a.id AND o.state = 'placed' AND o.event IS NULL AND o.placed_at < :before
    ) AS orders
FROM unnest(:account_ids::uuid[]) AS a (id)
LEFT JOIN referrals r ON r.account_id = a.id;
