"""Telling those who run the product that something needs a person."""

import logging
from typing import Any

from django.db import transaction
from django.urls import reverse

from core.messages.telling import tell, tell_staff
from core.models import Message
from core.site_settings import load, settings_pages

EVENT = "admin_alerts"
log = logging.getLogger(__name__)


def alert(*, what: str, details: str = "", link: str = "", about: Any = None, key: str = "") -> list[Message]:
    """Tell staff whose right it is to know, and the addresses of the Notifications settings. It never makes matters
    worse: where nobody can be told, the log says so.
    """
    values = {"what": what, "details": details}
    leads = link or reverse("admin:operations")
    try:
        with transaction.atomic():
            told = tell_staff(EVENT, values, about=about, link=leads, key=key)
            for address in addresses():
                told += tell(address, EVENT, values, about=about, link=leads, by=["email"], key=key)
    except Exception:
        log.exception("an alert was not told", extra={"what": what})
        return []
    return told


def addresses() -> list[str]:
    """Where alerts go besides, of the Notifications settings: one a line, or with commas between."""
    if "notifications" not in settings_pages:
        return []
    chosen: Any = getattr(load(settings_pages.get("notifications")), "alert_addresses", "")
    found = chosen.replace(",", "\n").split("\n") if isinstance(chosen, str) else list(chosen)
    return [address.strip() for address in found if address.strip()][:20]
