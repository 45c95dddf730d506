"""When the demo business may be made, and that it is the same each time."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from commerce.demo import business
from commerce.models import Order, Reseller, Transfer
from commerce.services import catalogue as catalogues
from commerce.services import demo
from core.exceptions import Conflict, NotAllowed

pytestmark = pytest.mark.django_db


def test_data_that_is_not_the_demos_is_left_alone() -> None:
    Reseller.objects.create(business_name="A real business")
    with pytest.raises(Conflict):
        demo.seed(orders=10, resellers=1)
    with pytest.raises(CommandError):
        call_command("seed_demo", orders=10, resellers=1)


def test_it_is_not_for_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(NotAllowed):
        demo.seed(orders=10, resellers=1)


@pytest.mark.parametrize(
    ("orders_", "resellers"), [("0", "5"), ("5", "0"), ("-1", "5"), ("x", "5"), ("٣", "5")]
)
def test_counts_are_numbers(orders_: str, resellers: str) -> None:
    with pytest.raises(CommandError):
        call_command("seed_demo", f"--orders={orders_}", f"--resellers={resellers}")


def test_the_same_moment_gives_the_same_business() -> None:
    now = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    assert _figures(now) == _figures(now)


def _figures(now: datetime) -> list[tuple[Any, ...]]:
    with transaction.atomic():
        business.build(orders=300, resellers=4, now=now)
        found = list(
            Order.objects.order_by("pk").values_list(
                "pk", "order_number", "account_id", "total", "status", "recipient_key"
            )
        )
        found += list(
            Transfer.objects.order_by("pk").values_list("pk", "group", "kind", "amount", "created_at")
        )
        transaction.set_rollback(True)
    catalogues.forget()
    return found
