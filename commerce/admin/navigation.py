"""Commerce in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.backoffice import navigation

CATALOGUE = _("Catalogue")

navigation.add(
    CATALOGUE, _("Products"), "category", "admin:commerce_product_changelist", "commerce.view_product", 300
)
navigation.add(
    CATALOGUE, _("Brands"), "sports_esports", "admin:commerce_brand_changelist", "commerce.view_brand", 310
)
navigation.add(
    CATALOGUE, _("Categories"), "shelves", "admin:commerce_category_changelist", "commerce.view_category", 320
)
navigation.add(
    CATALOGUE, _("Price lists"), "sell", "admin:commerce_pricelist_changelist", "commerce.view_pricelist", 330
)
navigation.add(
    CATALOGUE, _("Quotes"), "request_quote", "admin:commerce_quote_changelist", "commerce.view_quote", 340
)
