"""A month ends when reports say so, also where midnight comes twice or two tables of zones differ."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("closing"), params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0031_finance_guards")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
