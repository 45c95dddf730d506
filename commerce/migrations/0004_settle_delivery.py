"""The function that settles a delivered order."""

from django.db import migrations

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("settle_delivery"), params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0003_alter_hold_account_alter_order_api_key_and_more"), ("core", "__first__")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
