-- name: of_tenants
SELECT to_jsonb(t)::text AS row
FROM tenants t
WHERE t.id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_chains
SELECT to_jsonb(t)::text AS row
FROM chains t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_programs
SELECT to_jsonb(t)::text AS row
FROM programs t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_tiers
SELECT to_jsonb(t)::text AS row
FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE p.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_channel_links
SELECT to_jsonb(t)::text AS row
FROM channel_links t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_channel_profiles
SELECT to_jsonb(t)::text AS row
FROM channel_profiles t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_pools
SELECT to_jsonb(t)::text AS row
FROM pools t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_pool_codes
SELECT to_jsonb(t)::text AS row
FROM pool_codes t
JOIN pools p ON p.id = t.pool_id
WHERE p.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.redemption_id IN (
    SELECT x.id
    FROM redemptions x
    JOIN memberships s ON s.account_id = x.account_id
    WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.pool_id, t.code;

-- name: of_answers
SELECT to_jsonb(t)::text AS row
FROM answers t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.key;

-- name: answers_about
-- To be read: the body as it was sent.
SELECT (
    to_jsonb(t) - 'fingerprint' || jsonb_build_object('body', convert_from(nullif(t.body, ''), 'UTF8')::jsonb)
)::text AS row
FROM answers t
WHERE t.tenant_id = :tenant_id AND t.about IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
ORDER BY t.key;

-- name: events_about
SELECT (to_jsonb(t) || jsonb_build_object('body', t.body::jsonb))::text AS row
FROM webhook_events t
WHERE t.tenant_id = :tenant_id AND t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
ORDER BY t.member_id, t.sequence;

-- name: of_changes
-- What was before and after as it was written, in the order of its members.
SELECT to_json(t)::text AS row
FROM changes t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.subject_id IN (
    SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id
    UNION ALL
    SELECT s.id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.id;

-- name: of_rewards
SELECT to_jsonb(t)::text AS row
FROM rewards t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_credentials
SELECT to_jsonb(t)::text AS row
FROM credentials t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_tokens
SELECT to_jsonb(t)::text AS row
FROM tokens t
JOIN credentials c ON c.id = t.credential_id
WHERE c.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.surface, t.hash;

-- name: of_members
SELECT to_jsonb(t)::text AS row
FROM members t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.merged_into IS NOT NULL, t.serial;

-- name: of_identifiers
SELECT to_jsonb(t)::text AS row
FROM identifiers t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.namespace, t.canonical;

-- name: of_member_metadata
SELECT to_jsonb(t)::text AS row
FROM member_metadata t
JOIN members m ON m.id = t.member_id
WHERE m.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.member_id, t.position;

-- name: of_recognitions
SELECT to_jsonb(t)::text AS row
FROM recognitions t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.hash;

-- name: of_memberships
SELECT to_jsonb(t)::text AS row
FROM memberships t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.id;

-- name: of_accounts
SELECT to_jsonb(t)::text AS row
FROM accounts t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.id;

-- name: of_entries
SELECT to_jsonb(t)::text AS row
FROM entries t
JOIN accounts a ON a.id = t.account_id AND a.bucket = t.bucket
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR a.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id, t.version;

-- name: of_touched_lots
SELECT to_jsonb(t)::text AS row
FROM touched_lots t
JOIN accounts a ON a.id = t.account_id AND a.bucket = t.bucket
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR a.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id, t.version, t.part;

-- name: of_consumptions
SELECT to_jsonb(t)::text AS row
FROM consumptions t
JOIN accounts a ON a.id = t.account_id AND a.bucket = t.bucket
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR a.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id, t.version, t.by_version, t.lot_version, t.lot_part;

-- name: of_holds
SELECT to_jsonb(t)::text AS row
FROM holds t
JOIN accounts a ON a.id = t.account_id AND a.bucket = t.bucket
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR a.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id, t.id;

-- name: of_pending_earns
SELECT to_jsonb(t)::text AS row
FROM pending_earns t
JOIN accounts a ON a.id = t.account_id AND a.bucket = t.bucket
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR a.id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id, t.id;

-- name: of_ledger_keys
SELECT to_jsonb(t)::text AS row
FROM ledger_keys t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.key;

-- name: of_orders
SELECT to_jsonb(t)::text AS row
FROM orders t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.account_id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.id;

-- name: of_rule_sets
SELECT to_jsonb(t)::text AS row
FROM rule_sets t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.program_id, t.version;

-- name: of_campaign_totals
SELECT to_jsonb(t)::text AS row
FROM campaign_totals t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.program_id, t.code, t.slot;

-- name: of_earnings
SELECT to_jsonb(t)::text AS row
FROM earnings t
JOIN orders o ON o.id = t.order_id
WHERE o.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.account_id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.order_id, t.account_id, t.rule;

-- name: of_order_returns
SELECT to_jsonb(t)::text AS row
FROM order_returns t
JOIN orders o ON o.id = t.order_id
WHERE o.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR o.account_id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.order_id, t.number;

-- name: of_referrals
SELECT to_jsonb(t)::text AS row
FROM referrals t
JOIN accounts a ON a.id = t.account_id
WHERE a.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.account_id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.account_id;

-- name: of_redemptions
SELECT to_jsonb(t)::text AS row
FROM redemptions t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.account_id IN (
    SELECT s.account_id FROM memberships s WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id)
))
ORDER BY t.id;

-- name: of_merges
SELECT to_jsonb(t)::text AS row
FROM merges t
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR t.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.id;

-- name: of_merged_identifiers
SELECT to_jsonb(t)::text AS row
FROM merged_identifiers t
JOIN merges g ON g.id = t.merge_id
WHERE g.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR g.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.merge_id, t.namespace, t.canonical;

-- name: of_merged_memberships
SELECT to_jsonb(t)::text AS row
FROM merged_memberships t
JOIN merges g ON g.id = t.merge_id
WHERE g.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR g.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.merge_id, t.membership_id;

-- name: of_tier_moves
SELECT to_jsonb(t)::text AS row
FROM tier_moves t
JOIN memberships s ON s.id = t.membership_id
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.id;

-- name: of_standings
-- What was last said of members is not said again; who goes down by time alone is known to.
SELECT to_jsonb(t)::text AS row
FROM standings t
JOIN memberships s ON s.id = t.membership_id
WHERE t.tenant_id = :tenant_id AND (:member_id::uuid IS NULL OR s.member_id IN (SELECT m.id FROM members m WHERE m.id = :member_id OR m.merged_into = :member_id))
ORDER BY t.membership_id;

-- name: of_webhook_endpoints
SELECT to_jsonb(t)::text AS row
FROM webhook_endpoints t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.id;

-- name: of_webhook_members
SELECT to_jsonb(t)::text AS row
FROM webhook_members t
JOIN members m ON m.id = t.member_id
WHERE m.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.member_id;

-- name: of_webhook_holds
SELECT to_jsonb(t)::text AS row
FROM webhook_holds t
WHERE t.tenant_id = :tenant_id AND :member_id::uuid IS NULL
ORDER BY t.hold_id;

-- name: into_tenants!
INSERT INTO tenants
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::tenants, j.row::jsonb) r;

-- name: into_chains!
INSERT INTO chains
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::chains, j.row::jsonb) r;

-- name: into_programs!
INSERT INTO programs
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::programs, j.row::jsonb) r;

-- name: into_tiers!
INSERT INTO tiers
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::tiers, j.row::jsonb) r;

-- name: into_channel_links!
INSERT INTO channel_links
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::channel_links, j.row::jsonb) r;

-- name: into_channel_profiles!
INSERT INTO channel_profiles
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::channel_profiles, j.row::jsonb) r;

-- name: into_pools!
INSERT INTO pools
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::pools, j.row::jsonb) r;

-- name: into_pool_codes!
INSERT INTO pool_codes
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::pool_codes, j.row::jsonb) r;

-- name: into_answers!
INSERT INTO answers
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::answers, j.row::jsonb) r;

-- name: into_changes!
INSERT INTO changes
SELECT r.* FROM unnest(:rows::text[]) AS j (row), json_populate_record(NULL::changes, j.row::json) r;

-- name: into_rewards!
INSERT INTO rewards
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::rewards, j.row::jsonb) r;

-- name: into_credentials!
INSERT INTO credentials
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::credentials, j.row::jsonb) r;

-- name: into_tokens!
INSERT INTO tokens
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::tokens, j.row::jsonb) r;

-- name: into_members!
INSERT INTO members
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::members, j.row::jsonb) r;

-- name: into_identifiers!
INSERT INTO identifiers
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::identifiers, j.row::jsonb) r;

-- name: into_member_metadata!
INSERT INTO member_metadata
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::member_metadata, j.row::jsonb) r;

-- name: into_recognitions!
INSERT INTO recognitions
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::recognitions, j.row::jsonb) r;

-- name: into_memberships!
INSERT INTO memberships
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::memberships, j.row::jsonb) r;

-- name: into_accounts!
INSERT INTO accounts
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::accounts, j.row::jsonb) r;

-- name: into_entries!
INSERT INTO entries
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::entries, j.row::jsonb) r;

-- name: into_touched_lots!
INSERT INTO touched_lots
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::touched_lots, j.row::jsonb) r;

-- name: into_consumptions!
INSERT INTO consumptions
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::consumptions, j.row::jsonb) r;

-- name: into_holds!
INSERT INTO holds
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::holds, j.row::jsonb) r;

-- name: into_pending_earns!
INSERT INTO pending_earns
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::pending_earns, j.row::jsonb) r;

-- name: into_ledger_keys!
INSERT INTO ledger_keys
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::ledger_keys, j.row::jsonb) r;

-- name: into_orders!
INSERT INTO orders
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::orders, j.row::jsonb) r;

-- name: into_rule_sets!
INSERT INTO rule_sets
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::rule_sets, j.row::jsonb) r;

-- name: into_campaign_totals!
INSERT INTO campaign_totals
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::campaign_totals, j.row::jsonb) r;

-- name: into_earnings!
INSERT INTO earnings
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::earnings, j.row::jsonb) r;

-- name: into_order_returns!
INSERT INTO order_returns
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::order_returns, j.row::jsonb) r;

-- name: into_referrals!
INSERT INTO referrals
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::referrals, j.row::jsonb) r;

-- name: into_redemptions!
INSERT INTO redemptions
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::redemptions, j.row::jsonb) r;

-- name: into_merges!
INSERT INTO merges
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::merges, j.row::jsonb) r;

-- name: into_merged_identifiers!
INSERT INTO merged_identifiers
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::merged_identifiers, j.row::jsonb) r;

-- name: into_merged_memberships!
INSERT INTO merged_memberships
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::merged_memberships, j.row::jsonb) r;

-- name: into_tier_moves!
INSERT INTO tier_moves
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::tier_moves, j.row::jsonb) r;

-- name: into_standings!
INSERT INTO standings
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::standings, j.row::jsonb) r;

-- name: into_webhook_endpoints!
INSERT INTO webhook_endpoints
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::webhook_endpoints, j.row::jsonb) r;

-- name: into_webhook_members!
INSERT INTO webhook_members
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::webhook_members, j.row::jsonb) r;

-- name: into_webhook_holds!
INSERT INTO webhook_holds
SELECT r.* FROM unnest(:rows::text[]) AS j (row), jsonb_populate_record(NULL::webhook_holds, j.row::jsonb) r;
