-- name: of_member
-- A member's pairs in the order in which they were added, its own before those that came by a merge; of two under one
-- key, its own.
SELECT d.key, d.value
FROM member_metadata d
JOIN members m ON m.id = d.member_id
WHERE (m.id = :member_id OR m.merged_into = :member_id)
  AND NOT EXISTS (
      SELECT 1
      FROM member_metadata o
      JOIN members x ON x.id = o.member_id
      WHERE (x.id = :member_id OR x.merged_into = :member_id) AND o.key = d.key
        AND (o.member_id = :member_id, o.member_id) > (d.member_id = :member_id, d.member_id)
  )
ORDER BY d.member_id = :member_id DESC, d.member_id, d.position;

-- name: add!
INSERT INTO member_metadata (member_id, key, value, position, created_at, updated_at)
SELECT :member_id, :key, :value, coalesce(max(d.position), 0) + 1, :now, :now
FROM member_metadata d
WHERE d.member_id = :member_id;

-- name: change!
-- Under one key, wherever it came from.
UPDATE member_metadata d
SET value = :value, updated_at = :now
FROM members m
WHERE m.id = d.member_id AND (m.id = :member_id OR m.merged_into = :member_id) AND d.key = :key;

-- name: remove!
-- One key, or with null all of them, wherever they came from.
DELETE FROM member_metadata d
USING members m
WHERE m.id = d.member_id AND (m.id = :member_id OR m.merged_into = :member_id)
  AND (:key::text IS NULL OR d.key = :key::text);
