"""By which channels a customer is told of their orders: what they chose, and where they are reached."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Customer
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import preferences
from core.messages.events import events

# What a customer may choose; codes, mails of staff and security are always told.
CHOOSABLE = ("order_confirmation", "payment_receipt", "delivery_update")


FIELD = "notifications"


def chosen(customer: Customer) -> dict[str, list[str]]:
    """The channels of each event that may be chosen."""
    kinds = [events.get(key) for key in CHOOSABLE]
    if customer.user is None:
        return {kind.key: list(kind.usual) for kind in kinds}
    return preferences.chosen(customer.user, kinds)


@transaction.atomic
def choose(*, customer: Customer, wanted: Mapping[str, Collection[str]]) -> None:
    """Keep a customer's choice; events that are not named stay as they are.

    Raises:
        InvalidInput: `unknown_event`, `unknown_channel`. Conflict: `no_user`, as only those who sign in can choose.
    """
    chosen_now = {key: _checked(key, ways) for key, ways in wanted.items()}
    before = chosen(customer)
    if all(before[key] == ways for key, ways in chosen_now.items()):
        return
    if customer.user is None:
        raise Conflict("no_user", _("This customer has no sign-in, and is told by e-mail."))
    preferences.choose(user=customer.user, wanted=chosen_now)
    record("customer.notices_chosen", subject=customer, data={"wanted": chosen_now})


def _checked(key: str, ways: Collection[str]) -> list[str]:
    """The channels in their order."""
    if key not in CHOOSABLE:
        known = ", ".join(CHOOSABLE)
        raise InvalidInput("unknown_event", _("There are: %(known)s.") % {"known": known}, field=FIELD)
    there_are = events.get(key).channels
    if unknown := set(ways) - set(there_are):
        said = _("“%(way)s” is none of: %(known)s.") % {
            "way": min(unknown)[:20],
            "known": ", ".join(there_are),
        }
        raise InvalidInput("unknown_channel", said, field=FIELD)
    return [way for way in there_are if way in ways]


def ways(customer: Customer, event: str) -> list[tuple[str, str]]:
    """By which channels and where this customer is told now. Text messages go to verified phones alone."""
    if customer.erased_at is not None:
        return []
    reached = {"email": customer.email, "sms": customer.phone if customer.phone_verified_at else ""}
    return [(way, reached[way]) for way in chosen(customer)[event] if reached.get(way)]
