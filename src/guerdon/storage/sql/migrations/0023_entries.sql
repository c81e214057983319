-- Entries by kind, for kinds that few entries are of: without it a list of them walks the whole account.
--
-- Most entries are earns, captures or (of surfaces that write balances) sets; they have no row in it, and cost nothing.
CREATE INDEX entries_rare_idx ON entries (account_id, bucket, kind, version)
WHERE kind IN ('adjust', 'expire', 'reverse', 'transfer');
