-- Our calls to a provider: those a statement names, and those it should name.
INSERT INTO pg_temp.ours (subject, order_id, order_number, key, reference, other_reference, flow, amount, status, day, due)
SELECT a.id::text, a.order_id, o.order_number, a.id::text, a.provider_reference, '', 'charge', a.cost, a.status,
       (a.started_at AT TIME ZONE %(zone)s)::date, a.status = 'delivered' AND a.cost > 0
FROM (
    SELECT CASE WHEN t.our_reference ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                THEN t.our_reference::uuid END AS id
    FROM pg_temp.theirs t
    UNION
    SELECT b.id FROM commerce_attempt b JOIN pg_temp.theirs t ON t.reference = b.provider_reference
    WHERE b.provider_id = %(provider)s AND b.started_at >= %(early)s AND b.started_at < %(late)s AND t.reference <> ''
    UNION
    SELECT b.id FROM pg_temp.theirs t JOIN commerce_order p ON p.order_number = t.order_number
        JOIN commerce_attempt b ON b.order_id = p.id
    WHERE t.order_number <> '' AND b.provider_id = %(provider)s
    UNION
    SELECT b.id FROM pg_temp.theirs t JOIN commerce_order p ON p.order_number = upper(t.our_reference)
        JOIN commerce_attempt b ON b.order_id = p.id
    WHERE t.our_reference <> '' AND b.provider_id = %(provider)s
    UNION
    SELECT b.id FROM commerce_attempt b
    WHERE b.provider_id = %(provider)s AND b.started_at >= %(begin)s AND b.started_at < %(end)s
      AND b.status = 'delivered' AND b.cost > 0
) w
JOIN commerce_attempt a ON a.id = w.id
JOIN commerce_order o ON o.id = a.order_id
WHERE a.provider_id = %(provider)s AND a.currency = %(currency)s AND NOT o.is_test;
