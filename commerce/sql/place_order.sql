-- The atomic part of placing one order, in one round trip: the caller's idempotency key, the order, its first event,
-- the client's monthly count and the hold. What is refused by a constraint undoes all of it; services/orders.py turns
-- the constraint's name into an answer. `p_order` is the whole row, priced and validated by the caller.
CREATE OR REPLACE FUNCTION commerce_place_order(
    p_order jsonb, p_event jsonb, p_scope text, p_key text, p_hash text, p_status integer, p_body jsonb
) RETURNS TABLE (outcome text, status_code integer, body jsonb) LANGUAGE plpgsql AS $$
DECLARE
    seen core_idempotencykey%ROWTYPE;
    placed commerce_order%ROWTYPE;
BEGIN
    IF p_key <> '' THEN
        INSERT INTO core_idempotencykey (scope, key, request_hash, status_code, body, created_at)
            VALUES (p_scope, p_key, p_hash, p_status, p_body, clock_timestamp())
            ON CONFLICT (scope, key) DO NOTHING;
        IF NOT FOUND THEN
            -- Whoever was first has committed by now; a statement of its own sees the row, a CTE would not.
            SELECT * INTO seen FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
            RETURN QUERY SELECT
                CASE WHEN seen.request_hash <> p_hash THEN 'mismatch'
                     WHEN seen.status_code IS NULL THEN 'running'
                     ELSE 'replayed' END,
                seen.status_code::integer, seen.body;
            RETURN;
        END IF;
    END IF;
    placed := jsonb_populate_record(NULL::commerce_order, p_order);
    INSERT INTO commerce_order SELECT placed.*;
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id, created_at)
        SELECT 'order.created', 'commerce.order', placed.id::text, e.actor_kind, e.actor_id, e.actor_label, e.data,
               placed.request_id, placed.created_at
        FROM jsonb_to_record(p_event) AS e(actor_kind text, actor_id text, actor_label text, data jsonb);
    IF placed.client_id IS NOT NULL THEN
        PERFORM commerce_count_client_order(placed.client_id, placed.created_at::date, 1);
    END IF;
    IF placed.payment_status = 'held' THEN
        -- Last, because it locks the wallet until the commit.
        INSERT INTO commerce_hold (order_id, account_id, amount, currency, status, created_at)
            VALUES (placed.id, placed.account_id, placed.total, placed.currency, 'open', placed.created_at);
    END IF;
    RETURN QUERY SELECT 'placed'::text, p_status, p_body;
END $$;

-- As it was installed first; client_count.sql replaces it.
-- A client's orders of the month; the CHECK commerce_client_monthly_limit refuses one too many.
CREATE OR REPLACE FUNCTION commerce_count_client_order(p_client bigint, p_day date, p_orders integer)
RETURNS void LANGUAGE sql AS $$
    UPDATE commerce_client
        SET current_usage = p_orders
                + CASE WHEN usage_month = date_trunc('month', p_day)::date THEN current_usage ELSE 0 END,
            usage_month = date_trunc('month', p_day)::date
        WHERE id = p_client;
$$;
