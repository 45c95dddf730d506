-- Bulk: up to a thousand orders of one wallet, set-based, priced and validated by the caller. Most of an order is the same on
-- every line: `p_kinds` are the different ones, whole rows. A line of `p_lines` names its kind and says what is its own but
-- for what is empty; or it is the answer of a line already refused, and has no kind. `p_shapes` is how each kind is
-- answered: with the lines it is stored under the key, and a line's answer is made of both, now and when the call is
-- repeated. Each order is taken as long as the wallet covers it and its reference is new; `p_refusals` are the answers of
-- those that are not, by verdict. With p_atomic all are placed or none.
-- Verdicts, by line: 0 placed, 1 insufficient credit, 2 duplicate reference, 3 not placed because another line was refused;
-- NULL for lines that were refused before, and no array at all where every line that has a kind was placed.
CREATE OR REPLACE FUNCTION commerce_place_bulk(
    p_kinds jsonb, p_shapes jsonb, p_lines jsonb, p_refusals jsonb, p_actor jsonb, p_account bigint,
    p_scope text, p_key text, p_hash text, p_atomic boolean
) RETURNS TABLE (outcome text, status_code integer, body jsonb, verdicts integer[]) LANGUAGE plpgsql AS $$
DECLARE
    seen core_idempotencykey%ROWTYPE;
    kinds commerce_order[];
    taken jsonb := p_lines;
    available numeric;
    wanted numeric;
    orders integer;
    named text[];
    given integer[];
BEGIN
    IF p_key <> '' THEN
        -- As if all of them were placed, which most often they are.
        INSERT INTO core_idempotencykey (scope, key, request_hash, status_code, body, created_at)
            VALUES (p_scope, p_key, p_hash, 200, jsonb_build_object('shapes', p_shapes, 'lines', p_lines), clock_timestamp())
            ON CONFLICT (scope, key) DO NOTHING;
        IF NOT FOUND THEN
            SELECT * INTO seen FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
            RETURN QUERY SELECT
                CASE WHEN seen.request_hash <> p_hash THEN 'mismatch'
                     WHEN seen.status_code IS NULL THEN 'running'
                     ELSE 'replayed' END,
                seen.status_code::integer, seen.body, NULL::integer[];
            RETURN;
        END IF;
    END IF;
    -- Wallet before order. Bulk needs what is available at the start, so it holds the wallet for the whole call.
    SELECT a.balance + a.credit_limit - a.held INTO available
        FROM commerce_account a WHERE a.id = p_account FOR NO KEY UPDATE;
    SELECT array_agg(k) INTO kinds FROM jsonb_populate_recordset(NULL::commerce_order, p_kinds) AS k;
    SELECT coalesce(sum(k.total), 0), count(*), array_agg(l.reference) FILTER (WHERE l.reference <> '')
        INTO wanted, orders, named
        FROM jsonb_to_recordset(p_lines) AS l(kind integer, reference text)
        JOIN unnest(kinds) WITH ORDINALITY AS k ON k.ordinality = l.kind;
    IF wanted > available OR p_atomic AND orders < jsonb_array_length(p_lines) OR EXISTS (
        SELECT 1 FROM unnest(named) AS n JOIN commerce_order o ON o.reference = n AND o.reference <> ''
        WHERE o.reseller_id = kinds[1].reseller_id AND o.is_test = kinds[1].is_test
    ) THEN
        given := commerce_bulk_verdicts(kinds, p_lines, available);
        IF p_atomic THEN
            DELETE FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
            RETURN QUERY SELECT 'refused'::text, 400, NULL::jsonb,
                (SELECT array_agg(CASE v WHEN 0 THEN 3 ELSE v END ORDER BY n) FROM unnest(given) WITH ORDINALITY AS g(v, n));
            RETURN;
        END IF;
        SELECT jsonb_agg(CASE WHEN given[e.n] > 0 THEN p_refusals -> (given[e.n] - 1) ELSE e.v END ORDER BY e.n) INTO taken
            FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n);
        UPDATE core_idempotencykey k SET body = jsonb_build_object('shapes', p_shapes, 'lines', taken)
            WHERE k.scope = p_scope AND k.key = p_key;
    END IF;
    PERFORM commerce_insert_bulk(kinds, taken, p_actor);
    RETURN QUERY SELECT 'placed'::text, 200, NULL::jsonb, given;
END $$;

-- One line after the other, because each one taken leaves less for the next.
CREATE OR REPLACE FUNCTION commerce_bulk_verdicts(p_kinds commerce_order[], p_lines jsonb, p_available numeric)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    available numeric := p_available;
    given integer[] := '{}';
    line record;
BEGIN
    FOR line IN
        SELECT k.total, l.reference <> '' AND EXISTS (
            -- Both conditions of the partial index are spelled out, or it could not be used.
            SELECT 1 FROM commerce_order o
            WHERE o.reference = l.reference AND o.reference <> '' AND o.reseller_id = k.reseller_id AND o.is_test = k.is_test
        ) AS known
        FROM ROWS FROM (jsonb_to_recordset(p_lines) AS (kind integer, reference text)) WITH ORDINALITY AS l
        LEFT JOIN unnest(p_kinds) WITH ORDINALITY AS k ON k.ordinality = l.kind
        ORDER BY l.ordinality
    LOOP
        IF line.total IS NULL THEN
            given := given || NULL::integer;
        ELSIF line.known THEN
            given := given || 2;
        ELSIF line.total > available THEN
            given := given || 1;
        ELSE
            given := given || 0;
            available := available - line.total;
        END IF;
    END LOOP;
    RETURN given;
END $$;

-- The orders, their events and their holds in one statement, and what their clients have used.
CREATE OR REPLACE FUNCTION commerce_insert_bulk(p_kinds commerce_order[], p_lines jsonb, p_actor jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counted record;
BEGIN
    WITH placed AS (
        INSERT INTO commerce_order (
            id, order_number, reference, client_id, recipient, recipient_key, user_email, notes,
            source, channel, is_test, reseller_id, customer_id, account_id, product_id, brand_id, api_key_id,
            created_by_id, retry_of_id, product_name, brand_name, category_code, sku, face_value, ingame_currency,
            ingame_amount, quantity, unit_price, price, cost, service_fee, delivery_fee, tax, commission, total,
            currency, price_explanation, quote_id, status, payment_status, captured_amount, refunded_amount,
            failure_code, failure_message, failure_retryable, provider_reference, delivered_code, request_id,
            created_at, updated_at, paid_at, finished_at, expires_at, lease_until, generation, next_check_at
        )
        SELECT
            l.id, l.order_number, coalesce(l.reference, ''), l.client_id, coalesce(l.recipient, '{}'),
            coalesce(l.recipient_key, ''), coalesce(l.user_email, ''), coalesce(l.notes, ''),
            k.source, k.channel, k.is_test, k.reseller_id, k.customer_id, k.account_id, k.product_id, k.brand_id,
            k.api_key_id, k.created_by_id, k.retry_of_id, k.product_name, k.brand_name, k.category_code, k.sku,
            k.face_value, k.ingame_currency, k.ingame_amount, k.quantity, k.unit_price, k.price, k.cost,
            k.service_fee, k.delivery_fee, k.tax, k.commission, k.total, k.currency, k.price_explanation,
            k.quote_id, k.status, k.payment_status, k.captured_amount, k.refunded_amount, k.failure_code,
            k.failure_message, k.failure_retryable, k.provider_reference, k.delivered_code, k.request_id,
            k.created_at, k.updated_at, k.paid_at, k.finished_at, k.expires_at, k.lease_until, k.generation,
            k.next_check_at
        FROM jsonb_to_recordset(p_lines) AS l(
            kind integer, id uuid, order_number text, reference text, client_id bigint, recipient jsonb,
            recipient_key text, user_email text, notes text)
        JOIN unnest(p_kinds) WITH ORDINALITY AS k ON k.ordinality = l.kind
        RETURNING id, account_id, client_id, total, currency, channel, request_id, created_at
    ), told AS (
        INSERT INTO core_event (
            kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id, created_at)
        SELECT 'order.created', 'commerce.order', o.id::text,
               p_actor ->> 'actor_kind', p_actor ->> 'actor_id', p_actor ->> 'actor_label',
               jsonb_build_object('total', o.total::text, 'currency', o.currency, 'channel', o.channel),
               o.request_id, o.created_at
        FROM placed o
    )
    INSERT INTO commerce_hold (order_id, account_id, amount, currency, status, created_at)
    SELECT o.id, o.account_id, o.total, o.currency, 'open', o.created_at FROM placed o;
    IF NOT p_lines @? '$[*].client_id' THEN
        RETURN;
    END IF;
    FOR counted IN
        SELECT l.client_id, min(k.created_at)::date AS day, count(*)::integer AS orders
        FROM jsonb_to_recordset(p_lines) AS l(kind integer, client_id bigint)
        JOIN unnest(p_kinds) WITH ORDINALITY AS k ON k.ordinality = l.kind
        WHERE l.client_id IS NOT NULL GROUP BY l.client_id ORDER BY l.client_id
    LOOP
        PERFORM commerce_count_client_order(counted.client_id, counted.day, counted.orders);
    END LOOP;
END $$;
