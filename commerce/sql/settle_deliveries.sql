-- Deliveries settled in one round trip: the attempts, holds, transfers, orders and events. It does for each what
-- services/settlement.capture does, which remains for all other ways to a capture and is its oracle in the tests. The
-- account a capture books to is found by commerce_company_account of settle_delivery.sql.

-- Returns the attempts settled with their events. An order that is no longer the caller's to settle (another generation)
-- is left as it is and not returned; anything else that does not fit raises, and none is settled.
-- Wallets are locked before orders, as everywhere, and both in order of id.
CREATE OR REPLACE FUNCTION commerce_settle_deliveries(
    p_orders uuid[], p_generations integer[], p_attempts uuid[], p_references text[], p_responses jsonb[],
    p_checks integer[], p_codes text[], p_groups uuid[],
    p_actor_kind text, p_actor_id text, p_actor_label text, p_request_id text, p_now timestamptz
) RETURNS TABLE (attempt_id uuid, event_id bigint) LANGUAGE plpgsql AS $$
DECLARE
    ours uuid[];
    orders uuid[];
    done integer;
BEGIN
    PERFORM 1 FROM commerce_account
        WHERE id IN (SELECT account_id FROM commerce_order WHERE id = ANY(p_orders)) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM commerce_order WHERE id = ANY(p_orders) ORDER BY id FOR NO KEY UPDATE;
    SELECT array_agg(a.attempt), array_agg(a.order_id) INTO ours, orders
        FROM unnest(p_orders, p_generations, p_attempts) AS a(order_id, generation, attempt)
        JOIN commerce_order o ON o.id = a.order_id
        WHERE o.generation = a.generation AND o.status IN ('processing', 'unknown');
    IF ours IS NULL THEN
        RETURN;
    END IF;

    UPDATE commerce_attempt a
        SET status = 'delivered', provider_reference = d.reference, response = d.response, error_code = '',
            error_message = '', checks = d.checks, last_checked_at = CASE WHEN d.checks > 0 THEN p_now END,
            finished_at = p_now
        FROM unnest(p_orders, p_attempts, p_references, p_responses, p_checks)
            AS d(order_id, attempt, reference, response, checks)
        WHERE a.id = d.attempt AND a.id = ANY(ours) AND a.order_id = d.order_id AND a.status IN ('pending', 'unknown');
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(ours) THEN
        RAISE EXCEPTION 'Of attempts % only % are open', ours, done USING ERRCODE = 'TL004';
    END IF;
    UPDATE commerce_hold SET status = 'captured', settled_at = p_now
        WHERE order_id = ANY(orders) AND status = 'open';
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(ours) THEN
        RAISE EXCEPTION 'Of the holds of orders % only % are open', orders, done USING ERRCODE = 'TL004';
    END IF;

    INSERT INTO commerce_transfer ("group", kind, debit_account_id, credit_account_id, amount, currency, order_id,
            external_reference, reason, actor_kind, actor_id, actor_label, created_at)
        SELECT d.transfers, m.kind,
            CASE WHEN m.debit = '' THEN o.account_id
                 ELSE commerce_company_account(m.debit, '', o.currency, o.is_test) END,
            CASE WHEN m.credit = '' THEN o.account_id
                 ELSE commerce_company_account(m.credit, CASE m.credit WHEN 'float' THEN p.code ELSE '' END,
                    o.currency, o.is_test) END,
            m.amount, o.currency, o.id, '', '', p_actor_kind, p_actor_id, p_actor_label, p_now
        FROM unnest(p_attempts, p_groups) AS d(attempt, transfers)
        JOIN commerce_attempt a ON a.id = d.attempt
        JOIN commerce_provider p ON p.id = a.provider_id
        JOIN commerce_order o ON o.id = a.order_id
        CROSS JOIN LATERAL (VALUES
            (1, 'sale', '', 'revenue', o.price),
            (2, 'service_fee', '', 'service_fees', o.service_fee),
            (3, 'delivery_fee', '', 'delivery_fees', o.delivery_fee),
            (4, 'tax', '', 'tax', o.tax),
            (5, 'commission', 'commission', '', o.commission),
            (6, 'cost', 'cost', 'float', a.cost)
        ) AS m(place, kind, debit, credit, amount)
        WHERE d.attempt = ANY(ours) AND m.amount > 0 ORDER BY o.id, m.place;
    UPDATE commerce_order o
        SET status = 'fulfilled', payment_status = 'captured', cost = a.cost, provider_reference = d.reference,
            delivered_code = d.code, failure_code = '', failure_message = '', failure_retryable = false,
            lease_until = NULL, next_check_at = NULL, finished_at = p_now, updated_at = p_now
        FROM unnest(p_attempts, p_references, p_codes) AS d(attempt, reference, code)
        JOIN commerce_attempt a ON a.id = d.attempt
        WHERE o.id = a.order_id AND d.attempt = ANY(ours);
    RETURN QUERY
        WITH events AS (
            INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id,
                    created_at)
                SELECT 'order.fulfilled', 'commerce.order', a.order_id::text, p_actor_kind, p_actor_id, p_actor_label,
                    jsonb_build_object('provider', p.code), p_request_id, p_now
                FROM commerce_attempt a JOIN commerce_provider p ON p.id = a.provider_id
                WHERE a.id = ANY(ours) ORDER BY a.order_id
                RETURNING core_event.id, core_event.subject_id
        )
        SELECT a.id, e.id FROM events e JOIN commerce_attempt a ON a.order_id = e.subject_id::uuid AND a.id = ANY(ours);
END $$;
