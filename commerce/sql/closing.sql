-- Closed months. SQLSTATE TL001 and TL002 as in guards.sql; TL007: a transfer dated in a closed month; TL008: a month
-- that cannot be closed or reopened now.
--
-- How no transfer slips into a month whose totals are taken, without a lock on the way of those of now:
-- * A transfer dated less than 15 minutes ago is let through unseen: a month can be closed an hour after its end at the
--   earliest, so such a one is never in a closed month by the clock of the database.
-- * Who closes waits until every transaction older than its own has ended: whatever was dated in the month while it was
--   now, however late it commits, is committed or gone by then.
-- * A transfer dated further back locks the one row of commerce_closeduntil shared, and who closes locks it alone: the
--   one waits for the other, and then sees what it did. A transaction that still sees an older state is refused (40001).

CREATE OR REPLACE FUNCTION commerce_transfer_dated_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed timestamptz;
BEGIN
    SELECT until INTO closed FROM commerce_closeduntil WHERE id = 1 FOR SHARE;
    IF NOT FOUND THEN
        INSERT INTO commerce_closeduntil (id) VALUES (1) ON CONFLICT DO NOTHING;
        SELECT until INTO closed FROM commerce_closeduntil WHERE id = 1 FOR SHARE;
    END IF;
    IF NEW.created_at < closed THEN
        RAISE EXCEPTION 'The month of % is closed', NEW.created_at USING ERRCODE = 'TL007';
    END IF;
    RETURN NEW;
END $$;

-- By its name it comes before the trigger that locks the wallets.
CREATE OR REPLACE TRIGGER commerce_transfer_after_closing BEFORE INSERT ON commerce_transfer
    FOR EACH ROW WHEN (NEW.created_at < clock_timestamp() - interval '15 minutes')
    EXECUTE FUNCTION commerce_transfer_dated_back();

CREATE OR REPLACE FUNCTION commerce_closeduntil_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.until IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'Until when the books are closed is kept by the database alone' USING ERRCODE = 'TL002';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_closeduntil_guard BEFORE INSERT OR UPDATE OR DELETE ON commerce_closeduntil
    FOR EACH ROW EXECUTE FUNCTION commerce_closeduntil_guard();
CREATE OR REPLACE TRIGGER commerce_closeduntil_no_truncate BEFORE TRUNCATE ON commerce_closeduntil
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();

-- What moved between two moments, by mode, currency and kind of account -------------------------------------------
CREATE OR REPLACE FUNCTION commerce_month_moved(p_from timestamptz, p_until timestamptz)
RETURNS TABLE (is_test boolean, currency varchar, kind varchar, debits numeric, credits numeric) LANGUAGE sql STABLE AS $$
    SELECT a.is_test, a.currency, a.kind, sum(leg.debit), sum(leg.credit)
    FROM (
        SELECT debit_account_id AS debited, credit_account_id AS credited, sum(amount) AS amount
        FROM commerce_transfer WHERE created_at >= p_from AND created_at < p_until GROUP BY 1, 2
    ) pairs
    CROSS JOIN LATERAL (VALUES (debited, amount, 0.00), (credited, 0.00, amount)) leg(account_id, debit, credit)
    JOIN commerce_account a ON a.id = leg.account_id
    GROUP BY 1, 2, 3
$$;

-- One chain: the digest of a month holds that of the month before.
CREATE OR REPLACE FUNCTION commerce_month_digest(p_before text, p_year integer, p_month integer, p_from timestamptz,
    p_until timestamptz, p_transfers bigint, p_last bigint, p_figures jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', coalesce(p_before, ''), p_year, p_month,
        extract(epoch FROM p_from)::text, extract(epoch FROM p_until)::text, p_transfers, p_last, p_figures::text),
        'UTF8')), 'hex');
$$;

-- The moment as it was sent, where it is a midnight by another table of zones or the first of two; else our own.
CREATE OR REPLACE FUNCTION commerce_month_edge(p_sent timestamptz, p_year integer, p_month integer, p_zone text)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_sent BETWEEN own - interval '2 hours' AND own + interval '2 hours' THEN p_sent ELSE own END
    FROM make_timestamptz(p_year, p_month, 1, 0, 0, 0, p_zone) AS own;
$$;

CREATE OR REPLACE FUNCTION commerce_month_close() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before commerce_closedmonth;
    mine xid8 := pg_current_xact_id();
    began timestamptz := clock_timestamp();
BEGIN
    IF NEW.reopened_at IS NOT NULL THEN
        RAISE EXCEPTION 'A month begins closed' USING ERRCODE = 'TL002';
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'A month is closed by a transaction that sees what others do' USING ERRCODE = 'TL008';
    END IF;
    NEW.ends_at := commerce_month_edge(NEW.ends_at, NEW.year + NEW.month / 12, NEW.month % 12 + 1, NEW.zone);
    IF NEW.ends_at > clock_timestamp() - interval '1 hour' THEN
        RAISE EXCEPTION 'A month is closed an hour after its end at the earliest' USING ERRCODE = 'TL008',
            HINT = 'not_over';
    END IF;
    WHILE pg_snapshot_xmin(pg_current_snapshot()) < mine LOOP
        IF clock_timestamp() > began + interval '10 seconds' THEN
            RAISE EXCEPTION 'A transaction has been open for long' USING ERRCODE = 'TL008', HINT = 'busy';
        END IF;
        PERFORM pg_sleep(0.02);
    END LOOP;
    INSERT INTO commerce_closeduntil (id) VALUES (1) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM commerce_closeduntil WHERE id = 1 FOR UPDATE;

    SELECT * INTO before FROM commerce_closedmonth WHERE reopened_at IS NULL ORDER BY ends_at DESC LIMIT 1;
    NEW.begins_at := coalesce(before.ends_at, commerce_month_edge(NEW.begins_at, NEW.year, NEW.month, NEW.zone));
    IF before.id IS NOT NULL AND NEW.year * 12 + NEW.month <> before.year * 12 + before.month + 1
       OR before.id IS NULL AND EXISTS (SELECT 1 FROM commerce_transfer WHERE created_at < NEW.begins_at) THEN
        RAISE EXCEPTION 'Months are closed in order' USING ERRCODE = 'TL008', HINT = 'order';
    END IF;
    UPDATE commerce_closeduntil SET until = NEW.ends_at WHERE id = 1;

    SELECT count(*), coalesce(max(id), 0) INTO NEW.transfers, NEW.last_transfer
        FROM commerce_transfer WHERE created_at >= NEW.begins_at AND created_at < NEW.ends_at;
    SELECT coalesce(jsonb_agg(jsonb_build_object(
            'is_test', is_test, 'currency', currency, 'kind', kind, 'debits', coalesce(m.debits, 0.00)::text,
            'credits', coalesce(m.credits, 0.00)::text,
            'balance', (coalesce(b.balance, 0.00) + coalesce(m.credits, 0.00) - coalesce(m.debits, 0.00))::text
        ) ORDER BY is_test, currency, kind), '[]')
        INTO NEW.figures
        FROM commerce_month_moved(NEW.begins_at, NEW.ends_at) m
        FULL JOIN jsonb_to_recordset(before.figures) AS b(is_test boolean, currency varchar, kind varchar, balance numeric)
            USING (is_test, currency, kind);
    NEW.digest := commerce_month_digest(before.digest, NEW.year, NEW.month, NEW.begins_at, NEW.ends_at, NEW.transfers,
        NEW.last_transfer, NEW.figures);
    NEW.closed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_month_close BEFORE INSERT ON commerce_closedmonth
    FOR EACH ROW EXECUTE FUNCTION commerce_month_close();

-- Reopened: the latest alone, once, and only with the approval of a second person -----------------------------------
CREATE OR REPLACE FUNCTION commerce_month_reopen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reopened_at IS NOT NULL OR NEW.reopened_at IS NULL OR to_jsonb(NEW) <> to_jsonb(OLD) || jsonb_build_object(
        'approval_id', NEW.approval_id, 'reopened_by', NEW.reopened_by, 'reopen_reason', NEW.reopen_reason,
        'reopened_at', NEW.reopened_at) THEN
        RAISE EXCEPTION 'What was closed stays as it was written' USING ERRCODE = 'TL001';
    END IF;
    PERFORM 1 FROM commerce_closeduntil WHERE id = 1 FOR UPDATE;
    IF EXISTS (SELECT 1 FROM commerce_closedmonth WHERE reopened_at IS NULL AND ends_at > OLD.ends_at) THEN
        RAISE EXCEPTION 'Only the latest closed month is reopened' USING ERRCODE = 'TL008', HINT = 'latest';
    END IF;
    UPDATE commerce_closeduntil SET until = (
        SELECT max(ends_at) FROM commerce_closedmonth WHERE reopened_at IS NULL AND id <> OLD.id) WHERE id = 1;
    NEW.reopened_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER commerce_month_reopen BEFORE UPDATE ON commerce_closedmonth
    FOR EACH ROW EXECUTE FUNCTION commerce_month_reopen();

-- Looked at as the transaction ends: the approval is decided after what it allows.
CREATE OR REPLACE FUNCTION commerce_month_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM core_approval a WHERE a.id = NEW.approval_id AND a.kind = 'month.reopen'
                   AND a.status = 'approved' AND a.subject_id = NEW.id::text) THEN
        RAISE EXCEPTION 'A month is reopened by two people' USING ERRCODE = 'TL008', HINT = 'approval';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS commerce_month_approved ON commerce_closedmonth;
CREATE CONSTRAINT TRIGGER commerce_month_approved AFTER UPDATE ON commerce_closedmonth DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION commerce_month_approved();
CREATE OR REPLACE TRIGGER commerce_month_no_delete BEFORE DELETE ON commerce_closedmonth
    FOR EACH ROW EXECUTE FUNCTION commerce_refuse();
CREATE OR REPLACE TRIGGER commerce_month_no_truncate BEFORE TRUNCATE ON commerce_closedmonth
    FOR EACH STATEMENT EXECUTE FUNCTION commerce_refuse();
