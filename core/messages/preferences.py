"""What a person wants to be told, and by which channels."""

from collections.abc import Collection, Iterable, Mapping
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
    return chosen(user, [kind])[kind.key]


def chosen(user: User, kinds: Iterable[MessageEvent]) -> dict[str, list[str]]:
    """The same for several events, in one query."""
    kinds = list(kinds)
    kept = _kept(user, [kind.key for kind in kinds if not kind.required])
    return {
        kind.key: [way for way in kind.channels if kept.get((kind.key, way), way in kind.usual)]
        if not kind.required
        else list(kind.usual)
        for kind in kinds
    }


def _kept(user: User, keys: Collection[str]) -> dict[tuple[str, str], bool]:
    if not keys:
        return {}
    rows = MessagePreference.objects.filter(user=user, event__in=keys)
    return {(event, way): wanted for event, way, wanted in rows.values_list("event", "channel", "wanted")}


def table(user: User) -> list[tuple[MessageEvent, list[Choice | None]]]:
    """The events this person may be told of, each with a box a channel; none where the event has no such channel."""
    kinds = choosable(user)
    kept = _kept(user, [kind.key for kind in kinds])
    rows = []
    for kind in kinds:
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


def save(*, user: User, wanted: Mapping[str, Any]) -> int:
    """Keep a person's choices: the names of the boxes that are ticked. Returns how many differ from what is usual."""
    return choose(
        user=user,
        wanted={
            kind.key: [way for way in kind.channels if f"{kind.key}:{way}" in wanted]
            for kind in choosable(user)
        },
    )


@transaction.atomic
def choose(*, user: User, wanted: Mapping[str, Collection[str]]) -> int:
    """Keep by which channels a person is told of these events; other events stay as they are. Returns how many boxes
    differ from what is usual.

    Raises:
        UnknownKey: for an event that is not registered.
    """
    rows = [
        MessagePreference(user=user, event=kind.key, channel=way, wanted=way in wanted[kind.key])
        for kind in map(events.get, wanted)
        for way in kind.channels
        if (way in wanted[kind.key]) != (way in kind.usual)
    ]
    MessagePreference.objects.filter(user=user, event__in=list(wanted)).delete()
    MessagePreference.objects.bulk_create(rows)
    return len(rows)
