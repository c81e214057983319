-- What webhooks tell beside entries and changes of members: holds, redemptions, orders and tiers.

-- What has happened to a member and is no entry: written with it where somebody listens, and gone once it is an event.
CREATE TABLE webhook_happenings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    data text NOT NULL
);
CREATE INDEX webhook_happenings_account_idx ON webhook_happenings (account_id);

-- Holds of which it was told that they were placed; open until it was told how they ended.
CREATE TABLE webhook_holds (
    hold_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    is_open boolean NOT NULL
);
CREATE INDEX webhook_holds_open_idx ON webhook_holds (tenant_id) WHERE is_open;

-- Issued ones that can no longer be used are noted as such.
CREATE INDEX redemptions_issued_idx ON redemptions (expires_at) WHERE state = 'issued' AND expires_at IS NOT NULL;
