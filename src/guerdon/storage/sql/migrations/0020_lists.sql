-- Orders and events by tenant, newest first, as lists have them.
CREATE INDEX orders_tenant_idx ON orders (tenant_id, (event IS NULL), id);

-- A tenant that is suspended: nobody is let in.
ALTER TABLE tenants ADD COLUMN suspended_at timestamptz;
