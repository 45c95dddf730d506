"""Commerce in the sidebar."""

from django.utils.translation import gettext_lazy as _

from commerce.admin.breaks import breaks_waiting
from commerce.admin.payments import decisions_waiting
from commerce.admin.support import nobodys
from commerce.admin.unknown import by_hand_waiting, unknown_waiting
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
navigation.add(
    PARTIES, _("Clients"), "group", "admin:commerce_client_changelist", "commerce.view_client", 361
)
navigation.add(
    PARTIES, _("Customers"), "person", "admin:commerce_customer_changelist", "commerce.view_customer", 362
)
navigation.add(
    PARTIES,
    _("Memberships"),
    "badge",
    "admin:commerce_membership_changelist",
    "commerce.view_membership",
    363,
)
navigation.add(
    PARTIES,
    _("Saved numbers"),
    "contacts",
    "admin:commerce_phonenumber_changelist",
    "commerce.view_phonenumber",
    364,
)
navigation.add(PARTIES, _("API keys"), "key", "admin:commerce_apikey_changelist", "commerce.view_apikey", 365)

FULFILMENT = _("Delivery")

navigation.add(
    FULFILMENT,
    _("Unknown outcomes"),
    "help",
    "admin:commerce_unknownorder_changelist",
    "commerce.view_order",
    200,
    badge=unknown_waiting,
)
navigation.add(
    FULFILMENT,
    _("By hand"),
    "back_hand",
    "admin:commerce_manualorder_changelist",
    "commerce.view_order",
    210,
    badge=by_hand_waiting,
)
navigation.add(
    FULFILMENT,
    _("Parcels"),
    "local_shipping",
    "admin:commerce_delivery_changelist",
    "commerce.view_delivery",
    220,
)
navigation.add(
    FULFILMENT, _("Attempts"), "outbound", "admin:commerce_attempt_changelist", "commerce.view_attempt", 230
)
navigation.add(
    FULFILMENT, _("Providers"), "hub", "admin:commerce_provider_changelist", "commerce.view_provider", 240
)
navigation.add(
    FULFILMENT, _("Offers"), "handshake", "admin:commerce_offer_changelist", "commerce.view_offer", 250
)
navigation.add(
    FULFILMENT,
    _("Sandbox's books"),
    "science",
    "admin:commerce_sandboxdelivery_changelist",
    "commerce.view_sandboxdelivery",
    260,
)
navigation.add(
    MONEY,
    _("Payments"),
    "payments",
    "admin:commerce_payment_changelist",
    "commerce.view_payment",
    430,
    badge=decisions_waiting,
)
navigation.add(
    MONEY, _("Documents"), "contract", "admin:commerce_document_changelist", "commerce.view_document", 440
)
navigation.add(
    MONEY,
    _("Transactions"),
    "sync_alt",
    "admin:commerce_transaction_changelist",
    "commerce.view_transaction",
    395,
)

SUPPORT = _("Support")

navigation.add(
    SUPPORT,
    _("Tickets"),
    "support_agent",
    "admin:commerce_supportticket_changelist",
    "commerce.view_supportticket",
    280,
    badge=nobodys,
)
navigation.add(
    SUPPORT,
    _("Canned answers"),
    "quickreply",
    "admin:commerce_cannedanswer_changelist",
    "commerce.view_cannedanswer",
    281,
)

RECONCILIATION = _("Reconciliation")

navigation.add(
    RECONCILIATION,
    _("Statements"),
    "compare_arrows",
    "admin:commerce_importedstatement_changelist",
    "commerce.view_importedstatement",
    450,
)
navigation.add(
    RECONCILIATION,
    _("Breaks"),
    "rule",
    "admin:commerce_reconciliationbreak_changelist",
    "commerce.view_reconciliationbreak",
    451,
    badge=breaks_waiting,
    query="status__exact=open",
)
navigation.add(
    RECONCILIATION,
    _("Sources"),
    "account_balance",
    "admin:commerce_statementsource_changelist",
    "commerce.view_statementsource",
    452,
)
navigation.add(
    RECONCILIATION,
    _("Lines"),
    "list_alt",
    "admin:commerce_statementline_changelist",
    "commerce.view_statementline",
    453,
)
navigation.add(
    RECONCILIATION,
    _("Sign-offs"),
    "verified",
    "admin:commerce_signoff_changelist",
    "commerce.view_signoff",
    454,
)

navigation.add(
    MONEY,
    _("Closed months"),
    "event_available",
    "admin:commerce_closedmonth_changelist",
    "commerce.view_closedmonth",
    445,
)
navigation.add(
    MONEY,
    _("Credit ageing"),
    "hourglass_bottom",
    "admin:commerce_owingwallet_changelist",
    "commerce.view_account",
    446,
)
navigation.add(
    MONEY,
    _("Late payments"),
    "outgoing_mail",
    "admin:commerce_dunningcase_changelist",
    "commerce.view_dunningcase",
    447,
)
