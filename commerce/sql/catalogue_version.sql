-- Any change to what is sold or its prices raises one number, by which every process knows its copy is old. The number
-- is the clock's where that is higher, so that it never repeats, not even after the table was emptied by a test.
CREATE OR REPLACE FUNCTION commerce_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commerce_catalogueversion AS v (id, version)
        VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
        ON CONFLICT (id) DO UPDATE SET version = greatest(v.version + 1, excluded.version);
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY[
        'commerce_category', 'commerce_brand', 'commerce_numberprefix', 'commerce_product', 'commerce_recipientfield',
        'commerce_pricelist', 'commerce_pricerule', 'commerce_provider', 'commerce_offer', 'core_sitesettings'
    ] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER commerce_catalogue_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION commerce_catalogue_changed()', watched);
    END LOOP;
END $$;
