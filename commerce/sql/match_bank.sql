-- What moved on our bank account: in above zero, out below.
INSERT INTO pg_temp.ours (subject, order_id, order_number, key, reference, other_reference, flow, amount, status, day, due)
SELECT t.id::text, t.order_id, '', t.id::text, t.external_reference, '', 'charge',
       CASE WHEN t.debit_account_id = b.id THEN t.amount ELSE -t.amount END, 'booked',
       (t.created_at AT TIME ZONE %(zone)s)::date,
       t.created_at >= %(begin)s AND t.created_at < %(end)s
FROM commerce_account b
JOIN commerce_transfer t ON b.id IN (t.debit_account_id, t.credit_account_id)
WHERE b.kind = 'bank' AND b.currency = %(currency)s AND NOT b.is_test
  AND t.created_at >= %(early)s AND t.created_at < %(late)s
  -- What was booked for want of a match is no movement of the bank's.
  AND t.kind IN ('funding', 'float_funding', 'settlement', 'payout', 'payout_back');
