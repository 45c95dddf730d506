from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from commerce.models import Client
from commerce.services import bulk_orders, clients
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import ClientFactory, ResellerFactory

pytestmark = pytest.mark.django_db


def test_adding_a_client_keeps_its_details_tidy() -> None:
    reseller = ResellerFactory(country="US")
    client = clients.add_client(
        reseller=reseller, values={"name": "Ada", "email": "ADA@x.example", "phone": "(415) 555-2671"}
    )
    assert (client.email, client.phone, client.status) == (
        "ada@x.example",
        "+14155552671",
        Client.Status.ACTIVE,
    )
    assert Event.objects.filter(kind="client.added", subject_id=str(client.pk)).exists()


def test_blocking_takes_a_reason_and_a_change() -> None:
    client = ClientFactory()
    with pytest.raises(InvalidInput):
        clients.block(client=client, reason="")
    client = clients.block(client=client, reason="Unpaid")
    assert (client.status, client.status_reason) == (Client.Status.SUSPENDED, "Unpaid")
    with pytest.raises(Conflict):
        clients.block(client=client, reason="Unpaid")
    assert clients.unblock(client=client, reason="Paid").status == Client.Status.ACTIVE


def test_a_limit_below_what_was_ordered_is_refused() -> None:
    client = ClientFactory(current_usage=3, usage_month=timezone.now().date().replace(day=1))
    with pytest.raises(InvalidInput) as refused:
        clients.change_client(client=client, values={"monthly_limit": 2})
    assert "monthly_limit" in refused.value.errors
    assert clients.change_client(client=client, values={"monthly_limit": 3}).monthly_limit == 3


def test_the_count_of_the_month_is_nobodys_to_write() -> None:
    client = ClientFactory()
    Client.objects.filter(pk=client.pk).update(current_usage=7)
    clients.change_client(client=client, values={"name": "Grace"})
    client.refresh_from_db()
    assert (client.name, client.current_usage) == ("Grace", 7)
    with pytest.raises(InvalidInput):
        clients.change_client(client=client, values={"current_usage": 0})


TODAY = timezone.now().date()


def ordering(shop: Shop, client: Client, *, bulk: bool) -> str:
    """Place one order for the client, alone or as a bulk call. Returns what became of it."""
    try:
        if bulk:
            wish = shop.request(client_id=client.pk)
            bulk_orders.place_orders(buyer=shop.buyer, requests=[wish])
        else:
            shop.place(client_id=client.pk)
    except InvalidInput as refusal:
        return refusal.code
    return "placed"


def yesterdays(client: Client) -> None:
    """A day goes by: what was counted and granted was yesterday."""
    moved = "usage_day = usage_day - 1, limit_override_until = limit_override_until - 1"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE commerce_client SET {moved} WHERE id = %s", [client.pk])
    client.refresh_from_db()


@pytest.mark.parametrize("bulk", [False, True])
def test_another_limit_counts_until_its_day_and_ends_by_itself(bulk: bool) -> None:
    shop = make_shop()
    client = ClientFactory(reseller=shop.reseller, monthly_limit=1)
    assert ordering(shop, client, bulk=bulk) == "placed"
    assert ordering(shop, client, bulk=bulk) == "client_limit_reached"

    client = clients.override_limit(client=client, limit=3, until=TODAY, reason="Holiday")
    assert (client.limit_now, client.is_overridden) == (3, True)
    said = [ordering(shop, client, bulk=bulk) for _number in range(3)]
    assert said == ["placed", "placed", "client_limit_reached"]

    yesterdays(client)
    assert (client.limit_now, client.is_overridden, client.current_usage) == (1, False, 3)
    assert ordering(shop, client, bulk=bulk) == "client_limit_reached"
    # What was ordered beyond stands in the way of nothing else.
    assert clients.change_client(client=client, values={"name": "Ada", "monthly_limit": 1}).name == "Ada"
    client = clients.block(client=client, reason="Unpaid")


def test_no_limit_for_now_and_a_lower_one() -> None:
    shop = make_shop()
    client = ClientFactory(reseller=shop.reseller, monthly_limit=1)
    clients.override_limit(client=client, limit=0, until=TODAY, reason="Holiday")
    assert [ordering(shop, client, bulk=False) for _number in range(3)] == ["placed"] * 3
    with pytest.raises(InvalidInput) as refused:
        clients.override_limit(client=client, limit=2, until=TODAY, reason="Enough")
    assert refused.value.code == "limit_in_use"
    clients.override_limit(client=client, limit=3, until=TODAY, reason="Enough")
    assert ordering(shop, client, bulk=False) == "client_limit_reached"


def test_an_override_is_ended_early_even_where_more_was_ordered() -> None:
    shop = make_shop()
    client = ClientFactory(reseller=shop.reseller, monthly_limit=1)
    clients.override_limit(client=client, limit=5, until=TODAY + timedelta(30), reason="Holiday")
    assert [ordering(shop, client, bulk=False) for _number in range(2)] == ["placed"] * 2
    client = clients.end_override(client=client, reason="Over")
    assert client.limit_now == 1
    assert ordering(shop, client, bulk=False) == "client_limit_reached"
    with pytest.raises(Conflict):
        clients.end_override(client=client, reason="Over")


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [(TODAY - timedelta(1), "x", "until"), (TODAY + timedelta(400), "x", "until"), (TODAY, " ", "reason")],
)
def test_an_override_has_a_day_to_come_and_a_reason(until: date, reason: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clients.override_limit(client=ClientFactory(), limit=5, until=until, reason=reason)
    assert refused.value.field == field


def test_a_plan_is_changed_with_its_reason() -> None:
    month = TODAY.replace(day=1)
    client = ClientFactory(plan_type="basic", monthly_limit=9, current_usage=4, usage_month=month)
    with pytest.raises(InvalidInput):
        clients.change_plan(client=client, plan_type="small", monthly_limit=3, reason="Smaller")
    client = clients.change_plan(client=client, plan_type="large", monthly_limit=0, reason="Grew")
    assert (client.plan_type, client.monthly_limit) == ("large", 0)
    event = Event.objects.get(kind="client.plan_changed")
    assert event.data["before"] == {"plan": "basic", "limit": 9}
    assert client.history.first().history_change_reason == "Grew"  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        clients.change_plan(client=client, plan_type="large", monthly_limit=0, reason="Again")


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("current_usage = 6, usage_day = current_date", "commerce_client_monthly_limit"),
        ("limit_override = 2", "commerce_client_monthly_limit"),
        ("current_usage = 0, limit_override = NULL", "commerce_client_override_ends"),
        ("current_usage = 0, usage_day = NULL, limit_override_until = NULL", "commerce_client_override_ends"),
        ("usage_day = current_date + 1", "commerce_client_monthly_limit"),
    ],
)
def test_the_database_holds_the_limit(change: str, guard: str) -> None:
    client = ClientFactory(monthly_limit=1)
    clients.override_limit(client=client, limit=5, until=TODAY, reason="Holiday")
    attack(client, "current_usage = 3, usage_day = current_date")
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        attack(client, change)
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == guard


def attack(client: Client, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE commerce_client SET {change} WHERE id = %s", [client.pk])
