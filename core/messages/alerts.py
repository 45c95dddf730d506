"""Telling those who run the product that something needs a person."""

import logging
from typing import Any

from django.db import transaction
from django.urls import reverse

from core.messages.telling import tell, tell_staff
from core.models import Message
from core.notification_settings import NotificationsPage
from core.site_settings import load

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
            # Whoever works here and reads mails there as well is told once.
            reached = {message.address.lower() for message in told}
            for address in addresses():
                if address in reached:
                    continue
                told += tell(address, EVENT, values, about=about, link=leads, by=["email"], key=key)
    except Exception:
        log.exception("an alert was not told", extra={"what": what})
        return []
    return told


def addresses() -> list[str]:
    """Where alerts go besides, of the Notifications settings."""
    return load(NotificationsPage).alert_addresses.split()
