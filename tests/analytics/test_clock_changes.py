"""Days of 23 and of 25 hours: the files of reports, and the ledger by the clocks of the database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.services.asking import midnight
from commerce.services import settlement
from commerce.site_settings import PricingPage
from core import site_settings
from core.models import User
from tests.analytics.ledger_says import Ledger, expected
from tests.analytics.pack_world import book_at
from tests.analytics.rereading import read_csv
from tests.analytics.standard_files import make
from tests.factories import UserFactory
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
# Of those told by the day of the order, and of those told by the day it was booked on.
REPORTS = (
    "sales_by_day",
    "margin_waterfall",
    "commissions",
    "taxes",
    "refunds",
    "daily_proof",
    "trial_balance",
)


@pytest.fixture(autouse=True)
def files_of_this_test(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }


def orders_at_the_edges(day: date, zone: str) -> list[datetime]:
    """The first and the last second of the day, and the seconds before and after, each refunded a little."""
    site_settings.save(
        PricingPage, {"service_fee": Decimal("0.50"), "tax_percent": Decimal("7.5")}, user=None
    )
    place, shop = ZoneInfo(zone), make_shop(funds=1000)
    begin, end = (
        datetime.fromtimestamp(midnight(one, place).timestamp(), UTC)
        for one in (day, day + timedelta(days=1))
    )
    for moment in (begin - SECOND, begin, end - SECOND, end):
        order = shop.delivered()
        settlement.refund(order_id=order.pk, amount=Decimal("1.11"), reason="Came late")
        book_at(moment, order=order)
    return [begin, end - SECOND]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", date(2026, 3, 29), 23),
        ("Europe/Paris", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
    ],
)
def test_a_day_ends_where_the_next_begins_when_clocks_change(zone: str, day: date, hours: int) -> None:
    place = ZoneInfo(zone)
    length = midnight(day + timedelta(days=1), place).timestamp() - midnight(day, place).timestamp()
    assert length == hours * 3600
    within = orders_at_the_edges(day, zone)
    user = UserFactory(staff=User.Role.FINANCE)
    for key in REPORTS:
        of = Ledger(day, day, zone)
        files = make(key, of, user, formats=["csv"])
        tables, about = read_csv(files.paths["csv"])
        assert files.runs["csv"].ties, key
        assert about["Time zone"] == [zone]
        for (number, title), amounts in expected(key, of).items():
            assert tables[number].added_up(title) == amounts, (key, title)
        if key == "sales_by_day":
            assert tables[0].added_up("Orders") == {"": Decimal(2)}
        if key == "refunds":
            assert tables[0].added_up("Refunded") == {"USD": Decimal("2.22")}
            # The same moments by the clocks of the zone, each with its offset.
            when = [datetime.fromisoformat(str(row[0])) for row in tables[2].rows]
            assert when == within
            assert [moment.utcoffset() for moment in when] == [
                one.astimezone(place).utcoffset() for one in within
            ]
    three = Ledger(day - timedelta(days=1), day + timedelta(days=1), zone)
    table = read_csv(make("sales_by_day", three, user, formats=["csv"]).paths["csv"])[0][0]
    assert [row[1] for row in table.rows] == [1, 2, 1]
    proof = read_csv(make("daily_proof", three, user, formats=["csv"]).paths["csv"])[0][0]
    taxes = [row for row in proof.rows if row[1] == "Tax payable"]
    assert [(row[0], row[3]) for row in taxes] == [
        (str(three.first), ("USD", Decimal("0.79"))),
        (str(day), ("USD", Decimal("1.58"))),
        (str(three.last), ("USD", Decimal("0.79"))),
    ]
