-- Placing for a buyer whom the process holds in memory: nothing happens unless the key, its reseller and the catalogue
-- are still the very rows that were read. A row's version is new with each change of it, within a transaction, too.
-- Materialized, and the function takes its scope from there: so it is never called before the rows were found.
WITH held AS MATERIALIZED (
    SELECT %s::text AS scope
    FROM commerce_apikey k JOIN commerce_reseller r ON r.id = k.reseller_id
    WHERE k.id = %s AND concat_ws(' ', k.xmin, k.ctid, r.xmin, r.ctid) = %s
        AND coalesce((SELECT version FROM commerce_catalogueversion), 0) = %s
)
SELECT placed.outcome, placed.status_code, placed.body
FROM held CROSS JOIN LATERAL commerce_place_order(%s, %s, held.scope, %s, %s, %s, %s) AS placed
