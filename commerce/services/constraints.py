"""Reading what the database said: the names of its constraints and the errors worth another try."""

import functools
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict

RETRIED_STATES = ("40001", "40P01", "55P03", "57P01")
TRIES = 5
SIGNED_OFF, DATED_BACK = "TL005", "TL007"


def violated(error: IntegrityError) -> str:
    """The name of the constraint that fired, or an empty string."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return (diagnosis and diagnosis.constraint_name) or ""


def sqlstate(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


def refuse_dated_back(error: BaseException) -> Conflict | None:
    """The database's refusal of a transfer that is dated in a closed month, in words; None for any other."""
    if sqlstate(error) != DATED_BACK:
        return None
    text = _("The books of that month are closed. Book it now: it lands in the month that is open.")
    return Conflict("month_closed", text)


def refusable() -> AbstractContextManager[object]:
    """Around one statement that a constraint may refuse: inside a transaction a savepoint, so that the rest of it can
    go on; outside of one nothing, for the statement is a transaction by itself and a savepoint two more round trips."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def worth_retrying(error: BaseException) -> bool:
    """Serialisation failures, deadlocks, lock time-outs and lost connections; never a constraint, which is an alarm."""
    state = sqlstate(error)
    return state in RETRIED_STATES or state.startswith("08")


def retried[**P, R](step: Callable[P, R]) -> Callable[P, R]:
    """Run a whole transaction again, at most five times with jitter, where the database asks for it.

    Inside an outer transaction the error goes up: only the outermost transaction can be run again.
    """

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES + 1):
            try:
                return step(*args, **kwargs)
            except DatabaseError as error:
                if connection.in_atomic_block or attempt == TRIES or not worth_retrying(error):
                    raise
                if sqlstate(error).startswith(("08", "57P01")):
                    connection.close()
                time.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311 - jitter, no secret
        raise AssertionError("unreachable")

    return run
