"""What was booked of a break is kept with it, and the database guards more of breaks, sources, sign-offs and papers."""

from django.db import migrations

import core.money
from commerce import sql

# Signed-off ones too: it is told by what they say.
FILL = """
ALTER TABLE commerce_reconciliationbreak DISABLE TRIGGER commerce_break_changed;
UPDATE commerce_reconciliationbreak SET booked = difference WHERE resolution = 'booked';
ALTER TABLE commerce_reconciliationbreak ENABLE TRIGGER commerce_break_changed;
"""


def guard(apps, schema_editor):
    schema_editor.execute(FILL, params=None)
    for part in ("reconciliation", "reconciliation_kept", "documents"):
        schema_editor.execute(sql.read(part), params=None)


def unguard(apps, schema_editor):
    schema_editor.execute("DROP TRIGGER IF EXISTS commerce_break_kept ON commerce_reconciliationbreak", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_source_stays CASCADE", params=None)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0030_kept_sources")]

    operations = [
        migrations.AddField(
            model_name="reconciliationbreak",
            name="booked",
            field=core.money.MoneyField(
                db_default=0, decimal_places=2, default=0, editable=False, max_digits=16, verbose_name="difference booked"
            ),
        ),
        migrations.RunPython(guard, unguard),
    ]
