"""Codes, texts of messages and what gateways said go after their days; what was paid and sent stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.models import OrderMessage, Payment, VerificationCode
from core.retention_settings import RetentionPage
from core.site_settings import save
from core.tasks import forget_old
from tests.factories_fulfilment import place_for_customer

pytestmark = pytest.mark.django_db


def test_texts_and_replies_go_and_what_happened_stays():
    order, payment = place_for_customer()
    assert order.customer
    long_ago = timezone.now() - timedelta(days=40)
    Payment.objects.filter(pk=payment.pk).update(
        created_at=long_ago, status="completed", payment_gateway_response={"payer": "Ada"}
    )
    message = OrderMessage.objects.create(
        order=order,
        to="buyer",
        address="ada@example.org",
        subject="S",
        body="B",
        status="sent",
        author_label="Grace",
    )
    OrderMessage.objects.filter(pk=message.pk).update(created_at=long_ago)
    VerificationCode.objects.create(
        customer=order.customer, channel="email", target="ada@example.org", code_hash="x",
        created_at=long_ago, expires_at=long_ago,
    )  # fmt: skip
    forget_old()
    message.refresh_from_db()
    assert message.body == "B", "For ever, until the page says otherwise"
    assert not VerificationCode.objects.exists()
    save(RetentionPage, {"messages": 30, "payment_replies": 30}, user=None)
    forget_old()
    message.refresh_from_db()
    payment.refresh_from_db()
    assert (message.body, message.address, message.author_label) == ("", "", "Grace")
    assert (payment.payment_gateway_response, payment.status) == ({}, "completed")
