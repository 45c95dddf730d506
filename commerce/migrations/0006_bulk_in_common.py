from django.db import migrations

from commerce import sql

FORMER = "DROP FUNCTION IF EXISTS commerce_place_orders(jsonb, integer[], jsonb, jsonb, jsonb, bigint, text, text, text, boolean)"


class Migration(migrations.Migration):
    """A bulk call's rows say once what they have in common; its stored answer, 150 kB, is not compressed, which
    would cost the caller more time than a week of the space is worth."""

    dependencies = [("commerce", "0005_delivery_indexes"), ("core", "0003_roles")]

    operations = [
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE core_idempotencykey ALTER COLUMN body SET STORAGE EXTERNAL",
            "ALTER TABLE core_idempotencykey ALTER COLUMN body SET STORAGE EXTENDED",
        ),
        migrations.RunSQL([(sql.read("place_orders"), None)], migrations.RunSQL.noop),
    ]
