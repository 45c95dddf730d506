-- A client's orders of the month; the CHECK commerce_client_monthly_limit refuses one too many by the limit of that day.
CREATE OR REPLACE FUNCTION commerce_count_client_order(p_client bigint, p_day date, p_orders integer)
RETURNS void LANGUAGE sql AS $$
    UPDATE commerce_client
        SET current_usage = p_orders
                + CASE WHEN usage_month = date_trunc('month', p_day)::date THEN current_usage ELSE 0 END,
            usage_month = date_trunc('month', p_day)::date,
            usage_day = p_day
        WHERE id = p_client;
$$;
