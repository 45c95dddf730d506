-- What history pages show is kept: each statement that writes rows of history writes one row here besides, in the same
-- transaction, with a digest of every row. The audit chain seals those like events, from whose numbers theirs come.

-- A digest is over the row's text and a salt of its own: once what it says of people is emptied and the salt is another,
-- nobody finds the words by trying. What a time looks like as text hangs on the zone, so all of this runs in one zone.

CREATE OR REPLACE FUNCTION core_columns_of(p_table regclass) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM pg_attribute a
    WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped;
$$;

-- The number of a table's columns as they are now: a row is compared by those it had when it was written.
CREATE OR REPLACE FUNCTION core_history_columns(p_table regclass, p_name text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    names CONSTANT text[] := core_columns_of(p_table);
    number integer;
BEGIN
    LOOP
        SELECT c.id INTO number FROM core_historycolumns c WHERE c.table_name = p_name AND c.columns = names;
        IF FOUND THEN
            RETURN number;
        END IF;
        INSERT INTO core_historycolumns (table_name, columns) VALUES (p_name, names) ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Columns that came later than these.
CREATE OR REPLACE FUNCTION core_later_columns(p_table regclass, p_number integer) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT unnest(core_columns_of(p_table))
                 EXCEPT SELECT unnest(c.columns) FROM core_historycolumns c WHERE c.id = p_number);
$$;

CREATE OR REPLACE FUNCTION core_history_kept() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO core_kepthistory (id, table_name, columns_id, ids, digests, salts, last_id, created_at)
    SELECT nextval('core_event_id_seq'), TG_TABLE_NAME, core_history_columns(TG_RELID::regclass, TG_TABLE_NAME),
           array_agg(r.id ORDER BY r.id),
           string_agg(sha256(r.salt || r.told), ''::bytea ORDER BY r.id),
           string_agg(r.salt, ''::bytea ORDER BY r.id),
           max(r.id), clock_timestamp()
    FROM (
        SELECT n.history_id::bigint AS id, uuid_send(gen_random_uuid()) AS salt,
               convert_to(to_jsonb(n)::text, 'UTF8') AS told
        FROM new_rows n OFFSET 0
    ) r;
    RETURN NULL;
END $$;

-- The one change there is: within `core.history_change` words are emptied. The event of that number says who had it done.
CREATE OR REPLACE FUNCTION core_history_changed() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    cause CONSTANT bigint := nullif(current_setting('core.history_change', true), '')::bigint;
    now_columns integer;
    then_columns integer;
    one record;
    kept record;
    fresh bytea;
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    IF cause IS NULL OR EXISTS (
        SELECT FROM old_rows o FULL JOIN new_rows n ON n.history_id = o.history_id
        WHERE (o.history_id, o.history_date, o.history_type, o.history_user_id, o.history_source, o.history_request)
            IS DISTINCT FROM
              (n.history_id, n.history_date, n.history_type, n.history_user_id, n.history_source, n.history_request)
    ) THEN
        RAISE EXCEPTION '% of % is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'TL001';
    END IF;
    now_columns := core_history_columns(TG_RELID::regclass, TG_TABLE_NAME);
    FOR one IN
        SELECT o.history_id::bigint AS id, to_jsonb(o) AS was, to_jsonb(n) AS becomes
        FROM old_rows o JOIN new_rows n ON n.history_id = o.history_id
        WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(n) ORDER BY 1
    LOOP
        SELECT k.id, k.columns_id, array_position(k.ids, one.id) AS place, k.salts INTO kept
        FROM core_kepthistory k
        WHERE k.table_name = TG_TABLE_NAME AND k.last_id >= one.id AND one.id = ANY (k.ids)
        ORDER BY k.last_id LIMIT 1;
        -- One that nobody kept was put in by hand: the proof says so.
        CONTINUE WHEN NOT FOUND;
        then_columns := coalesce(
            (SELECT x.columns_id FROM core_changedhistory x
             WHERE x.table_name = TG_TABLE_NAME AND x.history_id = one.id ORDER BY x.id DESC LIMIT 1),
            kept.columns_id
        );
        fresh := uuid_send(gen_random_uuid());
        INSERT INTO core_changedhistory (table_name, history_id, before, after, columns_id, event_id) VALUES (
            TG_TABLE_NAME, one.id,
            sha256(substring(kept.salts FROM kept.place * 16 - 15 FOR 16) || convert_to(
                (one.was - core_later_columns(TG_RELID::regclass, then_columns))::text, 'UTF8')),
            sha256(fresh || convert_to(one.becomes::text, 'UTF8')),
            now_columns, cause
        );
        UPDATE core_kepthistory SET salts = overlay(salts PLACING fresh FROM kept.place * 16 - 15) WHERE id = kept.id;
    END LOOP;
    RETURN NULL;
END $$;

-- With a row's words its salt goes; all else of what was kept stays.
CREATE OR REPLACE FUNCTION core_kepthistory_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND nullif(current_setting('core.history_change', true), '') IS NOT NULL
       AND length(NEW.salts) = length(OLD.salts)
       AND (NEW.id, NEW.table_name, NEW.columns_id, NEW.ids, NEW.digests, NEW.last_id, NEW.created_at)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.table_name, OLD.columns_id, OLD.ids, OLD.digests, OLD.last_id, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TL001';
END $$;

-- Keep the rows of a table that nobody kept: those from before, and those loaded while triggers were off.
CREATE OR REPLACE FUNCTION core_keep_rest(p_table regclass) RETURNS void LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    name CONSTANT text := (SELECT c.relname FROM pg_class c WHERE c.oid = p_table);
BEGIN
    EXECUTE format(
        'INSERT INTO core_kepthistory (id, table_name, columns_id, ids, digests, salts, last_id, created_at)
         SELECT nextval(''core_event_id_seq''), %L, core_history_columns(%L::regclass, %L), part.ids,
                part.digests, part.salts, part.last_id, clock_timestamp()
         FROM (
             SELECT array_agg(r.id ORDER BY r.id) AS ids,
                    string_agg(sha256(r.salt || r.told), ''''::bytea ORDER BY r.id) AS digests,
                    string_agg(r.salt, ''''::bytea ORDER BY r.id) AS salts, max(r.id) AS last_id
             FROM (
                 SELECT t.history_id::bigint AS id, uuid_send(gen_random_uuid()) AS salt,
                        convert_to(to_jsonb(t)::text, ''UTF8'') AS told,
                        (row_number() OVER (ORDER BY t.history_id) - 1) / 1000 AS part
                 FROM %s t WHERE t.history_id <> ALL (ARRAY(
                     SELECT unnest(k.ids) FROM core_kepthistory k WHERE k.table_name = %L))
                 OFFSET 0
             ) r GROUP BY r.part ORDER BY r.part
         ) part',
        name, p_table, name, p_table, name
    );
END $$;

-- What a table's rows say is another text once a column of theirs is gone or of another type. Whoever does that to a
-- table says so by an event of this number; what was kept before is compared no more.
CREATE OR REPLACE FUNCTION core_keep_anew(p_table regclass, p_event bigint) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    name CONSTANT text := (SELECT c.relname FROM pg_class c WHERE c.oid = p_table);
BEGIN
    EXECUTE format(
        'INSERT INTO core_changedhistory (table_name, history_id, before, after, columns_id, event_id)
         SELECT %L, k.history_id, coalesce(x.after, k.digest),
                sha256(k.salt || convert_to(to_jsonb(t)::text, ''UTF8'')), core_history_columns(%L::regclass, %L), %L
         FROM core_history_in(%L) k JOIN %s t ON t.history_id = k.history_id
         LEFT JOIN LATERAL (
             SELECT c.after FROM core_changedhistory c
             WHERE c.table_name = %L AND c.history_id = k.history_id ORDER BY c.id DESC LIMIT 1
         ) x ON true ORDER BY k.history_id',
        name, p_table, name, p_event, name, p_table, name
    );
END $$;

-- What was kept of a table, row by row.
CREATE OR REPLACE FUNCTION core_history_in(p_name text)
RETURNS TABLE (history_id bigint, columns_id integer, digest bytea, salt bytea) LANGUAGE sql STABLE AS $$
    SELECT n.id, k.columns_id, substring(k.digests FROM (n.place * 32 - 31)::integer FOR 32),
           substring(k.salts FROM (n.place * 16 - 15)::integer FOR 16)
    FROM core_kepthistory k CROSS JOIN LATERAL unnest(k.ids) WITH ORDINALITY AS n (id, place)
    WHERE k.table_name = p_name;
$$;

CREATE OR REPLACE FUNCTION core_keep_history(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER history_kept AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION core_history_kept()', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_changed AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows '
                   'NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION core_history_changed()', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_no_delete BEFORE DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION core_refuse()', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_no_truncate BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION core_refuse()', p_table);
    PERFORM core_keep_rest(p_table);
END $$;

CREATE OR REPLACE FUNCTION core_leave_history(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['history_kept', 'history_changed', 'history_no_delete', 'history_no_truncate'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', name, p_table);
    END LOOP;
END $$;

CREATE OR REPLACE TRIGGER core_kepthistory_append_only BEFORE UPDATE OR DELETE ON core_kepthistory
    FOR EACH ROW EXECUTE FUNCTION core_kepthistory_guard();
CREATE OR REPLACE TRIGGER core_kepthistory_no_truncate BEFORE TRUNCATE ON core_kepthistory
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER core_changedhistory_append_only BEFORE UPDATE OR DELETE ON core_changedhistory
    FOR EACH ROW EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER core_changedhistory_no_truncate BEFORE TRUNCATE ON core_changedhistory
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER core_historycolumns_append_only BEFORE UPDATE OR DELETE ON core_historycolumns
    FOR EACH ROW EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER core_historycolumns_no_truncate BEFORE TRUNCATE ON core_historycolumns
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse();
