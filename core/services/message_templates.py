"""Staff's own words of messages: saved, put back to the product's, tried on oneself."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.branding_settings import BrandingPage
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import sending, wording
from core.messages.channels.base import channels
from core.messages.events import events
from core.messages.wording import Words
from core.models import Message, MessageTemplate, User
from core.site_settings import load


@transaction.atomic
def save(*, event: str, channel: str, language: str, subject: str, body: str, by: User) -> MessageTemplate:
    """Keep staff's own words; they are used from now on.

    Raises:
        InvalidInput: naming `subject` or `body`, as `wording.check`; `unknown_template`.
    """
    _require_known(event, channel, language)
    words = wording.check(event=event, channel=channel, subject=subject, body=body)
    found = MessageTemplate.objects.select_for_update().filter(
        event=event, channel=channel, language=language
    )
    row = found.first() or MessageTemplate(event=event, channel=channel, language=language)
    changed = [name for name in ("subject", "body") if getattr(row, name) != getattr(words, name)]
    if row.pk and not changed:
        return row
    row.subject, row.body, row.updated_by = words.subject, words.body, by
    row.save()
    record("template.changed", subject=row, data={"template": str(row), "changed": changed})
    return row


@transaction.atomic
def put_back(*, event: str, channel: str, language: str) -> bool:
    """Use the product's words again; whether there were others."""
    row = MessageTemplate.objects.select_for_update().filter(event=event, channel=channel, language=language)
    own = row.first()
    if own is None:
        return False
    record("template.put_back", subject=own, data={"template": str(own)})
    own.delete()
    return True


def preview(*, event: str, channel: str, subject: str, body: str) -> Words:
    """The words filled in with samples.

    Raises:
        InvalidInput: as `save`.
    """
    words = wording.check(event=event, channel=channel, subject=subject, body=body)
    return wording.filled(words, samples(event))


def samples(event: str) -> Mapping[str, Any]:
    """Samples of an event's placeholders, with our own name and tagline."""
    branding = load(BrandingPage)
    return events.get(event).samples() | {"product": branding.name, "tagline": branding.tagline}


@transaction.atomic
def try_out(*, event: str, channel: str, language: str, subject: str, body: str, by: User) -> Message:
    """Send the words, filled in with samples and saved or not, to whoever asks and nobody else.

    Raises:
        InvalidInput: as `save`. Conflict: `not_set_up`, `no_address`.
    """
    _require_known(event, channel, language)
    said = preview(event=event, channel=channel, subject=subject, body=body)
    carrier = channels.get(channel)
    if not carrier.is_ready():
        raise Conflict("not_set_up", _("No way of sending text messages is set up: see SMS_URL."))
    address = carrier.address_of(by)
    if not address:
        raise Conflict(
            "no_address", _("Your own account has no address of this kind. Enter one on your page.")
        )
    now = timezone.now()
    message = Message(
        event=event, channel=channel, language=language, user=by, address=address,
        subject=said.subject, body=said.body, created_at=now, next_try_at=now,
    )  # fmt: skip
    if channel == "inbox":
        message.status, message.sent_at, message.next_try_at = Message.Status.SENT, now, None
    message.save()
    record("template.tried", subject=by, data={"template": f"{event} · {channel} · {language}"})
    if message.next_try_at:
        transaction.on_commit(lambda: sending.hint(message.pk), robust=True)
    return message


def _require_known(event: str, channel: str, language: str) -> None:
    known = event in events and channel in events.get(event).channels
    if not known or wording.known_language(language) != language:
        raise InvalidInput("unknown_template", _("There is no such message."))
