"""The proof that the books are right: every check of `commerce/sql/judge.sql`, with what it found."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from commerce import sql

SHOWN = 20
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

TITLES = {
    "balance": _("Each wallet's balance is what its transfers add up to"),
    "held": _("Each wallet's held money is its open holds"),
    "limit": _("No wallet is below its credit limit"),
    "company_accounts": _("Company accounts carry no figure of their own"),
    "transfers": _("Every transfer joins two accounts of one currency and mode"),
    "chain": _("Each wallet's running balances follow from one another"),
    "order_amounts": _("Orders captured and refunded what their transfers say"),
    "order_holds": _("Every paid order has one hold, captured or released once"),
    "order_events": _("Every order tells how it began and ended"),
    "attempts": _("No order was delivered twice or is left open"),
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
    title: str
    seconds: float
    count: int
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks of one run, on one snapshot of the database."""

    checks: list[Check]
    figures: dict[str, int]

    @property
    def right(self) -> bool:
        return not any(check.count for check in self.checks)


def prove(*, since: datetime | None = None) -> Proof:
    """Run every check on one snapshot.

    Args:
        since: walk only orders and transfers from then on; balances and holds are always proved whole.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Long scans by design: memory for the sorts, no time limit, no compilation that costs more than it saves.
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL statement_timeout = 0; SET LOCAL jit = off")
        checks = [_run(cursor, name, text, since or BEGINNING) for name, text in statements().items()]
        return Proof(checks, _figures(cursor))


def statements() -> dict[str, str]:
    """The checks by name, in the file's order."""
    parts = re.split(r"^-- check: (\w+)\n", sql.read("judge"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _run(cursor, name: str, text: str, since: datetime) -> Check:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    cursor.execute(text, {"since": since})
    rows = cursor.fetchall()
    findings = [Finding(*map(str, row)) for row in rows[:SHOWN]]
    return Check(name, str(TITLES[name]), time.perf_counter() - started, len(rows), findings)


def _figures(cursor) -> dict[str, int]:  # type: ignore[no-untyped-def]
    cursor.execute(
        "SELECT (SELECT count(*) FROM commerce_order), (SELECT count(*) FROM commerce_transfer),"
        " (SELECT count(*) FROM commerce_account WHERE kind IN ('wallet', 'bonus'))"
    )
    orders, transfers, wallets = cursor.fetchone()
    return {"orders": orders, "transfers": transfers, "wallets": wallets}
