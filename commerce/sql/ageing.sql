-- What of a wallet's debits is not paid: payments settle the oldest first, so it is the newest debits that add up to
-- what is owed. Read from the newest backwards along the wallet's index, and no further than that.
CREATE OR REPLACE FUNCTION commerce_unpaid(p_account bigint, p_owed numeric, p_until timestamptz)
RETURNS TABLE (moved_at timestamptz, amount numeric) LANGUAGE plpgsql STABLE
SET enable_sort = off SET enable_bitmapscan = off AS $$
DECLARE
    rest numeric := p_owed;
    debit record;
BEGIN
    IF rest <= 0 THEN
        RETURN;
    END IF;
    FOR debit IN
        SELECT t.created_at, t.amount FROM commerce_transfer t
        WHERE t.debit_account_id = p_account AND t.debit_balance_after IS NOT NULL AND t.created_at < p_until
        ORDER BY t.debit_account_id DESC, t.id DESC
    LOOP
        moved_at := debit.created_at;
        amount := least(rest, debit.amount);
        RETURN NEXT;
        rest := rest - amount;
        EXIT WHEN rest <= 0;
    END LOOP;
END $$;
