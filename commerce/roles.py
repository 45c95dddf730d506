"""What each role may do in commerce: product.md's table, row by row. A test compares the two."""

from core.roles import crud, grant, view

CATALOGUE = (
    "commerce.category", "commerce.brand", "commerce.numberprefix", "commerce.product", "commerce.recipientfield",
    "commerce.pricelist", "commerce.pricerule", "commerce.quote", "commerce.offer", "commerce.provider",
)  # fmt: skip
PARTIES = (
    "commerce.reseller",
    "commerce.membership",
    "commerce.client",
    "commerce.customer",
    "commerce.phonenumber",
)
ORDERS = ("commerce.order", "commerce.attempt", "commerce.delivery")
MONEY = (
    "commerce.account",
    "commerce.transfer",
    "commerce.hold",
    "commerce.payment",
    "commerce.transaction",
    "commerce.webhookmessage",
    "commerce.document",
    "commerce.documentbatch",
)
RECONCILIATION = (
    "commerce.statementsource",
    "commerce.importedstatement",
    "commerce.statementline",
    "commerce.reconciliationbreak",
    "commerce.signoff",
)
CLOSING = ("commerce.closedmonth", "commerce.creditterms", "commerce.dunningcase", "commerce.dunningnotice")
KEYS = ("commerce.apikey",)
SUPPORT = ("commerce.supportticket", "commerce.cannedanswer")

BLOCKING = ("commerce.suspend_reseller", "commerce.block_client", "commerce.block_customer")
ORDER_ACTIONS = (
    "commerce.place_order", "commerce.cancel_order", "commerce.retry_order", "commerce.resolve_order",
    "commerce.message_order", "commerce.move_delivery",
)  # fmt: skip
WALLET_ACTIONS = (
    "commerce.fund_wallet",
    "commerce.adjust_wallet",
    "commerce.change_credit_limit",
    "commerce.refund_order",
    "commerce.issue_document",
)

# Order and ledger rows are read-only for everybody: they change by actions, each with a permission of its own.
grant("admin", *crud(*CATALOGUE, *PARTIES), *view(*ORDERS, *MONEY, *KEYS, "commerce.sandboxdelivery"))
grant(
    "admin", *BLOCKING, *ORDER_ACTIONS, "commerce.see_cost", "commerce.issue_apikey", "commerce.revoke_apikey"
)
grant("admin", "commerce.change_pricing", "commerce.issue_document", "commerce.change_document_settings")
grant("admin", "commerce.override_client_limit", "commerce.verify_customer", "commerce.reveal_document")
grant("admin", "commerce.take_customer_data", "commerce.erase_customer")
grant("finance", "commerce.override_client_limit")
grant("admin", "commerce.record_consent")
grant("support", "commerce.verify_customer", "commerce.record_consent")
# Who hands eSIMs out sees their codes; who only writes to buyers sends them unseen.
grant("admin", "commerce.show_activation_code")
grant("moderator", *view(*CATALOGUE, *PARTIES, *ORDERS), *BLOCKING)
grant("moderator", "commerce.move_delivery", "commerce.show_activation_code")
grant("finance", *view(*CATALOGUE, *PARTIES, *ORDERS, *MONEY), *WALLET_ACTIONS, "commerce.see_cost")
grant(
    "support", *view(*CATALOGUE, *PARTIES, *ORDERS, *MONEY), "commerce.retry_order", "commerce.message_order"
)
grant(
    "auditor",
    *view(*CATALOGUE, *PARTIES, *ORDERS, *MONEY, *KEYS, "commerce.sandboxdelivery"),
    "commerce.see_cost",
)

# Statements, breaks and sign-offs are finance's; whoever sees wallets sees them.
for role in ("admin", "finance", "support", "auditor"):
    grant(role, *view(*RECONCILIATION))
grant("finance", "commerce.add_statementsource", "commerce.change_statementsource")
grant(
    "finance",
    "commerce.import_statement",
    "commerce.work_break",
    "commerce.correct_break",
    "commerce.sign_off",
)

# Whoever sees wallets sees which months are closed; finance closes them, and reopens the latest with a second person.
for role in ("admin", "finance", "support", "auditor"):
    grant(role, *view(*CLOSING))
grant("finance", "commerce.close_month", "commerce.work_debt")
for role in ("admin", "finance"):
    grant(role, "commerce.change_closing_settings")

# Tickets: everybody who works with parties has all of them; nobody erases one or rewrites what was said.
for role in ("admin", "moderator", "support"):
    grant(role, *crud("commerce.cannedanswer"), "commerce.view_supportticket")
    grant(role, "commerce.add_supportticket", "commerce.work_supportticket")
for role in ("finance", "auditor"):
    grant(role, *view(*SUPPORT))
grant("admin", "commerce.change_support_settings")
