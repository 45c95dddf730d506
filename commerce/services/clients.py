"""A reseller's own customers."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Client, Reseller
from commerce.services.contacts import apply, check, tidy_email, tidy_phone
from core.events import record
from core.exceptions import Conflict, InvalidInput

DETAILS = ("name", "email", "phone", "plan_type", "monthly_limit")
EVENTS = {
    Client.Status.ACTIVE: "client.activated",
    Client.Status.INACTIVE: "client.deactivated",
    Client.Status.SUSPENDED: "client.blocked",
}


def tidy(values: Mapping[str, Any], *, country: str = "") -> dict[str, Any]:
    """The details as they are kept.

    Raises:
        InvalidInput: `unknown_field`, `invalid_email`, `invalid_phone`.
    """
    unknown = next((name for name in values if name not in DETAILS), None)
    if unknown:
        raise InvalidInput("unknown_field", _("This field cannot be set."), field=unknown)
    tidied = dict(values)
    if "email" in tidied:
        tidied["email"] = tidy_email(tidied["email"])
    if "phone" in tidied:
        tidied["phone"] = tidy_phone(tidied["phone"], country=country)
    return tidied


@transaction.atomic
def add_client(*, reseller: Reseller, values: Mapping[str, Any]) -> Client:
    """Raises InvalidInput naming the field; Conflict `reseller_closed`."""
    if reseller.status == Reseller.Status.CLOSED:
        raise Conflict("reseller_closed", _("A closed reseller gets no clients."))
    client = Client(reseller=reseller)
    apply(client, tidy(values, country=reseller.country))
    check(client)
    client.save()
    record("client.added", subject=client, data={"reseller": reseller.pk, "name": client.name})
    return client


@transaction.atomic
def change_client(*, client: Client, values: Mapping[str, Any]) -> Client:
    """Raises InvalidInput naming the field; a limit below what was ordered this month is refused."""
    client = _lock(client)
    tidied = tidy(values, country=client.reseller.country)
    limit = tidied.get("monthly_limit")
    if limit and client.used_this_month == 0:
        # Last month's count would stand against the new limit, though the next order starts anew.
        Client.objects.filter(pk=client.pk).update(current_usage=0)
        client.current_usage = 0
    if limit and limit < client.current_usage:
        raise InvalidInput(
            "limit_in_use",
            _("%(used)d orders were placed this month already.") % {"used": client.current_usage},
            field="monthly_limit",
        )
    changed = apply(client, tidied)
    if changed:
        check(client)
        # The monthly count is the database's own: saving the whole row could undo an order counted meanwhile.
        client.save(update_fields=[*changed, "updated_at"])
        record("client.changed", subject=client, data={"fields": changed})
    return client


def block(*, client: Client, reason: str) -> Client:
    """Nothing more can be ordered for this client. Raises as `set_status`."""
    return set_status(client=client, status=Client.Status.SUSPENDED, reason=reason)


def unblock(*, client: Client, reason: str) -> Client:
    """Raises as `set_status`."""
    return set_status(client=client, status=Client.Status.ACTIVE, reason=reason)


@transaction.atomic
def set_status(*, client: Client, status: Client.Status, reason: str) -> Client:
    """Raises InvalidInput `reason_required`; Conflict `invalid_transition` where nothing changes."""
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    client = _lock(client)
    if client.status == status:
        raise Conflict("invalid_transition", _("The client has this status already."))
    before = client.status
    client.status = status
    client.status_reason = reason.strip()[:300]
    client._change_reason = client.status_reason[:100]  # type: ignore[attr-defined]
    client.save(update_fields=["status", "status_reason", "updated_at"])
    record(
        EVENTS[status],
        subject=client,
        data={"before": before, "after": status.value, "reason": reason.strip()},
    )
    return client


def _lock(client: Client) -> Client:
    return Client.objects.select_for_update(of=("self",)).select_related("reseller").get(pk=client.pk)
