-- A customer who was erased (erased_at is set) is forgotten in what otherwise stays as it was written: whom an order was
-- for, what was said in tickets, the words beside a transfer. It can be emptied, never be written anew.

CREATE OR REPLACE FUNCTION commerce_is_erased(p_customer bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM commerce_customer c WHERE c.id = p_customer AND c.erased_at IS NOT NULL);
$$;

CREATE OR REPLACE FUNCTION commerce_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.captured_amount <> 0 OR NEW.refunded_amount <> 0 THEN
            RAISE EXCEPTION 'An order begins with nothing captured' USING ERRCODE = 'TL002';
        END IF;
        IF NEW.status <> 'created' OR NEW.payment_status NOT IN ('pending', 'held') THEN
            RAISE EXCEPTION 'An order begins created, pending or held' USING ERRCODE = 'TL004';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.order_number, NEW.reference, NEW.source, NEW.is_test, NEW.account_id, NEW.product_id, NEW.quantity,
        NEW.unit_price, NEW.price, NEW.service_fee, NEW.delivery_fee, NEW.tax, NEW.commission,
        NEW.total, NEW.currency, NEW.created_at) IS DISTINCT FROM
       (OLD.id, OLD.order_number, OLD.reference, OLD.source, OLD.is_test, OLD.account_id, OLD.product_id, OLD.quantity,
        OLD.unit_price, OLD.price, OLD.service_fee, OLD.delivery_fee, OLD.tax, OLD.commission,
        OLD.total, OLD.currency, OLD.created_at)
       OR NEW.reseller_id IS DISTINCT FROM OLD.reseller_id OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
       OR (NEW.recipient IS DISTINCT FROM OLD.recipient
           AND NOT (NEW.recipient = '{}' AND commerce_is_erased(OLD.customer_id))) THEN
        RAISE EXCEPTION 'What order % was placed for stays as it was', OLD.order_number USING ERRCODE = 'TL001';
    END IF;
    IF (NEW.captured_amount <> OLD.captured_amount OR NEW.refunded_amount <> OLD.refunded_amount)
       AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'What order % captured moves only by transfers', OLD.order_number USING ERRCODE = 'TL002';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('created', 'processing'), ('created', 'cancelled'), ('created', 'failed'),
        ('processing', 'fulfilled'), ('processing', 'failed'), ('processing', 'unknown'),
        ('unknown', 'fulfilled'), ('unknown', 'failed'), ('unknown', 'processing'),
        ('fulfilled', 'reversed')
    ) THEN
        RAISE EXCEPTION 'Order %: % cannot become %', OLD.order_number, OLD.status, NEW.status USING ERRCODE = 'TL004';
    END IF;
    IF NEW.payment_status <> OLD.payment_status AND (OLD.payment_status, NEW.payment_status) NOT IN (
        ('pending', 'held'), ('pending', 'failed'), ('pending', 'released'),
        ('held', 'captured'), ('held', 'released'),
        ('captured', 'partially_refunded'), ('captured', 'refunded'), ('partially_refunded', 'refunded')
    ) THEN
        RAISE EXCEPTION 'Order %: payment % cannot become %', OLD.order_number, OLD.payment_status, NEW.payment_status
            USING ERRCODE = 'TL004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION commerce_refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    emptied jsonb;
    allowed boolean := false;
BEGIN
    IF TG_TABLE_NAME = 'commerce_ticketmessage' AND TG_OP = 'UPDATE' THEN
        emptied := before || jsonb_build_object('text', '', 'author_label', to_jsonb(NEW)->>'author_label');
        allowed := to_jsonb(NEW) = emptied AND to_jsonb(NEW)->>'author_label' IN ('', before->>'author_label')
            AND commerce_is_erased((SELECT t.customer_id FROM commerce_supportticket t
                                    WHERE t.id = (before->>'ticket_id')::bigint));
    ELSIF TG_TABLE_NAME = 'commerce_ticketattachment' AND TG_OP = 'DELETE' THEN
        allowed := commerce_is_erased((SELECT t.customer_id FROM commerce_supportticket t
                                       JOIN commerce_ticketmessage m ON m.ticket_id = t.id
                                       WHERE m.id = (before->>'message_id')::bigint));
    ELSIF TG_TABLE_NAME = 'commerce_transfer' AND TG_OP = 'UPDATE' THEN
        emptied := before || jsonb_build_object('reason', to_jsonb(NEW)->>'reason',
                                                'actor_label', to_jsonb(NEW)->>'actor_label');
        allowed := to_jsonb(NEW) = emptied
            AND to_jsonb(NEW)->>'reason' IN ('', before->>'reason')
            AND to_jsonb(NEW)->>'actor_label' IN ('', before->>'actor_label')
            AND EXISTS (SELECT 1 FROM commerce_account a
                        WHERE a.id IN ((before->>'debit_account_id')::bigint, (before->>'credit_account_id')::bigint)
                          AND commerce_is_erased(a.customer_id));
    END IF;
    IF NOT allowed THEN
        RAISE EXCEPTION '% of % is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'TL001';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER commerce_transfer_append_only BEFORE UPDATE OR DELETE ON commerce_transfer
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse_unless_erased();
CREATE OR REPLACE TRIGGER commerce_ticketmessage_append_only BEFORE UPDATE OR DELETE ON commerce_ticketmessage
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse_unless_erased();
CREATE OR REPLACE TRIGGER commerce_ticketattachment_append_only BEFORE UPDATE OR DELETE ON commerce_ticketattachment
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse_unless_erased();
