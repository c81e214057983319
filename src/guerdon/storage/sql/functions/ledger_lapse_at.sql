-- When points lapse that a policy counts from a moment.
--
-- The first moment after the day, or the month, quarter or year it is rounded to, in the program's zone. With dates
-- (MM-DD), the end of the next of them.
CREATE OR REPLACE FUNCTION ledger_lapse_at(
    p_count integer,
    p_unit text,
    p_round text,
    p_dates text[],
    p_zone text,
    p_at timestamptz
) RETURNS timestamptz
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
    here timestamp := p_at AT TIME ZONE p_zone;
BEGIN
    IF p_dates IS NOT NULL THEN
        here := (
            SELECT min(d.day) + interval '1 day'
            FROM (
                SELECT make_date(
                    extract(year FROM here)::integer + y.ahead,
                    split_part(t.text, '-', 1)::integer,
                    split_part(t.text, '-', 2)::integer
                ) AS day
                FROM unnest(p_dates) AS t (text)
                CROSS JOIN (VALUES (0), (1)) AS y (ahead)
            ) d
            WHERE d.day >= here::date
        );
    ELSE
        here := here + p_count * CASE p_unit
            WHEN 'day' THEN interval '1 day' WHEN 'month' THEN interval '1 month' ELSE interval '1 year'
        END;
        here := date_trunc(coalesce(p_round, 'day'), here) + CASE p_round
            WHEN 'month' THEN interval '1 month'
            WHEN 'quarter' THEN interval '3 months'
            WHEN 'year' THEN interval '1 year'
            ELSE interval '1 day'
        END;
    END IF;
    -- The end of the day before: where a clock goes back over midnight, that is the first of two midnights.
    RETURN (here - interval '1 microsecond') AT TIME ZONE p_zone + interval '1 microsecond';
END
$$;
