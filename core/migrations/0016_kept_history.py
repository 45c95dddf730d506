import django.contrib.postgres.fields
from django.db import migrations, models

from core import sql

# What history pages show is kept by the audit chain from now on; what is there already, as it is.
TABLES = [
    "core_historicaluser",
    "core_historicalannouncement",
    "core_historicalquicklink",
    "core_historicalmessagetemplate",
    "core_historicalsitesettings",
]
REMOVE = """
DROP FUNCTION core_keep_history, core_leave_history, core_history_in, core_keep_anew, core_keep_rest,
    core_history_changed, core_history_kept, core_later_columns, core_history_columns, core_columns_of;
DROP FUNCTION core_kepthistory_guard CASCADE;
"""


def install(apps, schema_editor):
    schema_editor.execute(sql.read("kept_history"), params=None)


def remove(apps, schema_editor):
    schema_editor.execute(REMOVE, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0015_erased_approvals'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table_name', models.CharField(max_length=63, verbose_name='table')),
                ('history_id', models.BigIntegerField(verbose_name='row')),
                ('before', models.BinaryField()),
                ('after', models.BinaryField()),
                ('columns_id', models.IntegerField()),
                ('event_id', models.BigIntegerField(db_index=True)),
            ],
            options={
                'verbose_name': 'changed history',
                'verbose_name_plural': 'changed history',
                'default_permissions': (),
                'indexes': [models.Index(fields=['table_name', 'history_id'], name='core_changedhistory_of_row')],
            },
        ),
        migrations.CreateModel(
            name='HistoryColumns',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('table_name', models.CharField(max_length=63, verbose_name='table')),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, verbose_name='columns')),
            ],
            options={
                'verbose_name': 'columns of history',
                'verbose_name_plural': 'columns of history',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('table_name', 'columns'), name='core_historycolumns_one')],
            },
        ),
        migrations.CreateModel(
            name='KeptHistory',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('table_name', models.CharField(max_length=63, verbose_name='table')),
                ('columns_id', models.IntegerField()),
                ('ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='rows')),
                ('digests', models.BinaryField()),
                ('salts', models.BinaryField()),
                ('last_id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'kept history',
                'verbose_name_plural': 'kept history',
                'default_permissions': (),
                'indexes': [models.Index(fields=['table_name', 'last_id'], name='core_kepthistory_of_row')],
            },
        ),
        migrations.RunPython(install, remove),
        sql.keep_history(TABLES),
    ]
