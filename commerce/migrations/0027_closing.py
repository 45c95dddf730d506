"""Closed months: no transfer is dated in one, and the database takes their control totals itself."""

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from commerce import sql


FUNCTIONS = (
    "transfer_dated_back", "closeduntil_guard", "month_moved", "month_digest", "month_close", "month_reopen",
    "month_approved",
)


def guard(apps, schema_editor):
    schema_editor.execute(sql.read("closing"), params=None)


def unguard(apps, schema_editor):
    for name in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION IF EXISTS commerce_{name} CASCADE", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0026_settlement'),
        ('core', '0016_kept_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedUntil',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('until', models.DateTimeField(null=True, verbose_name='closed until')),
            ],
            options={
                'verbose_name': 'closed until',
                'verbose_name_plural': 'closed until',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='commerce_closeduntil_one')],
            },
        ),
        migrations.CreateModel(
            name='ClosedMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('month', models.PositiveSmallIntegerField(verbose_name='month')),
                ('zone', models.CharField(max_length=64, verbose_name='time zone')),
                ('begins_at', models.DateTimeField(editable=False, verbose_name='from')),
                ('ends_at', models.DateTimeField(editable=False, verbose_name='to')),
                ('figures', models.JSONField(default=list, editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='control totals')),
                ('transfers', models.BigIntegerField(default=0, editable=False, verbose_name='transfers')),
                ('last_transfer', models.BigIntegerField(default=0, editable=False, verbose_name='highest transfer')),
                ('digest', models.CharField(editable=False, max_length=64, verbose_name='digest')),
                ('open_items', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='open when it was closed')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('closed_by', models.CharField(max_length=150, verbose_name='closed by')),
                ('closed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='closed at')),
                ('reopened_by', models.CharField(blank=True, max_length=150, verbose_name='reopened by')),
                ('reopen_reason', models.CharField(blank=True, max_length=300, verbose_name='reason of reopening')),
                ('reopened_at', models.DateTimeField(blank=True, null=True, verbose_name='reopened at')),
                ('approval', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.approval', verbose_name='approval')),
            ],
            options={
                'verbose_name': 'closed month',
                'verbose_name_plural': 'closed months',
                'ordering': ['-id'],
                'permissions': [('close_month', 'Can close months, and reopen the latest with a second person'), ('change_closing_settings', 'Can change the settings of closing and dunning')],
                'constraints': [models.CheckConstraint(condition=models.Q(('month__gte', 1), ('month__lte', 12), ('year__gte', 2000)), name='commerce_month_exists'), models.UniqueConstraint(condition=models.Q(('reopened_at', None)), fields=('year', 'month'), name='commerce_month_closed_once'), models.CheckConstraint(condition=models.Q(models.Q(('approval', None), ('reopened_at', None)), models.Q(('approval__isnull', False), ('reopened_at__isnull', False)), _connector='OR'), name='commerce_month_reopened_by_two')],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
