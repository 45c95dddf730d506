-- A payment never gives back more than it brought, whoever writes: of two refunds at once the second waits for the
-- first at the payment's row, then counts it. A failed refund counts no more.
CREATE OR REPLACE FUNCTION commerce_payment_refund_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid record;
    given numeric;
BEGIN
    SELECT amount, currency, status, transaction_type INTO paid
        FROM commerce_payment WHERE id = NEW.refund_of_id FOR NO KEY UPDATE;
    IF paid.transaction_type <> 'payment' OR paid.status <> 'completed' OR paid.currency <> NEW.currency THEN
        RAISE EXCEPTION 'Only a completed payment is refunded, in its own currency' USING ERRCODE = 'TL003';
    END IF;
    SELECT coalesce(sum(amount), 0) INTO given FROM commerce_payment
        WHERE refund_of_id = NEW.refund_of_id AND id <> NEW.id AND status IN ('pending', 'completed');
    IF NEW.status IN ('pending', 'completed') AND given + NEW.amount > paid.amount THEN
        RAISE EXCEPTION 'Payment % gives back at most what it brought', NEW.refund_of_id USING ERRCODE = 'TL005';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_payment_refund_guard BEFORE INSERT OR UPDATE ON commerce_payment
    FOR EACH ROW WHEN (NEW.refund_of_id IS NOT NULL) EXECUTE FUNCTION commerce_payment_refund_guard();
