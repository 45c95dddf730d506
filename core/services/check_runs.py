"""Proofs that run in the background and keep what they found: apps register them, the beat and people start them."""

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, NotFound
from core.messages.alerts import alert
from core.models import CheckRun
from core.registry import Registry
from core.services import broker

TASK = "core.run_check"
# The longest a run may take before it counts as lost.
LOST_AFTER = timedelta(minutes=15)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """One question of a proof: how many findings, and the first of them as (subject, expected, found)."""

    name: str
    title: str
    count: int
    seconds: float
    findings: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All questions of one run, and how much was looked at."""

    results: list[Result]
    figures: dict[str, int] = field(default_factory=dict)


class Proof(ABC):
    """Something that can be proved.

    Attributes:
        permission: who may see what it found.
    """

    title: ClassVar[Any]
    explain: ClassVar[Any] = ""
    permission: ClassVar[str]

    @abstractmethod
    def run(self) -> Outcome:
        """Look at everything; nothing is changed."""

    def title_of(self, name: str) -> str:
        """A question's words in the reader's language; empty where it is not known any more."""
        return ""


proofs: Registry[type[Proof]] = Registry("proofs")


def start(*, kind: str, reason: str = "") -> CheckRun:
    """Have a worker run a proof.

    Raises:
        NotFound: `unknown_check`. Conflict: `check_running`, `broker_down`.
    """
    if kind not in proofs:
        raise NotFound("unknown_check", _("There is no such check."))
    forget_lost(kind)
    with transaction.atomic():
        run = _new(kind)
        record("check.started", subject=run, data={"check": kind, "reason": reason})
        # Within the transaction: without a broker no run waits for ever. A task that is faster than our commit
        # waits for it (see `_taken`).
        broker.send(TASK, [kind], {})
    return run


def carry_out(kind: str) -> CheckRun | None:
    """What the task does: the run that waits, or a new one. Nothing where one is at it."""
    forget_lost(kind)
    run = _taken(kind)
    if run is None:
        return None
    try:
        outcome = proofs.get(kind)().run()
    except Exception as error:
        _finish(run, state=CheckRun.State.FAILED, error=type(error).__name__)
        raise
    found = sum(result.count for result in outcome.results)
    _finish(
        run,
        state=CheckRun.State.WRONG if found else CheckRun.State.RIGHT,
        found=found,
        figures=outcome.figures,
        results=[
            {
                "name": one.name,
                "title": one.title,
                "count": one.count,
                "seconds": round(one.seconds, 3),
                "findings": one.findings,
            }
            for one in outcome.results
        ],
    )
    run.refresh_from_db()
    if found:
        _alert(run)
    return run


def _alert(run: CheckRun) -> None:
    """A proof that finds something is for people to know, whoever had it run."""
    title = str(proofs.get(run.kind).title) if run.kind in proofs else run.kind
    alert(
        what=_("A proof found something: %(title)s") % {"title": title},
        details=_("Findings: %(count)d") % {"count": run.found},
        link=reverse("admin:core_checkrun_change", args=[run.pk]),
        about=run,
        key=f"check:{run.pk}",
    )


def latest(kind: str, limit: int = 10) -> list[CheckRun]:
    return list(CheckRun.objects.filter(kind=kind).order_by("-id")[:limit])


def forget_lost(kind: str) -> None:
    """A run whose worker was lost must not keep the next one from starting."""
    CheckRun.objects.filter(
        kind=kind,
        state__in=[CheckRun.State.WAITING, CheckRun.State.RUNNING],
        asked_at__lt=timezone.now() - LOST_AFTER,
    ).update(state=CheckRun.State.FAILED, finished_at=timezone.now(), error="lost")


def _taken(kind: str) -> CheckRun | None:
    """The run that waits, or a new one, now ours alone."""
    waiting = CheckRun.objects.filter(kind=kind, state=CheckRun.State.WAITING)
    run = waiting.first()
    if run is None:
        try:
            run = _new(kind)
        except Conflict:  # whoever asked for it was about to commit
            run = waiting.first()
    if run is None:
        return None
    ours = waiting.filter(pk=run.pk).update(state=CheckRun.State.RUNNING, started_at=timezone.now())
    return run if ours else None


def _new(kind: str) -> CheckRun:
    try:
        with transaction.atomic():
            return CheckRun.objects.create(
                kind=kind, asked_by=current_actor().label[:150], asked_at=timezone.now()
            )
    except IntegrityError as error:
        raise Conflict("check_running", _("It is running already; its result appears here.")) from error


def _finish(run: CheckRun, **values: Any) -> None:
    CheckRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), **values)
