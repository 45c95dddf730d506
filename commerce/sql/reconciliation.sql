-- What the database enforces of reconciliation. SQLSTATE TL001 as in guards.sql; TL005: the period is signed off.

-- A line stays as their file had it; only what it was matched with changes ---------------------------------------
CREATE OR REPLACE TRIGGER commerce_line_guard BEFORE UPDATE ON commerce_statementline FOR EACH ROW WHEN (
    (OLD.statement_id, OLD.source_id, OLD.row, OLD.key, OLD.day, OLD.reference, OLD.our_reference, OLD.order_number,
     OLD.amount, OLD.status, OLD.description) IS DISTINCT FROM
    (NEW.statement_id, NEW.source_id, NEW.row, NEW.key, NEW.day, NEW.reference, NEW.our_reference, NEW.order_number,
     NEW.amount, NEW.status, NEW.description)
) EXECUTE FUNCTION commerce_refuse();

-- A period that is signed off is frozen, lines and breaks ---------------------------------------------------------
CREATE OR REPLACE FUNCTION commerce_period_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM touched t JOIN commerce_signoff s
            ON s.source_id = t.source_id AND t.day BETWEEN s.first_day AND s.last_day
    ) THEN
        RAISE EXCEPTION 'These days are signed off' USING ERRCODE = 'TL005';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_line_added AFTER INSERT ON commerce_statementline
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();
CREATE OR REPLACE TRIGGER commerce_line_changed AFTER UPDATE ON commerce_statementline
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();
CREATE OR REPLACE TRIGGER commerce_line_removed AFTER DELETE ON commerce_statementline
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();
CREATE OR REPLACE TRIGGER commerce_break_added AFTER INSERT ON commerce_reconciliationbreak
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();
CREATE OR REPLACE TRIGGER commerce_break_changed AFTER UPDATE ON commerce_reconciliationbreak
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();
CREATE OR REPLACE TRIGGER commerce_break_removed AFTER DELETE ON commerce_reconciliationbreak
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION commerce_period_guard();

-- A sign-off stays, and no two of a source share a day ------------------------------------------------------------
CREATE OR REPLACE FUNCTION commerce_signoff_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One after the other, so that two at the same time see each other.
    PERFORM 1 FROM commerce_statementsource WHERE id = NEW.source_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM commerce_signoff s
        WHERE s.source_id = NEW.source_id AND s.first_day <= NEW.last_day AND s.last_day >= NEW.first_day
    ) THEN
        RAISE EXCEPTION 'These days are signed off' USING ERRCODE = 'TL005';
    END IF;
    IF EXISTS (
        SELECT 1 FROM commerce_reconciliationbreak b JOIN commerce_statementsource s ON s.id = b.source_id
        WHERE b.source_id = NEW.source_id AND b.day BETWEEN NEW.first_day AND NEW.last_day AND b.status = 'open'
            AND (b.kind = 'status' OR abs(b.difference) > s.amount_tolerance)
    ) THEN
        RAISE EXCEPTION 'Breaks of these days are open' USING ERRCODE = 'TL002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_signoff_guard BEFORE INSERT ON commerce_signoff
    FOR EACH ROW EXECUTE FUNCTION commerce_signoff_guard();
CREATE OR REPLACE TRIGGER commerce_signoff_append_only BEFORE UPDATE OR DELETE ON commerce_signoff
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_signoff_no_truncate BEFORE TRUNCATE ON commerce_signoff
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
