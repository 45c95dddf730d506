"""Deliveries are settled together; the function that settled one stays for workers of the release before."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("settle_deliveries"), params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0018_lists_by_index")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
