"""The demo's tickets: planned before the year is told, so that events stand at their time, written when its orders are
there.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from commerce.demo.loading import copy_objects
from commerce.demo.moments import millis, stamp
from commerce.demo.parties import Crowd
from commerce.demo.prices import escaped
from commerce.demo.tales import Tell
from commerce.demo.ticket_topics import CANNED, NOTE, THEM, TOPICS, US, Topic
from commerce.models import CannedAnswer, Order, SupportTicket, TicketMessage
from commerce.services import ticket_clock
from commerce.services.support import number_of
from core.models import User
from core.money import format_money

OLD = 46
# Of the last days: how many hours ago, and how far it has come.
RECENT = (
    (70, "done"), (61, "theirs"), (52, "ours"), (47, "new"), (40, "theirs"), (30, "ours"), (27, "new"), (22, "done"),
    (15, "theirs"), (9, "new"), (6, "ours"), (3.5, "new"), (1.2, "new"), (0.4, "new"),
)  # fmt: skip
REGULARS = 12
# What stands for the order's words where the party has none.
NO_ORDER = {"order": "of yesterday", "product": "the top-up", "recipient": "the number", "amount": "payment"}
_S = SupportTicket.Status


@dataclass(slots=True)
class Asked:
    """A ticket with what was said, in words that are not filled in yet."""

    topic: Topic
    ticket: SupportTicket
    party: str
    name: str
    said: list[TicketMessage] = field(default_factory=list)


class Desk:
    """Plans tickets and tells their events."""

    def __init__(self, crowd: Crowd, staff: dict[str, User], now: datetime, tell: Tell, rng: Random) -> None:
        self._crowd, self._now, self._tell, self._rng = crowd, now, tell, rng
        self._agents = [
            staff["support"],
            staff["support"],
            staff["support"],
            staff["moderator"],
            staff["admin"],
        ]

    def plan(self) -> list[Asked]:
        old = [(24 * (4 + 340 * ((OLD - number) / OLD) ** 1.6), "done") for number in range(OLD)]
        topics: list[Topic] = []
        asked = []
        for number, (hours, fate) in enumerate((*old, *RECENT), 1):
            topics = topics or self._rng.sample(TOPICS, len(TOPICS))
            opened = self._now - timedelta(hours=hours, minutes=self._rng.randint(0, 20))
            opened = opened.replace(microsecond=0)
            asked.append(self._ask(number, topics.pop(), opened))
            self._talk(asked[-1], fate)
        return asked

    def _ask(self, number: int, topic: Topic, opened: datetime) -> Asked:
        ticket = SupportTicket(
            id=number,
            ticket_number=number_of(number),
            subject=topic.subject,
            priority=topic.priority,
            created_at=opened,
            updated_at=opened,
            last_activity_at=opened,
        )
        regulars: Any = self._crowd.sellers if topic.party == "reseller" else self._crowd.shoppers
        there = [one for one in regulars if one.joined < millis(opened) < one.left] or regulars
        chosen = there[self._rng.randrange(min(REGULARS, len(there)))]
        setattr(ticket, f"{topic.party}_id", chosen.id)
        name = chosen.name
        if topic.party == "reseller":
            name = self._crowd.resellers[chosen.id - 1].contact_person or chosen.name
        ticket.opened_by = name
        ticket_clock.start(ticket, opened)
        asked = Asked(topic, ticket, f"{topic.party}\t\t{name}", name)
        self._happened(asked, "opened", opened, asked.party, priority=topic.priority, subject=topic.subject)
        return asked

    def _talk(self, asked: Asked, fate: str) -> None:
        ticket, at, agent = asked.ticket, asked.ticket.created_at, self._rng.choice(self._agents)
        for who, text in _cut(asked.topic, fate):
            at += timedelta(minutes=self._rng.randint(15, 400) if who == THEM else self._rng.randint(4, 150))
            if at >= self._now:
                return
            self._say(asked, who, text, at, agent)
        if fate == "done":
            at = min(at + timedelta(minutes=self._rng.randint(5, 90)), self._now)
            ticket.status, ticket.resolved_at = _S.RESOLVED, at
            self._move(asked, "resolved", at, agent)
            at += timedelta(days=3, minutes=self._rng.randint(5, 600))
            if at < self._now and self._rng.random() < 0.85:
                ticket.status = _S.CLOSED
                self._move(asked, "closed", at, agent)

    def _say(self, asked: Asked, who: str, text: str, at: datetime, agent: User) -> None:
        ticket, ours = asked.ticket, who != THEM
        message = TicketMessage(
            ticket_id=ticket.pk,
            is_internal=who == NOTE,
            author_kind="staff" if ours else asked.topic.party,
            author_id=str(agent.pk) if ours else "",
            author_label=agent.get_full_name() if ours else asked.name,
            text=text,
            created_at=at,
        )
        asked.said.append(message)
        ticket.updated_at = ticket.last_activity_at = at
        by = _hands(agent) if ours else asked.party
        if who == US:
            self._taken(asked, at, agent)
            ticket_clock.answered(ticket, at)
        elif who == THEM:
            ticket_clock.asked(ticket, at)
        self._happened(asked, "noted" if who == NOTE else "replied", at, by)

    def _taken(self, asked: Asked, at: datetime, agent: User) -> None:
        """Whoever answers first works on it from then on."""
        ticket = asked.ticket
        if ticket.assigned_to_id is None:
            ticket.assigned_to_id, ticket.status = agent.pk, _S.IN_PROGRESS
            self._happened(asked, "assigned", at, _hands(agent), to=agent.get_full_name())
            self._happened(asked, "started", at, _hands(agent), before=_S.OPEN, after=_S.IN_PROGRESS)

    def _move(self, asked: Asked, what: str, at: datetime, agent: User) -> None:
        ticket_clock.show_due(asked.ticket)
        asked.ticket.updated_at = asked.ticket.last_activity_at = at
        self._happened(asked, what, at, _hands(agent), after=what)

    def _happened(self, asked: Asked, what: str, when: datetime, by: str, **data: str) -> None:
        at, body = millis(when), escaped(json.dumps(data, default=str))
        line = f"ticket.{what}\tcommerce.supportticket\t{asked.ticket.pk}\t{by}\t{body}\t\t{stamp(at)}\n"
        self._tell(at, line)


def write(planned: list[Asked]) -> None:
    """Tickets, messages and canned answers, about orders that their parties placed before."""
    for asked in planned:
        order = _order_of(asked) if asked.topic.about else None
        words = {**NO_ORDER, "name": asked.name.partition(" ")[0]}
        if order:
            asked.ticket.order = order
            total = format_money(order.total, order.currency)
            product = f"{order.brand_name} {order.product_name}"
            words |= {"order": order.order_number, "product": product, "amount": total}
            words["recipient"] = order.recipient_key or words["recipient"]
        asked.ticket.description = asked.topic.text.format(**words)
        for message in asked.said:
            message.text = message.text.format(**words)
    said = sorted((message for asked in planned for message in asked.said), key=lambda said: said.created_at)
    for number, message in enumerate(said, 1):
        message.pk = number
    copy_objects([asked.ticket for asked in planned])
    copy_objects(said)
    for title, text in CANNED:
        CannedAnswer.objects.create(title=title, text=text)


def _order_of(asked: Asked) -> Order | None:
    """The party's latest of the kind."""
    ticket, about = asked.ticket, asked.topic.about
    before = ticket.created_at - timedelta(minutes=10)
    whose = {f"{asked.topic.party}_id": getattr(ticket, f"{asked.topic.party}_id")}
    theirs = Order.objects.filter(**whose, is_test=False, created_at__lt=before)
    kind: dict[str, Any] = {"delivery__isnull": False} if "shipped" in about else {"status__in": about}
    return theirs.filter(**kind).order_by("-created_at", "-id").first()


def _cut(topic: Topic, fate: str) -> list[tuple[str, str]]:
    """How much of the conversation there was by now."""
    talk = list(topic.talk)
    if fate == "new":
        return []
    if fate == "done":
        return talk
    first = next(number for number, (who, _text) in enumerate(talk) if who == US) + 1
    return talk[:first] if fate == "theirs" else [*talk[:first], (THEM, "Is there any news?")]


def _hands(agent: User) -> str:
    return f"staff\t{agent.pk}\t{agent.get_full_name()}"
