"""What events are called; each app adds the words of its own."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.backoffice.history.values import plain, secret_key
from core.masking import MASK
from core.money import format_money

_words: dict[str, tuple[Any, str]] = {
    "user.created": (_("Added"), "success"),
    "user.invited": (_("Invited"), "info"),
    "user.changed": (_("Profile changed"), "neutral"),
    "user.role_changed": (_("Role changed"), "warning"),
    "user.activated": (_("Activated"), "success"),
    "user.deactivated": (_("Deactivated"), "danger"),
    "user.password_set": (_("Password set"), "neutral"),
    "user.tokens_ended": (_("Signed out everywhere"), "neutral"),
    "sign_in.unlocked": (_("Unlocked"), "neutral"),
    "schedule.switched": (_("Switched"), "neutral"),
    "schedule.run_now": (_("Run by hand"), "info"),
    "settings.changed": (_("Settings changed"), "neutral"),
    "history.restored": (_("Put back"), "info"),
    "import.finished": (_("Imported"), "info"),
    "list.exported": (_("Taken as a file"), "neutral"),
    "check.started": (_("Check run"), "info"),
    "task.retried": (_("Retried"), "info"),
    "task.dismissed": (_("Put aside"), "neutral"),
}
# Told by the line of the reason, or by the differences beside it.
UNTOLD = {"reason", "fields", "changed", "before", "after"}
_guarded: dict[str, str] = {}


def call(kinds: Mapping[str, tuple[Any, str]]) -> None:
    """Say what kinds of events are called, with the tone of each as of `status_badge`."""
    _words.update(kinds)


def guard(permission: str, *members: str) -> None:
    """Members of an event's data that only those with the permission see."""
    _guarded.update(dict.fromkeys(members, permission))


def titled(kind: str) -> tuple[str, str]:
    """Title and tone of a kind of event."""
    title, tone = _words.get(kind, ("", "neutral"))
    return str(title or capfirst(kind.replace(".", " ").replace("_", " "))), tone


def shown_data(data: dict[str, Any], user: Any) -> dict[str, Any]:
    """An event's data without what this person may not see, secrets hidden."""
    seen = {name: value for name, value in data.items() if may_see(name, user)}
    return {name: MASK if secret_key(name) else value for name, value in seen.items()}


def may_see(member: str, user: Any) -> bool:
    return member not in _guarded or bool(user.has_perm(_guarded[member]))


def told(data: dict[str, Any], user: Any, *, untold: set[str] = UNTOLD) -> str:
    """An event's data in one line, without what this person may not see."""
    currency = data.get("currency")
    parts = []
    for name, value in data.items():
        beside_an_amount = name == "currency" and len(data) > 1
        if name in untold or beside_an_amount or value in ("", None, [], {}) or not may_see(name, user):
            continue
        parts.append(f"{capfirst(name.replace('_', ' '))}: {_member(name, value, currency)}")
    return " · ".join(parts)


def _member(name: str, value: Any, currency: Any) -> str:
    if secret_key(name):
        return MASK
    if isinstance(currency, str) and isinstance(value, str) and "." in value:
        try:
            return format_money(Decimal(value), currency)
        except InvalidOperation:
            pass
    return plain(value)
