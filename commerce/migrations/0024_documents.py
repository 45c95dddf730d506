"""Papers of the books: numbered without a gap, frozen, and tied to their transfers by the database."""

import core.money
import django.db.models.deletion
from django.db import migrations, models

from commerce import sql


def install(apps, schema_editor):
    schema_editor.execute(sql.read("documents"), params=None)


def remove(apps, schema_editor):
    for name in ("documentseries_guard", "document_issue", "document_stays", "documenttransfer_guard", "document_ties"):
        schema_editor.execute(f"DROP FUNCTION IF EXISTS commerce_{name} CASCADE", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS commerce_document_year, commerce_document_number", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0023_kept_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='DocumentLetterhead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest')),
                ('content', models.JSONField(verbose_name='content')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'letterhead',
                'verbose_name_plural': 'letterheads',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('statement', 'Statement'), ('receipt', 'Receipt'), ('invoice', 'Invoice'), ('credit_note', 'Credit note')], max_length=12, verbose_name='kind')),
                ('year', models.PositiveSmallIntegerField(editable=False, verbose_name='year')),
                ('sequence', models.PositiveIntegerField(editable=False, verbose_name='sequence')),
                ('number', models.CharField(db_collation='C', editable=False, max_length=24, unique=True, verbose_name='number')),
                ('code', models.CharField(editable=False, max_length=24, unique=True, verbose_name='verification code')),
                ('cancels', models.BooleanField(default=False, verbose_name='cancels it')),
                ('since', models.DateTimeField(null=True, verbose_name='from')),
                ('until', models.DateTimeField(null=True, verbose_name='to')),
                ('zone', models.CharField(max_length=64, verbose_name='time zone')),
                ('language', models.CharField(max_length=12, verbose_name='language')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', core.money.MoneyField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('tax', core.money.MoneyField(decimal_places=2, default=0, max_digits=16, verbose_name='tax')),
                ('opening', core.money.MoneyField(decimal_places=2, max_digits=16, null=True, verbose_name='opening balance')),
                ('party', models.JSONField(default=dict, verbose_name='party')),
                ('content', models.JSONField(default=dict, verbose_name='content')),
                ('digest', models.CharField(editable=False, max_length=64, verbose_name='digest')),
                ('actor_kind', models.CharField(blank=True, max_length=16, verbose_name='by')),
                ('actor_label', models.CharField(blank=True, max_length=150, verbose_name='issued by')),
                ('issued_at', models.DateTimeField(editable=False, verbose_name='issued at')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.account', verbose_name='wallet')),
                ('corrects', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='commerce.document', verbose_name='corrects')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='commerce.customer', verbose_name='customer')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='commerce.order', verbose_name='order')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='commerce.payment', verbose_name='payment')),
                ('reseller', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='commerce.reseller', verbose_name='reseller')),
                ('transfer', models.ForeignKey(db_index=False, help_text='Of a receipt: the transfer that brought the money.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.transfer', verbose_name='transfer')),
                ('letterhead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.documentletterhead', verbose_name='letterhead')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'ordering': ['-id'],
                'permissions': [('issue_document', 'Can issue and send documents'), ('change_document_settings', 'Can change what stands on documents')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='DocumentSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12, verbose_name='kind')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('last', models.PositiveIntegerField(verbose_name='last number')),
                ('last_at', models.DateTimeField(verbose_name='given out at')),
            ],
            options={
                'verbose_name': 'series of documents',
                'verbose_name_plural': 'series of documents',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('kind', 'year'), name='commerce_documentseries_once'), models.CheckConstraint(condition=models.Q(('last__gte', 1)), name='commerce_documentseries_counts')],
            },
        ),
        migrations.CreateModel(
            name='DocumentTransfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.PositiveSmallIntegerField(default=0, verbose_name='turn')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='commerce.document', verbose_name='document')),
                ('transfer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='commerce.transfer', verbose_name='transfer')),
            ],
            options={
                'verbose_name': 'transfer of a document',
                'verbose_name_plural': 'transfers of documents',
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['kind', '-id'], name='commerce_document_by_kind'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['issued_at'], name='commerce_document_issued'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('reseller__isnull', False)), fields=['reseller', '-id'], name='commerce_document_by_reseller'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', '-id'], name='commerce_document_by_customer'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('kind', 'statement')), fields=['account', 'since', 'until'], name='commerce_document_statements'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(fields=('kind', 'year', 'sequence'), name='commerce_document_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('sequence__gte', 1)), name='commerce_document_sequence'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', False), ('reseller', None)), models.Q(('customer', None), ('reseller__isnull', False)), _connector='OR'), name='commerce_document_one_party'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'statement'), models.Q(('amount__gt', 0), ('tax__gte', 0), ('tax__lte', models.F('amount'))), _connector='OR'), name='commerce_document_amounts'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'statement'), ('opening__isnull', False)), models.Q(models.Q(('kind', 'statement'), _negated=True), ('opening', None)), _connector='OR'), name='commerce_document_statement_opens'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', False), ('kind', 'credit_note')), models.Q(models.Q(('kind', 'credit_note'), _negated=True), ('cancels', False), ('corrects', None)), _connector='OR'), name='commerce_document_credit_note_corrects'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('cancels', True)), fields=('corrects',), name='commerce_document_cancelled_once'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'receipt')), fields=('transfer',), name='commerce_document_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='documenttransfer',
            constraint=models.UniqueConstraint(fields=('transfer', 'turn'), name='commerce_documenttransfer_once'),
        ),
        migrations.RunPython(install, remove),
    ]
