-- Merges of two members into one, with what each brought along, so that it can be told apart again.

ALTER TABLE members ADD COLUMN merged_into uuid REFERENCES members;
CREATE INDEX members_merged_idx ON members (merged_into) WHERE merged_into IS NOT NULL;

-- The member that an identifier was given to, where it has come to another by a merge.
ALTER TABLE identifiers ADD COLUMN origin_id uuid REFERENCES members;

-- Lifetime points that came or went with a merge.
ALTER TABLE entries ADD COLUMN lifetime numeric;

ALTER TABLE holds
    DROP CONSTRAINT holds_state_check,
    ADD CONSTRAINT holds_state_check CHECK (state IN ('open', 'captured', 'voided', 'expired', 'moved'));
ALTER TABLE pending_earns
    DROP CONSTRAINT pending_earns_state_check,
    ADD CONSTRAINT pending_earns_state_check CHECK (state IN ('open', 'activated', 'cancelled', 'moved'));

CREATE TABLE merges (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    member_id uuid NOT NULL REFERENCES members,
    absorbed_id uuid NOT NULL REFERENCES members,
    merged_at timestamptz NOT NULL,
    undone_at timestamptz,
    surface text NOT NULL,
    actor uuid NOT NULL
);
CREATE INDEX merges_member_idx ON merges (member_id);
CREATE UNIQUE INDEX merges_absorbed_key ON merges (absorbed_id) WHERE undone_at IS NULL;

CREATE TABLE merged_identifiers (
    merge_id uuid NOT NULL REFERENCES merges,
    namespace text NOT NULL,
    canonical text NOT NULL,
    PRIMARY KEY (merge_id, namespace, canonical)
);

-- A membership that came along. Where the survivor was in the program already, its account went up in that one's:
-- `into_version` is the entry there.
CREATE TABLE merged_memberships (
    merge_id uuid NOT NULL REFERENCES merges,
    membership_id uuid NOT NULL REFERENCES memberships,
    was_primary boolean NOT NULL,
    account_id uuid NOT NULL,
    into_account_id uuid,
    into_version bigint,
    PRIMARY KEY (merge_id, membership_id)
);
