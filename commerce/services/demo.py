"""The demo business: made once in an empty installation, and the log-ins and keys to try it with.

What was made is remembered in one event, `demo.seeded`, whose data names the demo's users and reseller.
"""

import contextlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import ApiKey, Reseller
from commerce.services import api_keys, order_news
from commerce.services.buyers import buyer_by_key
from core.events import record
from core.exceptions import Conflict, NotAllowed
from core.models import Event, User
from core.services.users import set_password

SUBJECT = ("commerce.demo", "1")
# A demo has the business's data and nothing else: none of these may have rows before.
MUST_BE_EMPTY = (
    "Category", "Brand", "Product", "Provider", "PriceList", "Reseller", "Client", "Customer", "Account", "Transfer",
    "Order", "Payment", "SupportTicket",
)  # fmt: skip
SAMPLE = {
    "gamename": "Garena Free Fire",
    "game_id": "freefire",
    "product_name": "100 Diamonds",
    "user_email": "player@example.com",
    "recipient": {"player_id": "5123456000"},
}
SAMPLE_SKU = "FF-100"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the demo consists of; `fresh` where it was made just now."""

    orders: int
    resellers: int
    fresh: bool


def seed(*, orders: int, resellers: int) -> Seeded:
    """Make the demo business, unless it is there.

    Args:
        orders: about a year of them, up to now.
        resellers: at least one; the first 25 have names and people.

    Raises:
        Conflict: `not_empty` where data is there that is not the demo's; `superuser_needed` where the database's user
            may not switch triggers off for the load.
        NotAllowed: `production`.
    """
    if settings.PRODUCTION:
        raise NotAllowed("production", _("The demo business is not for production."))
    if remembered := facts():
        return Seeded(remembered["orders"], remembered["resellers"], fresh=False)
    found = next((name for name in MUST_BE_EMPTY if apps.get_model("commerce", name).objects.exists()), None)
    if found:
        raise Conflict(
            "not_empty",
            _("There is data already (%(model)s): the demo business needs an empty one.") % {"model": found},
        )
    from commerce.demo.business import build

    try:
        with transaction.atomic():
            record(
                "demo.seeded",
                subject=SUBJECT,
                data=build(orders=orders, resellers=resellers, now=timezone.now()),
            )
            # Nobody is written to about a year that never was.
            order_news.begin_here()
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") != "42501":
            raise
        raise Conflict(
            "superuser_needed",
            _("Loading the demo needs a database user who is a superuser, as the embedded server's is."),
        ) from error
    return Seeded(orders, resellers, fresh=True)


def facts() -> dict[str, Any] | None:
    """What is remembered of the demo, if it is here."""
    kind, identity = SUBJECT
    found = Event.objects.filter(subject_kind=kind, subject_id=identity, kind="demo.seeded")
    return found.values_list("data", flat=True).first()


def credentials(kept: dict[str, Any]) -> dict[str, Any]:
    """Log-ins and keys of the demo. Each is made once per installation; those kept from before stay while they work.

    Args:
        kept: what this returned before, or nothing.

    Raises:
        NotAllowed: `not_a_demo`, outside demo mode or where there is no demo business.
    """
    known = facts() if settings.DEMO_MODE and not settings.PRODUCTION else None
    if known is None:
        raise NotAllowed("not_a_demo", _("Log-ins are made up for the demo business in demo mode only."))
    owner = User.objects.get(pk=known["users"]["owner"])
    reseller = Reseller.objects.get(pk=known["reseller"])
    old = kept.get("reseller", {})
    return {
        "users": {
            name: _log_in(pk, kept.get("users", {}).get(name, {}), owner)
            for name, pk in known["users"].items()
        },
        "reseller": {
            **_log_in(known["member"], old, owner),
            "seller_id": reseller.pk,
            "api_key": _key(reseller, ApiKey.Mode.LIVE, old.get("api_key", "")),
            "test_api_key": _key(reseller, ApiKey.Mode.TEST, old.get("test_api_key", "")),
        },
        "buyer": _log_in(known["buyer"], kept.get("buyer", {}), owner),
        "payment_webhook_secret": settings.PAYMENT_WEBHOOK_SECRETS[0],
    }


def sample_topup() -> dict[str, Any]:
    """A body for `POST /api/topup/` that is delivered at once: its recipient ends in 000.

    Raises:
        NotAllowed: `not_a_demo`.
    """
    from commerce.services import catalogue as catalogues
    from commerce.services.pricing import price_seen

    known = facts() if settings.DEMO_MODE else None
    if known is None:
        raise NotAllowed("not_a_demo", _("There is no demo business here."))
    catalogue = catalogues.current()
    product = catalogue.by_sku[SAMPLE_SKU]
    reseller = Reseller.objects.get(pk=known["reseller"])
    price = price_seen(catalogue, product, price_list_id=reseller.price_list_id, at=timezone.now())
    return {**SAMPLE, "product_id": product.id, "product_price": str(price)}


def _log_in(pk: int, kept: dict[str, Any], owner: User) -> dict[str, str]:
    """A user's name and password; a new password where the kept one is not (or no longer) right."""
    user = User.objects.get(pk=pk)
    password = kept.get("password") or ""
    if not (password and user.check_password(password)):
        password = _new_password(user)
        set_password(user=user, password=password, by=owner)
    return {"username": user.get_username(), "password": password}


def _new_password(user: User) -> str:
    """One that our rules take: by chance, a random one comes close to somebody's name or address."""
    while True:
        password = secrets.token_urlsafe(12)
        with contextlib.suppress(ValidationError):
            validate_password(password, user)
            return password


def _key(reseller: Reseller, mode: ApiKey.Mode, kept: str) -> str:
    if kept and (buyer := buyer_by_key(kept, address=None)) and buyer.reseller_id == reseller.pk:
        return kept
    return api_keys.issue(reseller=reseller, name=_("Demo"), mode=mode)[1]
