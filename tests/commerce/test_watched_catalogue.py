"""What has history and records no events is told to whoever watches it, too: products, brands, price lists."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from core.backoffice.history.reading import has_history
from core.models import Message, WatchMark
from core.services import watched_changes, watching
from core.services.subjects import subject_of
from tests.factories import UserFactory
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory

pytestmark = pytest.mark.django_db

RECORDS_EVENTS = {
    "commerce.Reseller",
    "commerce.Client",
    "commerce.Customer",
    "commerce.Delivery",
    "core.User",
}


@pytest.fixture
def boss():
    return UserFactory(staff="super_admin")


@pytest.fixture
def ada():
    return UserFactory(staff="admin", first_name="Ada", last_name="Byron")


@pytest.fixture
def product():
    return ProductFactory()


def save(row, by, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row._history_user = by
    row.save()


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


def sweep() -> int:
    """As if half a minute had gone by."""
    return watched_changes.tell_watchers(until=timezone.now())


def told() -> list[Message]:
    return list(Message.objects.filter(event="watched").order_by("pk"))


def test_a_change_by_somebody_else_is_told_once(boss, ada, product):
    save(product, ada, name="Before anybody watched")
    watching.start(user=boss, subject=subject_of(product))
    save(product, ada, name="New name")
    save(ProductFactory(), ada, name="Another")
    assert sweep() == 1
    (message,) = told()
    assert message.user == boss
    assert message.subject == f"Product {product}: Changed"
    assert message.body.strip() == "By Ada Byron."
    assert message.link == f"/admin/commerce/product/{product.pk}/change/"
    assert sweep() == 0


def test_ones_own_change_is_not_told(boss, product):
    watching.start(user=boss, subject=subject_of(product))
    save(product, boss, name="Mine")
    assert sweep() == 0


def test_a_part_of_it_is_told_by_its_name(boss, ada):
    prices = PriceListFactory()
    watching.start(user=boss, subject=subject_of(prices))
    rule = PriceRuleFactory(price_list=prices)
    save(rule, ada, note="Weekend")
    rule._history_user = ada
    rule.delete()
    assert sweep() == 1
    words = told()[0].subject
    assert "Price rule: Added, Price rule: Changed, Price rule: Deleted" in words


def test_a_change_that_was_just_written_waits_for_its_transaction(boss, ada, product):
    watching.start(user=boss, subject=subject_of(product))
    save(product, ada, name="New name")
    WatchMark.objects.update(changed_until=timezone.now() - timedelta(hours=1))
    assert watched_changes.tell_watchers() == 0
    assert sweep() == 1


def test_many_that_one_person_changed_at_once_are_one_message(boss, ada):
    bob = UserFactory(staff="admin", first_name="Bob", last_name="Ray")
    many = [ProductFactory() for _number in range(6)]
    for one in many:
        watching.start(user=boss, subject=subject_of(one))
    for one in many[:5]:
        save(one, ada, name="New name")
    save(many[5], bob, name="His name")
    assert sweep() == 2
    together, single = told()
    assert (together.subject, together.body.strip()) == ("5 products: Changed", "By Ada Byron.")
    assert together.subject_id == ""
    page = browser_of(boss).get(together.link).content.decode()
    assert all(f"/product/{one.pk}/change/" in page for one in many[:5])
    assert f"/product/{many[5].pk}/change/" not in page
    assert single.subject == f"Product {many[5]}: Changed"


def test_too_many_for_an_address_lead_to_the_list(boss, ada, monkeypatch):
    monkeypatch.setattr(watching, "LONGEST_LINK", 40)
    many = [ProductFactory() for _number in range(5)]
    for one in many:
        watching.start(user=boss, subject=subject_of(one))
        save(one, ada, name="New name")
    sweep()
    assert told()[0].link == "/admin/commerce/product/"


def test_who_lost_the_right_is_told_nothing(ada, product):
    reader = UserFactory(staff="support")
    watching.start(user=reader, subject=subject_of(product))
    reader.groups.clear()
    save(product, ada, name="New name")
    assert sweep() == 0


def test_a_background_change_is_somebodys(boss, product):
    watching.start(user=boss, subject=subject_of(product))
    save(product, None, name="By a task")
    assert sweep() == 1
    assert told()[0].body.strip() == "By somebody."


def test_everything_with_history_that_can_be_watched_tells_in_one_way_or_the_other():
    watched = {
        model._meta.label: view
        for model, view in admin.site._registry.items()
        if has_history(model) and view.can_watch and not model._meta.proxy
    }
    assert {label for label, view in watched.items() if not view.tells_changes} == RECORDS_EVENTS
    assert all(hasattr(view, "kept_inlines") for view in watched.values() if view.tells_changes)
