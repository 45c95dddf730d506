-- The judge: each check returns the rows that are wrong as (subject, expected, found); none means the books are right.
-- %(since)s limits what is walked per order and per transfer to those from that moment on; sums are always whole.
-- The longest come first, so that those who walk side by side end together.

-- check: order_events
-- Every order tells how it began and, once over, how it ended.
SELECT 'order ' || o.order_number, 'order.created', 'missing'
FROM commerce_order o
WHERE o.created_at >= %(since)s AND NOT EXISTS (
    SELECT 1 FROM core_event e WHERE e.subject_kind = 'commerce.order' AND e.kind = 'order.created'
        AND e.created_at >= %(since)s AND e.subject_id = o.id::text)
UNION ALL
SELECT 'order ' || o.order_number, 'order.' || o.status, 'missing'
FROM commerce_order o
WHERE o.created_at >= %(since)s AND o.status NOT IN ('created', 'processing', 'unknown') AND NOT EXISTS (
    SELECT 1 FROM core_event e WHERE e.subject_kind = 'commerce.order'
        AND e.kind IN ('order.fulfilled', 'order.failed', 'order.cancelled', 'order.reversed')
        AND e.created_at >= %(since)s AND e.subject_id = o.id::text AND e.kind = 'order.' || o.status);

-- check: chain
-- Each wallet's transfers in order: what it held after one, plus the next, is what it held after that.
SELECT 'transfer ' || id, (before + moved)::text, after::text FROM (
    SELECT id, moved, after, created_at,
        lag(after, 1, 0::numeric) OVER (PARTITION BY account_id ORDER BY id) AS before
    FROM (
        SELECT id, debit_account_id AS account_id, -amount AS moved, debit_balance_after AS after, created_at
        FROM commerce_transfer WHERE debit_balance_after IS NOT NULL
        UNION ALL
        SELECT id, credit_account_id, amount, credit_balance_after, created_at
        FROM commerce_transfer WHERE credit_balance_after IS NOT NULL
    ) legs
) walked
WHERE after <> before + moved AND created_at >= %(since)s;

-- check: order_amounts
-- What an order says it captured and gave back is what its transfers add up to.
SELECT 'order ' || o.order_number, coalesce(s.captured, 0) || ' / ' || coalesce(r.refunded, 0),
    o.captured_amount || ' / ' || o.refunded_amount
FROM commerce_order o
LEFT JOIN (
    SELECT order_id, sum(amount) AS captured FROM commerce_transfer
    WHERE kind IN ('sale', 'service_fee', 'delivery_fee', 'tax') AND created_at >= %(since)s GROUP BY order_id
) s ON s.order_id = o.id
LEFT JOIN (
    SELECT order_id, sum(amount) AS refunded FROM commerce_transfer
    WHERE kind LIKE 'refund\_%%' AND created_at >= %(since)s GROUP BY order_id
) r ON r.order_id = o.id
WHERE o.created_at >= %(since)s
    AND (o.captured_amount <> coalesce(s.captured, 0) OR o.refunded_amount <> coalesce(r.refunded, 0)
        OR o.refunded_amount > o.captured_amount);

-- check: transfers
SELECT 'transfer ' || t.id, 'amount above 0, two accounts, one currency, one mode',
    t.amount || ' ' || t.currency || ' ' || t.debit_account_id || '>' || t.credit_account_id
FROM commerce_transfer t
LEFT JOIN commerce_account d ON d.id = t.debit_account_id
LEFT JOIN commerce_account c ON c.id = t.credit_account_id
WHERE t.created_at >= %(since)s AND (
    t.amount <= 0 OR t.debit_account_id = t.credit_account_id
    OR t.currency IS DISTINCT FROM d.currency OR t.currency IS DISTINCT FROM c.currency
    OR d.is_test IS DISTINCT FROM c.is_test
    OR (d.kind IN ('wallet', 'bonus')) <> (t.debit_balance_after IS NOT NULL)
    OR (c.kind IN ('wallet', 'bonus')) <> (t.credit_balance_after IS NOT NULL));

-- check: order_holds
-- Exactly one hold for whatever was paid; captured where delivered, released where not, open only while in flight.
SELECT 'order ' || o.order_number, o.status || ' / ' || o.payment_status, coalesce(h.status, 'no hold') || ' ' || coalesce(h.amount, 0)
FROM commerce_order o
LEFT JOIN commerce_hold h ON h.order_id = o.id
WHERE o.created_at >= %(since)s AND NOT coalesce(CASE
    WHEN o.payment_status = 'pending' THEN h.id IS NULL AND o.status = 'created'
    WHEN o.payment_status = 'held' THEN h.status = 'open' AND o.status IN ('created', 'processing', 'unknown')
        AND o.captured_amount = 0
    WHEN o.payment_status IN ('captured', 'partially_refunded', 'refunded') THEN
        h.status = 'captured' AND o.captured_amount = o.total AND o.status IN ('fulfilled', 'reversed')
    WHEN o.payment_status = 'released' THEN
        (h.id IS NULL OR h.status = 'released') AND o.captured_amount = 0 AND o.status IN ('failed', 'cancelled')
    WHEN o.payment_status = 'failed' THEN h.id IS NULL AND o.status IN ('failed', 'cancelled')
    END AND (h.id IS NULL OR (h.amount = o.total AND h.account_id = o.account_id)), false);

-- check: balance
SELECT 'account ' || a.id, coalesce(s.moved, 0)::text, a.balance::text
FROM commerce_account a
LEFT JOIN (
    SELECT account_id, sum(moved) AS moved
    FROM (
        SELECT debit_account_id AS debit, credit_account_id AS credit, sum(amount) AS amount
        FROM commerce_transfer GROUP BY 1, 2
    ) pairs, LATERAL (VALUES (debit, -amount), (credit, amount)) leg (account_id, moved)
    GROUP BY account_id
) s ON s.account_id = a.id
WHERE a.kind IN ('wallet', 'bonus') AND a.balance <> coalesce(s.moved, 0);

-- check: attempts
-- A delivered order was delivered once; an order that failed was not; an order that ended has no call left open.
SELECT 'order ' || o.order_number, 'one delivery', a.delivered || ' deliveries'
FROM (
    SELECT order_id, count(*) AS delivered FROM commerce_attempt WHERE status = 'delivered'
    GROUP BY order_id HAVING count(*) > 1
) a
JOIN commerce_order o ON o.id = a.order_id
WHERE o.created_at >= %(since)s
UNION ALL
SELECT 'order ' || o.order_number, o.status || ', so no call delivered or open', 'attempt ' || a.number || ' ' || a.status
FROM commerce_order o JOIN commerce_attempt a ON a.order_id = o.id
WHERE o.created_at >= %(since)s AND o.status IN ('failed', 'cancelled') AND a.status = 'delivered'
UNION ALL
SELECT 'order ' || o.order_number, o.status || ', so no call open', 'attempt ' || a.number || ' ' || a.status
FROM commerce_attempt a JOIN commerce_order o ON o.id = a.order_id
WHERE o.created_at >= %(since)s AND a.status IN ('pending', 'unknown')
    AND o.status NOT IN ('created', 'processing', 'unknown');

-- check: closed_months
-- What was written down of each closed month is what its transfers add up to, and the months are one chain.
WITH closed AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY ends_at) - 1 AS place, lag(digest) OVER (ORDER BY ends_at) AS before,
        lag(ends_at) OVER (ORDER BY ends_at) AS follows
    FROM commerce_closedmonth WHERE reopened_at IS NULL
), pairs AS MATERIALIZED (
    SELECT width_bucket(created_at, (SELECT array_agg(ends_at ORDER BY ends_at) FROM closed)) AS place,
        debit_account_id AS debit, credit_account_id AS credit, sum(amount) AS amount, count(*) AS many, max(id) AS last
    FROM commerce_transfer
    WHERE EXISTS (SELECT 1 FROM closed) AND created_at < (SELECT max(ends_at) FROM closed)
    GROUP BY 1, 2, 3
), moved AS (
    SELECT place, is_test, a.currency, a.kind, sum(d) AS debits, sum(c) AS credits
    FROM pairs CROSS JOIN LATERAL (VALUES (debit, amount, 0), (credit, 0, amount)) leg(account_id, d, c)
    JOIN commerce_account a ON a.id = account_id GROUP BY 1, 2, 3, 4
), kept AS (
    SELECT place, f.* FROM closed, jsonb_to_recordset(figures) AS f(
        is_test boolean, currency varchar, kind varchar, debits numeric, credits numeric, balance numeric)
), both_sides AS (
    SELECT place, is_test, currency, kind, k.debits, k.credits, k.balance, coalesce(m.debits, 0) AS true_debits,
        coalesce(m.credits, 0) AS true_credits,
        sum(coalesce(m.credits, 0) - coalesce(m.debits, 0)) OVER (PARTITION BY is_test, currency, kind ORDER BY place)
            AS true_balance
    FROM kept k FULL JOIN moved m USING (place, is_test, currency, kind)
)
SELECT 'month ' || c.year || '-' || lpad(c.month::text, 2, '0') || ' ' || b.kind || ' ' || b.currency,
    concat_ws(' / ', true_debits, true_credits, true_balance), concat_ws(' / ', debits, credits, balance)
FROM both_sides b JOIN closed c USING (place)
WHERE (debits, credits, balance) IS DISTINCT FROM (true_debits, true_credits, true_balance)
UNION ALL
SELECT 'month ' || c.year || '-' || lpad(c.month::text, 2, '0') || ' transfers',
    coalesce(sum(p.many), 0) || ', the last ' || coalesce(max(p.last), 0), c.transfers || ', the last ' || c.last_transfer
FROM closed c LEFT JOIN pairs p USING (place)
GROUP BY c.id, c.year, c.month, c.transfers, c.last_transfer
HAVING (coalesce(sum(p.many), 0), coalesce(max(p.last), 0)) <> (c.transfers, c.last_transfer)
UNION ALL
SELECT 'month ' || year || '-' || lpad(month::text, 2, '0') || ' digest', made, digest
FROM (SELECT *, commerce_month_digest(before, year, month, begins_at, ends_at, transfers, last_transfer, figures) AS made
      FROM closed) d
WHERE made <> digest OR begins_at <> follows
UNION ALL
SELECT 'closed until', last::text, coalesce(until::text, 'nothing')
FROM (SELECT max(ends_at) AS last FROM closed) m LEFT JOIN commerce_closeduntil u ON true
WHERE until IS DISTINCT FROM last;

-- check: documents
-- Papers of a kind and year are numbered without a gap; an invoice and a credit note are what their transfers add up to,
-- and a transfer is on one paper that stands.
SELECT 'series ' || s.kind || ' ' || s.year, s.last::text, count(d.id) || ', the last ' || coalesce(max(d.sequence), 0)
FROM commerce_documentseries s LEFT JOIN commerce_document d ON d.kind = s.kind AND d.year = s.year
GROUP BY s.id, s.kind, s.year, s.last
HAVING (count(d.id), coalesce(max(d.sequence), 0)) <> (s.last, s.last)
UNION ALL
SELECT 'document ' || d.number, b.amount || ' / ' || b.tax, d.amount || ' / ' || d.tax
FROM commerce_document d CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount), 0) AS amount,
        coalesce(sum(t.amount) FILTER (WHERE t.kind IN ('tax', 'refund_tax')), 0) AS tax
    FROM commerce_documenttransfer e JOIN commerce_transfer t ON t.id = e.transfer_id WHERE e.document_id = d.id
) b
WHERE d.issued_at >= %(since)s AND d.kind IN ('invoice', 'credit_note') AND NOT d.cancels
    AND (b.amount, b.tax) <> (d.amount, d.tax)
UNION ALL
SELECT 'transfer ' || e.transfer_id, 'one paper that stands', count(*)::text
FROM commerce_documenttransfer e
WHERE e.transfer_id IN (SELECT transfer_id FROM commerce_documenttransfer WHERE turn > 0)
    AND NOT EXISTS (SELECT 1 FROM commerce_document c WHERE c.corrects_id = e.document_id AND c.cancels)
GROUP BY e.transfer_id HAVING count(*) > 1;

-- check: held
SELECT 'account ' || a.id, coalesce(s.held, 0)::text, a.held::text
FROM commerce_account a
LEFT JOIN (SELECT account_id, sum(amount) AS held FROM commerce_hold WHERE status = 'open' GROUP BY 1) s
    ON s.account_id = a.id
WHERE a.held <> coalesce(s.held, 0);

-- check: limit
SELECT 'account ' || id, 'at least 0 available', (balance + credit_limit - held)::text
FROM commerce_account WHERE balance + credit_limit - held < 0 OR held < 0 OR credit_limit < 0;

-- check: company_accounts
SELECT 'account ' || id, '0', balance::text FROM commerce_account
WHERE kind NOT IN ('wallet', 'bonus') AND (balance <> 0 OR held <> 0 OR credit_limit <> 0);

-- check: payouts
-- What a gateway paid back left its wallet once, and came back once where the gateway refused; no payment gave back more
-- than it brought.
SELECT 'payment ' || r.id, 'out ' || r.amount || ', ' || r.status,
    'out ' || coalesce(t.gone, 0) || ', back ' || coalesce(t.back, 0)
FROM commerce_payment r
LEFT JOIN LATERAL (
    SELECT sum(amount) FILTER (WHERE kind = 'payout') AS gone, sum(amount) FILTER (WHERE kind = 'payout_back') AS back
    FROM commerce_transfer WHERE payment_id = r.id
) t ON true
WHERE r.refund_of_id IS NOT NULL AND r.created_at >= %(since)s
    AND (coalesce(t.gone, 0) <> r.amount
        OR coalesce(t.back, 0) <> CASE WHEN r.status IN ('failed', 'cancelled') THEN r.amount ELSE 0 END)
UNION ALL
SELECT 'payment ' || p.id, 'at most ' || p.amount, g.given::text
FROM (
    SELECT refund_of_id, sum(amount) AS given FROM commerce_payment
    WHERE refund_of_id IS NOT NULL AND status IN ('pending', 'completed') GROUP BY 1
) g
JOIN commerce_payment p ON p.id = g.refund_of_id
WHERE g.given > p.amount;

-- check: acknowledged
-- Every order that an idempotency key was answered with exists.
SELECT 'key ' || k.scope || ' ' || k.key, 'order ' || (k.body ->> 'id'), 'missing'
FROM core_idempotencykey k
WHERE k.created_at >= %(since)s AND k.body ? 'order_number'
    AND NOT EXISTS (SELECT 1 FROM commerce_order o WHERE o.id = (k.body ->> 'id')::uuid);
