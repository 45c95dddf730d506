-- Bulk: up to a thousand orders of one wallet, set-based. Each row is `p_common`, what all of them share, with what
-- `p_orders` says of it alone, priced and validated by the caller: most of a row is the same on every line;
-- `p_lines` says which line of the call each of them is, and `p_answers` holds one answer a line, as if all of them were
-- taken. Each is taken as long as the wallet covers it and its reference is new; `p_refusals` are the answers of those
-- that are not, by verdict. With p_atomic all are placed or none. What was answered is stored under the key.
-- Verdicts: 0 placed, 1 insufficient credit, 2 duplicate reference, 3 not placed because another line was refused.
CREATE OR REPLACE FUNCTION commerce_place_orders(
    p_common jsonb, p_orders jsonb, p_lines integer[], p_answers jsonb, p_refusals jsonb, p_actor jsonb, p_account bigint,
    p_scope text, p_key text, p_hash text, p_atomic boolean
) RETURNS TABLE (outcome text, status_code integer, body jsonb, verdicts integer[]) LANGUAGE plpgsql AS $$
DECLARE
    seen core_idempotencykey%ROWTYPE;
    common commerce_order := jsonb_populate_record(NULL::commerce_order, p_common);
    rows commerce_order[];
    available numeric;
    line record;
    given integer[] := '{}';
    refused boolean := jsonb_array_length(p_answers) > cardinality(p_lines);
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
                seen.status_code::integer, seen.body, NULL::integer[];
            RETURN;
        END IF;
    END IF;
    -- Wallet before order. Bulk needs what is available at the start, so it holds the wallet for the whole call.
    SELECT a.balance + a.credit_limit - a.held INTO available
        FROM commerce_account a WHERE a.id = p_account FOR NO KEY UPDATE;
    SELECT array_agg(r) INTO rows FROM jsonb_populate_recordset(common, p_orders) AS r;
    FOR line IN
        SELECT r.total, r.reference <> '' AND EXISTS (
            -- Both conditions of the partial index are spelled out, or it could not be used.
            SELECT 1 FROM commerce_order o
            WHERE o.reference = r.reference AND o.reference <> '' AND o.reseller_id = r.reseller_id AND o.is_test = r.is_test
        ) AS taken
        FROM unnest(rows) AS r
    LOOP
        IF line.taken THEN
            given := given || 2;
        ELSIF line.total > available THEN
            given := given || 1;
        ELSE
            given := given || 0;
            available := available - line.total;
            CONTINUE;
        END IF;
        refused := true;
    END LOOP;
    IF p_atomic AND refused THEN
        DELETE FROM core_idempotencykey k WHERE k.scope = p_scope AND k.key = p_key;
        RETURN QUERY SELECT 'refused'::text, 400, NULL::jsonb,
            (SELECT coalesce(array_agg(CASE v WHEN 0 THEN 3 ELSE v END ORDER BY n), '{}')
             FROM unnest(given) WITH ORDINALITY AS g(v, n));
        RETURN;
    END IF;
    IF 0 <> ALL (given) THEN
        rows := '{}';
    ELSIF 1 = ANY (given) OR 2 = ANY (given) THEN
        SELECT array_agg(r) INTO rows
            FROM jsonb_populate_recordset(common, (
                SELECT jsonb_agg(e.v ORDER BY e.n) FROM jsonb_array_elements(p_orders) WITH ORDINALITY AS e(v, n)
                WHERE given[e.n] = 0)) AS r;
    END IF;
    PERFORM commerce_insert_orders(rows, p_actor);
    IF p_key <> '' THEN
        UPDATE core_idempotencykey k
            SET status_code = 200, body = commerce_line_answers(p_answers, p_lines, given, p_refusals)
            WHERE k.scope = p_scope AND k.key = p_key;
    END IF;
    RETURN QUERY SELECT 'placed'::text, 200, NULL::jsonb, given;
END $$;

-- The rows, their events, their clients' counts and, in one statement and last, their holds.
CREATE OR REPLACE FUNCTION commerce_insert_orders(p_rows commerce_order[], p_actor jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counted record;
BEGIN
    INSERT INTO commerce_order SELECT o.* FROM unnest(p_rows) AS o;
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id, created_at)
        SELECT 'order.created', 'commerce.order', o.id::text, p_actor ->> 'actor_kind', p_actor ->> 'actor_id',
               p_actor ->> 'actor_label',
               jsonb_build_object('total', o.total::text, 'currency', o.currency, 'channel', o.channel),
               o.request_id, o.created_at
        FROM unnest(p_rows) AS o;
    FOR counted IN
        SELECT o.client_id, min(o.created_at)::date AS day, count(*)::integer AS orders
        FROM unnest(p_rows) AS o WHERE o.client_id IS NOT NULL GROUP BY o.client_id ORDER BY o.client_id
    LOOP
        PERFORM commerce_count_client_order(counted.client_id, counted.day, counted.orders);
    END LOOP;
    INSERT INTO commerce_hold (order_id, account_id, amount, currency, status, created_at)
        SELECT o.id, o.account_id, o.total, o.currency, 'open', o.created_at FROM unnest(p_rows) AS o;
END $$;

-- One answer a line, those of refused orders replaced.
CREATE OR REPLACE FUNCTION commerce_line_answers(p_answers jsonb, p_lines integer[], p_verdicts integer[], p_refusals jsonb)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    answers jsonb := p_answers;
BEGIN
    FOR i IN 1 .. cardinality(p_verdicts) LOOP
        IF p_verdicts[i] <> 0 THEN
            answers := jsonb_set(answers, ARRAY[(p_lines[i] - 1)::text], p_refusals -> (p_verdicts[i] - 1));
        END IF;
    END LOOP;
    RETURN answers;
END $$;
