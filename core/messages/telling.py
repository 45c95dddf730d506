"""Telling somebody something: the messages are written in the caller's transaction and go out once it is committed."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from core.branding_settings import BrandingPage
from core.messages import inbox, wording
from core.messages.channels.base import Channel, channels
from core.messages.events import MessageEvent, events
from core.messages.preferences import chosen_channels
from core.models import Message, User
from core.site_settings import load

log = logging.getLogger(__name__)
MOST_STAFF = 200


def tell(
    to: User | str,
    event: str,
    values: Mapping[str, Any] | None = None,
    *,
    about: models.Model | tuple[str, str] | None = None,
    link: str = "",
    name: str = "",
    language: str = "",
    by: Iterable[str] | None = None,
    key: str = "",
    now: bool = False,
) -> list[Message]:
    """Tell a person, or whoever has an address, of an event.

    A person is told by the channels they want; an address by the channel it belongs to. Where somebody cannot be
    reached, or wants nothing, there is no message and that is no error.

    Args:
        to: a user, an e-mail address, or a phone number as `+15005550006`.
        event: a key of `core.messages.events.events`.
        values: of its placeholders; what is missing is empty.
        about: what it is about, or its label and id: the log of messages leads there.
        link: a path of the admin that an inbox message leads to; `{link}` where the values name no other.
        name: whom we write to, where `to` is an address.
        language: of an address; a person's own is known.
        by: channels, instead of those the person wants.
        key: said again with the same key, it is not told again.
        now: sent before this returns, by a caller that is no request, or whose transaction is over.

    Raises:
        UnknownKey: for an event or a channel that is not registered.
    """
    kind = events.get(event)
    user = to if isinstance(to, User) else None
    spoken = wording.known_language(user.language if user else language)
    given = _common(user, name) | {"link": _absolute(link)} | dict(values or {})
    ways = _of_person(user, kind, by) if user else _of_address(str(to), by)
    written = []
    for channel, address in ways:
        message = _compose(kind, channel, spoken, given)
        message.user, message.address, message.link = user, address, link[:300]
        message.subject_kind, message.subject_id = _subject(about)
        message.key = f"{key}:{channel.key}:{user.pk if user else address}"[:160] if key else None
        if _written(message):
            written.append(message)
    _have_sent(written, now=now)
    return written


def tell_staff(
    event: str, values: Mapping[str, Any] | None = None, *, permission: str = "", **more: Any
) -> list[Message]:
    """Tell all staff whose right it is to know, each by the channels they want.

    Args:
        permission: instead of the event's own.
        more: as of `tell`.
    """
    wanted = permission or events.get(event).permission
    written: list[Message] = []
    with transaction.atomic():
        for person in staff_with(wanted):
            written += tell(person, event, values, **more)
    return written


def staff_with(permission: str) -> list[User]:
    """Staff who can sign in and have a right."""
    app, _dot, codename = permission.partition(".")
    right = {"permissions__content_type__app_label": app, "permissions__codename": codename}
    has = Q(is_superuser=True) | Q(**{f"groups__{name}": value for name, value in right.items()})
    return list(
        User.objects.filter(has, is_staff=True, is_active=True).distinct().order_by("pk")[:MOST_STAFF]
    )


def _common(user: User | None, name: str) -> dict[str, Any]:
    branding = load(BrandingPage)
    return {
        "name": name or (str(user) if user else ""),
        "product": branding.name,
        "tagline": branding.tagline,
    }


def _absolute(link: str) -> str:
    """As it can be opened from a mail, where the server was told its own address."""
    return settings.SITE_URL.rstrip("/") + link if link.startswith("/") else link


def _of_address(address: str, by: Iterable[str] | None) -> list[tuple[Channel, str]]:
    wanted = [channels.get(key) for key in by] if by is not None else channels.values()
    return [(channel, address) for channel in wanted if channel.is_ready() and channel.takes(address)][:1]


def _of_person(user: User, kind: MessageEvent, by: Iterable[str] | None) -> list[tuple[Channel, str]]:
    keys = list(by) if by is not None else chosen_channels(user, kind)
    ready = [channel for key in keys if (channel := channels.get(key)).is_ready()]
    return [(channel, address) for channel in ready if (address := channel.address_of(user))]


def _compose(kind: MessageEvent, channel: Channel, language: str, values: Mapping[str, Any]) -> Message:
    words = wording.words_of(event=kind.key, channel=channel.key, language=language)
    said = wording.filled(words, values)
    moment = timezone.now()
    message = Message(
        event=kind.key,
        channel=channel.key,
        language=language,
        subject=said.subject,
        created_at=moment,
        next_try_at=moment,
        expires_at=moment + kind.life if kind.life else None,
        is_secret=kind.secret,
    )
    body = said.body[: channel.longest]
    if kind.secret:
        message.sealed = body
    else:
        message.body = body
    if channel.key == "inbox":
        _delivered(message, moment)
    return message


def _delivered(message: Message, moment: datetime) -> None:
    """An inbox needs no carrier."""
    message.status, message.sent_at, message.next_try_at = Message.Status.SENT, moment, None


def _subject(about: models.Model | tuple[str, str] | None) -> tuple[str, str]:
    if about is None:
        return "", ""
    return about if isinstance(about, tuple) else (about._meta.label_lower, str(about.pk))


def _written(message: Message) -> bool:
    """Whether it is told now: with a key only the first time."""
    if message.channel == "inbox":
        # Not before it can be counted.
        transaction.on_commit(partial(inbox.forget, message.user_id), robust=True)
    if message.key is None:
        message.save()
        return True
    if Message.objects.filter(key=message.key).exists():
        return False
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:  # somebody else said it at the same moment
        return False
    return True


def _have_sent(written: Iterable[Message], *, now: bool) -> None:
    from core.messages.sending import hint, send

    waiting = [message.pk for message in written if message.status == Message.Status.QUEUED]
    for pk in waiting:
        if now:
            send(pk)
        else:
            transaction.on_commit(partial(hint, pk), robust=True)
