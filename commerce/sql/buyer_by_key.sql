SELECT r.id, r.business_name, r.status, r.currency, r.country, r.price_list_id, r.commission_rate,
    (SELECT jsonb_object_agg(a.currency, a.id) FROM commerce_account a
        WHERE a.reseller_id = r.id AND a.kind = 'wallet' AND a.is_test = (k.mode = 'test')),
    coalesce((SELECT version FROM commerce_catalogueversion), 0),
    k.id, k.mode, k.scopes, k.allowed_ips, k.expires_at, k.revoked_at, k.last_used_at, k.prefix, k.last_four,
    concat_ws(' ', k.xmin, k.ctid, r.xmin, r.ctid)
FROM commerce_apikey k JOIN commerce_reseller r ON r.id = k.reseller_id
WHERE k.digest = %s
