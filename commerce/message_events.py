"""What commerce tells people of; the words are in templates/emails/."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.messages.builtin import STAFF_CHANNELS
from core.messages.events import Placeholder, events

NUMBER = Placeholder("number", _("The order's number"), "TL-7K3M9-QXP2A")
BRAND = Placeholder("brand", _("What was bought: the brand"), "Galaxy Legends")
ITEM = Placeholder("item", _("What was bought: the product"), _("500 gems"))
TOTAL = Placeholder("total", _("What it cost"), "9.99 USD")
LINK = Placeholder("link", _("Where it is in the back office"), "https://desk.example.com/admin/…")
PROVIDER = Placeholder("provider", _("The provider's name"), "Northwind")

events.define(
    "verification_code",
    _("Verification code"),
    _("A customer proves that an e-mail address or a phone is theirs."),
    Placeholder("code", _("The code"), "482915"),
    Placeholder("minutes", _("For how many minutes it works"), "10"),
    channels=("email", "sms"),
    usual=("email", "sms"),
    secret=True,
    required=True,
    icon="pin",
    life=timedelta(minutes=10),
)
events.define(
    "order_confirmation",
    _("Order confirmation"),
    _("A customer's order was paid."),
    NUMBER, BRAND, ITEM, TOTAL,
    Placeholder("recipient", _("Who receives it"), "+1 415 555 2671"),
    channels=("email", "sms"),
    icon="receipt_long",
)  # fmt: skip
events.define(
    "payment_receipt",
    _("Payment receipt"),
    _("A payment has arrived, for an order or into a reseller's wallet."),
    Placeholder("number", _("Our number of the payment"), "PAY-2K9QX"),
    Placeholder("amount", _("How much was paid"), "9.99 USD"),
    Placeholder("purpose", _("What for"), _("Order TL-7K3M9-QXP2A")),
    Placeholder("method", _("How it was paid"), _("Card")),
    Placeholder("date", _("When"), "21 Nov 2026, 18:00"),
    channels=("email", "sms"),
    icon="payments",
)
events.define(
    "delivery_update",
    _("Delivery update"),
    _("An order was delivered, has failed or was refunded, or its parcel has moved on."),
    NUMBER, BRAND, ITEM,
    Placeholder("status", _("Where it stands"), _("Dispatched")),
    Placeholder("courier", _("Who brings it; empty until then"), "Swift"),
    Placeholder("tracking", _("The tracking number; empty until then"), "TR-4711"),
    Placeholder("note", _("What it means for them; often empty"), _("9.99 USD is in your wallet.")),
    channels=("email", "sms"),
    icon="local_shipping",
)  # fmt: skip
events.define(
    "order_message",
    _("Message about an order"),
    _("Staff wrote to a party about its order."),
    Placeholder("subject", _("The subject that was typed"), _("About your order")),
    Placeholder("text", _("What was typed"), _("The courier will call you before coming.")),
    NUMBER, BRAND, ITEM,
    required=True,
    icon="mail",
)  # fmt: skip
events.define(
    "esim",
    _("Activation code of an eSIM"),
    _("An eSIM's code was sent; its pictures go with it."),
    Placeholder("subject", _("The subject"), _("Your eSIM for order TL-7K3M9-QXP2A")),
    Placeholder("codes", _("What one types where the phone cannot scan"), "LPA:1$rsp.example.com$ABCD-1234"),
    NUMBER, BRAND, ITEM,
    secret=True,
    required=True,
    icon="sim_card",
)  # fmt: skip
events.define(
    "ticket_answer",
    _("Answer to a ticket"),
    _("Staff answered a party's ticket."),
    Placeholder("number", _("The ticket's number"), "T-2K9QX"),
    Placeholder("subject", _("The ticket's subject"), _("My code does not work")),
    Placeholder("text", _("The answer"), _("We have looked into it: here is another code.")),
    Placeholder("files", _("Names of the files with it, a line each"), "\n- how-to.pdf"),
    required=True,
    icon="support_agent",
)
events.define(
    "document",
    _("Document"),
    _("A statement, receipt, invoice or credit note was sent to whom it is for; it goes with the mail."),
    Placeholder("kind", _("What it is"), _("Invoice")),
    Placeholder("number", _("Its number"), "INV-2026-000001"),
    Placeholder("amount", _("What it is about: its total, or the closing balance"), "99.90 USD"),
    Placeholder("period", _("Its days; empty where it has none"), "1 Nov 2026 – 30 Nov 2026"),
    Placeholder("note", _("What staff typed; often empty"), _("As agreed on the phone.")),
    Placeholder("link", _("Where it is confirmed"), "https://desk.example.com/d/…"),
    required=True,
    icon="contract",
)
events.define(
    "payment_reminder",
    _("Payment reminder"),
    _("A reseller is late with what its wallet owes, by the steps of the Credit settings."),
    Placeholder("step", _("Which reminder it is"), _("Second reminder")),
    Placeholder("party", _("The reseller"), "Nova Top-ups"),
    Placeholder("overdue", _("What is overdue"), "420.00 USD"),
    Placeholder("owed", _("All it owes, with what is not due yet"), "600.00 USD"),
    Placeholder("days", _("For how many days"), "10"),
    Placeholder("statement", _("The number of the statement with it; empty without one"), "STM-2026-000001"),
    Placeholder("link", _("Where it is confirmed"), "https://desk.example.com/d/…"),
    required=True,
    icon="hourglass_bottom",
)
events.define(
    "reseller_suspended",
    _("Reseller suspended by rule"),
    _("A reseller that did not pay was suspended by the Credit settings."),
    Placeholder("party", _("The reseller"), "Nova Top-ups"),
    Placeholder("why", _("Why"), _("By rule: 420.00 USD overdue for 30 days.")),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="commerce.suspend_reseller",
    icon="pause_circle",
    tone="warning",
)
events.define(
    "suspension_paid",
    _("Suspended reseller has paid"),
    _(
        "A reseller suspended by rule has paid, and the Credit settings leave it to staff to let it order again."
    ),
    Placeholder("party", _("The reseller"), "Nova Top-ups"),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="commerce.suspend_reseller",
    icon="play_circle",
)
events.define(
    "low_balance",
    _("Low balance"),
    _("A reseller's wallet has fallen below the limit of the Notifications settings."),
    Placeholder("party", _("The reseller"), "Nova Top-ups"),
    Placeholder("available", _("What is available"), "42.00 USD"),
    Placeholder("limit", _("The limit"), "100.00 USD"),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="commerce.fund_wallet",
    icon="account_balance_wallet",
    tone="warning",
)
events.define(
    "break_assigned",
    _("Break assigned"),
    _("A difference between a statement and our books is somebody's to work off."),
    Placeholder("what", _("What differs"), _("Only theirs: TX-4711")),
    Placeholder("source", _("Whose statement"), "Northwind"),
    Placeholder("difference", _("How much"), "9.99 USD"),
    Placeholder("by", _("Who assigned it"), "Ada Byron"),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox",),
    permission="commerce.work_break",
    icon="rule",
    tone="info",
)
events.define(
    "unknown_outcome",
    _("Unknown outcome"),
    _("A provider gave no clear answer about an order."),
    NUMBER, ITEM, TOTAL, PROVIDER, LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox",),
    permission="commerce.resolve_order",
    icon="help",
    tone="warning",
)  # fmt: skip
events.define(
    "provider_down",
    _("Provider down"),
    _("A provider does not answer."),
    PROVIDER,
    Placeholder("since", _("Since when"), "21 Nov 2026, 18:00"),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="commerce.resolve_order",
    icon="cloud_off",
    tone="danger",
)
events.define(
    "low_float",
    _("Low float"),
    _("Our balance at a provider has fallen below its limit."),
    PROVIDER,
    Placeholder("balance", _("What is left"), "42.00 USD"),
    Placeholder("limit", _("The provider's limit"), "100.00 USD"),
    LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="commerce.see_cost",
    icon="savings",
    tone="warning",
)
