"""Resellers and customers."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import Dataset, choice, moment, number, register, text
from commerce.models import Customer, Reseller


@register
class Resellers(Dataset):
    key = "resellers"
    title = _("Resellers")
    description = _("One row a reseller, by the day they joined.")
    icon = "storefront"
    permission = "commerce.view_reseller"
    first = ("name", "status", "country", "currency", "commission_rate", "created_at")
    columns = (
        text("name", _("Business name"), "business_name"),
        text("contact", _("Contact person"), "contact_person"),
        text("email", _("E-mail")),
        text("phone", _("Phone")),
        text("city", _("City")),
        text("country", _("Country")),
        choice("status", _("Status"), Reseller.Status),
        text("status_reason", _("Reason of the status")),
        text("currency", _("Currency")),
        number("commission_rate", _("Commission, %")),
        text("price_list", _("Price list"), "price_list__name"),
        moment("created_at", _("Joined at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Reseller.objects.all()


@register
class Customers(Dataset):
    key = "customers"
    title = _("Customers")
    description = _("One row a registered customer, by the day they registered.")
    icon = "person"
    permission = "commerce.view_customer"
    first = ("name", "email", "status", "country", "created_at", "last_order_at")
    columns = (
        text("name", _("Full name"), "full_name"),
        text("email", _("E-mail")),
        text("phone", _("Phone")),
        text("city", _("City")),
        text("country", _("Country")),
        choice("status", _("Status"), Customer.Status),
        text("preferred_game", _("Preferred game")),
        moment("email_verified_at", _("E-mail verified at")),
        moment("phone_verified_at", _("Phone verified at")),
        moment("last_order_at", _("Last ordered at")),
        moment("created_at", _("Registered at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Customer.objects.filter(erased_at=None)
