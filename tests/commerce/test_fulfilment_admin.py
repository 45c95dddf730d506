"""The admin of delivery: desks, parcels, payments, providers; who may act, what is shown, what stays secret."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.models import Delivery, Order, Payment, Provider
from commerce.providers.base import providers
from commerce.providers.sandbox import SandboxAdapter
from commerce.services import floats, fulfilment, settlement
from commerce.services.payments import handle_webhook
from core.ids import uuid7
from core.models import Event
from tests.factories import UserFactory
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import (
    later,
    place,
    place_for_customer,
    player_product,
    refreshed,
    sandbox,
    scripted,
    shipped_order,
)

pytestmark = pytest.mark.django_db
LISTS = [
    "provider",
    "offer",
    "attempt",
    "sandboxdelivery",
    "unknownorder",
    "manualorder",
    "delivery",
    "payment",
    "webhookmessage",
]
S = Order.Status


def signed_in(role: str = "admin") -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role))
    return client


def act(client: Client, obj: Any, name: str, model: str = "", **data: str) -> Any:
    """Open the dialog, which changes nothing, then send it."""
    model = model or obj._meta.model_name
    url = reverse(f"admin:commerce_{model}_{name}", args=[obj.pk])
    opened = client.get(url)
    if opened.status_code != 200:
        return opened
    return client.post(url, {"_form_submitted": "True", **data})


@pytest.fixture
def unknown() -> Order:
    order = place("202")
    fulfilment.deliver(order.pk)
    return refreshed(order)


@pytest.fixture
def by_hand() -> Order:
    order = place("000", product=player_product(offers=[ProviderFactory(code="hand", adapter="manual")]))
    fulfilment.deliver(order.pk)
    return refreshed(order)


@pytest.mark.parametrize("model", LISTS)
def test_every_list_opens_empty_and_filled_in_few_queries(model):
    client = signed_in("super_admin")
    url = reverse(f"admin:commerce_{model}_changelist")
    assert client.get(url).status_code == 200
    for ending in ("202", "202", "101", "000"):
        fulfilment.deliver(place(ending).pk)
    fulfilment.deliver(shipped_order()[0].pk)
    _order, payment = place_for_customer()
    handle_webhook(message_id="m1", transaction_id=payment.pk, status="success")
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    assert len(queries) <= 14, [query["sql"][:120] for query in queries]


@pytest.mark.parametrize("model", ["attempt", "payment", "delivery", "unknownorder", "manualorder"])
@pytest.mark.parametrize(
    "term", ["TL-00000-00000", "not a uuid", "01977c5e-4d0f-7c1e-8000-000000000000", "a\x00b", "ü" * 300]
)
def test_searching_for_anything_is_no_error(model, term):
    response = signed_in("super_admin").get(reverse(f"admin:commerce_{model}_changelist"), {"q": term})
    assert response.status_code == (400 if "\x00" in term else 200)


def test_attempts_are_found_by_order_number_and_id(unknown):
    client, attempt = signed_in(), unknown.attempts.get()
    fulfilment.deliver(place("000").pk)
    for term in (unknown.order_number, str(attempt.pk)):
        response = client.get(reverse("admin:commerce_attempt_changelist"), {"q": term})
        assert [row.pk for row in response.context["cl"].result_list] == [attempt.pk]


def test_the_desk_shows_money_at_risk_and_evidence(unknown):
    client = signed_in()
    page = client.get("/admin/unknown/", follow=True)
    assert unknown.order_number in page.text
    assert '<bdi class="tl-money">$100.00</bdi>' in page.text
    detail = client.get(reverse("admin:commerce_unknownorder_change", args=[unknown.pk])).text
    assert str(unknown.attempts.get().pk) in detail
    assert "did not answer in time" in detail


def test_an_order_is_marked_delivered_with_evidence(unknown):
    client = signed_in()
    refused = act(client, unknown, "mark_delivered", "unknownorder", reason="I feel so")
    assert "reference" in refused.text and refreshed(unknown).status == S.UNKNOWN
    done = act(
        client, unknown, "mark_delivered", "unknownorder", reason="Seen", reference="PRV-1", evidence="Panel"
    )
    assert done.headers["HX-Redirect"] == reverse("admin:commerce_unknownorder_changelist")
    assert refreshed(unknown).status == S.FULFILLED
    assert Event.objects.get(kind="order.resolved").actor_kind == "staff"


def test_an_order_is_marked_failed_with_a_reason(unknown):
    client = signed_in()
    assert "HX-Redirect" not in act(client, unknown, "mark_failed", "unknownorder").headers
    act(client, unknown, "mark_failed", "unknownorder", reason="Not in their books")
    assert refreshed(unknown).status == S.FAILED


def test_the_provider_is_asked_now(unknown):
    client = signed_in()
    later(6)
    act(client, unknown, "ask_provider", "unknownorder")
    assert refreshed(unknown).status == S.FULFILLED


def test_asking_while_it_is_still_unknown_says_so():
    order = place("000", product=player_product(offers=[scripted(TimeoutError(), status=TimeoutError())]))
    fulfilment.deliver(order.pk)
    response = act(signed_in(), order, "ask_provider", "unknownorder")
    assert "HX-Redirect" in response.headers
    assert refreshed(order).status == S.UNKNOWN


@pytest.mark.parametrize("role", ["moderator", "finance", "support", "auditor"])
@pytest.mark.parametrize("name", ["mark_delivered", "mark_failed", "ask_provider"])
def test_only_those_with_the_right_decide(unknown, role, name):
    client = signed_in(role)
    assert client.get(reverse("admin:commerce_unknownorder_changelist")).status_code == 200
    url = reverse(f"admin:commerce_unknownorder_{name}", args=[unknown.pk])
    assert client.get(url).status_code == 403
    assert client.post(url, {"_form_submitted": "True", "reason": "x", "reference": "y"}).status_code == 403
    assert refreshed(unknown).status == S.UNKNOWN


def test_an_order_by_hand_is_delivered_from_the_admin(by_hand):
    client = signed_in()
    assert by_hand.order_number in client.get(reverse("admin:commerce_manualorder_changelist")).text
    act(client, by_hand, "hand_delivered", "manualorder", reason="Done", reference="R-1", code="CODE-9")
    by_hand = refreshed(by_hand)
    assert (by_hand.status, by_hand.delivered_code) == (S.FULFILLED, "CODE-9")


def test_an_order_by_hand_fails_with_a_reason(by_hand):
    act(signed_in(), by_hand, "hand_failed", "manualorder", reason="Out of stock")
    assert refreshed(by_hand).status == S.FAILED


def test_a_parcel_goes_its_way_by_dialogs():
    order, delivery = shipped_order()
    fulfilment.deliver(order.pk)
    client = signed_in("moderator")
    act(client, delivery, "confirm")
    act(client, delivery, "dispatch_it", courier="Post", tracking_number="T-1")
    act(client, delivery, "delivered")
    assert refreshed(order).status == S.FULFILLED
    wrong = act(client, delivery, "activate", iccid="8900000000000000000")
    assert "ICCID" in wrong.text
    act(client, delivery, "activate", iccid="8988 2110 0000 0123 458")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.iccid) == (Delivery.Status.ACTIVATED, "8988211000000123458")
    page = client.get(reverse("admin:commerce_delivery_change", args=[delivery.pk]))
    assert page.status_code == 200 and "T-1" in page.text


def test_steps_that_are_not_possible_are_refused_and_not_offered():
    order, delivery = shipped_order()
    fulfilment.deliver(order.pk)
    client = signed_in("moderator")
    assert act(client, delivery, "delivered").status_code == 409
    page = client.get(reverse("admin:commerce_delivery_change", args=[delivery.pk])).text
    assert reverse("admin:commerce_delivery_confirm", args=[delivery.pk]) in page
    assert reverse("admin:commerce_delivery_activate", args=[delivery.pk]) not in page


def test_support_sees_parcels_and_moves_none():
    order, delivery = shipped_order()
    fulfilment.deliver(order.pk)
    client = signed_in("support")
    assert client.get(reverse("admin:commerce_delivery_changelist")).status_code == 200
    assert act(client, delivery, "confirm").status_code == 403


def test_a_late_payment_is_shown_and_its_decision_closed():
    order, payment = place_for_customer()
    settlement.cancel(order_id=order.pk, reason="Changed their mind")
    handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    client = signed_in("finance")
    page = client.get(reverse("admin:commerce_payment_change", args=[payment.pk]))
    assert page.status_code == 200 and "paid late" in page.text
    act(client, payment, "decide", reason="The buyer keeps it as credit")
    assert Payment.objects.get(pk=payment.pk).needs_decision is False


class SecretAdapter(SandboxAdapter):
    """A sandbox with an API key, to see what is shown of it."""

    title = "With a secret"
    secrets = frozenset({"api_key"})

    class options_form(SandboxAdapter.options_form):  # noqa: N801 - the contract's name
        from django import forms as _forms

        api_key = _forms.CharField(max_length=100)


@pytest.fixture
def secretive(monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setitem(providers._items, "secretive", SecretAdapter)
    options = {"api_key": "sk-very-secret-1234", "latency_ms": 5}
    return ProviderFactory(code="secretive", name="Secretive", adapter="secretive", options=options)


def form_of(provider: Provider, **values: Any) -> dict[str, Any]:
    own = {
        "name": provider.name,
        "currency": "USD",
        "low_float": "0",
        "timeout_seconds": "10",
        "active": "on",
    }
    return {**own, **{f"option_{name}": value for name, value in values.items()}}


def test_a_secret_is_never_shown_and_stays_when_left_empty(secretive):
    client = signed_in()
    url = reverse("admin:commerce_provider_change", args=[secretive.pk])
    page = client.get(url).text
    assert "very-secret" not in page and "1234" in page
    saved = client.post(url, form_of(secretive, latency_ms="7", api_key=""))
    assert saved.status_code == 302, saved.context["adminform"].form.errors
    secretive.refresh_from_db()
    assert secretive.options == {"api_key": "sk-very-secret-1234", "latency_ms": 7}
    client.post(url, form_of(secretive, latency_ms="7", api_key="sk-another-one-9876"))
    secretive.refresh_from_db()
    assert secretive.options["api_key"] == "sk-another-one-9876"
    events = Event.objects.filter(kind="provider.options_changed").order_by("id")
    assert [event.data for event in events] == [{"options": ["latency_ms"]}, {"options": ["api_key"]}]
    assert "very-secret" not in str(list(secretive.history.values()))


def test_options_are_checked_by_the_adapters_form(secretive):
    url = reverse("admin:commerce_provider_change", args=[secretive.pk])
    response = signed_in().post(url, form_of(secretive, latency_ms="999999"))
    assert response.status_code == 200
    assert "option_latency_ms" in response.context["adminform"].form.errors


def test_those_who_only_look_see_options_masked(secretive):
    page = signed_in("moderator").get(reverse("admin:commerce_provider_change", args=[secretive.pk])).text
    assert "very-secret" not in page and "latency" in page


def test_a_new_provider_is_added_then_asked_for_its_options():
    client = signed_in()
    data = {"code": "new-one", "adapter": "sandbox", **form_of(Provider(name="New one"))}
    assert client.post(reverse("admin:commerce_provider_add"), data).status_code == 302
    provider = Provider.objects.get(code="new-one")
    page = client.get(reverse("admin:commerce_provider_change", args=[provider.pk])).text
    assert "option_pending_seconds" in page


def test_the_float_is_asked_and_a_provider_that_is_down_says_so():
    client, provider = signed_in(), sandbox()
    response = act(client, provider, "check_balance")
    assert "HX-Redirect" in response.headers
    down = scripted()
    from unittest import mock

    with mock.patch("tests.factories_fulfilment.Scripted.balance", side_effect=TimeoutError):
        assert "no clear answer" in act(client, down, "check_balance").text


def test_costs_are_for_those_who_may_see_them(unknown):
    attempt = reverse("admin:commerce_attempt_change", args=[unknown.attempts.get().pk])
    offers = reverse("admin:commerce_offer_changelist")
    for role, sees in (("finance", True), ("auditor", True), ("support", False), ("moderator", False)):
        client = signed_in(role)
        assert ("80.00" in client.get(attempt).text) is sees, role
        assert ("80.00" in client.get(offers).text) is sees, role


def test_offers_are_edited_by_admins_with_their_cost(unknown):
    offer = unknown.product.offers.get()
    url = reverse("admin:commerce_offer_change", args=[offer.pk])
    data = {
        "product": offer.product_id, "provider": offer.provider_id, "provider_sku": "X", "cost": "81.50",
        "cost_percent": "90", "priority": "1", "active": "on",
    }  # fmt: skip
    assert signed_in().post(url, data).status_code == 302
    offer.refresh_from_db()
    assert (str(offer.cost), offer.provider_sku) == ("81.50", "X")


def test_the_sidebar_counts_what_waits(unknown, by_hand):
    from django.core.cache import cache

    cache.clear()
    page = signed_in().get(reverse("admin:commerce_provider_changelist")).text
    assert reverse("admin:commerce_unknownorder_changelist") in page


def test_the_list_of_providers_shows_what_they_told_of_our_float_to_those_who_see_costs():
    provider = sandbox()
    Provider.objects.filter(pk=provider.pk).update(low_float=Decimal("999999999"))
    assert floats.watch() == 1
    url = reverse("admin:commerce_provider_changelist")
    assert ", low</span>" in signed_in("finance").get(url).text
    assert ", low</span>" not in signed_in("support").get(url).text


def test_a_desk_names_its_columns_as_people_do(unknown):
    page = signed_in().get(reverse("admin:commerce_unknownorder_changelist")).text
    assert f"{unknown.brand_name} · {unknown.product_name}" in page
    assert "Recipient key" not in page
    # What a row's menu offers is reached by the keyboard.
    assert f'aria-controls="menu-{unknown.pk}"' in page
