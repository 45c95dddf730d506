"""Breaks over time: what changes after a statement was matched is found, booked once, and never lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Event as Signal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.models import (
    Attempt,
    ImportedStatement,
    Order,
    ReconciliationBreak,
    SignOff,
    StatementSource,
    Transfer,
)
from commerce.services import break_endings, breaks, reconciliation, sign_offs
from core.actors import acting_as, actor_for_user
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories import UserFactory
from tests.factories_orders import Shop, make_shop
from tests.factories_reconciliation import handed_in, kinds, provider_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=1000)


@pytest.fixture
def source(shop: Shop) -> StatementSource:
    return provider_source(shop.provider)


def row(order: Order, amount: str = "8.00", status: str = "done") -> list[Any]:
    attempt = order.attempts.get()
    return [attempt.started_at.date().isoformat(), attempt.pk, "", "", amount, status]


def now_is(order: Order, status: str) -> None:
    Attempt.objects.filter(order=order).update(status=status)


def days_ago(order: Order, days: int) -> None:
    Attempt.objects.filter(order=order).update(started_at=timezone.now() - timedelta(days=days))


def differences() -> list[tuple[str, str]]:
    found = ReconciliationBreak.objects.filter(status="open").order_by("pk")
    return [(one.kind, str(one.difference)) for one in found]


def cost_moved() -> Decimal:
    """What corrections have added to the provider's charges."""
    rows = Transfer.objects.filter(kind="cost_correction").select_related("credit_account")
    return sum(
        (row.amount if row.credit_account.kind == "float" else -row.amount for row in rows), Decimal(0)
    )


def test_a_line_that_comes_after_its_lack_was_booked_is_booked_back(
    shop: Shop, source: StatementSource
) -> None:
    first, second = shop.delivered(), shop.delivered()
    handed_in(source, [row(first)])
    breaks.book(break_id=ReconciliationBreak.objects.get().pk, reason="They never charged it")
    later = handed_in(source, [row(second)], name="later.csv")
    assert differences() == [("amount", "8.00")]
    breaks.book(break_id=later.breaks.get().pk, reason="They did after all")
    assert cost_moved() == 0
    reconciliation.match_again(statement_id=later.pk)
    assert differences() == []


def test_what_was_booked_is_not_found_again(shop: Shop, source: StatementSource) -> None:
    statement = handed_in(
        source, [row(shop.delivered(), "9.00"), ["2026-01-05", "", "X-1", "", "3.00", "done"]]
    )
    for found in ReconciliationBreak.objects.all():
        breaks.book(break_id=found.pk, reason="Theirs is right")
    assert cost_moved() == 4
    reconciliation.match_again(statement_id=statement.pk)
    assert differences() == []


def test_what_fitted_and_is_wrong_again_is_open_again(shop: Shop, source: StatementSource) -> None:
    order = shop.delivered()
    now_is(order, "unknown")
    statement = handed_in(source, [row(order)])
    now_is(order, "delivered")
    reconciliation.match_again(statement_id=statement.pk)
    assert kinds(statement) == {}
    now_is(order, "reversed")
    reconciliation.match_again(statement_id=statement.pk)
    assert kinds(statement) == {"status": 1}
    assert Event.objects.filter(kind="break.reopened").count() == 1


def test_what_was_explained_stays_so_until_the_picture_is_another(
    shop: Shop, source: StatementSource
) -> None:
    order = shop.delivered()
    statement = handed_in(source, [row(order, "8.40")])
    with acting_as(actor_for_user(UserFactory(staff="finance"))):
        breaks.close(break_id=statement.breaks.get().pk, reason="Their rounding")
    reconciliation.match_again(statement_id=statement.pk)
    assert kinds(statement) == {}
    now_is(order, "reversed")
    reconciliation.match_again(statement_id=statement.pk)
    assert kinds(statement) == {"status": 1}


def test_an_outcome_that_was_decided_leaves_the_amount_to_be_looked_at(
    shop: Shop, source: StatementSource
) -> None:
    order = shop.delivered()
    now_is(order, "unknown")
    statement = handed_in(source, [row(order, "12.00")])
    now_is(order, "delivered")
    with acting_as(actor_for_user(UserFactory(staff="finance"))):
        break_endings.decided(Attempt.objects.get(order=order), reason="They delivered")
    reconciliation.match_again(statement_id=statement.pk)
    assert differences() == [("amount", "4.00")]


def test_a_statement_taken_back_opens_what_its_lines_had_closed(shop: Shop, source: StatementSource) -> None:
    first, second = shop.delivered(), shop.delivered()
    kept = handed_in(source, [row(first)])
    wrong = handed_in(source, [row(second)], name="wrong.csv")
    assert kinds(kept) == {}
    reconciliation.take_back(statement_id=wrong.pk, reason="Another month's")
    assert kinds(kept) == {"ours_only": 1}


def test_a_charge_undone_meanwhile_is_not_booked_a_second_time(shop: Shop, source: StatementSource) -> None:
    first, second = shop.delivered(), shop.delivered()
    statement = handed_in(source, [row(first)])
    now_is(second, "reversed")
    with pytest.raises(Conflict, match="changed meanwhile"):
        breaks.book(break_id=statement.breaks.get().pk, reason="They never charged it")
    reconciliation.match_again(statement_id=statement.pk)
    assert kinds(statement) == {} and cost_moved() == 0


def test_a_break_that_moved_money_is_never_deleted(shop: Shop, source: StatementSource) -> None:
    statement = handed_in(source, [row(shop.delivered(), "9.00")])
    found = statement.breaks.get()
    breaks.book(break_id=found.pk, reason="Theirs is right")
    with pytest.raises(Conflict, match="stays"):
        reconciliation.take_back(statement_id=statement.pk, reason="Again")
    with pytest.raises(DatabaseError, match="stay as they were"), transaction.atomic():
        ReconciliationBreak.objects.filter(pk=found.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_a_statement_back_while_one_of_its_breaks_is_booked() -> None:
    shop = make_shop(funds=1000)
    statement = handed_in(provider_source(shop.provider), [row(shop.delivered(), "9.00")])
    found = statement.breaks.get()
    booked, go_on = Signal(), Signal()

    def book() -> None:
        with transaction.atomic():
            breaks.book(break_id=found.pk, reason="Theirs is right")
            booked.set()
            go_on.wait(30)

    def take_back() -> str:
        try:
            reconciliation.take_back(statement_id=statement.pk, reason="Wrong file")
        except Conflict as error:
            return error.code
        return "taken back"

    with ThreadPoolExecutor(2) as pool:
        booking = pool.submit(with_own_connection, book)
        assert booked.wait(30)
        taking = pool.submit(with_own_connection, take_back)
        while not somebody_waits() and not taking.done():
            pass
        go_on.set()
        booking.result(30)
        assert taking.result(30) == "worked_on"
    assert ReconciliationBreak.objects.get().booked == 1


def with_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


class TestSigningOff:
    def test_looks_at_the_books_as_they_are_now(self, shop: Shop, source: StatementSource) -> None:
        order = shop.delivered()
        days_ago(order, 3)
        statement = handed_in(source, [row(order)])
        now_is(order, "reversed")
        with pytest.raises(Conflict, match="open"):
            self.sign(source)
        assert kinds(statement) == {"status": 1} and not SignOff.objects.exists()

    def test_finds_what_is_ours_on_days_without_a_statement(
        self, shop: Shop, source: StatementSource
    ) -> None:
        first, second = shop.delivered(), shop.delivered()
        days_ago(first, 3)
        days_ago(second, 1)
        handed_in(source, [row(first)])
        assert differences() == []
        with pytest.raises(Conflict, match="open"):
            self.sign(source)
        assert differences() == [("ours_only", "-8.00")]

    def test_a_day_is_over_where_the_source_is(self, shop: Shop) -> None:
        source = provider_source(shop.provider, time_zone="Pacific/Pago_Pago")
        with timezone.override("Pacific/Kiritimati"):
            day = timezone.localdate() - timedelta(days=1)
            handed_in(source, [[day.isoformat(), "", "X-1", "", "0.00", "failed"]])
            with pytest.raises(InvalidInput, match="are over"):
                sign_offs.sign(source_id=source.pk, first=day, last=day, note="")

    def test_waits_for_orders_whose_outcome_is_unknown(self, shop: Shop, source: StatementSource) -> None:
        first, second = shop.delivered(), shop.delivered()
        for order in (first, second):
            days_ago(order, 2)
        now_is(second, "unknown")
        handed_in(source, [row(first)])
        with pytest.raises(Conflict, match="Unknown outcomes: 1"):
            self.sign(source)
        now_is(second, "failed")
        self.sign(source)
        assert SignOff.objects.exists()

    def test_is_refused_by_the_database_while_breaks_are_open(
        self, shop: Shop, source: StatementSource
    ) -> None:
        handed_in(source, [["2026-01-05", "", "X-1", "", "3.00", "done"]])
        days = {"first_day": "2026-01-01", "last_day": "2026-01-31"}
        with pytest.raises(DatabaseError, match="open"), transaction.atomic():
            SignOff.objects.create(source=source, signed_by="Eve", created_at=timezone.now(), **days)

    def sign(self, source: StatementSource) -> None:
        today = timezone.now().date()
        first, last = today - timedelta(days=3), today - timedelta(days=1)
        sign_offs.sign(source_id=source.pk, first=first, last=last, note="")


class TestWhatASourceStandsFor:
    def test_may_be_put_right_before_its_first_line(self, source: StatementSource) -> None:
        source.currency = "EUR"
        source.full_clean()
        source.save()

    def test_stays_once_it_has_lines(self, shop: Shop, source: StatementSource) -> None:
        handed_in(source, [["2026-01-05", "", "X-1", "", "3.00", "done"]])
        source.currency = "EUR"
        with pytest.raises(ValidationError, match="statements already"):
            source.full_clean()
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            source.save()
        assert ImportedStatement.objects.get().source.currency == "USD"

    def test_its_form_says_so(self, shop: Shop, source: StatementSource, client: Client) -> None:
        handed_in(source, [["2026-01-05", "", "X-1", "", "3.00", "done"]])
        client.force_login(UserFactory(staff="finance"))
        url = reverse("admin:commerce_statementsource_change", args=[source.pk])
        form = client.get(url, {"edit": "1"}).context["adminform"].form
        given = {name: form.initial.get(name) for name in form.fields if form.initial.get(name) is not None}
        answer = client.post(url, {**given, "currency": "EUR", "active": "on"})
        assert answer.status_code == 200 and "statements already" in answer.content.decode()
        assert client.post(url, {**given, "name": "Another name", "active": "on"}).status_code == 302
