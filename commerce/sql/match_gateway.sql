-- Payments that came through a gateway, and what went back through it (below zero).
INSERT INTO pg_temp.ours (subject, order_id, order_number, key, reference, other_reference, flow, amount, status, day, due)
SELECT p.id::text, p.order_id, coalesce(o.order_number, ''), p.id::text, p.gateway_transaction_id,
       coalesce(paid.gateway_transaction_id, ''), CASE p.transaction_type WHEN 'refund' THEN 'refund' ELSE 'charge' END,
       CASE p.transaction_type WHEN 'refund' THEN -p.amount ELSE p.amount END, p.status,
       (coalesce(p.completed_at, p.created_at) AT TIME ZONE %(zone)s)::date, p.status = 'completed'
FROM (
    SELECT CASE WHEN t.our_reference ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                THEN t.our_reference::uuid END AS id
    FROM pg_temp.theirs t
    UNION
    SELECT b.id FROM commerce_payment b JOIN pg_temp.theirs t ON t.reference = b.gateway_transaction_id
    WHERE b.gateway = %(gateway)s AND t.reference <> ''
    UNION
    SELECT b.id FROM commerce_payment b JOIN commerce_payment f ON f.id = b.refund_of_id
        JOIN pg_temp.theirs t ON t.reference = f.gateway_transaction_id
    WHERE f.gateway = %(gateway)s AND t.reference <> ''
    UNION
    SELECT b.id FROM pg_temp.theirs t JOIN commerce_order c ON c.order_number IN (t.order_number, upper(t.our_reference))
        JOIN commerce_payment b ON b.order_id = c.id
    WHERE b.gateway = %(gateway)s
    UNION
    SELECT b.id FROM commerce_payment b
    WHERE b.gateway = %(gateway)s AND b.status = 'completed' AND b.created_at >= %(early)s AND b.created_at < %(end)s
      AND coalesce(b.completed_at, b.created_at) >= %(begin)s AND coalesce(b.completed_at, b.created_at) < %(end)s
) w
JOIN commerce_payment p ON p.id = w.id
LEFT JOIN commerce_order o ON o.id = p.order_id
LEFT JOIN commerce_payment paid ON paid.id = p.refund_of_id
WHERE p.gateway = %(gateway)s AND p.currency = %(currency)s AND p.transaction_type IN ('payment', 'refund')
  AND o.is_test IS NOT TRUE;
