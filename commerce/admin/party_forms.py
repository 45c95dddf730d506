"""Forms of the parties' admin: details kept tidy by the services, and the dialogs of money and keys."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.models import Account, ApiKey
from core.backoffice.actions import ActionForm, ReasonForm
from core.exceptions import DomainError
from core.money import format_money

type Tidy = Callable[..., dict[str, Any]]


class PartyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form whose answers the noun's service tidies; what it refuses stands beside its field."""

    tidy: Tidy
    details: tuple[str, ...] = ()
    unique_email: bool = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "address" in self.fields:
            self.fields["address"].widget.attrs["rows"] = 3

    def clean_email(self) -> str:
        """In lower case; “in use” stands beside the field, where the model's constraint could not say which it is."""
        email: str = (self.cleaned_data["email"] or "").lower()
        others = self._meta.model._default_manager.exclude(pk=self.instance.pk)
        if email and self.unique_email and others.filter(email=email).exists():
            raise forms.ValidationError(_("Another one has this e-mail address."), code="unique")
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = {name: cleaned[name] for name in self.details if name in cleaned}
        try:
            cleaned.update(type(self).tidy(given, country=self.country(cleaned)))
        except DomainError as error:
            for field, messages in (error.errors or {"": [error.message]}).items():
                self.add_error(field if field in self.fields else None, messages)  # type: ignore[arg-type]
        return cleaned

    def country(self, cleaned: dict[str, Any]) -> str:
        """Where national phone numbers are read."""
        return str(cleaned.get("country") or getattr(self.instance, "country", "") or "")

    def changes(self) -> dict[str, Any]:
        """What the service is to write: the details on this form."""
        return {name: self.cleaned_data[name] for name in self.details if name in self.cleaned_data}


class WalletForm(ReasonForm):
    """A dialog about a live wallet of a reseller; which one is asked only where there are several."""

    wallet = forms.ModelChoiceField(label=_("Wallet"), queryset=Account.objects.none(), empty_label=None)

    def prepare(self) -> None:
        wallets = list(live_wallets(self.object))
        own = next((wallet for wallet in wallets if wallet.currency == self.object.currency), None)
        field: Any = self.fields["wallet"]
        field.queryset = live_wallets(self.object)
        field.label_from_instance = wallet_label
        field.initial = own
        if len(wallets) == 1:
            # One wallet is no question; the field stays, so that the answer has it.
            field.widget = forms.HiddenInput()
            field.required = False
            field.clean = lambda value: wallets[0]


def live_wallets(reseller: Any) -> Any:
    return Account.objects.filter(reseller=reseller, kind=Account.Kind.WALLET, is_test=False).order_by("id")


def wallet_label(wallet: Account) -> str:
    return f"{wallet.currency}: {format_money(wallet.available, wallet.currency)}"


class FundForm(WalletForm):
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text=_("Money that has arrived."),
    )
    external_reference = forms.CharField(
        label=_("Bank reference"),
        max_length=120,
        required=False,
        help_text=_("The same reference funds a wallet once, so a line of the bank cannot be entered twice."),
    )


class AdjustForm(WalletForm):
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[("credit", _("Add to the wallet")), ("debit", _("Take from the wallet"))],
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2)


class CreditLimitForm(WalletForm):
    limit = forms.DecimalField(
        label=_("Credit limit"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        help_text=_("How far below zero the wallet may be spent; 0 allows no credit."),
    )

    def prepare(self) -> None:
        super().prepare()
        wallet = self.fields["wallet"].initial
        self.fields["limit"].initial = wallet.credit_limit if wallet else 0


class IssueKeyForm(ActionForm):
    """No reason: the name says what the key is for."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Where the key is used, such as “Shop server”.")
    )
    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=ApiKey.Mode.choices,
        help_text=_("A test key spends play money and reaches no provider."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.values,
        widget=forms.CheckboxSelectMultiple,
    )
    allowed_ips = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        help_text=_("One address or network a line; empty allows all."),
        widget=forms.Textarea,
    )
    expires_at = forms.DateField(
        label=_("Expires on"), required=False, help_text=_("The end of this day, in UTC; empty means never.")
    )


class RotateForm(ActionForm):
    hours = forms.TypedChoiceField(
        label=_("The old key works for"),
        choices=[
            (0, _("not a moment longer")),
            (1, _("one more hour")),
            (24, _("one more day")),
            (168, _("one more week")),
        ],
        initial=24,
        coerce=int,
    )


class PlanForm(ReasonForm):
    plan_type = forms.CharField(label=_("Plan"), max_length=50, required=False)
    monthly_limit = forms.IntegerField(
        label=_("Orders a month"), min_value=0, max_value=2_147_483_647, help_text=_("0 means no limit.")
    )

    def prepare(self) -> None:
        self.fields["plan_type"].initial = self.object.plan_type
        self.fields["monthly_limit"].initial = self.object.monthly_limit


class OverrideForm(ReasonForm):
    limit = forms.IntegerField(
        label=_("Orders a month until then"),
        min_value=0,
        max_value=2_147_483_647,
        help_text=_("0 means no limit."),
    )
    until = forms.DateField(
        label=_("Until"), help_text=_("The last day it counts, in UTC; the plan's limit follows by itself.")
    )

    def prepare(self) -> None:
        self.fields["limit"].initial = self.object.limit_now
