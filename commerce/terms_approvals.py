"""What a second person approves of resellers' terms, price lists' standing and list prices, and how it is done."""

from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import percent_terms, points_terms
from commerce.models import Brand, Product, Reseller
from commerce.services import (
    brand_categories,
    price_list_standing,
    price_lists,
    product_prices,
    reseller_terms,
    resellers,
)
from core.approvals import Operation, Terms, operations
from core.exceptions import NotFound
from core.models import Approval


def moved_text(percent: str | None) -> str:
    return f"{Decimal(percent).normalize():f} %" if percent else "–"


class ResellerTerms(Operation):
    """One of a reseller's terms."""

    permission = "commerce.change_reseller"

    def execute(self, approval: Approval) -> None:
        reseller = Reseller.objects.filter(pk=approval.subject_id).first()
        if reseller is None:
            raise NotFound("not_found", gettext("There is no such reseller."))
        resellers.change_reseller(reseller=reseller, values=reseller_terms.carried_out(approval.payload))

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_reseller_change", args=[approval.subject_id])


@operations.register_kind
class RaiseCommission(ResellerTerms):
    key = reseller_terms.COMMISSION
    title = _("Raise a reseller's commission")
    icon = "percent"
    labels: ClassVar[dict[str, Any]] = {"commission_rate": _("Commission")}

    def terms(self, currency: str) -> Terms:
        return points_terms("commission_points")


@operations.register_kind
class GivePriceList(ResellerTerms):
    key = reseller_terms.PRICE_LIST
    title = _("Give a reseller another price list")
    icon = "sell"
    labels: ClassVar[dict[str, Any]] = {
        "price_list": _("Price list"),
        "moved": _("Moves a price by up to"),
    }

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")

    def shown(self, name: str, value: Any, currency: str) -> str:
        if name == "price_list":
            return str(value or _("Default"))
        if name == "moved":
            return moved_text(value)
        return super().shown(name, value, currency)


@operations.register_kind
class ChangeStanding(Operation):
    """A price list that comes into force, goes out of it, or becomes the default."""

    key = price_list_standing.KIND
    title = _("Put a price list in or out of force")
    icon = "sell"
    permission = "commerce.change_pricelist"
    labels: ClassVar[dict[str, Any]] = {
        "is_default": _("Default"),
        "active": _("Active"),
        "default": _("Default list"),
        "moved": _("Moves a price by up to"),
    }

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")

    def shown(self, name: str, value: Any, currency: str) -> str:
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        return moved_text(value) if name == "moved" else super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        price_lists.carry_out(approval.subject_id, approval.payload)

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_pricelist_change", args=[approval.subject_id])


@operations.register_kind
class MoveBrand(Operation):
    """A brand that goes to another category, whose rules are others."""

    key = brand_categories.KIND
    title = _("Move a brand to another category")
    icon = "sell"
    permission = "commerce.change_brand"
    labels: ClassVar[dict[str, Any]] = {"category": _("Category"), "moved": _("Moves a price by up to")}

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")

    def shown(self, name: str, value: Any, currency: str) -> str:
        return moved_text(value) if name == "moved" else super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        brand_categories.carry_out(approval.subject_id, approval.payload)

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_brand_change", args=[approval.subject_id])


@operations.register_kind
class ChangeListPrice(Operation):
    """What a product is sold for where no price list says otherwise."""

    key = product_prices.KIND
    title = _("Change a product's list price")
    icon = "sell"
    permission = "commerce.change_product"
    labels: ClassVar[dict[str, Any]] = {
        field.name: capfirst(field.verbose_name)
        for field in Product._meta.fields
        if field.name in product_prices.PRICED
    }
    money: ClassVar[tuple[str, ...]] = ("price", "face_value", "minimum", "maximum", "step")

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")

    def shown(self, name: str, value: Any, currency: str) -> str:
        if name == "brand" and value:
            return str(Brand.objects.filter(pk=value).first() or value)
        if name == "denomination":
            return str(Product.Denomination(value).label) if value else "–"
        if name == "price_percent" and value:
            return f"{value} %"
        if name in self.money and not currency:
            return str(value or "–")
        return super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        product_prices.carry_out(approval.subject_id, approval.payload)

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_product_change", args=[approval.subject_id])
