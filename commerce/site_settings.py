"""The Pricing settings page: fees, tax and time limits where a price list says nothing else."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, load, settings_pages


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


def read_pricing() -> PricingSettings:
    """The page as it is in the database now; the catalogue keeps it with all else that prices an order."""
    return load(PricingPage, fresh=True)
