"""Events as steps of a timeline."""

from django.db.models import Model

from core.backoffice.history import wording
from core.backoffice.history.entries import model_of
from core.backoffice.parts import Step
from core.directions import from_to
from core.models import Event

SHOWN = 50


def events_of(subject: Model, limit: int = SHOWN) -> list[Event]:
    """The latest events of an object, newest first; one indexed query."""
    rows = Event.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(rows.order_by("-id")[:limit])


def steps_of(subject: Model, limit: int = SHOWN) -> list[Step]:
    return [step_of(event) for event in events_of(subject, limit)]


def step_of(event: Event) -> Step:
    title, tone = wording.titled(event.kind)
    return Step(title, event.created_at, _told(event), event.who, tone)


def _told(event: Event) -> str:
    """What moved, the rest of the event, and why; without what only some may see."""
    model = model_of(event.subject_kind)
    moved = wording.moved(event.data, model)
    before_after = from_to(moved[1], moved[2]) if moved and wording.may_see("before", None) else ""
    rest = wording.told(event.data, None, model=model, untold={"reason", "changed", "before", "after"})
    return " · ".join(part for part in (before_after, rest, str(event.data.get("reason") or "")) if part)
