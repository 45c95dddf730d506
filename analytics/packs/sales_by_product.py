"""Sales by product: which products bring what."""

from django.utils.translation import gettext_lazy

from analytics.packs.base import register
from analytics.packs.placed import By
from analytics.packs.sales import SalesBy


@register
class SalesByProduct(SalesBy):
    key = "sales_by_product"
    title = gettext_lazy("Sales by product")
    description = gettext_lazy("Orders, revenue, fees, tax and refunds of each product.")
    icon = "inventory_2"
    titles = (gettext_lazy("Product"), gettext_lazy("Brand"))
    by = By(
        "o.product_id",
        ("p.name", "b.name"),
        named_by="LEFT JOIN commerce_product AS p ON p.id = s.key LEFT JOIN commerce_brand AS b ON b.id = p.brand_id",
    )
