"""A reseller's own customers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.models import Client, Reseller
from commerce.services.contacts import apply, check, tidy_email, tidy_phone
from core.events import record
from core.exceptions import Conflict, InvalidInput

# An override is for a while; what lasts longer is another plan.
LONGEST_OVERRIDE = timedelta(days=366)
_PLANS = """
WITH RECURSIVE plans AS (
    (SELECT plan_type FROM commerce_client ORDER BY plan_type LIMIT 1)
    UNION ALL
    SELECT (SELECT c.plan_type FROM commerce_client AS c WHERE c.plan_type > p.plan_type ORDER BY c.plan_type LIMIT 1)
        FROM plans AS p WHERE p.plan_type IS NOT NULL
) SELECT plan_type FROM plans WHERE plan_type IS NOT NULL LIMIT %s
"""
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
    if "monthly_limit" in tidied and tidied["monthly_limit"] != client.monthly_limit:
        _check_limit(client, tidied["monthly_limit"] or 0, field="monthly_limit")
    changed = apply(client, tidied)
    if changed:
        check(client)
        # The monthly count is the database's own: saving the whole row could undo an order counted meanwhile.
        client.save(update_fields=[*changed, "updated_at"])
        record("client.changed", subject=client, data={"fields": changed})
    return client


@transaction.atomic
def change_plan(*, client: Client, plan_type: str, monthly_limit: int, reason: str) -> Client:
    """Move a client to another plan; 0 orders a month means no limit.

    Raises:
        InvalidInput: `reason_required`, `limit_in_use`. Conflict: `invalid_transition` where nothing changes.
    """
    _check_reason(reason)
    client = _lock(client)
    before = {"plan": client.plan_type, "limit": client.monthly_limit}
    after = {"plan": plan_type.strip(), "limit": monthly_limit}
    if before == after:
        raise Conflict("invalid_transition", _("The client has this plan already."))
    if monthly_limit != client.monthly_limit:
        _check_limit(client, monthly_limit, field="monthly_limit")
    apply(client, {"plan_type": after["plan"], "monthly_limit": monthly_limit})
    check(client)
    client._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    client.save(update_fields=["plan_type", "monthly_limit", "updated_at"])
    data = {"before": before, "after": after, "reason": reason.strip()}
    record("client.plan_changed", subject=client, data=data)
    return client


@transaction.atomic
def override_limit(*, client: Client, limit: int, until: date, reason: str) -> Client:
    """Let another limit count up to and with a day, by UTC; it ends by itself. 0 means no limit.

    Raises:
        InvalidInput: `reason_required`, `invalid_date`, `limit_in_use`.
    """
    _check_reason(reason)
    today = timezone.now().date()
    if not today <= until <= today + LONGEST_OVERRIDE:
        text = _("Give a day from today to %(last)s.") % {"last": date_format(today + LONGEST_OVERRIDE)}
        raise InvalidInput("invalid_date", text, field="until")
    client = _lock(client)
    _check_limit(client, limit, field="limit")
    client.limit_override, client.limit_override_until = limit, until
    _save_override(client, reason)
    data = {"limit": limit, "until": until.isoformat(), "reason": reason.strip()}
    record("client.limit_overridden", subject=client, data=data)
    return client


@transaction.atomic
def end_override(*, client: Client, reason: str) -> Client:
    """The plan's limit counts again from now on, even where more was ordered meanwhile.

    Raises:
        InvalidInput: `reason_required`. Conflict: `invalid_transition` where no other limit counts.
    """
    _check_reason(reason)
    client = _lock(client)
    if not client.is_overridden:
        raise Conflict("invalid_transition", _("The plan's own limit counts already."))
    yesterday = timezone.now().date() - timedelta(days=1)
    client.limit_override_until = yesterday
    if client.usage_day:
        # What was counted was counted under the other limit; the next order is measured by the plan's.
        client.usage_day = min(client.usage_day, yesterday)
    _save_override(client, reason)
    record("client.override_ended", subject=client, data={"reason": reason.strip()})
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
    _check_reason(reason)
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


def plans_in_use(most: int) -> list[str]:
    """The clients' plans in order: each is found by a step along the index, however many clients have it."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, [most])
        return [plan for (plan,) in cursor.fetchall()]


def _lock(client: Client) -> Client:
    return Client.objects.select_for_update(of=("self",)).select_related("reseller").get(pk=client.pk)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")


def _check_limit(client: Client, limit: int, *, field: str) -> None:
    """A limit must allow what was ordered this month; the count of a month that is over stands in no one's way."""
    if client.used_this_month == 0 and client.current_usage:
        # Last month's count would stand against the new limit, though the next order starts anew.
        Client.objects.filter(pk=client.pk).update(current_usage=0)
        client.current_usage = 0
    if limit and limit < client.current_usage:
        text = _("%(used)d orders were placed this month already.") % {"used": client.current_usage}
        raise InvalidInput("limit_in_use", text, field=field)


def _save_override(client: Client, reason: str) -> None:
    client.limit_override_reason = reason.strip()[:300]
    client._change_reason = client.limit_override_reason[:100]  # type: ignore[attr-defined]
    fields = ["limit_override", "limit_override_until", "limit_override_reason", "usage_day", "updated_at"]
    client.save(update_fields=fields)
