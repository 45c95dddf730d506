"""The Pricing settings page: fees, tax and time limits where a price list says nothing else."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages


@dataclass(frozen=True, slots=True)
class PricingSettings:
    """What the page holds. Fees are in the base currency, per order; `tax_percent` is of price and fees."""

    service_fee: Decimal = Decimal(0)
    delivery_fee: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)
    quote_minutes: int = 15
    unpaid_order_minutes: int = 60


def _fee(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_digits=10, decimal_places=2, **options)


class PricingForm(SettingsForm):
    service_fee = _fee(
        label=_("Service fee"),
        help_text=_("Per order, in the base currency. A price list's rule may say otherwise."),
    )
    delivery_fee = _fee(
        label=_("Delivery fee"), help_text=_("Per order of a shipped product, in the base currency.")
    )
    tax_percent = forms.DecimalField(
        label=_("Tax, %"),
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        help_text=_("On the price and the fees; prices exclude tax."),
    )
    quote_minutes = forms.IntegerField(
        label=_("Quotes hold for, minutes"),
        min_value=1,
        max_value=1440,
        help_text=_("How long a quoted price is promised."),
    )
    unpaid_order_minutes = forms.IntegerField(
        label=_("Unpaid orders wait for, minutes"),
        min_value=5,
        max_value=10080,
        help_text=_("A buyer's order that is not paid by then is cancelled."),
    )


@settings_pages.register("pricing")
class PricingPage(SettingsPage[PricingSettings]):
    title = _("Pricing")
    description = _("Fees, tax and time limits that apply where no price list says otherwise.")
    icon = "sell"
    permission = "commerce.change_pricing"
    # Finance looks at it: who may see costs may see what is added to them.
    view_permission = "commerce.see_cost"
    values_class = PricingSettings
    form_class = PricingForm
    public = ("quote_minutes", "unpaid_order_minutes")


@dataclass(frozen=True, slots=True)
class SupportSettings:
    """Within how many hours a ticket is answered first, and resolved, by its priority."""

    first_answer_urgent: int = 1
    first_answer_high: int = 4
    first_answer_medium: int = 8
    first_answer_low: int = 24
    resolution_urgent: int = 8
    resolution_high: int = 24
    resolution_medium: int = 72
    resolution_low: int = 120


def _hours(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=2160)


class SupportForm(SettingsForm):
    first_answer_urgent = _hours(_("First answer, urgent, hours"))
    first_answer_high = _hours(_("First answer, high, hours"))
    first_answer_medium = _hours(_("First answer, medium, hours"))
    first_answer_low = _hours(_("First answer, low, hours"))
    resolution_urgent = _hours(_("Resolution, urgent, hours"))
    resolution_high = _hours(_("Resolution, high, hours"))
    resolution_medium = _hours(_("Resolution, medium, hours"))
    resolution_low = _hours(_("Resolution, low, hours"))

    def clean(self) -> dict[str, Any]:
        """A ticket cannot be due to be resolved before it is due to be answered."""
        cleaned = super().clean() or self.cleaned_data
        for priority in ("urgent", "high", "medium", "low"):
            answer, resolution = (
                cleaned.get(f"{what}_{priority}") for what in ("first_answer", "resolution")
            )
            if answer and resolution and resolution < answer:
                self.add_error(
                    f"resolution_{priority}", _("At least as long as the first answer of this priority.")
                )
        return cleaned


@settings_pages.register("support")
class SupportPage(SettingsPage[SupportSettings]):
    title = _("Support")
    description = _(
        "How soon tickets are answered and resolved. Open tickets keep their times until their priority changes."
    )
    icon = "support_agent"
    permission = "commerce.change_support_settings"
    values_class = SupportSettings
    form_class = SupportForm
