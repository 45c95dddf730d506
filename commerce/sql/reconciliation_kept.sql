-- More of what the database enforces of reconciliation, installed after the column it looks at. SQLSTATE as there.

-- What somebody has worked on stays: the ledger may have moved for it. -----------------------------------------------
CREATE OR REPLACE TRIGGER commerce_break_kept BEFORE DELETE ON commerce_reconciliationbreak
    FOR EACH ROW WHEN (OLD.closed_by <> '' OR OLD.booked <> 0) EXECUTE FUNCTION commerce_refuse();

-- Whose statements they are, and in which currency, stays from the first line on: breaks are booked by it. ------------
CREATE OR REPLACE FUNCTION commerce_source_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM commerce_statementline WHERE source_id = OLD.id) THEN
        RAISE EXCEPTION 'Source % has statements: what it stands for stays', OLD.id USING ERRCODE = 'TL001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_source_stays BEFORE UPDATE ON commerce_statementsource FOR EACH ROW WHEN (
    (OLD.kind, OLD.provider_id, OLD.gateway, OLD.currency) IS DISTINCT FROM
    (NEW.kind, NEW.provider_id, NEW.gateway, NEW.currency)
) EXECUTE FUNCTION commerce_source_stays();
