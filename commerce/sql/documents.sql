-- Papers of the books: numbered here, without a gap, and never changed. TL001 refuses a change, TL002 what the database
-- alone writes, TL006 a paper whose sums are not those of its transfers.

-- Series: the row of the kind and year is locked while its next number is given out; a paper that is rolled back gives
-- its number back with it. Nobody else touches the row. ------------------------------------------------------------
CREATE OR REPLACE FUNCTION commerce_documentseries_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'Numbers of documents are given out by the database alone' USING ERRCODE = 'TL002';
    END IF;
    IF (TG_OP = 'INSERT' AND NEW.last <> 1)
       OR (TG_OP = 'UPDATE' AND ((NEW.id, NEW.kind, NEW.year, NEW.last) IS DISTINCT FROM
                                 (OLD.id, OLD.kind, OLD.year, OLD.last + 1))) THEN
        RAISE EXCEPTION 'Numbers of documents follow each other' USING ERRCODE = 'TL002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_documentseries_guard BEFORE INSERT OR UPDATE ON commerce_documentseries
    FOR EACH ROW EXECUTE FUNCTION commerce_documentseries_guard();
CREATE OR REPLACE TRIGGER commerce_documentseries_no_delete BEFORE DELETE ON commerce_documentseries
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_documentseries_no_truncate BEFORE TRUNCATE ON commerce_documentseries
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();

-- The year a paper belongs to, by the calendar of the place it is issued for.
CREATE OR REPLACE FUNCTION commerce_document_year(p_moment timestamptz, p_zone text) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT extract(year FROM p_moment AT TIME ZONE p_zone)::integer;
$$;

CREATE OR REPLACE FUNCTION commerce_document_number(p_kind text, p_year integer, p_sequence integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind WHEN 'invoice' THEN 'INV' WHEN 'credit_note' THEN 'CRN' WHEN 'receipt' THEN 'REC' ELSE 'STM' END
        || '-' || p_year || '-' || lpad(p_sequence::text, greatest(6, length(p_sequence::text)), '0');
$$;

CREATE OR REPLACE FUNCTION commerce_document_issue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    IF NOT EXISTS (SELECT 1 FROM commerce_account a
                   WHERE a.id = NEW.account_id AND a.currency = NEW.currency AND NOT a.is_test
                     AND a.reseller_id IS NOT DISTINCT FROM NEW.reseller_id
                     AND a.customer_id IS NOT DISTINCT FROM NEW.customer_id) THEN
        RAISE EXCEPTION 'A document is of a live wallet of its party, in its currency' USING ERRCODE = 'TL003';
    END IF;
    NEW.year := commerce_document_year(moment, NEW.zone);
    INSERT INTO commerce_documentseries AS s (kind, year, last, last_at) VALUES (NEW.kind, NEW.year, 1, moment)
        ON CONFLICT (kind, year) DO UPDATE SET last = s.last + 1, last_at = greatest(s.last_at, clock_timestamp())
        RETURNING s.last, s.last_at INTO NEW.sequence, NEW.issued_at;
    -- The lock was waited for across midnight: the paper stays in the year of its number.
    IF commerce_document_year(NEW.issued_at, NEW.zone) <> NEW.year THEN
        NEW.issued_at := moment;
    END IF;
    NEW.number := commerce_document_number(NEW.kind, NEW.year, NEW.sequence);
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_document_issue BEFORE INSERT ON commerce_document
    FOR EACH ROW EXECUTE FUNCTION commerce_document_issue();

-- Never changed. Whom it was for is forgotten where a customer was erased, and nothing else with it. ----------------
CREATE OR REPLACE FUNCTION commerce_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.party = '{"erased": true}' AND commerce_is_erased(OLD.customer_id)
       AND to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object('party', NEW.party) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TL001';
END $$;

CREATE OR REPLACE TRIGGER commerce_document_append_only BEFORE UPDATE OR DELETE ON commerce_document
    FOR EACH ROW EXECUTE FUNCTION commerce_document_stays();
CREATE OR REPLACE TRIGGER commerce_document_no_truncate BEFORE TRUNCATE ON commerce_document
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_documentletterhead_append_only BEFORE UPDATE OR DELETE ON commerce_documentletterhead
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_documentletterhead_no_truncate BEFORE TRUNCATE ON commerce_documentletterhead
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_documenttransfer_append_only BEFORE UPDATE OR DELETE ON commerce_documenttransfer
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_documenttransfer_no_truncate BEFORE TRUNCATE ON commerce_documenttransfer
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();

-- What a paper stands for is written before it: one that exists takes no more. ---------------------------------------
CREATE OR REPLACE FUNCTION commerce_documenttransfer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM commerce_document WHERE id IN (SELECT document_id FROM inserted)) THEN
        RAISE EXCEPTION 'A document that is issued takes no more transfers' USING ERRCODE = 'TL001';
    END IF;
    IF EXISTS (
        SELECT 1 FROM inserted i JOIN commerce_documenttransfer e ON e.transfer_id = i.transfer_id AND e.id <> i.id
        WHERE NOT EXISTS (SELECT 1 FROM commerce_document c WHERE c.corrects_id = e.document_id AND c.cancels)
    ) THEN
        RAISE EXCEPTION 'A transfer is on one document that stands' USING ERRCODE = 'TL006';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_documenttransfer_guard AFTER INSERT ON commerce_documenttransfer
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION commerce_documenttransfer_guard();

-- An invoice is what its orders captured, a credit note what they gave back: looked at as each is written. ------------
CREATE OR REPLACE FUNCTION commerce_document_ties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked record;
    corrected record;
BEGIN
    IF NEW.kind = 'credit_note' THEN
        SELECT kind, amount, tax, currency, account_id INTO corrected FROM commerce_document WHERE id = NEW.corrects_id;
        IF corrected.kind <> 'invoice' OR corrected.account_id <> NEW.account_id THEN
            RAISE EXCEPTION 'A credit note corrects an invoice of the same wallet' USING ERRCODE = 'TL006';
        END IF;
        IF EXISTS (SELECT 1 FROM commerce_document c
                   WHERE c.corrects_id = NEW.corrects_id AND c.id <> NEW.id AND (c.cancels OR NEW.cancels)) THEN
            RAISE EXCEPTION 'An invoice is cancelled, or credited for refunds' USING ERRCODE = 'TL006';
        END IF;
        IF NEW.cancels THEN
            IF (NEW.amount, NEW.tax) IS DISTINCT FROM (corrected.amount, corrected.tax) THEN
                RAISE EXCEPTION 'An invoice is cancelled whole' USING ERRCODE = 'TL006';
            END IF;
            RETURN NULL;
        END IF;
    ELSIF NEW.kind <> 'invoice' THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(t.amount), 0) AS amount,
           coalesce(sum(t.amount) FILTER (WHERE t.kind IN ('tax', 'refund_tax')), 0) AS tax,
           coalesce(bool_and(CASE NEW.kind
               WHEN 'invoice' THEN t.kind IN ('sale', 'service_fee', 'delivery_fee', 'tax')
                    AND t.debit_account_id = NEW.account_id
               ELSE t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax')
                    AND t.credit_account_id = NEW.account_id END), false) AS fits
        INTO booked
        FROM commerce_documenttransfer e JOIN commerce_transfer t ON t.id = e.transfer_id
        WHERE e.document_id = NEW.id;
    IF NOT booked.fits OR (booked.amount, booked.tax) IS DISTINCT FROM (NEW.amount, NEW.tax) THEN
        RAISE EXCEPTION 'Document % is not what its transfers add up to', NEW.number USING ERRCODE = 'TL006';
    END IF;
    IF NEW.kind = 'credit_note' AND EXISTS (
        SELECT 1 FROM commerce_documenttransfer e JOIN commerce_transfer t ON t.id = e.transfer_id
        WHERE e.document_id = NEW.id AND t.order_id NOT IN (
            SELECT s.order_id FROM commerce_documenttransfer i JOIN commerce_transfer s ON s.id = i.transfer_id
            WHERE i.document_id = NEW.corrects_id)
    ) THEN
        RAISE EXCEPTION 'Document % credits orders of another invoice', NEW.number USING ERRCODE = 'TL006';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_document_ties AFTER INSERT ON commerce_document
    FOR EACH ROW EXECUTE FUNCTION commerce_document_ties();
