-- Where an account went whose member went up in another: orders that were placed on it are cancelled later.

CREATE INDEX merged_memberships_account_idx ON merged_memberships (account_id);
