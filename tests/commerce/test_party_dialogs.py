"""Limits of clients and what is done to several parties at once, from the admin; transactions by party and name."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.models import Order, Payment, Transaction
from commerce.services import payments
from commerce.services.fulfilment import deliver
from core.ids import uuid7
from tests.factories import UserFactory
from tests.factories_fulfilment import place, place_for_customer, refreshed
from tests.factories_parties import ClientFactory, CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(UserFactory(staff=role))
    return browser


def dialog(browser: Browser, model: str, obj: Any, action: str, **data: Any) -> Any:
    url = reverse(f"admin:commerce_{model}_{action}", args=[obj.pk])
    return browser.post(url, {"_form_submitted": "True", **data})


def done(answer: Any) -> bool:
    return "HX-Redirect" in answer.headers


def paid() -> tuple[Order, Payment]:
    order, payment = place_for_customer()
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    deliver(order.pk)
    payment.refresh_from_db()
    return refreshed(order), payment


def test_a_clients_plan_and_its_limit_for_a_while() -> None:
    client = ClientFactory(plan_type="basic", monthly_limit=10)
    admin, until = signed_in("admin"), (timezone.now().date() + timedelta(3)).isoformat()
    assert dialog(admin, "client", client, "end_override", reason="x").status_code == 409
    plan = {"plan_type": "large", "monthly_limit": "20"}
    assert not done(dialog(admin, "client", client, "change_plan", **plan))
    assert done(dialog(admin, "client", client, "change_plan", **plan, reason="Grew"))
    late = dialog(admin, "client", client, "override_limit", limit="50", until="2020-01-01", reason="x")
    assert "Give a day" in late.content.decode()
    wish = {"limit": "50", "until": until, "reason": "Holiday"}
    assert done(dialog(signed_in("finance"), "client", client, "override_limit", **wish))
    client.refresh_from_db()
    assert (client.plan_type, client.monthly_limit, client.limit_now) == ("large", 20, 50)
    page = admin.get(reverse("admin:commerce_client_change", args=[client.pk])).content.decode()
    for words in ("other limit until", "Plan changed", "Another limit for a while", "Holiday"):
        assert words in page
    assert done(dialog(admin, "client", client, "end_override", reason="Over"))
    client.refresh_from_db()
    assert client.limit_now == 20
    for role in ("moderator", "support", "auditor"):
        assert dialog(signed_in(role), "client", client, "override_limit", **wish).status_code == 403


@pytest.mark.parametrize(
    ("model", "make", "action", "before", "after"),
    [
        ("client", ClientFactory, "bulk_block", "active", "suspended"),
        ("customer", CustomerFactory, "bulk_block", "active", "blocked"),
        ("reseller", ResellerFactory, "bulk_suspend", "active", "suspended"),
        ("reseller", ResellerFactory, "bulk_activate", "suspended", "active"),
    ],
)
def test_several_parties_at_once_with_a_reason(
    model: str, make: Any, action: str, before: str, after: str
) -> None:
    rows = make.create_batch(2, status=before)
    moderator, url = signed_in("moderator"), reverse(f"admin:commerce_{model}_changelist")
    sent = {"action": action, "_selected_action": [row.pk for row in rows], "_form_submitted": "True"}
    assert "Reason" in moderator.post(url, sent).content.decode()
    sent |= {"apply": "1", "_form_submitted": "True"}
    moderator.post(url, sent)
    for row in rows:
        row.refresh_from_db()
        assert row.status == before
    signed_in("support").post(url, {**sent, "reason": "x"})
    for row in rows:
        row.refresh_from_db()
        assert row.status == before
    moderator.post(url, {**sent, "reason": "Fraud"})
    for row in rows:
        row.refresh_from_db()
        assert (row.status, row.status_reason) == (after, "Fraud")


def test_transactions_are_found_by_party_and_by_name() -> None:
    order, payment = paid()
    reseller_order = place("000")
    assert payment.customer_id and reseller_order.reseller_id
    assert Transaction.objects.of_customer(payment.customer_id).get().uuid == payment.pk
    found = Transaction.objects.of_reseller(reseller_order.reseller_id)
    assert {(row.transaction_type, row.amount) for row in found} >= {("payment", Decimal(100))}
    assert not found.filter(uuid=payment.pk).exists()
    credit = found.get(transaction_type="credit")
    assert Transaction.objects.named(credit.transaction_id).get().transfer_id == credit.transfer_id
    assert Transaction.objects.named(str(payment.pk)).get().order_id == order.pk
    for nothing in ("", "T", "T٣", "x" * 200, "T" + "9" * 30):
        assert not Transaction.objects.named(nothing).exists()
