"""The Approvals settings page: from when on a second person is needed, for how long it waits, and who decides."""

from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.approvals import Terms
from core.models import User
from core.money import EXPONENTS, format_money
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages

DECIDERS = (User.Role.SUPER_ADMIN, User.Role.ADMIN, User.Role.FINANCE)


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    """What the page holds. Limits are in the base currency; `rates` says what other currencies are worth in it."""

    active: bool = True
    funding: Decimal = Decimal(10_000)
    adjustment: Decimal = Decimal(1_000)
    refund: Decimal = Decimal(1_000)
    credit_limit: Decimal = Decimal(10_000)
    order: Decimal = Decimal(1_000)
    price_percent: Decimal = Decimal(50)
    commission_points: Decimal = Decimal(5)
    rates: str = ""
    hours: int = 72
    roles: list[str] = field(default_factory=lambda: [role.value for role in DECIDERS])


def _limit(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_digits=14, decimal_places=2, help_text=help_text)


class ApprovalForm(SettingsForm):
    active = forms.BooleanField(
        label=_("A second person approves"),
        required=False,
        help_text=_("Off where one person alone runs the business: then nothing waits."),
    )
    funding = _limit(
        _("Funding a wallet, above"),
        _("In the base currency, as all limits here. At 0 every single one waits for a second person."),
    )
    adjustment = _limit(
        _("Adjusting a wallet, above"),
        _("Added or taken. What one person does to one wallet within 24 hours is added up, of each kind."),
    )
    refund = _limit(
        _("Refunding or paying back, above"), _("Of one order or payment, all its refunds together.")
    )
    credit_limit = _limit(
        _("Raising a credit limit by more than"), _("Lowering one gives nothing away and never waits.")
    )
    order = _limit(
        _("Deciding an order by hand, above"),
        _("Orders of unknown outcome or delivered by hand, by what they cost the buyer."),
    )
    price_percent = forms.DecimalField(
        label=_("Changing a price by more than, %"),
        min_value=0,
        max_value=1000,
        max_digits=7,
        decimal_places=2,
        help_text=_(
            "A product's list price, a rule of a price list (a new one is compared with the list price), and another"
            " price list for a reseller. Within 24 hours all steps are one."
        ),
    )
    commission_points = forms.DecimalField(
        label=_("Raising a reseller's commission by more than, percentage points"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=_("Within 24 hours; a new reseller's counts from 0. Lowering one never waits."),
    )
    rates = forms.CharField(
        label=_("Other currencies"),
        required=False,
        max_length=500,
        widget=forms.Textarea,
        help_text=_(
            "For these limits alone: a line each, such as “EUR 1.10”, what one is worth in the base currency."
            " Amounts in a currency that is not listed always wait."
        ),
    )
    hours = forms.IntegerField(
        label=_("Expires after, hours"),
        min_value=1,
        max_value=720,
        help_text=_("What nobody has decided by then has to be asked for again."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Who decides"),
        choices=[(role.value, role.label) for role in DECIDERS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They also need the right to the change itself, and never decide their own."),
    )

    def clean_rates(self) -> str:
        text: str = self.cleaned_data["rates"]
        try:
            found = read_rates(text)
        except ValueError as error:
            raise forms.ValidationError(
                _("“%(line)s” is no currency and rate, such as “EUR 1.10”."), params={"line": str(error)}
            ) from error
        return "\n".join(f"{code} {rate:f}" for code, rate in found.items())


@settings_pages.register("approvals")
class ApprovalPage(SettingsPage[ApprovalSettings]):
    title = _("Approvals")
    description = _("Which changes of money and prices wait for a second person, and who that may be.")
    icon = "approval"
    permission = "core.change_approval_settings"
    # Whoever works with approvals sees by which rules.
    view_permission = "core.view_approval"
    values_class = ApprovalSettings
    form_class = ApprovalForm


def read_rates(text: str) -> dict[str, Decimal]:
    """Lines of currency and rate. Raises ValueError with the line that is none."""
    rates: dict[str, Decimal] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        code, _sep, number = line.partition(" ")
        number = number.strip()
        try:
            rate = Decimal(number) if number.isascii() and "_" not in number else Decimal(0)
        except InvalidOperation:
            raise ValueError(line) from None
        if code.upper() not in EXPONENTS or not (rate.is_finite() and 0 < rate < 1_000_000_000):
            raise ValueError(line)
        rates[code.upper()] = rate
    return rates


def money_terms(name: str, currency: str, *, shown: Any = "%(limit)s") -> Terms:
    """The terms of a kind whose limit is money, in the currency of the change.

    Args:
        shown: how the limit is told, such as “%(limit)s a day”.
    """
    page = load(ApprovalPage)
    limit = _in_currency(getattr(page, name), page.rates, currency)
    return _terms(page, limit, str(shown) % {"limit": format_money(limit, currency)})


def percent_terms(name: str) -> Terms:
    """The terms of a kind that is measured in per cent."""
    page = load(ApprovalPage)
    limit: Decimal = getattr(page, name)
    return _terms(page, limit, f"{limit.normalize():f} %")


def points_terms(name: str) -> Terms:
    """The terms of a kind that is measured in percentage points."""
    page = load(ApprovalPage)
    limit: Decimal = getattr(page, name)
    return _terms(page, limit, str(_("%(limit)s points")) % {"limit": f"{limit.normalize():f}"})


def easing_terms() -> Terms:
    """The terms of what eases these settings themselves: every time, and by those who could do it."""
    page = load(ApprovalPage)
    terms = _terms(page, Decimal(0), str(_("the limits in force")))
    return replace(terms, roles=(*terms.roles, User.Role.SUPER_ADMIN.value))


def worth(page: ApprovalSettings) -> dict[str, Decimal]:
    """How much of each listed currency one of the base currency lets through."""
    return {code: 1 / rate for code, rate in read_rates(page.rates).items()}


def _terms(page: ApprovalSettings, limit: Decimal, shown: str) -> Terms:
    return Terms(limit if page.active else None, shown, page.hours, tuple(page.roles))


def _in_currency(limit: Decimal, rates: str, currency: str) -> Decimal:
    if currency == settings.BASE_CURRENCY:
        return limit
    rate = read_rates(rates).get(currency)
    return (limit / rate).quantize(Decimal("0.01")) if rate else Decimal(0)
