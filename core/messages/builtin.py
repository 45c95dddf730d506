"""Core's own events: people's access, and what staff are told."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.messages.events import Placeholder, events

STAFF_CHANNELS = ("inbox", "email", "sms")

events.define(
    "welcome_user",
    _("Welcome"),
    _("Somebody has registered."),
    Placeholder("username", _("Their user name"), "sara"),
    channels=("email", "sms"),
    icon="waving_hand",
)
events.define(
    "invitation",
    _("Invitation"),
    _("Somebody was invited to work here."),
    Placeholder("by", _("Who invited them"), "Ada Byron"),
    Placeholder("role", _("Their role; empty where they have none"), _("Support")),
    Placeholder("username", _("Their user name"), "sara"),
    Placeholder("link", _("Where they choose their password"), "https://desk.example.com/admin/…"),
    Placeholder("works_for", _("How long the link works"), _("The link works once, for one day.")),
    secret=True,
    required=True,
    icon="person_add",
    life=timedelta(days=1),
)
events.define(
    "password_reset",
    _("Password reset"),
    _("Somebody asked for a new password."),
    Placeholder("link", _("Where they choose it"), "https://desk.example.com/admin/…"),
    Placeholder("uid", _("For apps: whom the token is for"), "MQ"),
    Placeholder("token", _("For apps: the token"), "c9x2k1-…"),
    secret=True,
    required=True,
    icon="lock_reset",
    life=timedelta(hours=6),
)
events.define(
    "account_security",
    _("Security of an account"),
    _("A password, an address or a second factor of an account has changed."),
    Placeholder("what", _("What happened"), _("The password of your account was changed.")),
    Placeholder("address", _("From which network address; empty where it is not known"), "203.0.113.7"),
    required=True,
    icon="shield_person",
)
events.define(
    "email_change",
    _("Another e-mail address"),
    _("Somebody wants to be written to at another address, and confirms that it is theirs."),
    Placeholder("link", _("Where they confirm it"), "https://desk.example.com/admin/…"),
    secret=True,
    required=True,
    icon="alternate_email",
    life=timedelta(days=3),
)
events.define(
    "admin_alerts",
    _("Admin alert"),
    _("Something needs a person: a proof failed, work in the background fails."),
    Placeholder("what", _("What happened, in a few words"), _("The ledger's proof found something")),
    Placeholder("details", _("More about it"), _("1 wallet's balance differs from its transfers.")),
    Placeholder("link", _("Where to look"), "https://desk.example.com/admin/operations/"),
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    permission="core.see_operations",
    icon="report",
    tone="danger",
)
events.define(
    "approval_waiting",
    _("Approval waiting"),
    _("A change above a limit waits for a second person."),
    Placeholder("what", _("What is to be done"), _("Fund the wallet of Nova Top-ups with 5,000.00 USD")),
    Placeholder("by", _("Who asks"), "Ada Byron"),
    Placeholder("reason", _("Why"), _("Bank transfer 4711")),
    Placeholder("until", _("When it expires"), "21 Nov 2026, 18:00"),
    Placeholder("link", _("Where to decide"), "https://desk.example.com/admin/…"),
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    icon="approval",
    tone="warning",
)
events.define(
    "approval_decided",
    _("Approval decided"),
    _("What somebody asked for was approved, refused or expired."),
    Placeholder("what", _("What was to be done"), _("Fund the wallet of Nova Top-ups with 5,000.00 USD")),
    Placeholder("outcome", _("How it ended"), _("Approved")),
    Placeholder("by", _("Who decided"), "Ada Byron"),
    Placeholder("reason", _("Why"), _("Seen on the bank's statement")),
    Placeholder("link", _("Where it is"), "https://desk.example.com/admin/…"),
    channels=STAFF_CHANNELS,
    usual=("inbox",),
    icon="approval",
    tone="info",
)
events.define(
    "watched",
    _("Something you watch has changed"),
    _("Something happened to an object that a person watches."),
    Placeholder("what", _("What happened"), _("Suspended")),
    Placeholder("object", _("To what"), "Nova Top-ups"),
    Placeholder("by", _("Who did it"), "Ada Byron"),
    Placeholder("link", _("Where it is"), "https://desk.example.com/admin/…"),
    channels=("inbox", "email"),
    usual=("inbox",),
    icon="visibility",
    tone="info",
)
events.define(
    "emergency_broadcast",
    _("Emergency broadcast"),
    _("Staff tell many people at once that something is badly wrong."),
    Placeholder("subject", _("The subject that was typed"), _("Deliveries are delayed")),
    Placeholder(
        "text", _("What was typed"), _("A provider is down. Your orders are safe and go out in the evening.")
    ),
    channels=STAFF_CHANNELS,
    usual=STAFF_CHANNELS,
    required=True,
    icon="campaign",
    tone="danger",
)
