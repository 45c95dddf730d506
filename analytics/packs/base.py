"""Standard reports: what each has to say, and how it ties to the ledger.

A pack is a class: its title and right, a form for what is asked beside the days, and `sections(asked)`, which reads.
The engine runs it in one snapshot of the database (REPEATABLE READ READ ONLY), so whatever a pack asks, it asks of the
same moment; it writes the file in every format from the sections. A pack reads and returns: it never writes, and
test-mode rows are its own business to leave out.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from analytics.services.asking import Asked, Span
from core.documents.tables import Column, Kind, Money, Row, Value
from core.models import User
from core.registry import Registry

__all__ = [
    "Asked", "Chart", "Column", "Kind", "Money", "Pack", "PackForm", "Proof", "Row", "Section", "Series", "Span",
    "Value", "by_currency", "packs", "register",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One line or colour of a chart: a value a label; None where there is none."""

    name: str
    values: Sequence[Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Drawn before the rows. One currency only: amounts of two never share an axis.

    Attributes:
        kind: `bars`, `stacked`, `lines`, `names` of one series, whose bars lie beside their names, or `waterfall` of
            one series, each bar beginning where the last ended.
        unit: the currency of the values, or empty for counts.
        totals: of a waterfall, the places of the values that are what is left so far and begin at zero.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "bars"
    unit: str = ""
    totals: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """“Ties to the ledger”: what this report adds up to, and what the transfers say, read by SQL of its own.

    Amounts by currency; where any differs, the file says so in red and the run is marked.
    """

    label: str
    ours: Sequence[Money]
    ledger: Sequence[Money]

    @property
    def ties(self) -> bool:
        return _amounts(self.ours) == _amounts(self.ledger)

    def lines(self) -> list[tuple[str, Decimal, Decimal]]:
        """A line a currency: the currency, ours, the ledger's."""
        ours, ledger = _amounts(self.ours), _amounts(self.ledger)
        known = {money.currency for money in (*self.ours, *self.ledger)}
        return [(name, ours.get(name, Decimal(0)), ledger.get(name, Decimal(0))) for name in sorted(known)]


@dataclass(slots=True)
class Section:
    """A table of a report.

    Attributes:
        columns: `totalled` adds a column up, by currency where it is money.
        rows: read once, in order; a generator may read by a cursor of the server.
        figures: what stands in large type above it, as (what, how much).
        note: a sentence under the title: what a figure means, what is left out.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    chart: Chart | None = None
    proofs: Sequence[Proof] = ()
    figures: Sequence[tuple[str, Value]] = ()
    note: str = ""


class PackForm(forms.Form):
    """What is asked beside days, zone, language and format, which the engine asks itself.

    Cleaned values are kept as JSON with the run (dates, decimals and model choices by their keys).
    """


class Pack(ABC):
    """A standard report.

    Attributes:
        key: its name in addresses and schedules; never changes.
        permission: `app.codename` that whoever runs, schedules or downloads it needs.
        needs_cost: whether it is about cost and margin as a whole, and so needs `commerce.see_cost` too. Otherwise look
            at `asked.sees_cost` and leave such columns out.
        of_a_moment: balances as of the end of the last day, so only one day is asked for.
        span: the days that are offered first.
        group: packs of one group stand together on the page of reports.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    description: ClassVar[Any]
    icon: ClassVar[str] = "summarize"
    permission: ClassVar[str] = "commerce.view_order"
    needs_cost: ClassVar[bool] = False
    of_a_moment: ClassVar[bool] = False
    span: ClassVar[Span] = Span.LAST_MONTH
    group: ClassVar[Any] = ""
    form: ClassVar[type[PackForm]] = PackForm

    @abstractmethod
    def sections(self, asked: Asked) -> list[Section]:
        """Read it. Called once a run, inside the snapshot."""

    def is_for(self, user: User) -> bool:
        """Whether this person may run it, and take what it made."""
        return user.has_perm(self.permission) and (not self.needs_cost or user.has_perm("commerce.see_cost"))


packs: Registry[Pack] = Registry("standard reports")


def register[P: type[Pack]](kind: P) -> P:
    """Make the class one of the packs, under its key."""
    packs.add(kind.key, kind())
    return kind


def by_currency(amounts: Iterable[tuple[str, Decimal | None]]) -> list[Money]:
    """Sums of `(currency, amount)` pairs, a currency each."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + (amount or Decimal(0))
    return [Money(amount, currency) for currency, amount in sorted(sums.items())]


def _amounts(many: Sequence[Money]) -> dict[str, Decimal]:
    """By currency, nothing left out but what is zero."""
    sums: dict[str, Decimal] = {}
    for money in many:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return {currency: amount for currency, amount in sums.items() if amount}
