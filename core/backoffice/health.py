"""How the product is doing: apps register what they watch, the operations page asks all of them and never fails."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.backoffice.parts import Fact
from core.registry import Registry

log = logging.getLogger(__name__)
OK, WARNING, DANGER = "success", "warning", "danger"
PERMISSION = "core.see_operations"


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found.

    Attributes:
        tone: success, warning, danger or neutral.
        words: the state in a word or two, such as “Fine”.
        facts: figures behind it.
        advice: what to do, where something is to be done.
    """

    tone: str
    words: Any
    facts: list[Fact] = field(default_factory=list)
    advice: Any = ""


class HealthCheck(ABC):
    """One card of the operations page. `run` may raise: the card then says that it could not be asked.

    Attributes:
        permission: `app.codename` of who sees it.
        link: name of the URL where its rows are, and of the right to open it.
    """

    title: ClassVar[Any]
    icon: ClassVar[str] = "monitor_heart"
    position: ClassVar[int] = 500
    permission: ClassVar[str] = PERMISSION
    link: ClassVar[tuple[str, str]] = ("", "")

    @abstractmethod
    def run(self) -> Health:
        """Look, quickly: the page asks every few seconds."""


health_checks: Registry[type[HealthCheck]] = Registry("health checks")


@dataclass(frozen=True, slots=True)
class Card:
    """A check with what it found and how long that took."""

    check: HealthCheck
    health: Health
    milliseconds: int


def fine(*facts: Fact) -> Health:
    return Health(OK, _("Fine"), list(facts))


def worst(*tones: str) -> str:
    return next((tone for tone in (DANGER, WARNING, OK) if tone in tones), "neutral")


def cards(request: HttpRequest) -> list[Card]:
    """What this person may see, in order."""
    shown = [check for check in health_checks.values() if request.user.has_perm(check.permission)]
    return [look(check()) for check in sorted(shown, key=lambda one: one.position)]


def look(check: HealthCheck) -> Card:
    """Ask one check; whatever goes wrong is its answer."""
    started = time.perf_counter()
    try:
        # A statement that fails must not take the page's connection with it.
        with transaction.atomic():
            health = check.run()
    except Exception as error:
        log.warning("a health check failed", extra={"check": type(check).__name__}, exc_info=True)
        words = Fact(_("Error"), type(error).__name__)
        health = Health(DANGER, _("Does not answer"), [words], _("Look into the log of this process."))
    return Card(check, health, round((time.perf_counter() - started) * 1000))


def kept[T](key: str, seconds: int, ask: Callable[[], T]) -> T:
    """An answer that is dear, shared by all who look at the page."""
    name = f"health:{key}"
    answer: T | None = cache.get(name)
    if answer is None:
        answer = ask()
        cache.set(name, answer, seconds)
    return answer
