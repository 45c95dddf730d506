"""Sales by brand: what buyers see as one game, operator or network."""

from django.utils.translation import gettext_lazy

from analytics.packs.base import register
from analytics.packs.placed import By
from analytics.packs.sales import SalesBy


@register
class SalesByBrand(SalesBy):
    key = "sales_by_brand"
    title = gettext_lazy("Sales by brand")
    description = gettext_lazy("Orders, revenue, fees, tax and refunds of each brand.")
    icon = "sell"
    titles = (gettext_lazy("Brand"),)
    by = By("o.brand_id", ("b.name",), named_by="LEFT JOIN commerce_brand AS b ON b.id = s.key")
