"""What happened to a reseller and its wallets, in words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.admin import credit_panel
from commerce.models import Account, ApiKey, Reseller
from core.backoffice.parts import Step
from core.models import Event
from core.money import format_money

SHOWN = 40
WORDS: dict[str, tuple[Any, str]] = {
    "reseller.opened": (_("Opened"), "info"),
    "reseller.changed": (_("Details changed"), "neutral"),
    "reseller.activated": (_("Activated"), "success"),
    "reseller.suspended": (_("Suspended"), "danger"),
    "reseller.closed": (_("Closed"), "danger"),
    "reseller.member_added": (_("Person added"), "neutral"),
    "reseller.member_changed": (_("Person's role changed"), "neutral"),
    "reseller.member_removed": (_("Person removed"), "neutral"),
    **credit_panel.WORDS,
    "key.issued": (_("API key issued"), "info"),
    "key.rotated": (_("API key rotated"), "info"),
    "key.revoked": (_("API key revoked"), "warning"),
    "wallet.credited": (_("Wallet funded"), "success"),
    "wallet.adjusted": (_("Wallet adjusted"), "warning"),
    "wallet.credit_limit_changed": (_("Credit limit changed"), "warning"),
}


def steps_of(reseller: Reseller, wallets: Iterable[Account] = (), keys: Iterable[ApiKey] = ()) -> list[Step]:
    """Newest first: the reseller's own events, and those of the wallets and keys that may be seen."""
    subjects = Q(subject_kind="commerce.reseller", subject_id=str(reseller.pk))
    for kind, rows in (("commerce.account", wallets), ("commerce.apikey", keys)):
        if identities := [str(row.pk) for row in rows]:
            subjects |= Q(subject_kind=kind, subject_id__in=identities)
    return [_step(event) for event in Event.objects.filter(subjects).order_by("-id")[:SHOWN]]


def _step(event: Event) -> Step:
    title, tone = WORDS.get(event.kind, (event.kind, "neutral"))
    told = [
        _amount(event),
        event.data.get("key", ""),
        ", ".join(event.data.get("fields", [])),
        event.data.get("reason", ""),
    ]
    return Step(title, event.created_at, " · ".join(filter(None, told)), event.actor_label, tone)


def _amount(event: Event) -> str:
    """What a wallet's event was about: the amount moved, or the limit set."""
    amount, currency = event.data.get("amount") or event.data.get("after"), event.data.get("currency")
    return format_money(Decimal(amount), currency) if amount and currency else ""
