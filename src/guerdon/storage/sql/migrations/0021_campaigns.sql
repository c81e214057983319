-- What campaigns of programs have given, less what was taken back, across versions of their rules.

-- Sums are of all slots. Slot 0 is locked by orders under a budget, one after the other; whatever need not wait for them
-- (returns, orders of a campaign without a budget) adds to one of the others.
CREATE TABLE campaign_totals (
    program_id uuid NOT NULL REFERENCES programs,
    code text NOT NULL,
    slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 16),
    tenant_id uuid NOT NULL REFERENCES tenants,
    given numeric NOT NULL,
    orders bigint NOT NULL,
    PRIMARY KEY (program_id, code, slot)
) WITH (fillfactor = 50);
