"""Ways around a second person: by another name, in steps, beside the rule's price, by the parcel's last step."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group

from commerce.approval_settings import ApprovalPage
from commerce.approvals import FundWallet
from commerce.models import Order, PriceRule, Reseller
from commerce.services import fulfilment, price_moves, price_rules
from commerce.services.deliveries import Step, move
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, NotAllowed
from core.models import Approval, User
from core.services import approvals
from tests.commerce.second_person import api, as_if_old, asked, dialog, fund, wallet
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory
from tests.factories_fulfilment import shipped_order
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "super_admin"


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    site_settings.forget()


# Names


@pytest.mark.parametrize("name", ["Anna", "Ann Lee + Bob"])
def test_under_another_name_it_is_still_the_same_person(ann: User, name: str) -> None:
    reseller = ResellerFactory(funds=100)
    dialog(ann, reseller, "fund", amount="9000", reason="Wire")
    User.objects.filter(pk=ann.pk).update(first_name=name)
    dialog(User.objects.get(pk=ann.pk), reseller, "fund", amount="9000", reason="Wire, the rest")
    assert wallet(reseller).balance == 9100
    assert Approval.objects.get().amount == 9000


def test_what_a_person_approved_is_not_counted_as_theirs(ann: User, bob: User) -> None:
    reseller = ResellerFactory(funds=100)
    approvals.approve(approval_id=asked(ann, reseller).pk, by=bob)
    dialog(bob, reseller, "fund", amount="10000", reason="Wire")
    assert wallet(reseller).balance == 30_100
    dialog(bob, reseller, "fund", amount="1", reason="Wire")
    assert wallet(reseller).balance == 30_100


# Whoever asked or decides is not any more who they were


def test_whoever_asked_lost_the_right_meanwhile(ann: User, bob: User) -> None:
    reseller = ResellerFactory(funds=100)
    approval = asked(ann, reseller)
    ann.groups.set([Group.objects.get(name="support")])
    User.objects.filter(pk=ann.pk).update(is_superuser=False)
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "asker_not_allowed"
    assert wallet(reseller).balance == 100


def test_a_session_older_than_the_end_of_an_account_approves_nothing(ann: User, bob: User) -> None:
    reseller = ResellerFactory(funds=100)
    approval = asked(ann, reseller)
    assert bob.has_perm("core.decide_approval")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=bob)
    assert wallet(reseller).balance == 100


# Prices in steps, and beside the price


def rule_of(percent: int | str, **values: Any) -> PriceRule:
    rule = PriceRuleFactory(price_list=PriceListFactory(), kind="percent", percent=Decimal(percent), **values)
    as_if_old(rule)
    return rule


def changed(by: User, rule: PriceRule, **values: Any) -> None:
    for name, value in values.items():
        setattr(rule, name, value)
    with acting_as(actor_for_user(by)):
        price_rules.save_rule(rule=rule)


def test_a_price_lowered_step_by_step_waits(ann: User) -> None:
    rule = rule_of(100)
    changed(ann, rule, percent=Decimal(70))
    with pytest.raises(ApprovalNeeded):
        changed(ann, rule, percent=Decimal(45))
    rule.refresh_from_db()
    assert rule.percent == 70


def test_a_rule_made_today_is_compared_with_what_held_without_it(ann: User) -> None:
    rule = PriceRule(price_list=PriceListFactory(), kind="percent", percent=Decimal(60))
    changed(ann, rule)
    with pytest.raises(ApprovalNeeded):
        changed(ann, rule, percent=Decimal(40))


@pytest.mark.parametrize(
    ("values", "moved"),
    [
        ({"tax_percent": Decimal(60)}, 60),
        ({"service_fee": Decimal(3)}, 30),
        ({"service_fee": Decimal(3), "delivery_fee": Decimal(4)}, 70),
        ({"allow_below_cost": True}, price_moves.BEYOND),
    ],
)
def test_tax_fees_and_the_leave_to_sell_below_cost_are_price(values: dict[str, Any], moved: int) -> None:
    for price in (10, 500):
        ProductFactory(price=Decimal(price))
    held = PriceRule(kind="percent", percent=Decimal(100))
    wanted = PriceRule(kind="percent", percent=Decimal(100), **values)
    assert price_moves.moved_percent(held, wanted) == moved
    assert price_moves.moved_percent(held, held) == 0


# The last step of a parcel


@pytest.fixture
def sim() -> Order:
    order, _delivery = shipped_order()
    fulfilment.deliver(order.pk)
    site_settings.save(ApprovalPage, {"order": "0"}, user=None)
    for step in (Step("confirmed"), Step("dispatched", courier="Post", tracking_number="TR-1")):
        move(order_id=order.pk, step=step)
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize(("status", "order_status"), [("delivered", "fulfilled"), ("cancelled", "failed")])
def test_a_large_order_is_not_ended_by_its_parcel_alone(
    ann: User, bob: User, sim: Order, status: str, order_status: str
) -> None:
    answer = api(ann).patch(
        f"/api/orders/{sim.pk}/status/", {"status": status, "note": "Lost"}, format="json"
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "approval required")
    sim.refresh_from_db()
    assert (sim.status, sim.delivery.status) == ("processing", "dispatched")
    approvals.approve(approval_id=answer.json()["approval"], by=bob)
    sim = Order.objects.get(pk=sim.pk)
    assert (sim.status, sim.delivery.status) == (order_status, status)


def test_a_card_and_a_code_wait_encrypted(ann: User, bob: User, sim: Order) -> None:
    iccid = "8988211000000123458"
    with acting_as(actor_for_user(ann)), pytest.raises(ApprovalNeeded) as needed:
        move(order_id=sim.pk, step=Step("delivered", iccid=iccid))
    with acting_as(actor_for_user(ann)):
        approval = approvals.ask(needed.value)
    assert iccid not in str(Approval.objects.values().get())
    approvals.approve(approval_id=approval.pk, by=bob)
    sim.delivery.refresh_from_db()
    assert sim.delivery.iccid == iccid


def test_what_its_service_would_do_otherwise_by_now_asks_for_nothing_new(
    ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    reseller: Reseller = ResellerFactory(funds=100)
    approval = asked(ann, reseller)
    monkeypatch.setattr(FundWallet, "execute", lambda _self, _approval: fund(reseller, Decimal(30_000)))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert (wallet(reseller).balance, Approval.objects.count()) == (100, 1)
