"""Events as steps of a timeline."""

from typing import Any

from django.db.models import Model

from core.backoffice.history.wording import titled
from core.backoffice.parts import Step
from core.models import Event

SHOWN = 50


def events_of(subject: Model, limit: int = SHOWN) -> list[Event]:
    """The latest events of an object, newest first; one indexed query."""
    rows = Event.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(rows.order_by("-id")[:limit])


def steps_of(subject: Model, limit: int = SHOWN) -> list[Step]:
    return [step_of(event) for event in events_of(subject, limit)]


def step_of(event: Event) -> Step:
    title, tone = titled(event.kind)
    return Step(title, event.created_at, told(event.data), event.actor_label, tone)


def told(data: dict[str, Any]) -> str:
    """The data of an event in one line."""
    shown = {name: value for name, value in data.items() if value not in ("", None, [], {})}
    return " · ".join(f"{name.replace('_', ' ')}: {_short(value)}" for name, value in shown.items())


def _short(value: Any) -> str:
    text = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return text if len(text) <= 160 else f"{text[:157]}…"
