-- Each line with what it was matched with, and what is wrong about it, if anything.
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT c.*, CASE
    -- A call they let fail, and we do not know of: nobody has lost anything.
    WHEN c.n IS NULL THEN CASE
        WHEN c.their_status = 'failed' OR c.rule_before <> '' OR c.booked <> 0 AND c.booked = c.theirs THEN NULL
        ELSE 'theirs_only' END
    WHEN NOT c.fits THEN 'status'
    WHEN abs(c.theirs - c.ours) > %(tolerance)s THEN 'amount'
END AS kind
FROM (
    SELECT t.id AS line_id, t.day, t.status AS their_status, t.amount AS theirs, t.reference, t.rule AS rule_before,
           p.rule, o.n, o.subject, o.order_id, o.status AS our_status, f.fits, k.booked,
           -- Our books say what we had, and what was booked of it since.
           k.booked + CASE
               WHEN NOT f.fits AND t.status = 'reversed' THEN 0
               WHEN NOT f.fits THEN CASE WHEN o.status IN ('delivered', 'completed') THEN o.amount ELSE 0 END
               WHEN t.status = 'failed' THEN 0
               WHEN t.status = 'reversed' AND o.flow = 'charge' THEN -o.amount
               -- They charged and gave back what failed with us.
               WHEN t.status = 'done' AND o.status = 'failed' THEN t.amount
               WHEN o.n IS NOT NULL THEN o.amount
           END AS ours
    FROM pg_temp.theirs t
    LEFT JOIN pg_temp.pairs p ON p.line_id = t.id
    LEFT JOIN pg_temp.ours o ON o.n = p.n
    LEFT JOIN commerce_reconciliationbreak b ON b.line_id = t.id
    CROSS JOIN LATERAL (
        SELECT coalesce(b.booked, 0) + CASE
            WHEN o.booked <> 0 AND t.id = (SELECT min(q.line_id) FROM pg_temp.pairs q WHERE q.n = o.n) THEN o.booked
            ELSE 0 END AS booked
    ) k
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN o.status = 'booked' THEN true
            WHEN %(kind)s = 'gateway' THEN CASE t.status
                WHEN 'done' THEN o.status = 'completed'
                WHEN 'failed' THEN o.status IN ('failed', 'cancelled')
                ELSE o.flow = 'refund' AND o.status = 'completed' END
            ELSE CASE t.status
                WHEN 'done' THEN o.status = 'delivered' OR o.status IN ('reversed', 'failed') AND EXISTS (
                    SELECT 1 FROM pg_temp.pairs r WHERE r.n = o.n AND r.status = 'reversed')
                WHEN 'failed' THEN o.status IN ('failed', 'reversed')
                ELSE o.status IN ('reversed', 'failed') END
        END AS fits
    ) f
) c;
ANALYZE pg_temp.found;
