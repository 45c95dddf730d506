-- Bulk: up to a thousand lines of one reseller, set-based. A line is {"order": row, "event": {...}, "body": answer} or,
-- where the caller refused it already, {"error": answer}. Each line gets one answer, in order; lines are taken as long
-- as the wallet covers them. With p_atomic all lines are placed or none. The whole answer is stored under the key.
CREATE OR REPLACE FUNCTION commerce_place_orders(
    p_lines jsonb, p_account bigint, p_scope text, p_key text, p_hash text, p_atomic boolean,
    p_insufficient jsonb, p_duplicate jsonb
) RETURNS TABLE (outcome text, status_code integer, body jsonb) LANGUAGE plpgsql AS $$
DECLARE
    seen core_idempotencykey%ROWTYPE;
    available numeric;
    line record;
    accepted integer[] := '{}';
    taken integer[] := '{}';
    refused integer := 0;
    answers jsonb;
BEGIN
    IF p_key <> '' THEN
        INSERT INTO core_idempotencykey (scope, key, request_hash, status_code, body, created_at)
            VALUES (p_scope, p_key, p_hash, NULL, NULL, clock_timestamp()) ON CONFLICT (scope, key) DO NOTHING;
        IF NOT FOUND THEN
            SELECT * INTO seen FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
            RETURN QUERY SELECT
                CASE WHEN seen.request_hash <> p_hash THEN 'mismatch'
                     WHEN seen.status_code IS NULL THEN 'running'
                     ELSE 'replayed' END,
                seen.status_code::integer, seen.body;
            RETURN;
        END IF;
    END IF;
    -- Wallet before order. Bulk needs the sum at the start, so it holds the wallet for the whole call.
    SELECT a.balance + a.credit_limit - a.held INTO available FROM commerce_account a WHERE a.id = p_account FOR NO KEY UPDATE;
    SELECT coalesce(array_agg(l.n), '{}') INTO taken
        FROM (
            SELECT e.n::integer AS n, e.v -> 'order' ->> 'reference' AS reference,
                   (e.v -> 'order' ->> 'reseller_id')::bigint AS reseller_id, (e.v -> 'order' ->> 'is_test')::boolean AS is_test
            FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n) WHERE e.v ? 'order'
        ) l
        JOIN commerce_order o ON o.reference = l.reference AND o.reseller_id = l.reseller_id AND o.is_test = l.is_test
        WHERE l.reference <> '';
    FOR line IN
        SELECT e.n::integer AS n, e.v ? 'order' AS valid, (e.v -> 'order' ->> 'total')::numeric AS total
        FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n) ORDER BY e.n
    LOOP
        IF line.valid AND NOT line.n = ANY (taken) AND line.total <= available THEN
            accepted := accepted || line.n;
            available := available - line.total;
        ELSE
            refused := refused + 1;
        END IF;
    END LOOP;
    IF p_atomic AND refused > 0 THEN
        accepted := '{}';
        DELETE FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
    END IF;
    SELECT jsonb_agg(
        CASE WHEN e.n = ANY (accepted) THEN e.v -> 'body'
             WHEN NOT e.v ? 'order' THEN e.v -> 'error'
             WHEN e.n = ANY (taken) THEN p_duplicate
             WHEN p_atomic AND refused > 0 AND (e.v -> 'order' ->> 'total')::numeric <= available
                 THEN jsonb_build_object('status', 'not_placed')
             ELSE p_insufficient END
        ORDER BY e.n) INTO answers
        FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n);
    IF p_atomic AND refused > 0 THEN
        RETURN QUERY SELECT 'refused'::text, 400, answers;
        RETURN;
    END IF;
    PERFORM commerce_insert_orders(p_lines, accepted);
    UPDATE core_idempotencykey k SET status_code = 200, body = answers
        WHERE p_key <> '' AND k.scope = p_scope AND k.key = p_key;
    RETURN QUERY SELECT 'placed'::text, 200, answers;
END $$;

-- The accepted lines' rows, their events, their clients' counts and, in one statement, their holds.
CREATE OR REPLACE FUNCTION commerce_insert_orders(p_lines jsonb, p_accepted integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rows commerce_order[];
    counted record;
BEGIN
    SELECT array_agg(jsonb_populate_record(NULL::commerce_order, e.v -> 'order') ORDER BY e.n) INTO rows
        FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n) WHERE e.n = ANY (p_accepted);
    INSERT INTO commerce_order SELECT o.* FROM unnest(rows) AS o;
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id, created_at)
        SELECT 'order.created', 'commerce.order', e.v -> 'order' ->> 'id', e.v -> 'event' ->> 'actor_kind',
               e.v -> 'event' ->> 'actor_id', e.v -> 'event' ->> 'actor_label', e.v -> 'event' -> 'data',
               e.v -> 'order' ->> 'request_id', (e.v -> 'order' ->> 'created_at')::timestamptz
        FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(v, n) WHERE e.n = ANY (p_accepted) ORDER BY e.n;
    FOR counted IN
        SELECT o.client_id, min(o.created_at)::date AS day, count(*)::integer AS orders
        FROM unnest(rows) AS o WHERE o.client_id IS NOT NULL GROUP BY o.client_id ORDER BY o.client_id
    LOOP
        PERFORM commerce_count_client_order(counted.client_id, counted.day, counted.orders);
    END LOOP;
    INSERT INTO commerce_hold (order_id, account_id, amount, currency, status, created_at)
        SELECT o.id, o.account_id, o.total, o.currency, 'open', o.created_at FROM unnest(rows) AS o;
END $$;
