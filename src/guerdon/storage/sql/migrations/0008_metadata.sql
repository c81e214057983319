-- Metadata of members, and members who are nobody in particular.

ALTER TABLE members
    -- Which surface made the member; null: before this was written down.
    ADD COLUMN surface text,
    -- A visitor or a device with a name and a password, without a person behind it: on no list of people.
    ADD COLUMN is_anonymous boolean NOT NULL DEFAULT false;

-- What has gone up in another member by a merge keeps its rows: they count as the other's.
CREATE TABLE member_metadata (
    member_id uuid NOT NULL REFERENCES members,
    key text NOT NULL,
    value text NOT NULL,
    -- In the order in which they were added.
    position integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (member_id, key)
);
