-- For orders that were there before the trigger, or were loaded without it.
UPDATE commerce_customer AS c
    SET last_product_id = o.product_id, last_order_at = o.created_at
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, product_id, created_at FROM commerce_order
            WHERE customer_id IS NOT NULL AND NOT is_test ORDER BY customer_id, created_at DESC, id DESC
    ) AS o
    WHERE o.customer_id = c.id AND (c.last_order_at IS NULL OR c.last_order_at < o.created_at);
