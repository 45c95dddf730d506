-- What the database itself enforces about money, whoever writes: the services, a migration or a person with psql.
-- Errors carry SQLSTATE TL001 (append-only or immutable), TL002 (kept by the database alone), TL003 (accounts do not
-- fit together), TL004 (a status that may not follow).

-- Append-only ---------------------------------------------------------------------------------------------------
CREATE OR REPLACE FUNCTION commerce_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TL001';
END $$;

CREATE OR REPLACE TRIGGER commerce_transfer_append_only BEFORE UPDATE OR DELETE ON commerce_transfer
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_transfer_no_truncate BEFORE TRUNCATE ON commerce_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_hold_no_delete BEFORE DELETE ON commerce_hold
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_hold_no_truncate BEFORE TRUNCATE ON commerce_hold
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_account_no_delete BEFORE DELETE ON commerce_account
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_account_no_truncate BEFORE TRUNCATE ON commerce_account
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_order_no_delete BEFORE DELETE ON commerce_order
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_order_no_truncate BEFORE TRUNCATE ON commerce_order
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();

-- Accounts: who owns them and in what currency never changes; figures move only through transfers and holds -----
CREATE OR REPLACE FUNCTION commerce_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance <> 0 OR NEW.held <> 0 THEN
            RAISE EXCEPTION 'An account begins at zero' USING ERRCODE = 'TL002';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.kind, NEW.code, NEW.currency, NEW.is_test) IS DISTINCT FROM
       (OLD.id, OLD.kind, OLD.code, OLD.currency, OLD.is_test)
       OR NEW.reseller_id IS DISTINCT FROM OLD.reseller_id OR NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
        RAISE EXCEPTION 'The owner, kind, currency and mode of account % stay', OLD.id USING ERRCODE = 'TL001';
    END IF;
    -- Depth 1 is a statement somebody sent; the triggers of transfers and holds arrive at depth 2.
    IF (NEW.balance <> OLD.balance OR NEW.held <> OLD.held) AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'The balance of account % moves only by transfers and holds', OLD.id USING ERRCODE = 'TL002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_account_guard BEFORE INSERT OR UPDATE ON commerce_account
    FOR EACH ROW EXECUTE FUNCTION commerce_account_guard();

-- Transfers: both accounts fit, wallets move, and the row remembers what they held afterwards --------------------
CREATE OR REPLACE FUNCTION commerce_transfer_apply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    debit record;
    credit record;
BEGIN
    NEW.debit_balance_after := NULL;
    NEW.credit_balance_after := NULL;
    -- Their kind, currency and mode never change (commerce_account_guard), so they may be read before anything is locked.
    SELECT kind, currency, is_test INTO debit FROM commerce_account WHERE id = NEW.debit_account_id;
    SELECT kind, currency, is_test INTO credit FROM commerce_account WHERE id = NEW.credit_account_id;
    IF debit.kind IN ('wallet', 'bonus') THEN
        UPDATE commerce_account SET balance = balance - NEW.amount
            WHERE id = NEW.debit_account_id RETURNING balance INTO NEW.debit_balance_after;
    END IF;
    IF credit.kind IN ('wallet', 'bonus') THEN
        UPDATE commerce_account SET balance = balance + NEW.amount
            WHERE id = NEW.credit_account_id RETURNING balance INTO NEW.credit_balance_after;
    END IF;
    IF debit.currency IS DISTINCT FROM NEW.currency OR credit.currency IS DISTINCT FROM NEW.currency
       OR debit.is_test IS DISTINCT FROM credit.is_test THEN
        RAISE EXCEPTION 'A transfer stays within one currency and one mode' USING ERRCODE = 'TL003';
    END IF;
    -- Numbered only now that the wallets are locked, so that a wallet's transfers in order of id are a chain of balances.
    NEW.id := nextval('commerce_transfer_id_seq');
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_transfer_apply BEFORE INSERT ON commerce_transfer
    FOR EACH ROW EXECUTE FUNCTION commerce_transfer_apply();

-- An order's captured and refunded amounts are what its transfers add up to --------------------------------------
CREATE OR REPLACE FUNCTION commerce_transfer_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM inserted t JOIN commerce_order o ON o.id = t.order_id
        WHERE t.currency <> o.currency
           OR (t.kind IN ('sale', 'service_fee', 'delivery_fee', 'tax', 'commission_back')
               AND t.debit_account_id <> o.account_id)
           OR (t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax', 'commission')
               AND t.credit_account_id <> o.account_id)
    ) THEN
        RAISE EXCEPTION 'A transfer of an order moves the money of that order''s wallet' USING ERRCODE = 'TL003';
    END IF;
    UPDATE commerce_order o
        SET captured_amount = o.captured_amount + s.captured, refunded_amount = o.refunded_amount + s.refunded
        FROM (
            SELECT order_id,
                   coalesce(sum(amount) FILTER (WHERE kind IN ('sale', 'service_fee', 'delivery_fee', 'tax')), 0) AS captured,
                   coalesce(sum(amount) FILTER (WHERE kind LIKE 'refund\_%'), 0) AS refunded
            FROM inserted WHERE order_id IS NOT NULL GROUP BY order_id
        ) s
        WHERE o.id = s.order_id AND (s.captured <> 0 OR s.refunded <> 0);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_transfer_totals AFTER INSERT ON commerce_transfer
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION commerce_transfer_totals();

-- Holds: the wallet's `held` is the sum of its open holds --------------------------------------------------------
CREATE OR REPLACE FUNCTION commerce_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'A hold begins open' USING ERRCODE = 'TL004';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.order_id, NEW.account_id, NEW.amount, NEW.currency, NEW.created_at) IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.account_id, OLD.amount, OLD.currency, OLD.created_at) THEN
        RAISE EXCEPTION 'What hold % sets aside stays', OLD.id USING ERRCODE = 'TL001';
    END IF;
    IF OLD.status <> 'open' THEN
        RAISE EXCEPTION 'Hold % is settled already', OLD.id USING ERRCODE = 'TL004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_hold_guard BEFORE INSERT OR UPDATE ON commerce_hold
    FOR EACH ROW EXECUTE FUNCTION commerce_hold_guard();

CREATE OR REPLACE FUNCTION commerce_hold_opened() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
    wanted integer;
BEGIN
    SELECT count(DISTINCT account_id) INTO wanted FROM inserted;
    UPDATE commerce_account a SET held = a.held + s.amount
        FROM (SELECT account_id, currency, sum(amount) AS amount FROM inserted GROUP BY account_id, currency) s
        WHERE a.id = s.account_id AND a.currency = s.currency AND a.kind IN ('wallet', 'bonus');
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION 'A hold is on a wallet of its own currency' USING ERRCODE = 'TL003';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_hold_opened AFTER INSERT ON commerce_hold
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION commerce_hold_opened();

CREATE OR REPLACE FUNCTION commerce_hold_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE commerce_account a SET held = a.held - s.amount
        FROM (
            SELECT n.account_id, sum(n.amount) AS amount
            FROM settled n JOIN before b USING (id)
            WHERE b.status = 'open' AND n.status <> 'open' GROUP BY n.account_id
        ) s
        WHERE a.id = s.account_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_hold_settled AFTER UPDATE ON commerce_hold
    REFERENCING OLD TABLE AS before NEW TABLE AS settled FOR EACH STATEMENT EXECUTE FUNCTION commerce_hold_settled();

-- Orders: what was priced stays, and statuses follow the tables of commerce/transitions.py -----------------------
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
        NEW.recipient, NEW.unit_price, NEW.price, NEW.service_fee, NEW.delivery_fee, NEW.tax, NEW.commission,
        NEW.total, NEW.currency, NEW.created_at) IS DISTINCT FROM
       (OLD.id, OLD.order_number, OLD.reference, OLD.source, OLD.is_test, OLD.account_id, OLD.product_id, OLD.quantity,
        OLD.recipient, OLD.unit_price, OLD.price, OLD.service_fee, OLD.delivery_fee, OLD.tax, OLD.commission,
        OLD.total, OLD.currency, OLD.created_at)
       OR NEW.reseller_id IS DISTINCT FROM OLD.reseller_id OR NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
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

CREATE OR REPLACE TRIGGER commerce_order_guard BEFORE INSERT OR UPDATE ON commerce_order
    FOR EACH ROW EXECUTE FUNCTION commerce_order_guard();
