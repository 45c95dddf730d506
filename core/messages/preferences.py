"""What a person wants to be told, and by which channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.messages.channels.base import Channel, channels
from core.messages.events import MessageEvent, events
from core.models import MessagePreference, User


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of the table: an event by a channel."""

    name: str
    channel: Channel
    wanted: bool
    reachable: bool


def chosen_channels(user: User, kind: MessageEvent) -> list[str]:
    """The channels by which this person is told of an event."""
    if kind.required:
        return list(kind.usual)
    chosen = dict(
        MessagePreference.objects.filter(user=user, event=kind.key).values_list("channel", "wanted")
    )
    return [key for key in kind.channels if chosen.get(key, key in kind.usual)]


def table(user: User) -> list[tuple[MessageEvent, list[Choice | None]]]:
    """The events this person may be told of, each with a box a channel; none where the event has no such channel."""
    kept = {
        (event, channel): wanted
        for event, channel, wanted in MessagePreference.objects.filter(user=user).values_list(
            "event", "channel", "wanted"
        )
    }
    rows = []
    for kind in choosable(user):
        boxes: list[Choice | None] = []
        for key, channel in channels.items():
            wanted = kept.get((kind.key, key), key in kind.usual)
            reachable = channel.is_ready() and bool(channel.address_of(user))
            choice = Choice(f"{kind.key}:{key}", channel, wanted, reachable)
            boxes.append(choice if key in kind.channels else None)
        rows.append((kind, boxes))
    return rows


def choosable(user: User) -> list[MessageEvent]:
    """What there is to choose: what staff are told of that this person has the right to know."""
    return [
        kind
        for kind in events.values()
        if "inbox" in kind.channels
        and not kind.required
        and (not kind.permission or user.has_perm(kind.permission))
    ]


@transaction.atomic
def save(*, user: User, wanted: Mapping[str, Any]) -> int:
    """Keep a person's choices: the names of the boxes that are ticked. Returns how many differ from what is usual."""
    rows = []
    for kind in choosable(user):
        for key in kind.channels:
            ticked = f"{kind.key}:{key}" in wanted
            if ticked != (key in kind.usual):
                rows.append(MessagePreference(user=user, event=kind.key, channel=key, wanted=ticked))
    mine = MessagePreference.objects.filter(user=user, event__in=[kind.key for kind in choosable(user)])
    mine.delete()
    MessagePreference.objects.bulk_create(rows)
    return len(rows)
