"""Statuses of parties and keys as badges."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce.models import ApiKey, Client, Customer, Reseller
from core.backoffice.badges import Cell, meter, status_badge

TONES: dict[str, str] = {
    Reseller.Status.ACTIVE: "success",
    Reseller.Status.SUSPENDED: "danger",
    Reseller.Status.PENDING: "warning",
    Reseller.Status.CLOSED: "neutral",
    Client.Status.INACTIVE: "neutral",
    Customer.Status.BLOCKED: "danger",
    Customer.Status.PENDING_VERIFICATION: "warning",
}


def party_badge(party: Any) -> SafeString:
    """The status of a reseller, client or customer."""
    return status_badge(party.Status(party.status).label, TONES[party.status])


def usage_meter(client: Client, *, bare: bool = False) -> Cell:
    """A client's orders of this month, by the limit that counts today; `bare` is the bar without figures."""
    used, limit = client.used_this_month, client.limit_now
    text = _("%(used)d of %(limit)d orders this month") % {"used": used, "limit": limit}
    note = ""
    if client.is_overridden and client.limit_override_until:
        note = _("until %(day)s") % {"day": date_format(client.limit_override_until, "j M Y")}
    elif not limit:
        note = _("no limit")
    return meter(used, limit, label=_("Orders this month"), text=text, note=note, bare=bare)


def key_badge(key: ApiKey, now: datetime) -> SafeString:
    """What the key can do at this moment."""
    if key.revoked_at:
        return status_badge(_("Revoked"), "danger")
    if key.expires_at and key.expires_at <= now:
        return status_badge(_("Expired"), "neutral")
    if key.rotated_to_id:
        return status_badge(_("Being replaced"), "warning")
    return status_badge(_("Works"), "success")
