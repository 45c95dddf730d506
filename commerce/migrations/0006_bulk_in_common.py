from django.db import migrations

from commerce import sql

FORMER = "DROP FUNCTION IF EXISTS commerce_place_orders(jsonb, integer[], jsonb, jsonb, jsonb, bigint, text, text, text, boolean)"


class Migration(migrations.Migration):
    """A bulk call's rows say once what they have in common."""

    dependencies = [("commerce", "0005_delivery_indexes")]

    operations = [
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
        migrations.RunSQL([(sql.read("place_orders"), None)], migrations.RunSQL.noop),
    ]
