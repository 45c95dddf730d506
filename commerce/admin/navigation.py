"""Commerce in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.backoffice import navigation

ORDERS = _("Orders")
CATALOGUE = _("Catalogue")
MONEY = _("Money")

navigation.add(
    ORDERS, _("Orders"), "receipt_long", "admin:commerce_order_changelist", "commerce.view_order", 100
)

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

navigation.add(
    MONEY,
    _("Accounts"),
    "account_balance_wallet",
    "admin:commerce_account_changelist",
    "commerce.view_account",
    400,
)
navigation.add(
    MONEY, _("Transfers"), "swap_horiz", "admin:commerce_transfer_changelist", "commerce.view_transfer", 410
)
navigation.add(MONEY, _("Holds"), "lock_clock", "admin:commerce_hold_changelist", "commerce.view_hold", 420)

PARTIES = _("Parties")

navigation.add(
    PARTIES, _("Resellers"), "storefront", "admin:commerce_reseller_changelist", "commerce.view_reseller", 360
)
navigation.add(PARTIES, _("Clients"), "group", "admin:commerce_client_changelist", "commerce.view_client", 361)
navigation.add(PARTIES, _("Customers"), "person", "admin:commerce_customer_changelist", "commerce.view_customer", 362)
navigation.add(
    PARTIES, _("Memberships"), "badge", "admin:commerce_membership_changelist", "commerce.view_membership", 363
)
navigation.add(
    PARTIES, _("Saved numbers"), "contacts", "admin:commerce_phonenumber_changelist", "commerce.view_phonenumber", 364
)
navigation.add(PARTIES, _("API keys"), "key", "admin:commerce_apikey_changelist", "commerce.view_apikey", 365)
