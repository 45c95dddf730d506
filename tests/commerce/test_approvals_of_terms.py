"""A reseller's commission and price list, on each of their paths: the form, the API, a file, and opening a new one."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.approval_settings import ApprovalPage
from commerce.models import PriceList, Reseller
from commerce.services import catalogue, reseller_terms, resellers
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Approval, Event, User
from core.services import approvals
from tests.commerce.imports import csv_of, handed_in, imported, signed_in
from tests.commerce.second_person import api, as_if_old, asked, expired
from tests.factories import UserFactory
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory
from tests.factories_parties import MembershipFactory, ResellerFactory

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "admin"
HALF = Decimal(40)


@pytest.fixture(autouse=True)
def _default_limits() -> Iterator[None]:
    site_settings.forget()
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def shop() -> Reseller:
    reseller: Reseller = ResellerFactory(commission_rate=Decimal("2.50"))
    as_if_old(reseller)
    return reseller


def cheap(percent: Decimal | int = HALF, **values: Any) -> PriceList:
    """A list at so many per cent of the list price."""
    ProductFactory()
    price_list: PriceList = PriceListFactory(**values)
    PriceRuleFactory(price_list=price_list, kind="percent", percent=Decimal(percent))
    return price_list


def form_of(reseller: Reseller | None, **values: Any) -> dict[str, Any]:
    held = {
        name: getattr(reseller, name) if reseller else ""
        for name in (
            "business_name",
            "contact_person",
            "email",
            "phone",
            "address",
            "city",
            "state",
            "country",
        )
    }
    terms = {"commission_rate": reseller.commission_rate if reseller else "0", "price_list": ""}
    return {**held, **terms, **values}


def post(by: User, reseller: Reseller | None, **values: Any) -> str:
    """What is read after saving the form."""
    browser = Browser()
    browser.force_login(by)
    url = reverse("admin:commerce_reseller_add")
    if reseller:
        url = reverse("admin:commerce_reseller_change", args=[reseller.pk]) + "?edit=1"
    answer = browser.post(url, form_of(reseller, **values), follow=True)
    assert "errorlist" not in answer.content.decode()
    return " ".join(str(message) for message in answer.context["messages"])


def changed(by: User, reseller: Reseller, **values: Any) -> None:
    with acting_as(actor_for_user(by)):
        resellers.change_reseller(reseller=reseller, values=values)


def only() -> Approval:
    return Approval.objects.get()


# The form


def test_the_form_says_what_waits_and_what_took_effect(ann: User, bob: User, shop: Reseller) -> None:
    told = post(ann, shop, commission_rate="100", city="Austin", business_name="Renamed")
    assert "Not changed yet of Renamed" in told
    assert ": Commission 2.50 % → 100.00 %" in told
    assert "second person" in told
    assert "Everything else was saved." in told
    assert "successfully" not in told
    shop.refresh_from_db()
    assert (shop.commission_rate, shop.city) == (Decimal("2.50"), "Austin")
    approval = only()
    assert (approval.kind, approval.limit) == ("reseller.commission", "5 points")
    with pytest.raises(NotAllowed) as refused:
        approvals.approve(approval_id=approval.pk, by=ann)
    assert refused.value.code == "own_approval"
    approvals.approve(approval_id=approval.pk, by=bob)
    shop.refresh_from_db()
    assert shop.commission_rate == 100
    assert Event.objects.filter(kind="reseller.changed", actor_label="Bob Ray + Ann Lee").exists()


def test_where_all_that_was_typed_waits_nothing_is_told_to_be_saved(ann: User, shop: Reseller) -> None:
    told = post(ann, shop, commission_rate="30")
    assert "Not changed yet" in told
    assert "saved" not in told
    assert "successfully" not in told


def test_below_the_limit_and_downwards_nothing_waits(ann: User, shop: Reseller) -> None:
    assert "successfully" in post(ann, shop, commission_rate="7.5")
    shop.refresh_from_db()
    as_if_old(shop)
    assert "successfully" in post(ann, shop, commission_rate="0")
    assert not Approval.objects.exists()


def test_a_new_reseller_is_opened_without_what_waits(ann: User, bob: User) -> None:
    prices = cheap()
    values = {"business_name": "Nova", "contact_person": "Sara", "email": "a@nova.example", "currency": "USD"}
    told = post(ann, None, **values, commission_rate="90", price_list=str(prices.pk))
    assert "Commission 0.00 % → 90.00 %" in told
    assert f"Price list Default → {prices.name} ({prices.code}), Moves a price by up to – → 60 %" in told
    opened = Reseller.objects.get()
    assert (opened.commission_rate, opened.price_list) == (0, None)
    for approval in Approval.objects.all():
        assert approval.subject_id == str(opened.pk)
        approvals.approve(approval_id=approval.pk, by=bob)
    opened.refresh_from_db()
    assert (opened.commission_rate, opened.price_list) == (90, prices)


def test_a_service_that_is_called_without_asking_opens_nothing(ann: User) -> None:
    values = {"business_name": "Nova", "email": "a@nova.example", "commission_rate": Decimal(90)}
    with acting_as(actor_for_user(ann)), pytest.raises(InvalidInput) as refused:
        resellers.open_reseller(values=values)
    assert (refused.value.code, list(refused.value.errors)) == ("approval_required", ["commission_rate"])
    assert not Reseller.objects.exists()


def test_a_rate_that_is_none_is_refused_rather_than_asked_for(ann: User, shop: Reseller) -> None:
    answer = api(ann).patch(f"/api/resellers/{shop.pk}/", {"commission_rate": "150"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["commission_rate"])
    assert not Approval.objects.exists()


# Steps


def test_a_commission_raised_step_by_step_waits(ann: User, shop: Reseller) -> None:
    changed(ann, shop, commission_rate=Decimal(5))
    changed(ann, shop, commission_rate=Decimal("7.5"))
    with pytest.raises(ApprovalNeeded):
        changed(ann, shop, commission_rate=Decimal("7.51"))
    # Lowered in between, it counts from there.
    changed(ann, shop, commission_rate=Decimal(0))
    with pytest.raises(ApprovalNeeded):
        changed(ann, shop, commission_rate=Decimal("5.01"))


def test_a_reseller_opened_today_counts_from_nothing(ann: User) -> None:
    values = {"business_name": "Nova", "email": "a@nova.example", "commission_rate": Decimal(5)}
    with acting_as(actor_for_user(ann)):
        opened = resellers.write_reseller(reseller=None, values=values)
    assert not opened.waiting
    with pytest.raises(ApprovalNeeded):
        changed(ann, opened.reseller, commission_rate=Decimal(6))


def test_lists_that_are_each_a_little_cheaper_are_one_step(ann: User, shop: Reseller) -> None:
    changed(ann, shop, price_list=cheap(70))
    with pytest.raises(ApprovalNeeded):
        changed(ann, shop, price_list=cheap(45))


# What a list is compared with


def test_a_list_is_given_when_prices_move_little(ann: User, shop: Reseller) -> None:
    prices = cheap(60)
    assert "successfully" in post(ann, shop, price_list=str(prices.pk))
    shop.refresh_from_db()
    assert shop.price_list == prices


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "percent", "percent": 40},
        {"kind": "list", "commission_percent": 60},
        {"kind": "list", "tax_percent": 51},
        {"kind": "list", "service_fee": 51},
        {"kind": "list", "allow_below_cost": True},
        {"kind": "percent", "percent": 40, "valid_from": "later"},
    ],
)
def test_fees_and_what_begins_later_are_price(ann: User, shop: Reseller, rule: dict[str, Any]) -> None:
    ProductFactory()
    begins = timezone.now() + timedelta(days=1)
    values = {
        name: begins if value == "later" else Decimal(value) if type(value) is int else value
        for name, value in rule.items()
    }
    prices = PriceListFactory()
    PriceRuleFactory(price_list=prices, **values)
    with pytest.raises(ApprovalNeeded):
        changed(ann, shop, price_list=prices)


def test_a_list_that_is_not_in_force_yet_is_looked_at_as_if_it_were(ann: User, shop: Reseller) -> None:
    with pytest.raises(ApprovalNeeded):
        changed(ann, shop, price_list=cheap(active=False))


def test_a_fixed_price_and_a_range_are_compared_as_they_are_sold(ann: User, shop: Reseller) -> None:
    product, ranged = ProductFactory(price=Decimal(200)), ProductFactory(ranged=True)
    prices = PriceListFactory()
    fixed = PriceRuleFactory(price_list=prices, product=product, kind="fixed", fixed_price=Decimal(100))
    PriceRuleFactory(price_list=prices, product=ranged, kind="percent", percent=Decimal(51))
    changed(ann, shop, price_list=prices)
    fixed.fixed_price = Decimal(99)
    fixed.save()
    with pytest.raises(ApprovalNeeded):
        changed(ann, ResellerFactory(), price_list=prices)


# The API


def test_the_api_waits_for_terms_and_does_the_rest(ann: User, bob: User, shop: Reseller) -> None:
    path, prices = f"/api/resellers/{shop.pk}/", cheap()
    wanted = {"city": "Rome", "commission_rate": "40.00", "price_list": prices.pk}
    answer = api(ann).patch(path, wanted, format="json")
    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "approval required"
    assert set(body["approvals"]) == {"commission_rate", "price_list"}
    shown = body["reseller"]
    assert (shown["city"], shown["commission_rate"], shown["price_list"]) == ("Rome", "2.50", None)
    for number in body["approvals"].values():
        approvals.approve(approval_id=number, by=bob)
    shown = api(ann).get(path).json()
    assert (shown["commission_rate"], shown["price_list"]) == ("40.00", prices.pk)


def test_the_api_opens_a_reseller_without_what_waits(ann: User) -> None:
    wanted = {"business_name": "Nova", "email": "a@nova.example", "commission_rate": "100"}
    answer = api(ann).post("/api/resellers/", wanted, format="json")
    assert (answer.status_code, answer.json()["reseller"]["commission_rate"]) == (202, "0.00")
    assert Reseller.objects.get().commission_rate == 0
    assert only().subject_id == str(answer.json()["reseller"]["id"])


def test_brief_2_s_sellers_have_no_terms_to_set(ann: User, shop: Reseller) -> None:
    for body in ({"name": "Nova", "commission_rate": "100"}, {"name": "Nova", "price_list": cheap().pk}):
        api(ann).put(f"/api/sellers/{shop.pk}/", body, format="json")
        api(ann).post("/api/sellers/", body, format="json")
    assert not Reseller.objects.filter(commission_rate__gt=50).exists()
    assert not Reseller.objects.exclude(price_list=None).exists()


def test_above_the_limit_no_member_of_a_reseller_sets_its_terms(shop: Reseller) -> None:
    owner = MembershipFactory(reseller=shop).user
    with acting_as(actor_for_user(owner)), pytest.raises(NotAllowed):
        resellers.change_reseller(reseller=shop, values={"commission_rate": Decimal(90)})


# Files

HEAD = ["email", "business_name", "contact_person", "commission_rate", "price_list", "currency"]


def test_a_file_with_terms_above_the_limits_is_refused_by_row(shop: Reseller) -> None:
    prices = cheap()
    rows = [
        HEAD,
        [shop.email, shop.business_name, "Sara", "100", "", "USD"],
        ["a@nova.example", "Nova", "Sara", "90", "", "USD"],
        ["b@nova.example", "Nova 2", "Sara", "1", prices.code, "USD"],
        ["c@nova.example", "Nova 3", "Sara", "1", "", "USD"],
    ]
    admin = signed_in("admin")
    run = handed_in(admin, "reseller", csv_of(rows))
    assert (run.refused, run.new, run.changed) == (3, 1, 0)
    assert str(run.result["problems"]).count("second person") == 3
    imported(admin, "reseller", run, only_good="yes")
    assert not Reseller.objects.filter(commission_rate__gt=10).exists()
    assert not Reseller.objects.exclude(price_list=None).exists()
    assert not Approval.objects.exists()


def test_a_file_that_was_checked_is_held_to_the_limits_again(shop: Reseller) -> None:
    admin = signed_in("admin")
    rows = [HEAD, [shop.email, shop.business_name, "Sara", "7", "", "USD"]]
    run = handed_in(admin, "reseller", csv_of(rows))
    assert run.changed == 1
    site_settings.save(ApprovalPage, {"commission_points": "0"}, user=None)
    imported(admin, "reseller", run)
    shop.refresh_from_db()
    assert shop.commission_rate == Decimal("2.50")


# The decision


def raised(shop: Reseller, by: User) -> Approval:
    def work(reseller: Reseller) -> None:
        resellers.change_reseller(reseller=reseller, values={"commission_rate": Decimal(50)})

    return asked(by, shop, work)


def test_expired_stale_and_gone_are_refused(ann: User, bob: User, shop: Reseller) -> None:
    late = expired(raised(shop, ann))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=late.pk, by=bob)
    assert refused.value.code == "approval_expired"
    stale = raised(shop, ann)
    resellers.change_reseller(reseller=shop, values={"commission_rate": Decimal(3)})
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=stale.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert "Commission: 2.50 % → 3.00 %" in refused.value.message
    resellers.close(reseller=shop, reason="Over")
    with pytest.raises(Conflict):
        approvals.approve(approval_id=stale.pk, by=bob)
    shop.refresh_from_db()
    assert shop.commission_rate == 3


def test_what_somebody_has_done_already_is_not_done_again(ann: User, bob: User, shop: Reseller) -> None:
    approval = raised(shop, ann)
    resellers.change_reseller(reseller=shop, values={"commission_rate": Decimal(50)})
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "state_changed"


def test_a_list_whose_prices_moved_meanwhile_is_not_given(ann: User, bob: User, shop: Reseller) -> None:
    prices = cheap()
    approval = asked(
        ann, shop, lambda shop: resellers.change_reseller(reseller=shop, values={"price_list": prices})
    )
    rule = prices.rules.get()
    rule.percent = Decimal(10)
    rule.save()
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert "Moves a price by up to: 60 % → 90 %" in refused.value.message
    rule.delete()
    prices.delete()
    with pytest.raises(Conflict):
        approvals.approve(approval_id=approval.pk, by=bob)


def test_finance_does_not_decide_what_it_may_not_do(ann: User, shop: Reseller) -> None:
    approval = raised(shop, ann)
    with pytest.raises(NotAllowed) as refused:
        approvals.approve(approval_id=approval.pk, by=UserFactory(staff="finance"))
    assert refused.value.code == "not_a_decider"


def test_what_the_product_does_and_a_business_of_one_wait_for_nobody(ann: User, shop: Reseller) -> None:
    resellers.change_reseller(reseller=shop, values={"commission_rate": Decimal(50)})
    site_settings.save(ApprovalPage, {"active": False}, user=None)
    changed(ann, shop, commission_rate=Decimal(100))
    assert reseller_terms.waiting(shop, {"commission_rate": Decimal(0)}) == {}


def test_the_reseller_s_page_tells_that_its_terms_wait(ann: User, bob: User, shop: Reseller) -> None:
    approval = raised(shop, ann)
    browser = Browser()
    browser.force_login(bob)
    page = browser.get(reverse("admin:commerce_reseller_change", args=[shop.pk])).content.decode()
    assert reverse("admin:core_approval_change", args=[approval.pk]) in page
