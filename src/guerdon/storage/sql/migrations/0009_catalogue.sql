-- Programs and tiers that come, change and go; what one surface alone knows of a thing; what filters look for.

-- `details`: by surface, what that surface alone has words for.
ALTER TABLE programs
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT programs_chain_id_code_key;
CREATE UNIQUE INDEX programs_active_code_key ON programs (chain_id, code) WHERE deleted_at IS NULL;
UPDATE programs SET updated_at = created_at;

-- `by_hand`: no points lead to the tier.
ALTER TABLE tiers
    ADD COLUMN by_hand boolean NOT NULL DEFAULT false,
    ADD COLUMN created_at timestamptz,
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT tiers_program_id_code_key;
CREATE UNIQUE INDEX tiers_active_code_key ON tiers (program_id, code) WHERE deleted_at IS NULL;
UPDATE tiers t SET created_at = p.created_at, updated_at = p.created_at FROM programs p WHERE p.id = t.program_id;

-- `changed_at`: of the profile, the details, or who the member is; null where nothing has changed since it was made.
ALTER TABLE members
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN changed_at timestamptz;
CREATE INDEX members_changed_idx ON members (tenant_id, coalesce(changed_at, created_at));
CREATE INDEX members_created_idx ON members (tenant_id, created_at);
CREATE INDEX members_email_idx ON members (tenant_id, lower(profile ->> 'email'))
    WHERE profile ->> 'email' IS NOT NULL;
CREATE INDEX members_first_name_idx ON members (tenant_id, (profile ->> 'first_name'))
    WHERE profile ->> 'first_name' IS NOT NULL;
CREATE INDEX members_last_name_idx ON members (tenant_id, (profile ->> 'last_name'))
    WHERE profile ->> 'last_name' IS NOT NULL;
CREATE INDEX members_first_name_prefix_idx ON members (tenant_id, lower(profile ->> 'first_name') text_pattern_ops)
    WHERE profile ->> 'first_name' IS NOT NULL;
CREATE INDEX members_last_name_prefix_idx ON members (tenant_id, lower(profile ->> 'last_name') text_pattern_ops)
    WHERE profile ->> 'last_name' IS NOT NULL;
CREATE INDEX members_full_name_prefix_idx ON members (tenant_id, lower(profile ->> 'full_name') text_pattern_ops)
    WHERE profile ->> 'full_name' IS NOT NULL;
CREATE INDEX members_details_idx ON members USING gin (details jsonb_path_ops) WHERE details <> '{}';

CREATE INDEX memberships_program_idx ON memberships (program_id, id);
CREATE INDEX memberships_tier_idx ON memberships (tier_id) WHERE tier_id IS NOT NULL;
CREATE INDEX memberships_updated_idx ON memberships (chain_id, updated_at);
CREATE INDEX memberships_number_idx ON memberships (chain_id, number) WHERE number IS NOT NULL;
CREATE INDEX memberships_provider_idx ON memberships (chain_id, provider_id) WHERE provider_id IS NOT NULL;
