-- One delivered order settled in one round trip: the attempt, the hold, the transfers, the order and its event. It does
-- what services/settlement.capture does, which remains for all other ways to a capture and is its oracle in the tests.
CREATE OR REPLACE FUNCTION commerce_company_account(p_kind text, p_code text, p_currency text, p_is_test boolean)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    account_id bigint;
BEGIN
    LOOP
        SELECT a.id INTO account_id FROM commerce_account a
            WHERE a.kind = p_kind AND a.code = p_code AND a.currency = p_currency AND a.is_test = p_is_test
                AND a.reseller_id IS NULL AND a.customer_id IS NULL;
        IF FOUND THEN
            RETURN account_id;
        END IF;
        INSERT INTO commerce_account (kind, code, currency, is_test, balance, held, credit_limit, created_at)
            VALUES (p_kind, p_code, p_currency, p_is_test, 0, 0, 0, clock_timestamp())
            ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Returns the id of the event, or NULL where the order is no longer the caller's to settle (another generation) and
-- nothing was changed. The wallet is locked before the order, as everywhere.
CREATE OR REPLACE FUNCTION commerce_settle_delivery(
    p_order uuid, p_generation integer, p_attempt uuid, p_reference text, p_response jsonb, p_checks integer, p_code text,
    p_group uuid, p_actor_kind text, p_actor_id text, p_actor_label text, p_request_id text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    o commerce_order%ROWTYPE;
    attempt record;
    wallet bigint;
    event bigint;
BEGIN
    SELECT account_id INTO wallet FROM commerce_order WHERE id = p_order;
    PERFORM 1 FROM commerce_account WHERE id = wallet FOR NO KEY UPDATE;
    SELECT * INTO o FROM commerce_order WHERE id = p_order FOR NO KEY UPDATE;
    IF o.generation IS DISTINCT FROM p_generation OR o.status NOT IN ('processing', 'unknown') THEN
        RETURN NULL;
    END IF;
    UPDATE commerce_attempt a
        SET status = 'delivered', provider_reference = p_reference, response = p_response, error_code = '',
            error_message = '', checks = p_checks, last_checked_at = CASE WHEN p_checks > 0 THEN p_now END,
            finished_at = p_now
        FROM commerce_provider p
        WHERE a.id = p_attempt AND a.order_id = p_order AND a.status IN ('pending', 'unknown') AND p.id = a.provider_id
        RETURNING a.cost, p.code INTO attempt;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Attempt % of order % is not open', p_attempt, o.order_number USING ERRCODE = 'TL004';
    END IF;
    UPDATE commerce_hold SET status = 'captured', settled_at = p_now WHERE order_id = p_order AND status = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No money is held for order %', o.order_number USING ERRCODE = 'TL004';
    END IF;
    INSERT INTO commerce_transfer ("group", kind, debit_account_id, credit_account_id, amount, currency, order_id,
            external_reference, reason, actor_kind, actor_id, actor_label, created_at)
        SELECT p_group, m.kind,
            CASE WHEN m.debit = '' THEN wallet
                 ELSE commerce_company_account(m.debit, '', o.currency, o.is_test) END,
            CASE WHEN m.credit = '' THEN wallet
                 ELSE commerce_company_account(m.credit, CASE m.credit WHEN 'float' THEN attempt.code ELSE '' END,
                    o.currency, o.is_test) END,
            m.amount, o.currency, p_order, '', '', p_actor_kind, p_actor_id, p_actor_label, p_now
        FROM (VALUES
            (1, 'sale', '', 'revenue', o.price),
            (2, 'service_fee', '', 'service_fees', o.service_fee),
            (3, 'delivery_fee', '', 'delivery_fees', o.delivery_fee),
            (4, 'tax', '', 'tax', o.tax),
            (5, 'commission', 'commission', '', o.commission),
            (6, 'cost', 'cost', 'float', attempt.cost)
        ) AS m(place, kind, debit, credit, amount)
        WHERE m.amount > 0 ORDER BY m.place;
    UPDATE commerce_order
        SET status = 'fulfilled', payment_status = 'captured', cost = attempt.cost, provider_reference = p_reference,
            delivered_code = p_code, failure_code = '', failure_message = '', failure_retryable = false,
            lease_until = NULL, next_check_at = NULL, finished_at = p_now, updated_at = p_now
        WHERE id = p_order;
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id, created_at)
        VALUES ('order.fulfilled', 'commerce.order', p_order::text, p_actor_kind, p_actor_id, p_actor_label,
            jsonb_build_object('provider', attempt.code), p_request_id, p_now)
        RETURNING id INTO event;
    RETURN event;
END $$;
