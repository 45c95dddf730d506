"""What each customer ordered last: kept from now on, and found out for what was ordered before."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("last_product"), params=None)
    schema_editor.execute("SET LOCAL statement_timeout = 0", params=None)
    schema_editor.execute(sql.read("recall_last_products"), params=None)


def remove(apps, schema_editor):
    schema_editor.execute("DROP TRIGGER IF EXISTS commerce_order_last_product ON commerce_order", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_remember_last_product()", params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0016_finding_parties")]

    operations = [migrations.RunPython(install, remove)]
