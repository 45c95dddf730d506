"""E-mails to a party about its order: written down first, then sent by a worker, so none is lost or sent unseen.

Its words are the templates `order_message` and `esim`. The rows are kept beside the order, with pictures that the
general log of messages has no place for.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.models import Order, OrderMessage
from commerce.services import esims
from core.actors import current_actor
from core.branding_settings import BrandingPage
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import wording
from core.messages.channels.email import sender
from core.site_settings import load

LONGEST = 5000
LONGEST_SUBJECT = 200
AN_HOUR = timedelta(hours=1)
# So many an hour for one order, by kind.
MOST_AN_HOUR = {OrderMessage.Kind.MESSAGE: 10, OrderMessage.Kind.ACTIVATION_CODE: 3}
MOST_TRIES = 3
BATCH = 100
log = logging.getLogger(__name__)
_K, _S, _T = OrderMessage.Kind, OrderMessage.Status, OrderMessage.To


@dataclass(frozen=True, slots=True)
class Words:
    """What is said. `to` is one of `addresses(order)`, or empty for the first of them."""

    subject: str
    body: str
    to: str = ""


def addresses(order: Order) -> dict[str, str]:
    """Whom one may write to about an order, nearest to the buyer first."""
    found = {
        _T.CUSTOMER: order.customer.email if order.customer else "",
        _T.BUYER: order.user_email or _recipients_own(order),
        _T.CLIENT: order.client.email if order.client else "",
        _T.RESELLER: order.reseller.email if order.reseller else "",
    }
    seen: set[str] = set()
    # Two of them are often the same person.
    return {
        to.value: address
        for to, address in found.items()
        if address and not (address.lower() in seen or seen.add(address.lower()))  # type: ignore[func-returns-value]
    }


def _recipients_own(order: Order) -> str:
    """Where an e-mail address is who receives: gift cards and eSIMs."""
    key = order.recipient_key
    try:
        validate_email(key)
    except ValidationError:
        return ""
    return key


def no_address() -> str:
    """Why nobody can be written to, and what to do about it."""
    return _(
        "Neither the order nor its customer, client or reseller has an e-mail address. Enter one on their page."
    )


@transaction.atomic
def write(*, order: Order, words: Words, key: UUID | None = None) -> OrderMessage:
    """Send an e-mail about an order; with a `key` once only, however often it is asked for.

    Raises:
        InvalidInput: naming the field: `required`, `too_long`, `invalid_choice`.
        Conflict: `no_address`, `too_many_messages`.
    """
    subject = _said(" ".join(words.subject.split()), "subject", LONGEST_SUBJECT)
    body = _said(words.body, "body", LONGEST)
    return _queue(order, OrderMessage(kind=_K.MESSAGE, to=words.to, subject=subject, body=body, key=key))


@transaction.atomic
def send_activation_code(*, order: Order, to: str = "", key: UUID | None = None) -> OrderMessage:
    """Send the eSIM's code, as text and as a QR code; of the message we keep only that it was sent.

    Raises:
        InvalidInput: `invalid_choice`. Conflict: `no_activation_code`, `no_address`, `too_many_messages`.
    """
    esims.require_codes(order)
    subject = _("Your eSIM for order %(number)s") % {"number": order.order_number}
    return _queue(order, OrderMessage(kind=_K.ACTIVATION_CODE, to=to, subject=subject, key=key))


def send(message_id: int) -> bool:
    """Send one that waits; whether it went. A mail server that refuses is asked again, three times in all."""
    with transaction.atomic():
        waiting = OrderMessage.objects.select_for_update(skip_locked=True, of=("self",))
        message = waiting.select_related("order").filter(pk=message_id, status=_S.QUEUED).first()
        if message is None:
            return False
        message.tries += 1
        try:
            _mail(message).send()
            message.status, message.sent_at = _S.SENT, timezone.now()
        except Exception as error:
            # The kind alone: a mail server's words may repeat what it was sent.
            log.warning(
                "a message was not sent", extra={"message": message.pk, "error": type(error).__name__}
            )
            message.status = _S.FAILED if message.tries >= MOST_TRIES else _S.QUEUED
        message.save(update_fields=["tries", "status", "sent_at"])
        if message.status == _S.FAILED:
            record("message.failed", subject=message.order, data={"message_id": message.pk})
    return message.status == _S.SENT


def send_waiting() -> int:
    """Send what a lost worker or a mail server that was down has left. Returns how many went."""
    a_while_ago = timezone.now() - timedelta(seconds=30)
    left = OrderMessage.objects.filter(status=_S.QUEUED, created_at__lt=a_while_ago)
    return sum(send(pk) for pk in left.values_list("pk", flat=True)[:BATCH])


def _queue(order: Order, message: OrderMessage) -> OrderMessage:
    known = addresses(order)
    if not known:
        raise Conflict("no_address", no_address())
    message.to = message.to or next(iter(known))
    if message.to not in known:
        names = ", ".join(str(_T(to).label) for to in known)
        text = _("It has no e-mail address. These have one: %(names)s.") % {"names": names}
        raise InvalidInput("invalid_choice", text, field="to")
    # Two at the same moment wait for each other, so the limit holds and a key is used once.
    Order.objects.select_for_update(no_key=True).only("pk").get(pk=order.pk)
    if message.key and (written := OrderMessage.objects.filter(order=order, key=message.key).first()):
        return written
    _check_rate(order, _K(message.kind))
    message.order, message.address = order, known[message.to]
    message.author_label = current_actor().label[:150]
    message.save()
    kind = "esim.sent" if message.kind == _K.ACTIVATION_CODE else "message.sent"
    record(kind, subject=order, data={"message_id": message.pk, "to": message.to})
    transaction.on_commit(partial(_hint, message.pk))
    return message


def _check_rate(order: Order, kind: OrderMessage.Kind) -> None:
    recent = OrderMessage.objects.filter(order=order, kind=kind, created_at__gt=timezone.now() - AN_HOUR)
    most = MOST_AN_HOUR[kind]
    if recent.count() >= most:
        raise Conflict(
            "too_many_messages",
            _("At most %(most)d an hour go out for one order. Try again later.") % {"most": most},
            status=429,
        )


def _hint(message_id: int) -> None:
    from commerce.tasks import send_order_message

    try:
        send_order_message.delay(message_id)
    except Exception:
        log.warning("broker does not answer, the message goes out later", extra={"message": message_id})


def _mail(message: OrderMessage) -> EmailMessage:
    order = message.order
    codes = esims.require_codes(order) if message.kind == _K.ACTIVATION_CODE else []
    event, language = "esim" if codes else "order_message", _language(message)
    branding = load(BrandingPage)
    values = {
        "subject": message.subject,
        "text": message.body,
        "number": order.order_number,
        "brand": order.brand_name,
        "item": order.product_name,
        "name": order.customer.full_name if order.customer and message.to == _T.CUSTOMER else "",
        "product": branding.name,
        "tagline": branding.tagline,
    }
    with override(language):
        values["codes"] = "\n\n".join(_told(code) for code in codes)
    said = wording.filled(wording.words_of(event=event, channel="email", language=language), values)
    mail = EmailMessage(said.subject, said.body, sender(), [message.address])
    for number, code in enumerate(codes, start=1):
        mail.attach(f"esim-{order.order_number}-{number}.png", esims.qr_png(code), "image/png")
    return mail


def _language(message: OrderMessage) -> str:
    """The customer's own where it goes to them."""
    customer = message.order.customer if message.to == _T.CUSTOMER else None
    user = customer.user if customer else None
    return wording.known_language(user.language if user else "")


def _told(code: str) -> str:
    """What one types where the phone cannot scan."""
    parts = esims.parts(code)
    lines = (
        _("Or enter this in your phone:"),
        f"{_('Server (SM-DP+ address):')} {parts.server}",
        f"{_('Activation code:')} {parts.matching_id}",
        f"{_('The whole code:')} {code}",
    )
    return "\n".join(lines)


def _said(text: str, field: str, most: int) -> str:
    said = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not said:
        raise InvalidInput("required", _("This field is required."), field=field)
    if len(said) > most:
        raise InvalidInput("too_long", _("At most %(most)d characters.") % {"most": most}, field=field)
    return said
