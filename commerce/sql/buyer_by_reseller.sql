SELECT r.id, r.business_name, r.status, r.currency, r.country, r.price_list_id, r.commission_rate,
    (SELECT jsonb_object_agg(a.currency, a.id) FROM commerce_account a
        WHERE a.reseller_id = r.id AND a.kind = 'wallet' AND NOT a.is_test),
    coalesce((SELECT version FROM commerce_catalogueversion), 0)
FROM commerce_reseller r
WHERE r.id = %s
