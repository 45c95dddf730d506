"""What events are called; each app adds the words of its own."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.approvals import operations
from core.backoffice.history import members
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
    "template.changed": (_("Words changed"), "neutral"),
    "template.put_back": (_("Put back to the product's words"), "neutral"),
    "template.tried": (_("Tried out"), "neutral"),
    "message.sent_again": (_("Sent again"), "info"),
    "message.failed": (_("Message not sent"), "warning"),
    "broadcast.sent": (_("Broadcast sent"), "warning"),
    "broadcast.stopped": (_("Broadcast stopped"), "neutral"),
    "history.restored": (_("Put back"), "info"),
    "history.erased": (_("Personal data emptied in the history"), "danger"),
    "history.kept_anew": (_("History kept anew"), "warning"),
    "import.finished": (_("Imported"), "info"),
    "list.exported": (_("Taken as a file"), "neutral"),
    "privacy.erased": (_("Personal data emptied"), "danger"),
    "view.saved": (_("View saved"), "neutral"),
    "view.changed": (_("View changed"), "neutral"),
    "view.removed": (_("View removed"), "neutral"),
    "note.added": (_("Note written"), "info"),
    "note.changed": (_("Note changed"), "neutral"),
    "note.removed": (_("Note removed"), "neutral"),
    "check.started": (_("Check run"), "info"),
    "task.retried": (_("Retried"), "info"),
    "task.dismissed": (_("Put aside"), "neutral"),
    "approval.asked": (_("Asked for approval"), "info"),
    "approval.approved": (_("Approved"), "success"),
    "approval.refused": (_("Refused"), "danger"),
    "approval.expired": (_("Not decided in time"), "neutral"),
    "approval.withdrawn": (_("Taken back"), "neutral"),
}
# Told by the line of the reason, or by the differences beside it.
UNTOLD = {"reason", "fields", "changed", "before", "after"}
# The number of a row of history, of a note or a message says nothing to anybody, nor does a table's name.
NEVER_TOLD = {"change", "note", "message_id", "subject_kind", "subject_id"}
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
    """Nobody in particular sees what is guarded."""
    return member not in _guarded or bool(user is not None and user.has_perm(_guarded[member]))


def told(data: dict[str, Any], user: Any, *, model: Any = None, untold: set[str] = UNTOLD) -> str:
    """An event's data in one line, without what this person may not see.

    Args:
        model: of the event's subject; its columns say how values are called, and its links speak for themselves.
    """
    currency = data.get("currency")
    parts = []
    for name, value in data.items():
        field = column(model, name)
        beside_an_amount = name == "currency" and len(data) > 1
        row_number = name == "message" and isinstance(value, int)
        if (
            name in untold | NEVER_TOLD
            or beside_an_amount
            or row_number
            or value in ("", None, [], {})
            or not may_see(name, user)
        ):
            continue
        if getattr(field, "is_relation", False):
            continue
        label = field.verbose_name if field is not None else members.label_of(name)
        parts.append(f"{capfirst(label)}: {member(name, value, currency, field)}")
    return " · ".join(parts)


def column(model: Any, name: str) -> Any:
    """The model's column of this name, where there is one."""
    return next((field for field in model._meta.fields if field.name == name), None) if model else None


def moved(data: dict[str, Any], model: Any) -> tuple[str, str, str] | None:
    """A label with the values before and after, where the event says them: a status by its words."""
    if "before" not in data and "after" not in data:
        return None
    pair = [data.get("before"), data.get("after")]
    known = [one for one in pair if one not in (None, "")]
    field = next((one for one in _fields(model) if one.choices and _has(one, known)), None)
    before, after = (member("", one, data.get("currency"), field) for one in pair)
    return (str(capfirst(field.verbose_name)) if field else "", before, after)


def _fields(model: Any) -> list[Any]:
    # The status first, because others may have the same words.
    return sorted(model._meta.fields, key=lambda field: field.name != "status") if model else []


def _has(field: Any, values: list[Any]) -> bool:
    known = {key for key, _label in field.flatchoices}
    return bool(values) and all(isinstance(one, str | int) and one in known for one in values)


def member(name: str, value: Any, currency: Any = None, field: Any = None) -> str:
    """One value of an event's data, in words."""
    if secret_key(name):
        return MASK
    if field is not None and field.choices and isinstance(value, str):
        return str(dict(field.flatchoices).get(value, value))
    if name == "kind" and value in operations:
        return str(operations.get(value).title)
    if isinstance(currency, str) and isinstance(value, str) and "." in value:
        try:
            return format_money(Decimal(value), currency)
        except InvalidOperation:
            pass
    return plain(value)
