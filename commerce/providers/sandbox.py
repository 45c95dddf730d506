"""A provider to try things with. What it does depends on the last three digits of the recipient alone.

000 delivered · 101 recipient invalid · 102 recipient barred · 103 product unavailable · 201 pending,
delivered after a while · 202 never answers, and has delivered · 203 never answers, and has failed · 301
delivered, then reversed · any other ending delivered at once. It keeps books of its own (SandboxDelivery),
written the moment it is asked, as a company on the other side of the world would: what we roll back, it has
done all the same.
"""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django import forms
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commerce.models import SandboxDelivery
from commerce.providers.base import Adapter, Call, NoAnswer, Outcome, Result, Reversal, providers

_B = SandboxDelivery.Outcome
ENDING = re.compile(r"[0-9]{3}\Z")
FLOAT = Decimal("25000.00")


@dataclass(frozen=True, slots=True)
class Habit:
    """What an ending means: the outcome, the option with the seconds until it is known, whether it answers at
    all.
    """

    outcome: str = _B.DELIVERED
    error_code: str = ""
    message: str = ""
    retryable: bool = False
    known_after: str = ""
    silent: bool = False
    reverses: bool = False


HABITS = {
    "101": Habit(_B.FAILED, "recipient_invalid", "The recipient does not exist."),
    "102": Habit(_B.FAILED, "recipient_barred", "The recipient may not receive top-ups."),
    "103": Habit(_B.FAILED, "product_unavailable", "The product is out of stock.", retryable=True),
    "201": Habit(known_after="pending_seconds"),
    "202": Habit(known_after="silent_seconds", silent=True),
    "203": Habit(_B.FAILED, "provider_error", "The network refused it.", True, "silent_seconds", silent=True),
    "301": Habit(reverses=True),
}
DELIVERS = Habit()


# Our own books reach the disk after these, and everything written before with them: not waiting loses nothing.
_ENTER = """
INSERT INTO commerce_sandboxdelivery AS s (key, provider_code, sku, recipient, amount, outcome, error_code,
    reference, submissions, known_at, reversed_at, created_at)
SELECT %s, %s, %s, %s, %s::numeric, %s, %s, %s, 1, %s::timestamptz, %s::timestamptz, %s::timestamptz
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS not_waiting
ON CONFLICT (key) DO UPDATE SET submissions = s.submissions + 1
RETURNING known_at, submissions
"""


class SandboxOptions(forms.Form):
    """How slow it is."""

    latency_ms = forms.IntegerField(
        label=_("latency, milliseconds"), min_value=0, max_value=20_000, initial=0, required=False
    )
    pending_seconds = forms.IntegerField(
        label=_("201 is delivered after, seconds"), min_value=0, max_value=86_400, initial=5, required=False
    )
    silent_seconds = forms.IntegerField(
        label=_("202 and 203 are known after, seconds"),
        min_value=0,
        max_value=86_400,
        initial=5,
        required=False,
    )
    reverse_seconds = forms.IntegerField(
        label=_("301 is reversed after, seconds"), min_value=0, max_value=86_400, initial=10, required=False
    )


def habit_of(recipient_key: str) -> Habit:
    """By the last three digits of the recipient; of an e-mail address, those before the @."""
    ending = ENDING.search(recipient_key.partition("@")[0])
    return HABITS.get(ending.group(), DELIVERS) if ending else DELIVERS


@providers.register("sandbox")
class SandboxAdapter(Adapter):
    """Delivers nothing, honestly and repeatably."""

    title = _("Sandbox")
    options_form = SandboxOptions
    for_tests = True

    def submit(self, call: Call) -> Result:
        habit = habit_of(call.recipient_key)
        known_at, first_time = self._enter(call, habit)
        self._wait()
        if habit.silent and first_time:
            raise NoAnswer
        return self._told(call, habit, known=known_at <= timezone.now())

    def status(self, call: Call) -> Result:
        entry = SandboxDelivery.objects.filter(key=call.key).first()
        if entry is None:
            return Result(Outcome.NOT_FOUND, raw={"status": "not_found"})
        return self._told(call, habit_of(entry.recipient), known=entry.known_at <= timezone.now())

    @property
    def is_near(self) -> bool:
        return not self._seconds("latency_ms", 0)

    def balance(self) -> Decimal | None:
        return FLOAT

    def reversals(self, since: datetime) -> list[Reversal]:
        undone = SandboxDelivery.objects.filter(
            provider_code=self.code, reversed_at__gte=since, reversed_at__lte=timezone.now()
        )
        return [
            Reversal(key, "The provider reversed the delivery.")
            for key in undone.values_list("key", flat=True)
        ]

    def _enter(self, call: Call, habit: Habit) -> tuple[datetime, bool]:
        """Write the call into the books, once by its key; returns when its outcome is known and if it was
        new.
        """
        now = timezone.now()
        known_at = now + timedelta(seconds=self._seconds(habit.known_after))
        reversed_at = now + timedelta(seconds=self._seconds("reverse_seconds")) if habit.reverses else None
        with connection.cursor() as cursor:
            cursor.execute(
                _ENTER,
                [
                    call.key, self.code, call.sku, call.recipient_key, call.amount, habit.outcome,
                    habit.error_code, _reference(call), known_at, reversed_at, now,
                ],
            )  # fmt: skip
            known_at, submissions = cursor.fetchone()
        return known_at, submissions == 1

    def _told(self, call: Call, habit: Habit, *, known: bool) -> Result:
        reference = _reference(call)
        if not known:
            return Result(
                Outcome.PENDING, reference=reference, raw={"status": "pending", "reference": reference}
            )
        if habit.outcome == _B.FAILED:
            return Result(
                Outcome.FAILED,
                reference=reference,
                error_code=habit.error_code,
                message=habit.message,
                retryable=habit.retryable,
                raw={"status": "failed", "reference": reference, "error": habit.error_code},
            )
        code = _codes(call) if call.wants_code else ""
        raw = {"status": "delivered", "reference": reference} | ({"voucher": code} if code else {})
        return Result(Outcome.DELIVERED, reference=reference, code=code, raw=raw)

    def _wait(self) -> None:
        milliseconds = self._seconds("latency_ms", 0)
        if milliseconds:
            time.sleep(milliseconds / 1000)

    def _seconds(self, option: str, default: int | None = None) -> int:
        if not option:
            return 0
        initial = SandboxOptions.base_fields[option].initial if default is None else default
        value = self.options.get(option)
        return initial if value is None else value


def _digest(text: str, make: Callable[[str], str] = str.upper) -> str:
    return make(hashlib.sha256(text.encode()).hexdigest())


def _reference(call: Call) -> str:
    """Its own number of the delivery: the same for the same key."""
    return f"SB-{_digest(call.key)[:16]}"


def _codes(call: Call) -> str:
    """One code per unit, the same whenever it is asked again; the books keep none. Phones read those of eSIMs."""
    begin = "LPA:1$rsp.sandbox.example$" if call.is_esim else ""
    digests = [_digest(f"{call.key}:{unit}") for unit in range(call.quantity)]
    return "\n".join(
        begin + "-".join(digest[start : start + 4] for start in range(0, 16, 4)) for digest in digests
    )
