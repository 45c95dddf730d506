"""The Documents settings page: what the law wants on invoices, and what we say at their foot."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, load, settings_pages


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """What the page holds."""

    tax_number: str = ""
    registration: str = ""
    tax_name: str = ""
    invoice_note: str = ""
    statement_note: str = ""
    monthly_statements: bool = False
    monthly_invoices: bool = False
    mail_monthly: bool = False


def _note(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=400, required=False, widget=forms.Textarea)


class DocumentsForm(SettingsForm):
    tax_number = forms.CharField(label=_("Our tax number"), max_length=40, required=False)
    registration = forms.CharField(label=_("Our registration"), max_length=80, required=False)
    tax_name = forms.CharField(
        label=_("Name of the tax"), max_length=30, required=False, help_text=_("Such as VAT or GST.")
    )
    invoice_note = _note(_("Note on invoices"))
    statement_note = _note(_("Note on statements"))
    monthly_statements = forms.BooleanField(
        label=_("Issue last month's statements on the first"),
        required=False,
        help_text=_("Of every reseller whose wallet has moved."),
    )
    monthly_invoices = forms.BooleanField(
        label=_("Issue last month's invoices on the first"),
        required=False,
        help_text=_("Of every reseller with orders that no invoice has."),
    )
    mail_monthly = forms.BooleanField(label=_("Send them by mail"), required=False)


@settings_pages.register("documents")
class DocumentsPage(SettingsPage[DocumentSettings]):
    title = _("Documents")
    description = _("What stands on invoices, credit notes, receipts and statements issued from now on.")
    icon = "contract"
    permission = "commerce.change_document_settings"
    values_class = DocumentSettings
    form_class = DocumentsForm


def document_settings() -> DocumentSettings:
    """What is in force now."""
    return load(DocumentsPage)
