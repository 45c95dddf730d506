"""A statement of 50,000 lines with 5,000 breaks of known kinds: each is found with its kind, and none invented."""

import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from commerce.models import Attempt, ReconciliationBreak
from commerce.services import reconciliation
from tests.commerce.many_attempts import attempt_id, cost_of, make_attempts
from tests.factories_catalog import ProviderFactory
from tests.factories_orders import make_shop
from tests.factories_reconciliation import csv_of, provider_source

LINES, EACH = 50_000, 1_250
BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
# Ours that nobody should ever miss: another provider's, and months ago.
APART = 2_000


class Made:
    """What is generated, and which break each number has."""

    def __init__(self) -> None:
        self.expected: dict[str, str] = {}
        self.rows: list[list[Any]] = []
        self._rng = random.Random(6)

    def line(self, number: int, *, amount: float | None = None, status: str = "done") -> None:
        """Known by our id, their reference or the order's number, in turn."""
        named = ["", "", ""]
        value = (attempt_id(number), f"PR-{number}", f"GEN-{number}")
        which = number % 4
        for place in range(3):
            if which in (place, 3):
                named[place] = value[place]
        cost = cost_of(number) if amount is None else amount
        day = 1 + (number - 1) * 31 // (LINES + 1)
        self.rows.append([f"2026-07-{day:02}", named[0], named[1], named[2], f"{cost:.2f}", status])

    def expect(self, number: int, kind: str) -> None:
        self.expected[f"GEN-{number}"] = kind

    def shuffled(self) -> bytes:
        self._rng.shuffle(self.rows)
        return csv_of(self.rows)


def generate() -> Made:
    made, number = Made(), 0
    for _n in range(EACH):
        number += 1
        made.expect(number, "ours_only")
    for _n in range(EACH):
        number += 1
        made.line(number, amount=cost_of(number) + (0.02 if number % 2 else -0.07))
        made.expect(number, "amount")
    unknown = range(number + 1, number + EACH // 2 + 1)
    for _n in range(EACH):
        number += 1
        theirs = "done" if number in unknown else ("failed", "reversed")[number % 2]
        made.line(number, status=theirs)
        made.expect(number, "status")
    Attempt.objects.filter(pk__in=[attempt_id(one) for one in unknown]).update(status="unknown")
    for stranger in range(EACH):
        made.rows.append(["2026-07-15", "", f"THEIRS-{stranger}", "", f"{5 + stranger / 100:.2f}", "done"])
        made.expected[f"THEIRS-{stranger}"] = "theirs_only"
    # What is right: failed with both, reversed with both (one line or two), and within the tolerance.
    for kind in ("failed", "reversed") * 200:
        number += 1
        Attempt.objects.filter(pk=attempt_id(number)).update(status=kind)
        made.line(number, status=kind)
        if kind == "reversed" and number % 3:
            made.line(number)
    while len(made.rows) < LINES:
        number += 1
        made.line(number, amount=cost_of(number) + (0.01 if number % 7 == 0 else 0))
    # Nothing is left of ours that has no line.
    Attempt.objects.filter(provider_reference__in=[f"PR-{n}" for n in range(number + 1, LINES + 1)]).update(
        status="failed"
    )
    return made


@pytest.mark.django_db
def test_every_break_is_found_with_its_kind_and_none_is_invented() -> None:
    shop, other = make_shop(), ProviderFactory(code="another")
    order = shop.order()
    make_attempts(like=order, provider=shop.provider, many=LINES, begin=BEGIN, days=31)
    apart: dict[str, Any] = {"like": order, "many": APART, "days": 31}
    make_attempts(provider=other, begin=BEGIN, start=LINES, **apart)
    make_attempts(
        provider=shop.provider, begin=datetime(2026, 3, 1, tzinfo=UTC), start=LINES + APART, **apart
    )
    made = generate()
    source = provider_source(shop.provider, amount_tolerance="0.01")
    content = made.shuffled()
    statement = reconciliation.hand_in(source=source, name="july.csv", content=content, by=None)
    before = time.process_time()
    statement = reconciliation.read(statement_id=statement.pk)
    assert time.process_time() - before < 20
    assert (statement.status, statement.lines, statement.problems) == ("matched", LINES, [])
    found: dict[str, str] = {}
    for one in ReconciliationBreak.objects.select_related("order"):
        name = one.order.order_number if one.order else one.reference
        assert name not in found, f"{name} is there twice"
        found[name] = one.kind
    assert len(made.expected) == 4 * EACH
    assert found == made.expected
    assert statement.matched == LINES - EACH

    reconciliation.match_again(statement_id=statement.pk)
    assert ReconciliationBreak.objects.filter(status="open").count() == 4 * EACH
