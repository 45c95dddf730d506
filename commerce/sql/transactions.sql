-- All money of parties as one list (brief 4's transactions): what the admin's list and `/api/transactions/` read.
-- Each branch reads one table along its own index, so the newest of all are a merge of a few rows of each: no joins,
-- and nothing to sort by but `created_at`. Who moved it is in `customer_id` or `reseller_id`, or else the owner of
-- `account_id`. A reseller's order is a payment from its wallet; a buyer's is paid by a payment of its own.
-- Types and statuses are constants of a branch wherever they can be, so that a filter leaves the others unread.
-- Which rows count is a column, `listed`, and not a WHERE: with one, a branch would be read whole before it is merged.
-- Refunds and payouts made together are one row, the payout's; a refund's parts are one row, that of its last part.
CREATE OR REPLACE VIEW commerce_transaction AS
SELECT p.id::text AS transaction_id, p.id AS uuid, NULL::bigint AS transfer_id, p.order_id, p.customer_id,
       p.reseller_id, NULL::bigint AS account_id, p.transaction_type::text AS transaction_type, p.amount,
       p.currency::text AS currency, coalesce(nullif(p.payment_method, ''), p.gateway)::text AS payment_method,
       p.status::text AS status, p.gateway_transaction_id::text AS gateway_transaction_id, p.created_at,
       true AS listed
    FROM commerce_payment p
UNION ALL
SELECT o.id::text, o.id, NULL::bigint, o.id, NULL::bigint, o.reseller_id, NULL::bigint, 'payment'::text, o.total,
       o.currency::text, 'wallet'::text, 'completed'::text, ''::text, o.created_at,
       (o.reseller_id IS NOT NULL AND NOT o.is_test
        AND o.payment_status IN ('captured', 'refunded', 'partially_refunded'))
    FROM commerce_order o
UNION ALL
SELECT o.id::text, o.id, NULL::bigint, o.id, NULL::bigint, o.reseller_id, NULL::bigint, 'payment'::text, o.total,
       o.currency::text, 'wallet'::text, 'pending'::text, ''::text, o.created_at,
       (o.reseller_id IS NOT NULL AND NOT o.is_test
        AND o.payment_status IN ('pending', 'held') AND o.status IN ('created', 'processing', 'unknown'))
    FROM commerce_order o
UNION ALL
SELECT o.id::text, o.id, NULL::bigint, o.id, NULL::bigint, o.reseller_id, NULL::bigint, 'payment'::text, o.total,
       o.currency::text, 'wallet'::text, 'cancelled'::text, ''::text, o.created_at,
       (o.reseller_id IS NOT NULL AND NOT o.is_test
        AND o.payment_status = 'released')
    FROM commerce_order o
UNION ALL
SELECT 'T' || t.id, NULL::uuid, t.id, t.order_id, NULL::bigint, NULL::bigint, t.credit_account_id, 'commission'::text,
       t.amount, t.currency::text, 'wallet'::text, 'completed'::text, ''::text, t.created_at,
       (t.kind = 'commission' AND t.credit_balance_after IS NOT NULL
        AND NOT (SELECT a.is_test FROM commerce_account a WHERE a.id = t.credit_account_id))
    FROM commerce_transfer t
UNION ALL
SELECT 'T' || t.id, NULL::uuid, t.id, t.order_id, NULL::bigint, NULL::bigint, t.debit_account_id, 'commission'::text,
       -t.amount, t.currency::text, 'wallet'::text, 'completed'::text, ''::text, t.created_at,
       (t.kind = 'commission_back' AND t.debit_balance_after IS NOT NULL
        AND NOT (SELECT a.is_test FROM commerce_account a WHERE a.id = t.debit_account_id))
    FROM commerce_transfer t
UNION ALL
SELECT 'T' || t.id, NULL::uuid, t.id, t.order_id, NULL::bigint, NULL::bigint, t.credit_account_id, 'refund'::text,
       (SELECT sum(s.amount) FROM commerce_transfer s
            WHERE s.order_id = t.order_id AND s."group" = t."group" AND s.kind LIKE 'refund\_%')::numeric(14, 2),
       t.currency::text, 'wallet'::text, 'completed'::text, ''::text, t.created_at,
       (t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax')
        AND t.payment_id IS NULL AND t.credit_balance_after IS NOT NULL
        AND (SELECT NOT bool_or(s.id > t.id) FROM commerce_transfer s
            WHERE s.order_id = t.order_id AND s."group" = t."group" AND s.kind LIKE 'refund\_%')
        AND NOT (SELECT a.is_test FROM commerce_account a WHERE a.id = t.credit_account_id))
    FROM commerce_transfer t
UNION ALL
SELECT 'T' || t.id, NULL::uuid, t.id, t.order_id, NULL::bigint, NULL::bigint, t.credit_account_id, 'credit'::text,
       t.amount, t.currency::text, (CASE t.kind WHEN 'funding' THEN 'bank' ELSE 'adjustment' END)::text,
       'completed'::text, t.external_reference::text, t.created_at,
       (t.kind IN ('funding', 'adjustment') AND t.credit_balance_after IS NOT NULL
        AND NOT (SELECT a.is_test FROM commerce_account a WHERE a.id = t.credit_account_id))
    FROM commerce_transfer t
UNION ALL
SELECT 'T' || t.id, NULL::uuid, t.id, t.order_id, NULL::bigint, NULL::bigint, t.debit_account_id, 'credit'::text,
       -t.amount, t.currency::text, 'adjustment'::text, 'completed'::text, t.external_reference::text, t.created_at,
       (t.kind = 'adjustment' AND t.debit_balance_after IS NOT NULL
        AND NOT (SELECT a.is_test FROM commerce_account a WHERE a.id = t.debit_account_id))
    FROM commerce_transfer t;
