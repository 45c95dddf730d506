"""Days of credit, late payments, and the function that finds what of a wallet's debits is not paid."""

import core.money
import django.db.models.deletion
from django.db import migrations, models

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("ageing"), params=None)


def remove(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_unpaid", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0028_document_batches'),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days of credit')),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='reminders paused at')),
                ('paused_by', models.CharField(blank=True, max_length=150, verbose_name='paused by')),
                ('pause_reason', models.CharField(blank=True, max_length=300, verbose_name='reason of the pause')),
                ('reseller', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_terms', to='commerce.reseller', verbose_name='reseller')),
            ],
            options={
                'verbose_name': 'credit terms',
                'verbose_name_plural': 'credit terms',
                'permissions': [('work_debt', 'Can set days of credit, and pause reminders')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='DunningCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('began_at', models.DateTimeField(verbose_name='late since')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='paid at')),
                ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspended at')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='dunning', to='commerce.account', verbose_name='wallet')),
                ('reseller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dunning', to='commerce.reseller', verbose_name='reseller')),
            ],
            options={
                'verbose_name': 'late payment',
                'verbose_name_plural': 'late payments',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='DunningNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('reminder', 'Reminder'), ('second', 'Second reminder'), ('final', 'Final reminder'), ('suspension', 'Suspension')], max_length=10, verbose_name='step')),
                ('days_late', models.PositiveIntegerField(verbose_name='days late')),
                ('overdue', core.money.MoneyField(decimal_places=2, max_digits=16, verbose_name='overdue')),
                ('owed', core.money.MoneyField(decimal_places=2, max_digits=16, verbose_name='owed')),
                ('sent_to', models.EmailField(blank=True, max_length=254, verbose_name='sent to')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='commerce.dunningcase', verbose_name='late payment')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.AddConstraint(
            model_name='dunningcase',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account',), name='commerce_dunning_open_once'),
        ),
        migrations.AddConstraint(
            model_name='dunningnotice',
            constraint=models.UniqueConstraint(fields=('case', 'step'), name='commerce_dunning_step_once'),
        ),
        migrations.CreateModel(
            name='OwingWallet',
            fields=[
            ],
            options={
                'verbose_name': 'credit in use',
                'verbose_name_plural': 'credit ageing',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('commerce.account',),
        ),
        migrations.RunPython(install, remove),
    ]
