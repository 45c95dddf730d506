"""The proof that the books are right: every check of `commerce/sql/judge.sql`, with what it found."""

import re
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext_lazy as _

from commerce import sql

SHOWN = 20
READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

TITLES = {
    "balance": _("Each wallet's balance is what its transfers add up to"),
    "held": _("Each wallet's held money is its open holds"),
    "limit": _("No wallet is below its credit limit"),
    "company_accounts": _("Company accounts carry no figure of their own"),
    "transfers": _("Every transfer joins two accounts of one currency and mode"),
    "chain": _("Each wallet's running balances follow from one another"),
    "closed_months": _("Closed months are as they were when they were closed"),
    "documents": _("Documents are numbered without a gap and are what their transfers add up to"),
    "order_amounts": _("Orders captured and refunded what their transfers say"),
    "order_holds": _("Every paid order has one hold, captured or released once"),
    "order_events": _("Every order tells how it began and ended"),
    "attempts": _("No order was delivered twice or is left open"),
    "payouts": _("Money paid out left its wallet once, and no payment gave back more than it brought"),
    "acknowledged": _("Every acknowledged order exists"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    subject: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check with how long it took, in seconds, and at most `SHOWN` findings of `count`."""

    name: str
    seconds: float
    count: int
    findings: list[Finding] = field(default_factory=list)

    @property
    def title(self) -> str:
        return str(TITLES[self.name])


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks of one run, on one snapshot of the database, and how long the run took."""

    checks: list[Check]
    figures: dict[str, int]
    seconds: float

    @property
    def right(self) -> bool:
        return not any(check.count for check in self.checks)


def prove(*, since: datetime | None = None) -> Proof:
    """Run every check on one snapshot, two side by side; inside a caller's transaction one after another.

    Args:
        since: walk only orders and transfers from then on; balances and holds are always proved whole.
    """
    walk = _Walk(since or BEGINNING)
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not alone:
            walk.along(cursor)
            return Proof(walk.checks, _figures(cursor), walk.seconds)
        cursor.execute(READING)
        cursor.execute("SELECT pg_export_snapshot()")
        with ThreadPoolExecutor(1) as second:
            other = second.submit(_beside, walk, cursor.fetchone()[0])
            walk.along(cursor)
            other.result()
        return Proof(walk.checks, _figures(cursor), walk.seconds)


def statements() -> dict[str, str]:
    """The checks by name, in the file's order."""
    parts = re.split(r"^-- check: (\w+)\n", sql.read("judge"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


class _Walk:
    """The checks still to run; whoever walks along takes the next one."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.began = time.perf_counter()
        self.left = deque(statements().items())
        self.done: dict[str, Check] = {}

    @property
    def checks(self) -> list[Check]:
        return [self.done[name] for name in TITLES]

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def along(self, cursor: CursorWrapper) -> None:
        # Long scans by design: memory for the sorts, no time limit, no compilation that costs more than it saves.
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL statement_timeout = 0; SET LOCAL jit = off")
        while self.left:
            with suppress(IndexError):  # the other took the last one
                name, text = self.left.popleft()
                self.done[name] = _run(cursor, name, text, self.since)


def _beside(walk: _Walk, snapshot: str) -> None:
    """Walk along on a connection of its own that sees exactly what the first one sees."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(READING)
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            walk.along(cursor)
    finally:
        connection.close()


def _run(cursor: CursorWrapper, name: str, text: str, since: datetime) -> Check:
    started = time.perf_counter()
    cursor.execute(text, {"since": since})
    rows = cursor.fetchall()
    findings = [Finding(*map(str, row)) for row in rows[:SHOWN]]
    return Check(name, time.perf_counter() - started, len(rows), findings)


def _figures(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute(
        "SELECT (SELECT count(*) FROM commerce_order), (SELECT count(*) FROM commerce_transfer),"
        " (SELECT count(*) FROM commerce_account WHERE kind IN ('wallet', 'bonus'))"
    )
    orders, transfers, wallets = cursor.fetchone()
    return {"orders": orders, "transfers": transfers, "wallets": wallets}
