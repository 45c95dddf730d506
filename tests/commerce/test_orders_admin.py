"""Orders in the admin: found by what people have in hand, told as a story, changed only by guarded dialogs."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from commerce.models import Attempt, Order
from core.ids import uuid7
from core.models import Event
from tests.factories import UserFactory
from tests.factories_catalog import ProviderFactory, RecipientFieldFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_orders import Shop, fail, make_shop, process
from tests.factories_parties import ClientFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/commerce/order/"


@pytest.fixture
def shop() -> Shop:
    shop = make_shop()
    RecipientFieldFactory(brand=shop.product.brand, key="phone", kind="msisdn", label="Phone", required=False)
    shop.product.brand.country = "US"
    shop.product.brand.save()
    return shop


def staff(role: str) -> Client:
    http = Client()
    http.force_login(UserFactory(staff=role))
    return http


def page(order: Order) -> str:
    return reverse("admin:commerce_order_change", args=[order.pk])


def dialog(order: Order, action: str) -> str:
    return reverse(f"admin:commerce_order_{action}", args=[order.pk])


def submit(http: Client, url: str, **values: Any) -> Any:
    return http.post(url, {"_form_submitted": "True", "reason": "Asked by phone", **values})


@pytest.mark.parametrize(
    "term", ["number", "reference", "+14155550100", "415 555 0100", "(415) 555-0100", "id"]
)
def test_an_order_is_found_by_whatever_people_have(shop: Shop, term: str) -> None:
    order = shop.order(reference="web-77", recipient={"phone": "+14155550100"})
    other = shop.order(reference="other", recipient={"phone": "+14155550199"})
    terms = {"number": order.order_number.lower(), "reference": "web-7", "id": str(order.pk)}

    html = staff("support").get(LIST, {"q": terms.get(term, term)}).content.decode()

    assert order.order_number in html
    assert other.order_number not in html


@pytest.mark.parametrize("term", ["zz", "nothing like it", "%", "' OR 1=1 --"])
def test_a_search_without_a_match_is_an_empty_list(shop: Shop, term: str) -> None:
    order = shop.order()

    answer = staff("support").get(LIST, {"q": term})

    assert answer.status_code == 200
    assert order.order_number not in answer.content.decode()


def test_the_list_costs_a_bounded_number_of_queries(shop: Shop, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        shop.order(reference=str(number), quantity=1) if number < 9 else None
    http = staff("admin")
    http.get(LIST)

    with django_assert_max_num_queries(12):
        http.get(LIST, {"status__exact": "created"})


def test_the_page_tells_the_whole_story(shop: Shop) -> None:
    order = shop.delivered(recipient={"phone": "+14155550100"})

    html = staff("admin").get(page(order)).content.decode()

    for told in (
        "+14155550100",
        "$10.00",
        "Sale",
        "Commission",
        "Sandbox One",
        "Placed",
        "Delivered, money captured",
    ):
        assert told in html, told


def test_the_page_costs_a_bounded_number_of_queries(shop: Shop, django_assert_max_num_queries: Any) -> None:
    order = shop.delivered()
    http = staff("admin")
    http.get(page(order))

    with django_assert_max_num_queries(25):
        http.get(page(order))


@pytest.mark.parametrize(
    ("role", "seen"), [("admin", True), ("finance", True), ("support", False), ("moderator", False)]
)
def test_cost_and_margin_are_for_those_who_may_see_them(shop: Shop, role: str, seen: bool) -> None:
    html = staff(role).get(page(shop.delivered())).content.decode()

    assert ("Margin" in html) is seen
    assert ("$8.00" in html) is seen


def test_an_order_is_never_edited_or_deleted_by_hand(shop: Shop) -> None:
    order = shop.order()
    http = staff("super_admin")

    assert http.post(page(order), {"total": "1"}).status_code in (302, 403)
    assert http.get(reverse("admin:commerce_order_delete", args=[order.pk])).status_code == 403
    order.refresh_from_db()
    assert order.total == 10


def test_an_order_that_does_not_exist_leads_back_to_the_list() -> None:
    assert staff("admin").get("/admin/commerce/order/nonsense/change/").status_code == 302


def test_finance_refunds_part_of_an_order_with_a_reason(shop: Shop) -> None:
    order = shop.delivered()

    answer = submit(staff("finance"), dialog(order, "refund"), amount="4.00")

    order.refresh_from_db()
    assert answer.headers["HX-Redirect"]
    assert (order.refunded_amount, order.payment_status) == (4, "partially_refunded")
    event = Event.objects.get(kind="refund.created")
    assert (event.actor_kind, event.data["reason"]) == ("staff", "Asked by phone")


def test_a_refund_beyond_what_is_left_is_explained_in_the_dialog(shop: Shop) -> None:
    order = shop.delivered()

    answer = submit(staff("finance"), dialog(order, "refund"), amount="10.01")

    assert "HX-Redirect" not in answer.headers
    assert "$10.00" in answer.content.decode()
    order.refresh_from_db()
    assert order.refunded_amount == 0


def test_opening_a_dialog_changes_nothing(shop: Shop) -> None:
    order = shop.order()

    assert staff("admin").get(dialog(order, "cancel")).status_code == 200
    order.refresh_from_db()
    assert order.status == "created"


def test_an_action_needs_its_reason(shop: Shop) -> None:
    order = shop.order()

    submit(staff("admin"), dialog(order, "cancel"), reason="")

    order.refresh_from_db()
    assert order.status == "created"


ACTIONS = {
    "refund": "commerce.refund_order",
    "cancel": "commerce.cancel_order",
    "deliver_again": "commerce.retry_order",
    "place_again": "commerce.retry_order",
    "mark_delivered": "commerce.resolve_order",
    "mark_failed": "commerce.resolve_order",
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_an_action_is_only_for_those_with_its_permission(shop: Shop, action: str, role: str) -> None:
    order = shop.order()
    if action == "mark_delivered":
        order = unknown(shop)
    app, codename = ACTIONS[action].split(".")
    allowed = Permission.objects.filter(
        group__name=role, content_type__app_label=app, codename=codename
    ).exists()

    answer = staff(role).get(dialog(order, action))

    assert (answer.status_code == 403) is not allowed


def unknown(shop: Shop) -> Order:
    """An order whose provider did not say what became of it."""
    order = shop.order()
    process(order)
    Attempt.objects.create(
        id=uuid7(), order=order, number=1, provider=shop.provider, cost=order.cost, currency="USD", status="unknown",
        started_at=order.created_at,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(status="unknown")
    order.refresh_from_db()
    return order


def test_an_unknown_outcome_is_decided_with_evidence(shop: Shop) -> None:
    order = unknown(shop)

    submit(
        staff("admin"), dialog(order, "mark_delivered"), evidence="Provider's portal, line 7", reference="P-7"
    )

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("fulfilled", "captured")


def test_a_failed_order_is_placed_again_once_at_todays_price(shop: Shop) -> None:
    order = shop.order(recipient={"phone": "+14155550100"})
    fail(order)
    shop.product.price = Decimal(12)
    shop.product.save()
    http = staff("support")

    submit(http, dialog(order, "place_again"))
    again = submit(http, dialog(order, "place_again"))

    new = Order.objects.get(retry_of=order)
    assert (new.total, new.recipient, new.channel) == (12, {"phone": "+14155550100"}, "admin")
    assert "HX-Redirect" not in again.headers


def test_orders_are_found_in_the_command_palette_by_those_who_may_see_them(shop: Shop) -> None:
    order = shop.order(reference="web-77")

    found = staff("support").get("/admin/search/", {"s": "web-77"}).content.decode()

    assert order.order_number in found


@pytest.mark.parametrize(
    "name", ["brand__id__exact", "product__id__exact", "client__id__exact", "reseller__id__exact", "provider"]
)
def test_the_list_is_filtered_by_whom_and_what(shop: Shop, name: str) -> None:
    """Each order differs from the other in everything a filter asks for."""
    mine, other = shop.delivered(), make_shop().delivered()
    for order in (mine, other):
        Order.objects.filter(pk=order.pk).update(client=ClientFactory(reseller=order.reseller))
    other.attempts.update(provider=ProviderFactory(code="another"))
    mine.refresh_from_db()
    wanted = {
        "brand__id__exact": mine.brand_id,
        "product__id__exact": mine.product_id,
        "client__id__exact": mine.client_id,
        "reseller__id__exact": mine.reseller_id,
        "provider": mine.attempts.get().provider_id,
    }

    html = staff("admin").get(LIST, {name: wanted[name]}).content.decode()

    assert mine.order_number in html and other.order_number not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("payment_status__exact=held", ["held"]),
        ("payment_status__exact=captured", ["captured"]),
        ("payment_status__exact=released", ["released"]),
        ("payment_status__exact=pending", ["app"]),
        ("source__exact=app_user", ["app"]),
        ("source__exact=reseller_client", ["held", "captured", "released"]),
        ("channel__exact=admin", ["captured"]),
        ("channel__exact=nonsense", []),
        ("provider=nobody", []),
        ("provider=99", []),
        ("created_at_from=2001-01-01&created_at_to=2001-01-02", []),
    ],
)
def test_the_list_is_filtered_by_how(shop: Shop, query: str, found: list[str]) -> None:
    orders = {"held": shop.order(), "captured": shop.delivered(), "released": shop.order()}
    fail(orders["released"])
    orders["app"], _payment = place_for_customer()
    Order.objects.filter(pk=orders["captured"].pk).update(channel="admin")

    html = staff("admin").get(f"{LIST}?{query}").content.decode()

    assert [name for name, order in orders.items() if order.order_number in html] == found


def test_what_a_person_decided_is_told_in_words(shop: Shop) -> None:
    order = shop.delivered()
    decided = {"decided_by_hand": {"reason": "Seen it", "evidence": "Screenshot 7"}, "codes": ["a", None]}
    order.attempts.update(response=decided)

    html = staff("admin").get(page(order)).content.decode()

    assert "Decided by a person" in html and "Seen it · Screenshot 7" in html
    assert "decided_by_hand" not in html and "{&#x27;" not in html
