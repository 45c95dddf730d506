"""What the database enforces by itself, and the functions that place orders."""

from django.db import migrations

from commerce import sql

FILES = ("guards", "catalogue_version", "place_order", "place_orders")


def install(apps, schema_editor):
    # Without parameters: the bodies have percent signs of their own.
    for name in FILES:
        schema_editor.execute(sql.read(name), params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0001_initial"), ("core", "__first__")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
