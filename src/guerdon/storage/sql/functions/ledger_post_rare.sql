-- The commands of a batch that are decided one at a time, reversals and transfers; the results of the others go through.
CREATE OR REPLACE FUNCTION ledger_post_rare(
    p_now timestamptz,
    p_bucket smallint,
    p_results ledger_result[],
    p_commands ledger_command[]
) RETURNS SETOF ledger_result
LANGUAGE plpgsql
AS $$
DECLARE
    result ledger_result;
    c ledger_command;
    n bigint;
BEGIN
    FOREACH result IN ARRAY p_results LOOP
        n := result.ord;
        c := p_commands[n];
        IF c.verb IN ('reverse', 'transfer') AND NOT result.replayed AND EXISTS (
            SELECT 1 FROM accounts a
            WHERE a.id = c.account_id AND a.tenant_id = c.tenant_id AND (p_bucket IS NULL OR a.bucket = p_bucket)
        ) THEN
            IF c.verb = 'reverse' THEN
                result := ledger_reverse(
                    p_now, c.account_id, c.version, c.points, c.ends_at, c.at, c.reason, c.reference,
                    c.location, c.surface, c.actor, c.cause
                );
            ELSE
                result := ledger_transfer(
                    p_now, c.account_id, c.subject_id, c.points, c.at, c.reason, c.reference,
                    c.location, c.surface, c.actor, c.cause
                );
            END IF;
            result.ord := n;
            result.replayed := false;
            INSERT INTO ledger_keys (
                tenant_id, key, fingerprint, account_id, bucket, refusal, version, points, posted, held, shortfall,
                recorded_at
            )
            SELECT
                c.tenant_id, c.key, c.fingerprint, result.account_id, result.bucket, result.refusal,
                result.version, result.points, result.posted, result.held, result.shortfall, p_now
            WHERE c.key IS NOT NULL AND result.refusal IS DISTINCT FROM 'GD002';
        END IF;
        RETURN NEXT result;
    END LOOP;
END
$$;
