"""Orders with a past, for the tests of the figures."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from analytics.services import company_days
from commerce.models import Order
from commerce.services import settlement
from tests.factories_orders import fail


def rewrite(order: Order, **values: Any) -> Order:
    """Write what the database's guards let nobody write: a test's past."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Order.objects.filter(pk=order.pk).update(**values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    order.refresh_from_db()
    return order


def move(order: Order, days: int, hour: int = 0) -> Order:
    """The order was placed days ago; nothing touched it since."""
    moment = company_days.begin(company_days.today() - timedelta(days=days)) + timedelta(hours=hour)
    return move_to(order, moment)


def move_to(order: Order, moment: datetime) -> Order:
    return rewrite(order, created_at=moment, updated_at=moment)


def change(order: Order, dice: random.Random) -> None:
    """Something that may happen to an order of this state."""
    order.refresh_from_db()
    if order.status == "created":
        fail(order)
        return
    with transaction.atomic():
        locked = settlement.lock(order.pk)
        if order.status == "fulfilled" and dice.random() < 0.4:
            settlement.reverse(order=locked, reason="Undone")
        elif order.status == "fulfilled" and locked.refundable > 0:
            part = min(locked.refundable, Decimal(dice.randint(1, 400)) / 100)
            settlement.refund(order_id=order.pk, amount=part, reason="Sorry")


@contextmanager
def company_in(settings: Any, zone: str) -> Iterator[None]:
    """The company's days are those of a zone."""
    before, settings.TIME_ZONE = settings.TIME_ZONE, zone
    timezone.get_default_timezone.cache_clear()
    try:
        yield
    finally:
        settings.TIME_ZONE = before
        timezone.get_default_timezone.cache_clear()
