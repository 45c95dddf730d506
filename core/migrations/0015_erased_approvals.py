from django.db import migrations

# As in `0010_approvals`; besides, the words of a decided approval may be emptied, once an event says that they are.
GUARD = """
CREATE OR REPLACE FUNCTION core_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY['status', 'decided_by_id', 'decided_at', 'note'];
    words CONSTANT text[] := ARRAY['payload', 'reason', 'note'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'An approval begins as one that waits' USING ERRCODE = 'TL004';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'pending' THEN
        IF NEW.payload = '{"erased": true}' AND NEW.reason = '' AND NEW.note = ''
           AND to_jsonb(NEW) - words = to_jsonb(OLD) - words
           AND EXISTS (SELECT FROM core_event e WHERE e.kind = 'approval.erased'
                       AND e.subject_kind = 'core.approval' AND e.subject_id = OLD.id::text) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'Approval % is decided and stays as it is', OLD.id USING ERRCODE = 'TL001';
    END IF;
    IF to_jsonb(NEW) - decided IS DISTINCT FROM to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'What approval % asks for stays as it was asked', OLD.id USING ERRCODE = 'TL001';
    END IF;
    IF NEW.status = 'approved' AND OLD.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'Approval % has expired', OLD.id USING ERRCODE = 'TL004';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0014_changes_told")]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
