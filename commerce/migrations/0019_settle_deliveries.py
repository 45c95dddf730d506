"""Deliveries are settled together; the function that settled one stays for workers of the release before."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    # Of the guards, a transfer's no longer tries to move the balance of company accounts, which have none.
    schema_editor.execute(sql.read("guards"), params=None)
    schema_editor.execute(sql.read("settle_deliveries"), params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0018_lists_by_index")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
