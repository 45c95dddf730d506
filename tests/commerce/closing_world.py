"""Books with money in months that can be closed, for the tests of closing."""

from datetime import UTC, datetime

from django.utils import timezone

from commerce.models import ClosedMonth
from commerce.services import closing
from commerce.services.closing import Month
from tests.commerce.test_money_rules import BANK, COLUMNS, WALLET, run
from tests.factories_orders import Shop, make_shop


def month_ago(months: int) -> Month:
    now = timezone.now()
    number = now.year * 12 + now.month - 1 - months
    return Month(number // 12, number % 12 + 1)


# Not the last of all: within an hour of its end it cannot be closed.
LAST, BEFORE = month_ago(2), month_ago(3)


def inside(month: Month) -> datetime:
    return datetime(month.year, month.month, 10, 12, tzinfo=UTC)


def backdated(at: datetime, amount: str = "5") -> str:
    return (
        f"INSERT INTO commerce_transfer {COLUMNS} VALUES (gen_random_uuid(), 'funding', {BANK}, {WALLET}, {amount},"
        f" 'USD', '', '', '', '', '', '{at.isoformat()}', NULL)"
    )


def make_books() -> Shop:
    """With money that came two months ago and last month, and a delivered order of now."""
    shop = make_shop()
    shop.delivered()
    run(backdated(inside(BEFORE), "100"))
    run(backdated(inside(LAST), "7"))
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")
    return shop


def close(month: Month) -> ClosedMonth:
    return closing.close(year=month.year, month=month.month, reason="All is booked")
