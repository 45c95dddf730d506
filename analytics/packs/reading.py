"""What the packs share: asking the database, and telling amounts of several currencies apart."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from analytics.packs.base import Asked, Chart, Money, Proof, Series, Value, by_currency

# A chart of more bars than this is read by nobody.
MOST_BARS = 12
CHUNK = 2_000
type Pairs = Iterable[tuple[str, Decimal | None]]


def read(sql: str, params: dict[str, Any]) -> list[Any]:
    """All rows of a question whose answer is short."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def stream(sql: str, params: dict[str, Any]) -> Iterator[Any]:
    """Rows of a long answer, read from the server as they are written: they are never all in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def window(asked: Asked) -> dict[str, Any]:
    """The days asked for, as parameters: two moments, and the zone in which a moment has its day."""
    return {"zone": str(asked.zone), "begin": asked.begin, "end": asked.end}


def figures(title: str, pairs: Pairs) -> list[tuple[str, Value]]:
    """A sum in large type, once for each currency that has any."""
    return [(title, money) for money in by_currency(pairs) if money.amount]


def proof(title: str, ours: Pairs, ledger: Pairs) -> Proof:
    return Proof(title, by_currency(ours), by_currency(ledger))


def largest_currency(pairs: Pairs) -> str:
    """The one a chart is drawn in: amounts of two never share an axis. Empty where there is nothing to draw."""
    sums = {money.currency: money.amount for money in by_currency(pairs) if money.amount}
    return max(sums, key=lambda name: abs(sums[name])) if sums else ""


def top_chart[R](
    title: str, rows: Sequence[R], label: Callable[[R], str], money: Callable[[R], Money]
) -> Chart | None:
    """Bars of the largest, in the currency with most; `title` has the place %(currency)s."""
    currency = largest_currency((money(row).currency, money(row).amount) for row in rows)
    of_it = [row for row in rows if money(row).currency == currency and money(row).amount]
    top = sorted(of_it, key=lambda row: money(row).amount, reverse=True)[:MOST_BARS]
    if not top:
        return None
    named = title % {"currency": currency}
    amounts = Series(named, [money(row).amount for row in top])
    return Chart(named, [label(row) for row in top], [amounts], "names", currency)


def days_chart(
    title: str, labels: Sequence[str], series: dict[str, Sequence[Decimal | int | None]], unit: str = ""
) -> Chart | None:
    """A line or more over days; one day alone is no line."""
    if not any(any(values) for values in series.values()):
        return None
    kind = "lines" if len(labels) > 1 and (len(series) > 1 or len(labels) > MOST_BARS * 3) else "bars"
    return Chart(title, labels, [Series(name, values) for name, values in series.items()], kind, unit)
