-- The commands of a batch that are decided one at a time, reversals and transfers; the results of the others go through.
CREATE OR REPLACE FUNCTION ledger_post_rare(
    p_now timestamptz,
    p_bucket smallint,
    p_results ledger_result[],
    p_verb text[],
    p_tenant uuid[],
    p_account uuid[],
    p_points numeric[],
    p_subject uuid[],
    p_version bigint[],
    p_until timestamptz[],
    p_at timestamptz[],
    p_reason text[],
    p_reference text[],
    p_location text[],
    p_surface text[],
    p_actor uuid[],
    p_cause text[],
    p_key text[],
    p_fingerprint bytea[]
) RETURNS SETOF ledger_result
LANGUAGE plpgsql
AS $$
DECLARE
    result ledger_result;
    n integer;
BEGIN
    FOREACH result IN ARRAY p_results LOOP
        n := result.ord;
        IF p_verb[n] IN ('reverse', 'transfer') AND NOT result.replayed AND EXISTS (
            SELECT 1 FROM accounts a
            WHERE a.id = p_account[n] AND a.tenant_id = p_tenant[n] AND (p_bucket IS NULL OR a.bucket = p_bucket)
        ) THEN
            IF p_verb[n] = 'reverse' THEN
                result := ledger_reverse(
                    p_now, p_account[n], p_version[n], p_points[n], p_until[n], p_at[n], p_reason[n], p_reference[n],
                    p_location[n], p_surface[n], p_actor[n], p_cause[n]
                );
            ELSE
                result := ledger_transfer(
                    p_now, p_account[n], p_subject[n], p_points[n], p_at[n], p_reason[n], p_reference[n],
                    p_location[n], p_surface[n], p_actor[n], p_cause[n]
                );
            END IF;
            result.ord := n;
            result.replayed := false;
            INSERT INTO ledger_keys (
                tenant_id, key, fingerprint, account_id, bucket, refusal, version, points, posted, held, shortfall,
                recorded_at
            )
            SELECT
                p_tenant[n], p_key[n], p_fingerprint[n], result.account_id, result.bucket, result.refusal,
                result.version, result.points, result.posted, result.held, result.shortfall, p_now
            WHERE p_key[n] IS NOT NULL;
        END IF;
        RETURN NEXT result;
    END LOOP;
END
$$;
