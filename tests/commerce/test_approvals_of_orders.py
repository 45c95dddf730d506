"""Refunds, orders decided by hand and rules of price lists that wait for a second person."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.approval_settings import ApprovalPage
from commerce.models import Order, PriceList, PriceRule
from commerce.services import fulfilment, price_moves, price_rules, settlement
from commerce.services.unknown import Decision, resolve
from core import site_settings
from core.exceptions import Conflict, NotAllowed
from core.models import Approval, User
from core.services import approvals
from tests.commerce.imports import csv_of, handed_in, signed_in
from tests.commerce.second_person import api, asked, dialog
from tests.commerce.test_refunds import paid
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory, ProviderFactory
from tests.factories_fulfilment import place, player_product
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "super_admin"


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    site_settings.forget()


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=6000, price=3000)


def lowered(**limits: Any) -> None:
    """Limits so low that the small orders of the factories reach them."""
    site_settings.save(ApprovalPage, limits, user=None)


# Refunds


def test_a_refund_above_the_limit_waits_and_then_goes_back_once(ann: User, bob: User, shop: Shop) -> None:
    order = shop.delivered()
    before = shop.wallet.balance
    dialog(ann, order, "refund", amount="1000.01", reason="Late")
    assert shop.wallet.balance == before
    approval = Approval.objects.get()
    assert (approval.kind, approval.subject_label) == ("order.refund", order.order_number)
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=ann)
    approvals.approve(approval_id=approval.pk, by=bob)
    order.refresh_from_db()
    assert order.refunded_amount == Decimal("1000.01")
    assert order.payment_status == "partially_refunded"


def test_the_api_asks_for_a_large_refund(ann: User, bob: User, shop: Shop) -> None:
    order = shop.delivered()
    answer = api(ann).post(
        f"/api/transactions/{order.pk}/refund/",
        {"reason": "Late"},
        format="json",
        HTTP_IDEMPOTENCY_KEY="k1",
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "approval required")
    approvals.approve(approval_id=answer.json()["approval"], by=bob)
    order.refresh_from_db()
    assert order.payment_status == "refunded"


def test_a_refund_of_what_was_refunded_meanwhile_is_refused(ann: User, bob: User, shop: Shop) -> None:
    order = shop.delivered()

    def give_back(_shop: Any) -> None:
        settlement.refund(order_id=order.pk, amount=Decimal(2000), reason="Late")

    approval = asked(ann, shop, give_back)  # type: ignore[arg-type]
    settlement.refund(order_id=order.pk, amount=Decimal(10), reason="Goodwill")
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert "Refunded: $0.00 → $10.00" in refused.value.message


def test_paying_a_payment_back_waits_whole_and_is_done_by_the_same_service(ann: User, bob: User) -> None:
    lowered(refund="20")
    _order, payment = paid()
    sent = {"amount": str(payment.amount), "reason": "Paid twice", "reference": "B-1"}
    dialog(ann, payment, "pay_out", **sent)
    assert not payment.refunds.exists()
    approval = Approval.objects.get()
    assert approval.kind == "payment.pay_out"
    approvals.approve(approval_id=approval.pk, by=bob)
    assert payment.refunds.get().amount == payment.amount


# Orders decided by hand


def unknown_order() -> Order:
    order = place("202")
    fulfilment.deliver(order.pk)
    order.refresh_from_db()
    assert order.status == "unknown"
    return order


@pytest.mark.parametrize(("action", "status"), [("mark_delivered", "fulfilled"), ("mark_failed", "failed")])
def test_deciding_a_large_unknown_order_waits(ann: User, bob: User, action: str, status: str) -> None:
    lowered(order="0")
    order = unknown_order()
    dialog(ann, order, action, reason="Seen in their panel", evidence="Ticket 7", reference="P-1")
    order.refresh_from_db()
    assert order.status == "unknown"
    approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    order.refresh_from_db()
    assert order.status == status


def test_an_order_that_ended_by_itself_meanwhile_stays_as_it_ended(ann: User, bob: User) -> None:
    lowered(order="0")
    order = unknown_order()
    dialog(ann, order, "mark_failed", reason="Not there", evidence="Their panel")
    resolve(order_id=order.pk, decision=Decision(True, "Their answer came", reference="P-1"))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    assert refused.value.code == "nothing_to_decide"
    order.refresh_from_db()
    assert order.status == "fulfilled"


def test_a_code_delivered_by_hand_waits_encrypted(ann: User, bob: User) -> None:
    lowered(order="0")
    hand = ProviderFactory(code="hand", adapter="manual")
    order = place("000", product=player_product(offers=[hand]))
    fulfilment.deliver(order.pk)
    browser = Browser()
    browser.force_login(ann)
    url = reverse("admin:commerce_manualorder_hand_delivered", args=[order.pk])
    browser.post(url, {"_form_submitted": "True", "reason": "Sent", "evidence": "Mail", "code": "GIFT-777"})
    approval = Approval.objects.get()
    assert "GIFT-777" not in str(Approval.objects.values().get())
    page = Browser()
    page.force_login(bob)
    shown = page.get(reverse("admin:core_approval_change", args=[approval.pk])).content.decode()
    assert "GIFT-777" not in shown
    approvals.approve(approval_id=approval.pk, by=bob)
    order.refresh_from_db()
    assert order.delivered_code == "GIFT-777"


# Rules of price lists


def rule_of(percent: int | str, **values: Any) -> PriceRule:
    return PriceRuleFactory(price_list=PriceListFactory(), kind="percent", percent=Decimal(percent), **values)


def sent(price_list: PriceList, *rows: dict[str, Any], initial: int) -> dict[str, Any]:
    """What the form of a list sends."""
    form: dict[str, Any] = {"name": price_list.name, "code": price_list.code, "active": "on"}
    form |= {"rules-TOTAL_FORMS": len(rows), "rules-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        form |= {f"rules-{number}-{name}": value for name, value in row.items()}
    return form


def post(by: User, price_list: PriceList, form: dict[str, Any]) -> Any:
    browser = Browser()
    browser.force_login(by)
    url = reverse("admin:commerce_pricelist_change", args=[price_list.pk])
    return browser.post(f"{url}?edit=1", form, follow=True)


def test_a_rule_moved_too_far_waits_and_the_others_are_saved(ann: User, bob: User) -> None:
    near, far = rule_of(100), None
    far = PriceRuleFactory(
        price_list=near.price_list, kind="percent", percent=Decimal(90), product=ProductFactory()
    )
    rows = [
        {"id": near.pk, "price_list": near.price_list_id, "kind": "percent", "percent": "80"},
        {
            "id": far.pk,
            "price_list": near.price_list_id,
            "kind": "percent",
            "percent": "44",
            "product": far.product_id,
        },
    ]
    answer = post(ann, near.price_list, sent(near.price_list, *rows, initial=2))
    assert "waits for a second person" in answer.content.decode()
    assert set(PriceRule.objects.values_list("percent", flat=True)) == {Decimal(80), Decimal(90)}
    approval = Approval.objects.get()
    assert (approval.before["worth"], approval.after["worth"]) == ("90 %", "44 %")
    approvals.approve(approval_id=approval.pk, by=bob)
    far.refresh_from_db()
    assert far.percent == 44


def test_a_new_rule_and_a_removed_one_are_compared_with_the_list_price(ann: User, bob: User) -> None:
    rule = rule_of(30)
    row = {
        "id": rule.pk,
        "price_list": rule.price_list_id,
        "kind": "percent",
        "percent": "30",
        "DELETE": "on",
    }
    new = {"price_list": rule.price_list_id, "kind": "percent", "percent": "40"}
    post(ann, rule.price_list, sent(rule.price_list, row, new, initial=1))
    assert PriceRule.objects.get() == rule
    addition, removal = Approval.objects.order_by("payload__rule")
    approvals.approve(approval_id=removal.pk, by=bob)
    assert not PriceRule.objects.exists()
    approvals.approve(approval_id=addition.pk, by=bob)
    assert PriceRule.objects.get().percent == 40


def test_a_rule_that_was_changed_or_removed_since_is_refused(ann: User, bob: User) -> None:
    rule = rule_of(90)

    def change(_shop: Any) -> None:
        rule.percent = Decimal(20)
        price_rules.save_rule(rule=rule)

    approval = asked(ann, None, change)  # type: ignore[arg-type]
    PriceRule.objects.filter(pk=rule.pk).update(percent=Decimal(95))
    for lost in (lambda: None, lambda: PriceRule.objects.all().delete()):
        lost()
        with pytest.raises(Conflict) as refused:
            approvals.approve(approval_id=approval.pk, by=bob)
        assert refused.value.code == "state_changed"


def test_a_file_with_a_rule_above_the_limit_is_refused_by_row() -> None:
    rule = rule_of(90)
    head = ["price_list", "product", "brand", "category", "valid_from", "valid_until", "kind", "percent"]
    rows = [head, [rule.price_list.code, "", "", "", "", "", "percent", "20"]]
    run = handed_in(signed_in("admin"), "pricelist", csv_of(rows), resource=1)
    assert run.refused == 1
    assert "second person" in str(run.result["problems"])
    rule.refresh_from_db()
    assert rule.percent == 90


@pytest.mark.parametrize(
    ("held", "wanted", "moved"),
    [
        ({"percent": 100}, {"percent": 50}, 50),
        ({"percent": 50}, {"percent": 100}, 100),
        ({"percent": 100}, {"percent": 100, "commission_percent": 60}, 60),
        ({"percent": 10}, {"percent": 10, "valid_until": "later"}, 900),
        (None, {"percent": 90}, 10),
        ({"percent": 80}, None, 25),
    ],
)
def test_how_far_a_rule_moves_prices(held: Any, wanted: Any, moved: int) -> None:
    def rule(values: Any) -> PriceRule | None:
        return (
            PriceRule(kind="percent", **{**values, "percent": Decimal(values["percent"])}) if values else None
        )

    assert price_moves.moved_percent(rule(held), rule(wanted)) == moved


def test_a_fixed_price_is_compared_with_the_list_price() -> None:
    product = ProductFactory(price=Decimal(200))

    def fixed(price: int) -> PriceRule:
        return PriceRule(kind="fixed", product=product, fixed_price=Decimal(price))

    assert price_moves.moved_percent(None, fixed(150)) == 25
    assert price_moves.moved_percent(fixed(100), fixed(150)) == 50
