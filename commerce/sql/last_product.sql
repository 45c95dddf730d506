-- What a customer ordered last is kept with the customer, so that the list of customers is filtered by it without
-- reading orders. Test mode is no order.
CREATE OR REPLACE FUNCTION commerce_remember_last_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE commerce_customer SET last_product_id = NEW.product_id, last_order_at = NEW.created_at
        WHERE id = NEW.customer_id AND (last_order_at IS NULL OR last_order_at <= NEW.created_at);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER commerce_order_last_product AFTER INSERT ON commerce_order
    FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL AND NOT NEW.is_test)
    EXECUTE FUNCTION commerce_remember_last_product();
