-- What a statement says, beside what we have: three tables that live as long as the transaction.
DROP TABLE IF EXISTS pg_temp.theirs, pg_temp.ours, pg_temp.pairs, pg_temp.found;

CREATE TEMP TABLE theirs ON COMMIT DROP AS
SELECT l.id, l.status, l.amount, l.day, l.reference, lower(l.our_reference) AS our_reference, l.order_number, l.rule
FROM commerce_statementline l
WHERE l.statement_id = %(statement)s
  -- What is signed off is compared no more.
  AND NOT EXISTS (
      SELECT 1 FROM commerce_signoff s
      WHERE s.source_id = %(source)s AND l.day BETWEEN s.first_day AND s.last_day
  );
ANALYZE pg_temp.theirs;

-- `amount` as they would write it; `due`: they should know of it; `booked`: what was booked since for want of a line.
CREATE TEMP TABLE ours (
    n bigint GENERATED ALWAYS AS IDENTITY,
    subject text, order_id uuid, order_number text, key text, reference text, other_reference text, flow text,
    amount numeric, status text, day date, due boolean, booked numeric NOT NULL DEFAULT 0
) ON COMMIT DROP;

CREATE TEMP TABLE pairs (line_id bigint, n bigint, status text, rule text) ON COMMIT DROP;
