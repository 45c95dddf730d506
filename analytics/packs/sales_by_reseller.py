"""Sales by reseller; those who buy directly stand together in one row."""

from django.utils.translation import gettext_lazy

from analytics.packs.base import register
from analytics.packs.placed import By
from analytics.packs.sales import SalesBy


@register
class SalesByReseller(SalesBy):
    key = "sales_by_reseller"
    title = gettext_lazy("Sales by reseller")
    description = gettext_lazy(
        "Orders, revenue, fees, tax and refunds of each reseller, and of all customers together."
    )
    icon = "storefront"
    titles = (gettext_lazy("Reseller"),)
    nobody = gettext_lazy("All customers")
    by = By(
        "o.reseller_id",
        ("r.business_name",),
        named_by="LEFT JOIN commerce_reseller AS r ON r.id = s.key",
    )
