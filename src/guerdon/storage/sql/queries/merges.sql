-- name: lock_both
-- Both members of a merge, whatever has become of them.
SELECT id, merged_into FROM members WHERE id = ANY (:ids::uuid[]) AND tenant_id = :tenant_id ORDER BY id FOR UPDATE;

-- name: is_upside_down$
-- Whether somebody would go up in one who is nobody in particular.
SELECT m.is_anonymous AND NOT o.is_anonymous
FROM members m
JOIN members o ON o.id = :absorbed_id
WHERE m.id = :member_id;

-- name: insert_merge!
INSERT INTO merges (id, tenant_id, member_id, absorbed_id, merged_at, surface, actor)
VALUES (:id, :tenant_id, :member_id, :absorbed_id, :now, :surface, :actor);

-- name: point_to_survivor!
-- The absorbed member, and those that it had absorbed itself.
UPDATE members SET merged_into = :member_id, changed_at = :now WHERE id = :absorbed_id OR merged_into = :absorbed_id;

-- name: move_identifiers!
-- All of the absorbed member's.
WITH moved AS (
    UPDATE identifiers
    SET member_id = :member_id, origin_id = coalesce(origin_id, :absorbed_id)
    WHERE member_id = :absorbed_id
    RETURNING namespace, canonical
)
INSERT INTO merged_identifiers (merge_id, namespace, canonical)
SELECT :merge_id, m.namespace, m.canonical FROM moved m;

-- name: memberships_of
-- All of a member's, deleted ones too, with the survivor's own account in the same program where it has one.
SELECT m.id, m.account_id, m.is_primary, m.deleted_at, own.account_id AS into_account_id
FROM memberships m
LEFT JOIN memberships own
    ON own.member_id = :member_id AND own.program_id = m.program_id AND own.deleted_at IS NULL AND m.deleted_at IS NULL
WHERE m.member_id = :absorbed_id
ORDER BY m.id;

-- name: merge_account$
SELECT ledger_merge(:now, :account_id, :into_account_id, :now, :reference, :surface, :actor);

-- name: move_reservations!
-- What is reserved follows the holds that reserve it.
UPDATE redemptions SET account_id = :into_account_id WHERE account_id = :account_id AND state = 'reserved';

-- name: return_reservations!
-- Those whose holds are back where they came from; what reserves no points stays, for the minutes that it lasts.
UPDATE redemptions x
SET account_id = :account_id
FROM holds h
WHERE x.account_id = :into_account_id AND x.state = 'reserved'
  AND h.account_id = :account_id AND h.id = x.hold_id AND h.state = 'open';

-- name: path_of
-- The merges that took an account's points on, in their order, each locked.
SELECT p.merge_id, p.membership_id, p.account_id, p.into_account_id, p.into_version, g.member_id, g.absorbed_id
FROM ledger_path(:account_id) p
JOIN merges g ON g.id = p.merge_id
ORDER BY p.step
FOR UPDATE OF g;

-- name: lend^
-- What is missing to so many available points, as far as the account has it that the other one had gone up in; nothing
-- where returns may be owed.
SELECT
    n.points AS lent, n.own, n.posted, n.version, n.into_version,
    ledger_move(:now, :into_account_id, :account_id, n.points, 0, NULL, NULL, :now, :reference, :surface, :actor)
FROM (
    SELECT
        least(:points - (a.posted - a.held), b.posted - b.held) AS points, a.posted - a.held AS own, a.posted,
        a.version + 1 AS version, b.version + 1 AS into_version
    FROM accounts a
    JOIN accounts b ON b.id = :into_account_id
    JOIN programs r ON r.id = a.program_id AND r.return_policy <> 'allow_negative'
    WHERE a.id = :account_id
) n
WHERE n.points > 0;

-- name: hand_back!
-- What was lent and is not spent, or has paid a debt, goes back to the lots that it was taken from.
SELECT ledger_move(
    :now, :into_account_id, :account_id, -n.points, 0, :into_version, :version, :now, :reference, :surface, :actor
)
FROM (
    SELECT :lent::numeric - greatest(:posted::numeric + :lent - a.posted - greatest(:own::numeric, 0), 0) AS points
    FROM accounts a
    WHERE a.id = :account_id
) n
WHERE n.points > 0;

-- name: keep_still!
-- Nothing falls due on accounts while they are apart: what waits for a hold of the other one goes on waiting.
UPDATE accounts SET due_at = NULL WHERE id = ANY (:ids::uuid[]);

-- name: look_anew!
-- What is due on an account now is seen to when it is touched next.
UPDATE accounts SET due_at = :now WHERE id = :account_id;

-- name: points_of$
SELECT points FROM entries WHERE account_id = :account_id AND bucket = :bucket AND version = :version;

-- name: renew_version!
UPDATE merged_memberships SET into_version = :into_version
WHERE merge_id = :merge_id AND membership_id = :membership_id;

-- name: take_memberships!
-- The absorbed member's become the survivor's: those whose account went up in another are deleted; no second primary.
WITH taken AS (
    INSERT INTO merged_memberships (merge_id, membership_id, was_primary, account_id, into_account_id, into_version)
    SELECT :merge_id, n.membership_id, m.is_primary, m.account_id, n.into_account_id, n.into_version
    FROM unnest(:membership_ids::uuid[], :into_account_ids::uuid[], :into_versions::bigint[])
        AS n (membership_id, into_account_id, into_version)
    JOIN memberships m ON m.id = n.membership_id
    RETURNING membership_id, into_account_id
)
UPDATE memberships m
SET
    member_id = :member_id,
    updated_at = :now,
    deleted_at = CASE WHEN t.into_account_id IS NULL THEN m.deleted_at ELSE :now END,
    is_primary = m.is_primary AND t.into_account_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM memberships own
        WHERE own.member_id = :member_id AND own.chain_id = m.chain_id AND own.is_primary AND own.deleted_at IS NULL
    )
FROM taken t
WHERE m.id = t.membership_id;

-- name: standing^
SELECT g.id
FROM merges g
WHERE g.tenant_id = :tenant_id AND g.member_id = :member_id AND g.absorbed_id = :absorbed_id AND g.undone_at IS NULL;

-- name: lock^
SELECT g.* FROM merges g WHERE g.id = :id AND g.tenant_id = :tenant_id FOR UPDATE;

-- name: merged_memberships
SELECT x.*, m.deleted_at, m.program_id, m.member_id
FROM merged_memberships x
JOIN memberships m ON m.id = x.membership_id
WHERE x.merge_id = :merge_id
ORDER BY x.membership_id;

-- name: unmerge_account!
SELECT ledger_unmerge(
    :now, :into_account_id, :account_id, :into_version, :debts, :now, :reference, :surface, :actor
);

-- name: return_memberships!
-- Those that came along, as they were.
UPDATE memberships m
SET
    member_id = :absorbed_id,
    updated_at = :now,
    deleted_at = CASE WHEN x.into_account_id IS NULL THEN m.deleted_at END,
    is_primary = x.was_primary AND (x.into_account_id IS NOT NULL OR m.deleted_at IS NULL)
FROM merged_memberships x
WHERE x.merge_id = :merge_id AND m.id = x.membership_id;

-- name: return_identifiers!
-- Those that came along and are still there.
UPDATE identifiers i
SET member_id = :absorbed_id, origin_id = nullif(i.origin_id, :absorbed_id)
FROM merged_identifiers x
WHERE x.merge_id = :merge_id
  AND i.tenant_id = :tenant_id AND i.namespace = x.namespace AND i.canonical = x.canonical
  AND i.member_id = :member_id;

-- name: point_back!
-- The member itself, and those that it had absorbed, whose merges stand.
UPDATE members m
SET merged_into = nullif(:absorbed_id, m.id), changed_at = :now
WHERE m.id = :absorbed_id OR m.id IN (
    WITH RECURSIVE below AS (
        SELECT g.absorbed_id FROM merges g WHERE g.member_id = :absorbed_id AND g.undone_at IS NULL
        UNION
        SELECT g.absorbed_id FROM merges g JOIN below b ON g.member_id = b.absorbed_id WHERE g.undone_at IS NULL
    )
    SELECT b.absorbed_id FROM below b
);

-- name: forget_answers!
-- What was answered about the survivor since then may show what the other one brought along. The merge's own answer has
-- the moment at which it was asked for, some time before.
UPDATE answers a SET status = NULL, body = NULL, headers = NULL
FROM merges g
WHERE g.id = :merge_id AND a.tenant_id = g.tenant_id AND a.about = g.member_id AND a.created_at >= g.merged_at - interval '10 minutes';

-- name: mark_undone!
-- The names that came along are told by nothing but the one that they are back at: who is erased later is not in here.
WITH names AS (
    DELETE FROM merged_identifiers x WHERE x.merge_id = :merge_id
)
UPDATE merges SET undone_at = :now WHERE id = :merge_id;
