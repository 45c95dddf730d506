"""A price list that comes into force, goes out of it or becomes the default is another list for its buyers."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.models import PriceList
from commerce.services import catalogue, price_lists
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Approval, User
from core.services import approvals
from tests.commerce.imports import csv_of, handed_in, signed_in
from tests.commerce.second_person import as_if_old, asked, expired
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "admin"


@pytest.fixture(autouse=True)
def _as_always() -> Iterator[None]:
    site_settings.forget()
    catalogue.forget()
    ProductFactory()
    yield
    catalogue.forget()


def list_at(percent: int, **values: Any) -> PriceList:
    price_list: PriceList = PriceListFactory(**values)
    PriceRuleFactory(price_list=price_list, kind="percent", percent=Decimal(percent))
    as_if_old(price_list)
    return price_list


def changed(by: User, price_list: PriceList, **values: Any) -> PriceList:
    fresh = PriceList.objects.get(pk=price_list.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    with acting_as(actor_for_user(by)):
        return price_lists.save_price_list(fresh)


def post(by: User, price_list: PriceList | None, **values: Any) -> str:
    """What is read after saving the form."""
    held = {"name": price_list.name, "code": price_list.code} if price_list else {}
    form = {**held, "active": "on", "rules-TOTAL_FORMS": "0", "rules-INITIAL_FORMS": "0", **values}
    url = reverse("admin:commerce_pricelist_add")
    if price_list:
        url = reverse("admin:commerce_pricelist_change", args=[price_list.pk]) + "?edit=1"
    browser = Browser()
    browser.force_login(by)
    answer = browser.post(url, form, follow=True)
    assert "errorlist" not in answer.content.decode()
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_cheap_list_becomes_the_default_by_two(ann: User, bob: User) -> None:
    old, cheap = list_at(100, is_default=True), list_at(10)
    told = post(ann, cheap, is_default="on", name="Renamed")
    assert "Default No → Yes, Moves a price by up to – → 90 %" in told
    assert "Everything else was saved." in told
    cheap.refresh_from_db()
    assert (cheap.is_default, cheap.name) == (False, "Renamed")
    approval = Approval.objects.get()
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=ann)
    approvals.approve(approval_id=approval.pk, by=bob)
    cheap.refresh_from_db()
    old.refresh_from_db()
    assert (cheap.is_default, old.is_default) == (True, False)


def test_one_that_moves_little_becomes_it_at_once(ann: User) -> None:
    list_at(100, is_default=True)
    near = list_at(60)
    assert "successfully" in post(ann, near, is_default="on")
    near.refresh_from_db()
    assert near.is_default


def test_a_new_list_waits_to_be_the_default_where_prices_would_jump(ann: User, bob: User) -> None:
    old = list_at(30, is_default=True)
    told = post(ann, None, name="New", code="new", is_default="on")
    assert "Not changed yet of New" in told
    made = PriceList.objects.get(code="new")
    assert (made.is_default, made.active) == (False, True)
    with acting_as(actor_for_user(ann)), pytest.raises(InvalidInput):
        price_lists.save_price_list(PriceList(name="Newer", code="newer", is_default=True))
    approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    old.refresh_from_db()
    assert not old.is_default


def test_a_list_that_somebody_has_comes_into_force_by_two(ann: User, bob: User) -> None:
    cheap = list_at(10, active=False)
    ResellerFactory(price_list=cheap)
    with pytest.raises(ApprovalNeeded):
        changed(ann, cheap, active=True)
    dear = list_at(300)
    ResellerFactory(price_list=dear)
    with pytest.raises(ApprovalNeeded):
        changed(ann, dear, active=False)


def test_one_that_nobody_has_comes_and_goes_freely(ann: User) -> None:
    cheap = list_at(10, active=False)
    changed(ann, cheap, active=True)
    changed(ann, cheap, active=False)
    assert not Approval.objects.exists()


def test_defaults_that_are_each_a_little_cheaper_are_one_step(ann: User) -> None:
    list_at(100, is_default=True)
    changed(ann, list_at(70), is_default=True)
    with pytest.raises(ApprovalNeeded):
        changed(ann, list_at(45), is_default=True)
    # What was changed about the default is no matter of other lists.
    own = list_at(44, active=False)
    ResellerFactory(price_list=own)
    with pytest.raises(ApprovalNeeded):
        changed(ann, list_at(40), is_default=True)
    changed(ann, own, active=True)


def test_the_default_is_not_deleted(ann: User) -> None:
    browser = signed_in("super_admin")
    kept, other = list_at(30, is_default=True), list_at(40)
    for price_list in (kept, other):
        browser.post(reverse("admin:commerce_pricelist_delete", args=[price_list.pk]), {"post": "yes"})
    assert list(PriceList.objects.all()) == [kept]


def test_a_file_is_refused_by_row(ann: User) -> None:
    list_at(100, is_default=True)
    cheap = list_at(10)
    rows = [["code", "name", "is_default"], [cheap.code, cheap.name, "yes"]]
    run = handed_in(signed_in("admin"), "pricelist", csv_of(rows))
    assert run.refused == 1
    assert "second person" in str(run.result["problems"])


def test_expired_stale_and_gone_are_refused(ann: User, bob: User) -> None:
    old, cheap = list_at(100, is_default=True), list_at(10)

    def work(_shop: Any) -> None:
        changed(ann, cheap, is_default=True)

    late = expired(asked(ann, None, work))  # type: ignore[arg-type]
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=late.pk, by=bob)
    assert refused.value.code == "approval_expired"
    stale = asked(ann, None, work)  # type: ignore[arg-type]
    old.rules.update(percent=Decimal(90))
    catalogue.forget()
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=stale.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert "Moves a price by up to: 90 % → 88.9 %" in refused.value.message
    cheap.delete()
    with pytest.raises(Conflict):
        approvals.approve(approval_id=stale.pk, by=bob)
