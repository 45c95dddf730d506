"""Proving that an e-mail address or a phone is a customer's: a code is sent there and entered once.

Only a keyed fingerprint of a code is kept. The newest code of a channel counts, for ten minutes and five tries, and
only for the address it was sent to.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from commerce.models import Customer
from commerce.models.verification import VerificationCode
from core.codes import typed_code
from core.events import record
from core.exceptions import Conflict, DomainError, InvalidInput
from core.messages import tell
from core.messages.channels.base import channels

Channel = VerificationCode.Channel
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
PAUSE = timedelta(seconds=60)
MOST_A_DAY = 10
VERIFIED = {Channel.EMAIL: "email_verified_at", Channel.PHONE: "phone_verified_at"}
# By which channel of messages each contact is reached.
CARRIED_BY = {Channel.EMAIL: "email", Channel.PHONE: "sms"}


class TooManyCodes(DomainError):
    """Another code may be sent after `wait` seconds: one a minute, ten a day."""

    status = 429

    def __init__(self, wait: float) -> None:
        soon = wait <= PAUSE.total_seconds()
        said = (
            _("A code was just sent. Wait a minute.") if soon else _("Too many codes were sent. Wait a day.")
        )
        super().__init__("too_many_codes", said)
        self.wait = max(wait, 0)


@transaction.atomic
def send_code(*, customer: Customer, channel: Channel) -> VerificationCode:
    """Make a code and have a worker send it; an earlier one stops working.

    Raises:
        Conflict: `no_contact`, `already_verified`, `channel_unavailable`. TooManyCodes.
    """
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    target = _target(customer, channel)
    if customer.erased_at is not None:
        raise Conflict("erased", _("This customer was erased."))
    if getattr(customer, VERIFIED[channel]):
        raise Conflict("already_verified", _("It is verified already."))
    carrier = channels.get(CARRIED_BY[channel])
    if not carrier.is_ready():
        raise Conflict("channel_unavailable", _("No way of sending text messages is set up."))
    if not carrier.takes(target):
        raise Conflict("no_contact", _("There is nowhere to send a code to."))
    now = timezone.now()
    sent = customer.codes.filter(channel=channel, created_at__gt=now - timedelta(days=1))
    newest = sent.first()
    if sent.count() >= MOST_A_DAY or (newest and newest.created_at > now - PAUSE):
        raise TooManyCodes(_wait(sent, newest, now))
    plain = f"{secrets.randbelow(1_000_000):06}"
    code = VerificationCode.objects.create(
        customer=customer,
        channel=channel,
        target=target,
        code_hash=_fingerprint(customer, channel, plain),
        created_at=now,
        expires_at=now + LIFE,
    )
    record("customer.code_sent", subject=customer, data={"channel": channel.value})
    _tell(code, plain)
    return code


def working_code(customer: Customer, channel: Channel) -> VerificationCode | None:
    """The code that can be entered now: the newest, where it is neither used, old nor tried too often."""
    newest = customer.codes.filter(channel=channel).first()
    return newest if newest and _works(newest) else None


def enter_code(*, customer: Customer, channel: Channel, code: str) -> Customer:
    """Verify a contact by the code sent there.

    Raises:
        InvalidInput: `wrong_code`, whatever was wrong with it; the try counts.
    """
    done = _try(customer, channel, code)
    if done is None:
        raise InvalidInput("wrong_code", _("This code is wrong or does not work any more."), field="code")
    return done


@transaction.atomic
def _try(customer: Customer, channel: Channel, code: str) -> Customer | None:
    """Count the try and commit it, whatever it comes to: a refusal raised in here would undo the count."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    newest = customer.codes.filter(channel=channel).select_for_update().first()
    if newest is None or not _works(newest):
        return None
    newest.tries += 1
    given = _fingerprint(customer, channel, typed_code(code)[:20])
    right = constant_time_compare(given, newest.code_hash) and newest.target == getattr(
        customer, channel.value
    )
    if right:
        newest.used_at = timezone.now()
    newest.save(update_fields=["tries", "used_at"])
    if not right:
        return None
    setattr(customer, VERIFIED[channel], timezone.now())
    fields = [VERIFIED[channel], "updated_at"]
    if customer.status == Customer.Status.PENDING_VERIFICATION:
        customer.status = Customer.Status.ACTIVE
        fields.append("status")
    customer.save(update_fields=fields)
    record("customer.verified", subject=customer, data={"channel": channel.value})
    return customer


def _works(code: VerificationCode) -> bool:
    return not code.used_at and code.tries < MOST_TRIES and code.expires_at > timezone.now()


def _wait(sent: QuerySet[VerificationCode], newest: VerificationCode | None, now: datetime) -> float:
    """Seconds until the pause is over and one of the day's codes is a day old."""
    free = [newest.created_at + PAUSE] if newest else []
    if (tenth := sent[MOST_A_DAY - 1 : MOST_A_DAY].first()) is not None:
        free.append(tenth.created_at + timedelta(days=1))
    return (max(free) - now).total_seconds() if free else 0


def _target(customer: Customer, channel: Channel) -> str:
    target = str(getattr(customer, channel.value))
    if not target:
        raise Conflict("no_contact", _("There is nowhere to send a code to."))
    return target


def _fingerprint(customer: Customer, channel: Channel, code: str) -> str:
    said = f"{customer.pk}:{channel.value}:{code}"
    return salted_hmac("commerce.verification", said, algorithm="sha256").hexdigest()


def _tell(code: VerificationCode, plain: str) -> None:
    """Written with the code and sent by a worker: no request waits for a carrier. Until it went out the text is kept
    encrypted, and nowhere after.
    """
    customer, channel = code.customer, Channel(code.channel)
    user = customer.user
    tell(
        code.target,
        "verification_code",
        {"code": plain, "minutes": int(LIFE.total_seconds() // 60)},
        about=customer,
        name=customer.full_name,
        language=user.language if user else "",
        by=[CARRIED_BY[channel]],
    )
