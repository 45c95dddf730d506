"""An eSIM's activation code: checked, encrypted, shown and sent by those who may, told to nobody else."""

import json
import logging

import pytest
from django.core import mail
from django.db import connection

from commerce.models import Delivery, Order, OrderMessage
from commerce.services import deliveries, esims, fulfilment, order_messages
from commerce.services.deliveries import Step
from commerce.services.order_messages import Words
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import place, player_product, refreshed, shipped_order

pytestmark = pytest.mark.django_db
D = Delivery.Status
ICCID, CODE = "8988211000000123458", "LPA:1$rsp.example.com$K2-ABCD-9876"


def esim_order() -> Order:
    """An eSIM that our own desk hands out, delivered and not active yet."""
    desk = ProviderFactory(code="desk", name="Desk", adapter="manual")
    product = player_product(offers=[desk], category="sim", shipped=True, sim_type="esim")
    order = place(product=product, delivery_address="By e-mail", user_email="buyer@example.com")
    fulfilment.deliver(order.pk)
    for step in (D.CONFIRMED, D.DISPATCHED, D.DELIVERED):
        deliveries.move(order_id=order.pk, step=Step(step))
    return refreshed(order)


@pytest.fixture
def order() -> Order:
    order = esim_order()
    deliveries.move(order_id=order.pk, step=Step(D.ACTIVATED, iccid=ICCID, activation_code=CODE))
    return refreshed(order)


@pytest.mark.parametrize(
    "text",
    ["LPA:1$rsp.example.com$ABC", "lpa:1$rsp.example.com$ABC", " LPA:1$smdp.io:443$A-1$$1 ", "LPA:1$a.b$"],
)
def test_a_code_is_read_as_phones_do(text):
    assert esims.check_code(text).startswith("LPA:1$")


@pytest.mark.parametrize(
    "text",
    [
        "ABC-123",
        "LPA:2$a.b$X",
        "LPA:1$localhost$X",
        "LPA:1$a.b",
        "LPA:1$a.b$<script>",
        "LPA:1$a.b$" + "X" * 300,
    ],
)
def test_what_is_no_code_is_refused_with_an_example(text):
    with pytest.raises(InvalidInput, match=r"LPA:1\$rsp\.example\.com") as refusal:
        esims.check_code(text)
    assert refusal.value.code == "invalid_activation_code"


def test_an_esim_needs_its_code_to_be_active_and_no_courier():
    order = esim_order()
    with pytest.raises(InvalidInput) as refusal:
        deliveries.move(order_id=order.pk, step=Step(D.ACTIVATED, iccid=ICCID))
    assert refusal.value.code == "activation_code_required"


def test_a_sim_card_has_no_activation_code():
    order, _delivery = shipped_order()
    fulfilment.deliver(order.pk)
    with pytest.raises(Conflict) as refusal:
        deliveries.move(order_id=order.pk, step=Step(D.CONFIRMED, activation_code=CODE))
    assert refusal.value.code == "not_an_esim"


def test_the_code_is_encrypted_and_in_no_event_history_or_log(
    order, caplog, django_capture_on_commit_callbacks
):
    assert order.delivered_code == CODE
    with caplog.at_level(logging.DEBUG), django_capture_on_commit_callbacks(execute=True):
        esims.show(order=order)
        order_messages.send_activation_code(order=order)
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivered_code FROM commerce_order WHERE id = %s", [order.pk])
        stored = cursor.fetchone()[0]
    written = [stored, caplog.text]
    written += [json.dumps(event.data) for event in Event.objects.all()]
    written += [str(vars(row)) for row in Delivery.history.all()]
    written += [str(vars(row)) for row in OrderMessage.objects.all()]
    assert not [text for text in written if "K2-ABCD" in text]


def test_that_it_was_shown_is_recorded(order):
    assert esims.show(order=order) == [CODE]
    assert Event.objects.filter(kind="esim.shown", subject_id=str(order.pk)).count() == 1
    assert esims.masked(order) == "rsp.example.com · ••••••9876"


def test_an_order_without_a_code_shows_and_sends_none():
    order = place("000")
    for act in (esims.show, order_messages.send_activation_code):
        with pytest.raises(Conflict) as refusal:
            act(order=order)
        assert refusal.value.code == "no_activation_code"


def test_the_buyer_gets_it_as_text_and_as_a_picture(order):
    message = order_messages.send_activation_code(order=order)
    assert order_messages.send(message.pk)
    (sent,) = mail.outbox
    assert sent.to == ["buyer@example.com"]
    assert CODE in sent.body and "rsp.example.com" in sent.body
    (name, picture, kind) = sent.attachments[0]
    assert name.endswith(".png") and kind == "image/png" and picture.startswith(b"\x89PNG")


def test_it_is_sent_at_most_three_times_an_hour(order):
    for _time in range(3):
        order_messages.send_activation_code(order=order)
    with pytest.raises(Conflict) as refusal:
        order_messages.send_activation_code(order=order)
    assert (refusal.value.code, refusal.value.status) == ("too_many_messages", 429)
    assert OrderMessage.objects.count() == 3


def test_several_codes_are_several_pictures(order):
    order.delivered_code = f"{CODE}\nLPA:1$rsp.example.com$SECOND-0002"
    order.save(update_fields=["delivered_code"])
    order_messages.send(order_messages.send_activation_code(order=order).pk)
    assert len(mail.outbox[0].attachments) == 2


def test_a_message_goes_to_the_party_and_is_kept_with_who_wrote_it(order):
    written = order_messages.write(order=order, words=Words("About\nyour order", "It comes tomorrow."))
    assert written.status == OrderMessage.Status.QUEUED
    assert order_messages.send(written.pk) and not order_messages.send(written.pk)
    assert mail.outbox[0].subject == "About your order"
    assert "It comes tomorrow." in mail.outbox[0].body and order.order_number in mail.outbox[0].body
    written.refresh_from_db()
    assert (written.status, written.author_label, written.to) == ("sent", "Topline", "buyer")
    event = Event.objects.get(kind="message.sent")
    assert "tomorrow" not in json.dumps(event.data)


def test_the_reseller_can_be_written_to_and_strangers_cannot(order):
    assert set(order_messages.addresses(order)) == {"buyer", "reseller"}
    order_messages.write(order=order, words=Words("Hello", "Text", to="reseller"))
    with pytest.raises(InvalidInput) as refusal:
        order_messages.write(order=order, words=Words("Hello", "Text", to="me@example.com"))
    assert refusal.value.field == "to"


@pytest.mark.parametrize(
    ("subject", "body", "field"), [(" ", "x", "subject"), ("x", " ", "body"), ("x", "y" * 5001, "body")]
)
def test_a_message_without_words_is_refused(order, subject, body, field):
    with pytest.raises(InvalidInput) as refusal:
        order_messages.write(order=order, words=Words(subject, body))
    assert refusal.value.field == field


def test_a_mail_server_that_is_down_is_asked_three_times_then_said_so(order, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    message = order_messages.write(order=order, words=Words("Hello", "Text"))
    OrderMessage.objects.update(created_at=order.created_at.replace(year=2020))
    assert [order_messages.send_waiting() for _time in range(4)] == [0, 0, 0, 0]
    message.refresh_from_db()
    assert (message.status, message.tries) == (OrderMessage.Status.FAILED, 3)
    assert Event.objects.filter(kind="message.failed", subject_id=str(order.pk)).exists()
