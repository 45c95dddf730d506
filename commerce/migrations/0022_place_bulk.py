"""Bulk calls send and store what their lines share once; the function before stays for processes of that release."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("place_bulk"), params=None)


def remove(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_place_bulk", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_insert_bulk", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_bulk_verdicts", params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0021_order_news")]

    operations = [migrations.RunPython(install, remove)]
