"""Each standard report as PDF, Excel and CSV, re-read by other programs: the same totals, and the ledger's own.

The ledger is asked by SQL of these tests (ledger_says.py), in the demo business: refunds, failures, several
currencies, and orders in test mode that no report may have.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from analytics.packs.base import packs
from analytics.services import company_days
from commerce.models import Order, Transfer
from commerce.services import settlement
from core.documents.pdf import is_available
from core.models import User
from tests.analytics.ledger_says import EXPECTED, Ledger
from tests.analytics.standard_files import Files, differences, make
from tests.factories import UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not is_available(), reason="Pango is not installed"),
]
ZONE = "Europe/Paris"
# A table of days and accounts is long on paper, and says the same of two weeks.
DAYS = {"daily_proof": 14}


@pytest.fixture(scope="module")
def made(
    demo_business: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Files]]:
    """All files, made once; what their making wrote is undone."""
    from django.test import override_settings

    from analytics.services import pulse

    folder, patch = tmp_path_factory.mktemp("files"), pytest.MonkeyPatch()
    # Its thread has a connection of its own, which sees nothing of a transaction that is never committed.
    patch.setattr(pulse, "EVERY_SECONDS", 3600.0)
    from django.conf import settings

    private = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(folder), "base_url": None},
    }
    with override_settings(STORAGES=settings.STORAGES | {"private": private}), transaction.atomic():
        user, today = UserFactory(staff=User.Role.FINANCE), company_days.today()
        _refund_one()
        found = {}
        for key, pack in packs.items():
            first = today - timedelta(days=0 if pack.of_a_moment else DAYS.get(key, 120) - 1)
            found[key] = make(key, Ledger(first, today, ZONE), user).read()
        yield found
        transaction.set_rollback(True)
    patch.undo()


def _refund_one() -> None:
    """Of three hundred orders, on some days none was refunded within the days that are read."""
    delivered = Order.objects.filter(status="fulfilled", is_test=False, refunded_amount=0, customer=None)
    order = delivered.filter(captured_amount__gte=1).order_by("captured_amount", "id")[0]
    settlement.refund(order_id=order.pk, amount=None, reason="Not wanted")


def test_every_standard_report_is_told_by_the_ledger_too() -> None:
    assert set(EXPECTED) == set(packs)


@pytest.mark.parametrize("key", sorted(EXPECTED))
def test_the_files_say_the_same_and_what_the_ledger_says(made: dict[str, Files], key: str) -> None:
    assert differences(made[key]) == []


def test_there_is_something_to_say(made: dict[str, Files]) -> None:
    """Sums of nothing are easily the same."""
    sales = made["sales_by_day"].xlsx[0]
    assert len(sales.stated("Captured")) > 1
    assert any(made["refunds"].xlsx[0].stated("Refunded").values())
    assert made["failed_orders"].xlsx[2].rows


def test_orders_in_test_mode_are_in_no_file(made: dict[str, Files]) -> None:
    tested = set(Order.objects.filter(is_test=True).values_list("order_number", flat=True))
    assert tested and Transfer.objects.filter(order__is_test=True).exists()
    for files in made.values():
        for text in files.texts():
            assert not [number for number in tested if number in text], files.key


def test_each_file_says_what_it_is(made: dict[str, Files]) -> None:
    for key, files in made.items():
        assert files.about["Time zone"] == [ZONE], key
        assert files.about["Report"] == [str(packs.get(key).title)]
        assert files.about["Made by"] and files.about["Made at"] and files.about["Days"]
        assert Path(files.paths["pdf"]).read_bytes().startswith(b"%PDF")
