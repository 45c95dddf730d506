"""Dialogs that issue papers and send them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.models import Account, Customer, Document, Reseller
from commerce.services import invoices, paper_mail, statement_papers
from commerce.services.documents import LONGEST_TAX_NUMBER, Wish
from core.backoffice.actions import ActionForm, ReasonForm
from core.exceptions import InvalidInput
from core.general_settings import general
from core.money import format_money
from core.zones import zone_named

MONTHS = 24


def company_today() -> date:
    """By the clock that papers are dated with."""
    return timezone.localdate(timezone=zone_named(general().time_zone))


class PaperForm(ActionForm):
    """Every paper is in a language, and frozen in it."""

    language = forms.ChoiceField(label=_("Language"), required=False)

    def prepare(self) -> None:
        field: Any = self.fields["language"]
        field.choices = [("", _t("The party's own")), *settings.LANGUAGES]

    @staticmethod
    def wish(given: dict[str, Any]) -> Wish:
        return Wish(given.get("language") or "", given.get("tax_number") or "")


class InvoiceForm(PaperForm):
    tax_number = forms.CharField(
        label=_("Their tax number"),
        max_length=LONGEST_TAX_NUMBER,
        required=False,
        help_text=_("Printed below their address."),
    )


class WalletPaperForm(PaperForm):
    """A paper about a live wallet; which one is asked only where a party has several."""

    wallet = forms.ModelChoiceField(label=_("Wallet"), queryset=Account.objects.none(), empty_label=None)

    def prepare(self) -> None:
        super().prepare()
        found = wallets_of(self.object)
        wallets = list(found)
        field: Any = self.fields["wallet"]
        field.queryset = found
        field.label_from_instance = wallet_label
        if len(wallets) == 1:
            field.widget = forms.HiddenInput()
            field.required = False
            field.clean = lambda value: wallets[0]


class StatementForm(WalletPaperForm):
    first = forms.DateField(label=_("From"))
    last = forms.DateField(label=_("To"), help_text=_("This day belongs to it."))
    field_order = ("first", "last", "wallet", "language")

    def prepare(self) -> None:
        """Last month, as most statements are of."""
        super().prepare()
        end = company_today().replace(day=1) - timedelta(days=1)
        self.fields["first"].initial, self.fields["last"].initial = end.replace(day=1), end
        zone = general().time_zone
        self.fields["first"].help_text = _t("Days are those of %(zone)s.") % {"zone": zone}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "first" in given and "last" in given:
            try:
                statement_papers.days(given["first"], given["last"], general().time_zone)
            except InvalidInput as error:
                self.add_error("last" if error.field == "to" else "first", error.message)
        return given


class MonthChoiceForm(ActionForm):
    """One of the months that are over."""

    month = forms.TypedChoiceField(label=_("Month"), coerce=date.fromisoformat)

    def prepare(self) -> None:
        super().prepare()
        field: Any = self.fields["month"]
        field.choices = [(str(month), date_format(month, "F Y")) for month in months()]


class MonthForm(MonthChoiceForm, WalletPaperForm, InvoiceForm):
    field_order = ("month", "wallet", "tax_number", "language")


class SendForm(ActionForm):
    to = forms.EmailField(label=_("To"), required=False)
    note = forms.CharField(
        label=_("Note"), max_length=paper_mail.LONGEST_NOTE, required=False, widget=forms.Textarea
    )

    def prepare(self) -> None:
        self.fields["to"].initial = paper_mail.address_of(self.object)


class CreditForm(ReasonForm):
    """How much goes on the credit note is what was refunded: nobody types it."""

    def prepare(self) -> None:
        left = format_money(invoices.left_to_credit(self.object), self.object.currency)
        self.fields["reason"].help_text = _t("The credit note is about %(left)s.") % {"left": left}


def months() -> list[date]:
    """The months that are over, newest first."""
    found, day = [], company_today().replace(day=1)
    for _month in range(MONTHS):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(day)
    return found


def wallets_of(party: Reseller | Customer | Account) -> Any:
    """Live wallets with papers of their own."""
    rows = Account.objects.filter(kind__in=("wallet", "bonus"), is_test=False).order_by("kind", "id")
    if isinstance(party, Account):
        return rows.filter(pk=party.pk)
    name = "reseller" if isinstance(party, Reseller) else "customer"
    return rows.filter(**{name: party}).select_related("reseller", "customer__user")


def wallet_label(wallet: Account) -> str:
    return f"{wallet.get_kind_display()} {wallet.currency}"


def is_live_wallet(account: Account) -> bool:
    return account.is_wallet and not account.is_test


def is_invoice(document: Document) -> bool:
    return document.kind == Document.Kind.INVOICE and not invoices.is_cancelled(document)
