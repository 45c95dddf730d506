"""What was booked of a break is kept with it, and the database guards more of breaks, sources, sign-offs and papers."""

from django.db import migrations

import core.money
from commerce import sql

BREAKS, FROZEN = "commerce_reconciliationbreak", "commerce_break_changed"
# Signed-off ones too: it is told by what they say.
FILL = f"""
ALTER TABLE {BREAKS} DISABLE TRIGGER {FROZEN};
UPDATE {BREAKS} SET booked = difference WHERE resolution = 'booked';
ALTER TABLE {BREAKS} ENABLE TRIGGER {FROZEN};
"""


def guard(apps, schema_editor):
    schema_editor.execute(FILL, params=None)
    for part in ("reconciliation", "reconciliation_kept", "documents"):
        schema_editor.execute(sql.read(part), params=None)


def unguard(apps, schema_editor):
    schema_editor.execute(f"DROP TRIGGER IF EXISTS commerce_break_kept ON {BREAKS}", params=None)
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
