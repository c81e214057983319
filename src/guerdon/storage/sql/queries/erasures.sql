-- name: lock^
-- A member for erasing, by itself; not one that has gone up in another, to which all that says who it was belongs.
SELECT m.id FROM members m WHERE m.id = :id AND m.tenant_id = :tenant_id AND m.merged_into IS NULL FOR UPDATE;

-- name: erase_person!
-- What is known of the person, and of those that have gone up in it.
UPDATE members m
SET profile = '{}', details = '{}', password_hash = NULL, changed_at = :now, erased_at = coalesce(m.erased_at, :now)
WHERE m.id = :id OR m.merged_into = :id;

-- name: erase_names!
-- All but the public number, which says nothing of anybody.
DELETE FROM identifiers i
USING members m
WHERE m.id = i.member_id AND (m.id = :id OR m.merged_into = :id) AND i.namespace <> 'number';

-- name: erase_merged_names!
DELETE FROM merged_identifiers i
USING merges g, members m
WHERE g.id = i.merge_id AND m.id IN (g.member_id, g.absorbed_id) AND (m.id = :id OR m.merged_into = :id)
  AND i.namespace <> 'number';

-- name: erase_metadata!
DELETE FROM member_metadata d
USING members m
WHERE m.id = d.member_id AND (m.id = :id OR m.merged_into = :id);

-- name: erase_recognitions!
DELETE FROM recognitions r
USING members m
WHERE m.id = r.member_id AND (m.id = :id OR m.merged_into = :id);

-- name: erase_logged_numbers!
-- The log goes on saying what became of the memberships: all but the number, which may be that of a card.
UPDATE changes c
SET before = (c.before::jsonb - 'number')::json, after = (c.after::jsonb - 'number')::json
FROM memberships s
JOIN members m ON m.id = s.member_id
WHERE (m.id = :id OR m.merged_into = :id) AND c.tenant_id = s.tenant_id AND c.subject_id = s.id
  AND coalesce(c.before, c.after) IS NOT NULL;

-- name: end_memberships!
-- As any membership is deleted: accounts and entries stay; told of where anybody listens. A number of its own, as on a
-- card, goes; the public one stays.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT s.tenant_id, s.account_id, 'membership.ended', :now, jsonb_build_object('state', s.state)::text
    FROM memberships s
    JOIN members m ON m.id = s.member_id
    WHERE (m.id = :id OR m.merged_into = :id) AND s.deleted_at IS NULL
      AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = s.tenant_id AND w.is_active)
)
UPDATE memberships s
SET
    provider_id = NULL, url = NULL,
    number = (
        SELECT i.value FROM identifiers i
        WHERE i.tenant_id = s.tenant_id AND i.namespace = 'number' AND i.canonical = s.number
    ),
    is_primary = false, deleted_at = coalesce(s.deleted_at, :now), updated_at = :now
WHERE s.member_id IN (SELECT m.id FROM members m WHERE m.id = :id OR m.merged_into = :id);
