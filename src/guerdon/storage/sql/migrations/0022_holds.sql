-- References of holds: an index that is of no use for finding a hold by its id.
--
-- With every hold in it, it was as good for that as any other to a planner that saw the table empty: each capture then
-- read all holds of its account.
DROP INDEX holds_reference_idx;
CREATE INDEX holds_reference_idx ON holds (account_id, bucket, reference) WHERE reference IS NOT NULL;
