"""Tickets: who says what, what moves, and the clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from commerce.models import SupportTicket, TicketMessage
from commerce.services import support
from commerce.site_settings import SupportPage
from core import site_settings
from core.actors import Actor, acting_as
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Event
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import CustomerFactory, ResellerFactory
from tests.factories_support import agent, canned, says, ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def kinds(of: SupportTicket) -> list[str]:
    events = Event.objects.filter(subject_kind="commerce.supportticket", subject_id=str(of.pk))
    return list(events.order_by("id").values_list("kind", flat=True))


def again(of: SupportTicket) -> SupportTicket:
    return SupportTicket.objects.get(pk=of.pk)


def age(of: SupportTicket, by: timedelta) -> None:
    """As if everything about it had been so much earlier."""
    columns = ("clock_from", "first_answer_due_at", "resolution_due_at", "due_at", "waiting_since")
    moved = {name: value - by for name in columns if (value := getattr(again(of), name))}
    SupportTicket.objects.filter(pk=of.pk).update(**moved)


def test_a_ticket_has_a_number_a_party_and_due_times() -> None:
    opened = again(ticket(priority="high"))
    assert opened.ticket_number == f"T-{opened.pk:06d}"
    assert (opened.status, opened.assigned_to, opened.resolved_at) == ("open", None, None)
    assert opened.first_answer_due_at == opened.due_at == opened.clock_from + 4 * HOUR
    assert opened.resolution_due_at == opened.clock_from + 24 * HOUR
    assert kinds(opened) == ["ticket.opened"]


def test_an_order_names_its_party() -> None:
    order, _payment = place_for_customer()
    assert ticket(order=order).party == order.customer


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": "\x00 "}, "description"),
        ({"description": "x" * 10_001}, "description"),
        ({"priority": "whenever"}, "priority"),
        ({"reseller": None}, "customer"),
    ],
)
def test_what_is_wrong_with_a_new_ticket_is_said_at_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ticket(**values)
    assert set(refused.value.errors) == {field}
    assert not SupportTicket.objects.exists()


def test_an_order_of_somebody_else_is_refused_and_so_are_two_parties() -> None:
    order, _payment = place_for_customer()
    for values in (
        {"reseller": ResellerFactory(), "order": order},
        {"customer": CustomerFactory(), "order": order},
        {"customer": CustomerFactory(), "reseller": ResellerFactory()},
    ):
        with pytest.raises(InvalidInput):
            ticket(**values)


def test_answering_takes_the_ticket_and_it_is_the_partys_turn() -> None:
    opened, kevin = ticket(), agent()
    said = says(kevin, opened, "We look into it.")
    now = again(opened)
    assert (now.status, now.assigned_to, now.due_at) == ("in_progress", kevin, None)
    assert now.first_answered_at and now.waiting_since
    assert (said.author_kind, said.author_label, said.is_internal) == (
        "staff",
        kevin.get_full_name(),
        False,
    )
    assert kinds(opened) == ["ticket.opened", "ticket.assigned", "ticket.started", "ticket.replied"]


def test_the_time_they_took_is_given_back() -> None:
    opened = ticket(priority="high")
    says(agent(), opened)
    before = again(opened).resolution_due_at
    SupportTicket.objects.filter(pk=opened.pk).update(waiting_since=timezone.now() - 5 * HOUR)
    says("reseller", opened, "Here is the picture.")
    now = again(opened)
    assert now.waiting_since is None
    assert now.due_at == now.resolution_due_at
    assert now.resolution_due_at and before
    assert 5 * HOUR <= now.resolution_due_at - before < 5 * HOUR + timedelta(minutes=1)


def test_a_partys_words_do_not_stop_the_clock_of_the_first_answer() -> None:
    opened = ticket()
    says("customer", opened)
    assert again(opened).due_at == opened.first_answer_due_at


def test_a_resolved_ticket_opens_again_when_they_answer_and_a_closed_one_does_not() -> None:
    opened = ticket()
    says(agent(), opened)
    resolved = support.move(ticket=opened, status="resolved")
    assert resolved.resolved_at and resolved.due_at is None
    says("reseller", opened, "It still fails.")
    now = again(opened)
    assert (now.status, now.resolved_at) == ("open", None)
    assert now.due_at == now.resolution_due_at
    assert kinds(opened)[-2:] == ["ticket.reopened", "ticket.replied"]
    support.move(ticket=opened, status="closed", reason="Duplicate")
    for who in ("reseller", agent()):
        with pytest.raises(Conflict, match="closed"):
            says(who, opened)


def test_notes_are_staffs_alone_and_answer_nobody() -> None:
    opened = ticket()
    with acting_as(Actor("staff", str(agent().pk), "Kevin")):
        support.note(ticket=opened, message="Their server is down again.")
    now = again(opened)
    assert (now.status, now.first_answered_at, now.assigned_to) == ("open", None, None)
    for kind in ("reseller", "customer", "key"):
        with acting_as(Actor(kind, "1", "Party")), pytest.raises(NotAllowed):  # type: ignore[arg-type]
            support.note(ticket=opened, message="Let me in")
    assert TicketMessage.objects.get().is_internal


def test_what_was_said_cannot_be_unsaid() -> None:
    said = says("reseller", ticket())
    for statement in ("UPDATE commerce_ticketmessage SET text = 'x'", "DELETE FROM commerce_ticketmessage"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert TicketMessage.objects.get().text == said.text


def test_tickets_go_to_people_who_work_on_them() -> None:
    opened, kevin = ticket(), agent()
    assert support.assign(ticket=opened, to=kevin).assigned_to == kevin
    for nobody in (UserFactory(staff="finance"), UserFactory(), agent(is_active=False)):
        with pytest.raises(InvalidInput) as refused:
            support.assign(ticket=opened, to=nobody)
        assert "assigned_to" in refused.value.errors
    assert support.assign(ticket=opened, to=None).assigned_to is None


def test_another_priority_has_other_due_times() -> None:
    opened = ticket(priority="low")
    now = support.set_priority(ticket=opened, priority="urgent", reason="Nobody can order")
    assert now.first_answer_due_at == now.due_at == now.clock_from + HOUR
    with pytest.raises(InvalidInput):
        support.set_priority(ticket=opened, priority="later")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [(["resolved"], "in_progress"), (["closed"], "resolved"), ([], "open"), (["in_progress"], "nonsense")],
)
def test_a_status_follows_the_table(path: list[str], wrong: str) -> None:
    opened = ticket()
    for status in path:
        support.move(ticket=opened, status=status)
    with pytest.raises((Conflict, InvalidInput)):
        support.move(ticket=opened, status=wrong)


def test_the_settings_page_decides_how_soon() -> None:
    site_settings.save(SupportPage, {"first_answer_medium": 2}, user=None, reason="Test")
    opened = ticket()
    assert opened.first_answer_due_at == opened.clock_from + 2 * HOUR


def test_a_canned_answer_is_filled_in_and_nothing_in_the_values_is_read_again() -> None:
    buyer = CustomerFactory(full_name="{agent} {0.__class__}")
    about, kevin = ticket(customer=buyer), agent(first_name="Kevin", last_name="O")
    answer = canned(text="Dear {customer}: {ticket_number}, {order_number}, {unknown}. {agent}")
    text = support.filled(answer, about, kevin)
    assert text == f"Dear {{agent}} {{0.__class__}}: {about.ticket_number}, –, {{unknown}}. Kevin O"


def test_a_canned_answer_with_a_placeholder_nobody_fills_is_refused() -> None:
    for text in ("{costumer}", "{customer.user.password}", "{}", "{0}"):
        with pytest.raises(ValidationError, match="no placeholder"):
            canned(title=text, text=text).full_clean()
