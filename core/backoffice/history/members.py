"""What the members of an event's data are called, where they are no column of its subject."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

_labels: dict[str, Any] = {
    "address": _("Address"),
    "agent": _("Browser"),
    "asked_by": _("Asked by"),
    "audiences": _("To"),
    "changed": _("Changed"),
    "channel": _("By way of"),
    "channels": _("By way of"),
    "check": _("Check"),
    "columns": _("Columns"),
    "complete": _("Complete"),
    "cut": _("Cut short"),
    "currency": _("Currency"),
    "digest": _("Digest"),
    "email": _("E-mail"),
    "enabled": _("Switched on"),
    "end": _("End"),
    "end_date": _("Last day"),
    "error": _("Error"),
    "events": _("Events"),
    "export": _("File taken"),
    "file": _("File"),
    "filters": _("Filters"),
    "format": _("Format"),
    "groups": _("Roles"),
    "ids": _("Numbers"),
    "instead_of": _("Instead of"),
    "kind": _("Kind"),
    "kinds": _("Kinds"),
    "list": _("List"),
    "name": _("Name"),
    "new": _("New"),
    "page": _("Page"),
    "patterns": _("Patterns"),
    "people": _("People"),
    "reached": _("Reached"),
    "refused": _("Refused rows"),
    "resource": _("Kind"),
    "role": _("Role"),
    "rows": _("Rows"),
    "said": _("Said"),
    "selected": _("Only selected rows"),
    "start_date": _("First day"),
    "status": _("Status"),
    "subject": _("About"),
    "task": _("Task"),
    "template": _("Message"),
    "title": _("Title"),
    "user": _("Person"),
    "username": _("User name"),
    "whole": _("Whole"),
    "words": _("Words"),
}


def label(labels: Mapping[str, Any]) -> None:
    """Say what members are called; the last word for a name counts."""
    _labels.update(labels)


def known(name: str) -> bool:
    return name in _labels


def label_of(name: str) -> str:
    """In the reader's language; a name nobody has labelled is read as it is spelled."""
    return str(_labels.get(name) or name.replace("_", " "))
