-- name: resolve
-- One row per name (tenant, namespace, value) that somebody answers to, in any order: the member, and the membership
-- that stands for it.
SELECT q.ord, i.member_id, i.namespace, s.id AS membership_id, s.account_id
FROM unnest(:tenant_ids::uuid[], :namespaces::text[], :canonicals::text[]) WITH ORDINALITY
    AS q (tenant_id, namespace, canonical, ord)
JOIN identifiers i
    ON i.tenant_id = q.tenant_id AND i.namespace = q.namespace AND i.canonical = q.canonical
LEFT JOIN LATERAL ledger_membership(i.member_id) s ON true;

-- name: next_serial$
-- The tenant's next member serial; the tenant's row is locked until the transaction ends.
UPDATE tenants SET last_serial = last_serial + 1 WHERE id = :tenant_id RETURNING last_serial;

-- name: insert_member!
INSERT INTO members (id, tenant_id, serial, profile, password_hash, created_at, surface, is_anonymous, details)
VALUES (
    :id, :tenant_id, :serial, :profile, :password_hash, :now, :surface, :is_anonymous,
    coalesce(:details::jsonb, '{}'::jsonb)
);

-- name: update_member!
-- A new profile; the password only where one is given; details of a surface are laid over those that are there.
UPDATE members
SET
    profile = :profile, password_hash = coalesce(:password_hash, password_hash),
    details = CASE
        WHEN :surface::text IS NULL THEN details
        ELSE details || jsonb_build_object(
            :surface::text, coalesce(details -> :surface::text, '{}'::jsonb) || :details::jsonb
        )
    END,
    changed_at = coalesce(:now::timestamptz, changed_at)
WHERE id = :id AND tenant_id = :tenant_id;

-- name: claim_identifier$
-- True where the identifier was free and is now the member's.
INSERT INTO identifiers (tenant_id, namespace, canonical, value, member_id)
VALUES (:tenant_id, :namespace, :canonical, :value, :member_id)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: holder_of$
-- The member that answers to an identifier.
SELECT member_id FROM identifiers
WHERE tenant_id = :tenant_id AND namespace = :namespace AND canonical = :canonical;

-- name: release_identifiers$
-- Takes names from a member: those in a namespace, or with a canonical form the one. True where there was one.
DELETE FROM identifiers
WHERE member_id = :member_id AND namespace = :namespace AND (:canonical::text IS NULL OR canonical = :canonical::text)
RETURNING true;

-- name: password_of$
-- The slow hash of a member's password, or of the one that it has gone up in; where that has none of its own, of the
-- first that came along by a merge.
SELECT h.password_hash
FROM members x
CROSS JOIN LATERAL (
    SELECT m.* FROM members m WHERE m.id = coalesce(x.merged_into, x.id)
    UNION ALL
    SELECT m.* FROM members m WHERE m.merged_into = coalesce(x.merged_into, x.id)
) h
WHERE x.id = :id AND x.tenant_id = :tenant_id AND h.password_hash IS NOT NULL
ORDER BY h.merged_into IS NOT NULL, h.serial
LIMIT 1;

-- name: forget_password!
UPDATE members SET password_hash = NULL WHERE id = :id OR merged_into = :id;

-- name: forget_profile!
-- What is known of the person, and of those that have gone up in it.
UPDATE members SET profile = '{}', details = '{}', changed_at = :now WHERE id = :id OR merged_into = :id;

-- name: delete_member$
-- One who is nobody in particular, with its names and codes; true where nothing else is about it.
WITH gone AS (
    SELECT m.id FROM members m
    WHERE m.id = :id AND m.is_anonymous
      AND NOT EXISTS (SELECT 1 FROM memberships s WHERE s.member_id = m.id)
      AND NOT EXISTS (SELECT 1 FROM merges g WHERE m.id IN (g.member_id, g.absorbed_id))
), names AS (
    DELETE FROM identifiers i USING gone WHERE i.member_id = gone.id
), codes AS (
    DELETE FROM recognitions r USING gone WHERE r.member_id = gone.id
)
DELETE FROM members m USING gone WHERE m.id = gone.id RETURNING true;

-- name: lock_member^
-- One member for changing.
SELECT * FROM members WHERE id = :id AND tenant_id = :tenant_id FOR UPDATE;

-- name: by_ids
-- Members with their identifiers; ids that the tenant does not have, or of who was erased, are left out, and one that has gone up in another
-- member is the other. Of several names in one namespace, the member's own counts before those that came by a merge.
SELECT
    m.*,
    (
        SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL)
        FROM identifiers i
        WHERE i.member_id = m.id
    ) AS identifiers
FROM members m
WHERE m.id IN (SELECT coalesce(x.merged_into, x.id) FROM members x WHERE x.id = ANY (:ids::uuid[]))
  AND m.tenant_id = :tenant_id AND m.erased_at IS NULL;

-- name: page
-- Members by serial, without those that have gone up in others; each of the filters is off where it is null.
SELECT
    m.*,
    (
        SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL)
        FROM identifiers i
        WHERE i.member_id = m.id
    ) AS identifiers
FROM members m
WHERE m.tenant_id = :tenant_id AND m.merged_into IS NULL
  AND (:with_anonymous::boolean OR NOT m.is_anonymous)
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from::timestamptz)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to::timestamptz)
  AND (
      :namespace::text IS NULL
      OR EXISTS (SELECT 1 FROM identifiers i WHERE i.member_id = m.id AND i.namespace = :namespace::text)
      OR EXISTS (
          SELECT 1 FROM memberships s
          WHERE s.member_id = m.id AND s.program_id = :program_id::uuid AND s.deleted_at IS NULL
      )
  )
ORDER BY m.serial
OFFSET :skip LIMIT :take;

-- name: count_listed$
SELECT count(*)
FROM members m
WHERE m.tenant_id = :tenant_id AND m.merged_into IS NULL
  AND (:with_anonymous::boolean OR NOT m.is_anonymous)
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from::timestamptz)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to::timestamptz)
  AND (
      :namespace::text IS NULL
      OR EXISTS (SELECT 1 FROM identifiers i WHERE i.member_id = m.id AND i.namespace = :namespace::text)
      OR EXISTS (
          SELECT 1 FROM memberships s
          WHERE s.member_id = m.id AND s.program_id = :program_id::uuid AND s.deleted_at IS NULL
      )
  );

-- name: serial_of$
SELECT serial FROM members WHERE id = :id AND tenant_id = :tenant_id;

-- name: survivors
-- Those of the tenant's members with these ids that have gone up in others, and in whom.
SELECT id, merged_into FROM members
WHERE id = ANY (:ids::uuid[]) AND tenant_id = :tenant_id AND merged_into IS NOT NULL;

-- name: with_details
-- Members of whom a surface keeps any of these.
SELECT DISTINCT m.id
FROM unnest(:details::text[]) AS w (details)
JOIN members m ON m.details @> w.details::jsonb AND m.details <> '{}'
WHERE m.tenant_id = :tenant_id;

-- name: search
-- A page, newest first, of members as they are, those too that have gone up in others; every filter is off where it is
-- null. Not on it are those who are nobody in particular, and those of whom nothing is known and who have neither a name
-- nor a membership left.
SELECT
    m.*,
    (
        SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL)
        FROM identifiers i
        WHERE i.member_id = m.id
    ) AS identifiers
FROM members m
LEFT JOIN merges g ON g.absorbed_id = m.id AND g.undone_at IS NULL
WHERE m.tenant_id = :tenant_id AND NOT m.is_anonymous
  AND (
      m.profile <> '{}' OR EXISTS (
          SELECT 1 FROM identifiers i
          WHERE i.member_id = coalesce(m.merged_into, m.id) AND i.namespace <> 'number'
      ) OR EXISTS (
          SELECT 1 FROM memberships s
          WHERE s.member_id = coalesce(m.merged_into, m.id) AND s.deleted_at IS NULL
      )
  )
  AND (:ids::uuid[] IS NULL OR m.id = ANY (:ids::uuid[]))
  AND (
      :emails::text[] IS NULL
      OR lower(m.profile ->> 'email') = ANY (ARRAY(SELECT lower(e) FROM unnest(:emails::text[]) AS e))
  )
  AND (
      :first_names::text[] IS NULL
      OR lower(m.profile ->> 'first_name') = ANY (ARRAY(SELECT lower(n) FROM unnest(:first_names::text[]) AS n))
      AND m.profile ->> 'first_name' = ANY (:first_names::text[])
  )
  AND (
      :last_names::text[] IS NULL
      OR lower(m.profile ->> 'last_name') = ANY (ARRAY(SELECT lower(n) FROM unnest(:last_names::text[]) AS n))
      AND m.profile ->> 'last_name' = ANY (:last_names::text[])
  )
  AND ((m.merged_into IS NULL AND :active) OR (m.merged_into IS NOT NULL AND :merged))
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from::timestamptz)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to::timestamptz)
  AND (
      :updated_from::timestamptz IS NULL OR m.changed_at >= :updated_from::timestamptz
      OR m.changed_at IS NULL AND m.created_at >= :updated_from::timestamptz
  )
  AND (:updated_to::timestamptz IS NULL OR coalesce(m.changed_at, m.created_at) < :updated_to::timestamptz)
  AND (:merged_from::timestamptz IS NULL OR g.merged_at >= :merged_from::timestamptz)
  AND (:merged_to::timestamptz IS NULL OR g.merged_at < :merged_to::timestamptz)
  AND (:before::integer IS NULL OR m.serial < :before::integer)
ORDER BY m.serial DESC
LIMIT :limit;

-- name: named
-- Members whose first, last or full name begins so, newest first; without those that have gone up in others, and those
-- who are nobody in particular.
SELECT
    m.*,
    (
        SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL)
        FROM identifiers i
        WHERE i.member_id = m.id
    ) AS identifiers
FROM members m
WHERE m.tenant_id = :tenant_id AND m.merged_into IS NULL AND NOT m.is_anonymous AND (
    lower(m.profile ->> 'first_name') LIKE lower(:pattern::text)
    OR lower(m.profile ->> 'last_name') LIKE lower(:pattern::text)
    OR lower(m.profile ->> 'full_name') LIKE lower(:pattern::text)
)
ORDER BY m.serial DESC
LIMIT :limit;

-- name: by_serial$
SELECT coalesce(merged_into, id) FROM members WHERE tenant_id = :tenant_id AND serial = :serial;

-- name: owners
-- One row per question (tenant, hold, name), in order: the hold's account and whose it is, of a deleted membership too;
-- and who answers to the name.
SELECT h.account_id, m.member_id AS owner_id, i.member_id
FROM unnest(:tenant_ids::uuid[], :hold_ids::uuid[], :namespaces::text[], :canonicals::text[]) WITH ORDINALITY
    AS q (tenant_id, hold_id, namespace, canonical, ord)
LEFT JOIN (holds h JOIN memberships m ON m.account_id = h.account_id)
    ON h.id = q.hold_id AND h.state <> 'moved' AND m.tenant_id = q.tenant_id
LEFT JOIN identifiers i
    ON i.tenant_id = q.tenant_id AND i.namespace = q.namespace AND i.canonical = q.canonical
ORDER BY q.ord;

-- name: names_of
-- Of a member, or of the one that it has gone up in; its own before those that came by a merge.
SELECT i.namespace, i.value
FROM members m
JOIN identifiers i ON i.member_id = coalesce(m.merged_into, m.id)
WHERE m.id = :member_id AND m.tenant_id = :tenant_id AND m.erased_at IS NULL
ORDER BY i.namespace, i.origin_id IS NOT NULL, i.value;

-- name: listed
-- A page in either order of serials; every filter is off where it is null.
SELECT
    m.*,
    (
        SELECT jsonb_object_agg(i.namespace, i.value ORDER BY i.origin_id IS NULL)
        FROM identifiers i
        WHERE i.member_id = m.id
    ) AS identifiers
FROM members m
WHERE m.tenant_id = :tenant_id AND m.merged_into IS NULL AND NOT m.is_anonymous AND m.erased_at IS NULL
  AND (
      :pattern::text IS NULL
      OR lower(m.profile ->> 'first_name') LIKE lower(:pattern::text)
      OR lower(m.profile ->> 'last_name') LIKE lower(:pattern::text)
      OR lower(m.profile ->> 'full_name') LIKE lower(:pattern::text)
  )
  AND (
      :program_ids::uuid[] IS NULL
      OR EXISTS (
          SELECT 1 FROM memberships s
          WHERE s.member_id = m.id AND s.program_id = ANY (:program_ids::uuid[]) AND s.deleted_at IS NULL
      )
  )
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from::timestamptz)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to::timestamptz)
  AND (
      :updated_from::timestamptz IS NULL OR m.changed_at >= :updated_from::timestamptz
      OR m.changed_at IS NULL AND m.created_at >= :updated_from::timestamptz
  )
  AND (:updated_to::timestamptz IS NULL OR coalesce(m.changed_at, m.created_at) < :updated_to::timestamptz)
  AND (
      :after::integer IS NULL
      OR (:ascending::boolean AND m.serial > :after::integer)
      OR (NOT :ascending::boolean AND m.serial < :after::integer)
  )
ORDER BY CASE WHEN :ascending::boolean THEN m.serial END, m.serial DESC
LIMIT :limit;
