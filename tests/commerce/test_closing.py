"""Closing months: nothing is dated in one any more, its totals are the ledger's, and two people reopen the latest."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event as Signal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from commerce.models import ClosedMonth, Transfer
from commerce.services import closing, invoices, ledger, settlement
from commerce.services.closing import Month
from commerce.services.proof import prove
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.general_settings import GeneralPage
from core.models import Approval, Event, User
from core.services import approvals
from core.site_settings import save
from tests.commerce.closing_world import BEFORE, LAST, backdated, close, inside, make_books
from tests.commerce.test_money_rules import BANK, COLUMNS, WALLET, guards_off, refusal, run, wrong
from tests.factories import UserFactory
from tests.factories_documents import sold, wallet_of
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_books()


def asked_to_reopen(closed: ClosedMonth, by: User) -> Approval:
    with acting_as(actor_for_user(by)):
        try:
            closing.reopen(month_id=closed.pk, reason="A bank fee was forgotten")
        except ApprovalNeeded as needed:
            return approvals.ask(needed)
    raise AssertionError("Nothing waits.")


def figure(closed: ClosedMonth, kind: str) -> tuple[str, str, str]:
    [row] = [one for one in closed.live if (one["kind"], one["currency"]) == (kind, "USD")]
    return row["debits"], row["credits"], row["balance"]


class TestClosing:
    def test_control_totals_are_those_of_the_ledger_month_by_month(self, shop: Shop) -> None:
        first, second = close(BEFORE), close(LAST)
        assert (first.transfers, second.transfers) == (1, 1)
        assert figure(first, "wallet") == ("0.00", "100.00", "100.00")
        assert figure(second, "wallet") == ("0.00", "7.00", "107.00")
        assert figure(second, "bank") == ("7.00", "0.00", "-107.00")
        assert first.ends_at == second.begins_at
        assert second.last_transfer == Transfer.objects.filter(amount=7).get().pk
        assert len(second.digest) == 64 and second.digest != first.digest
        assert prove().right

    def test_where_midnight_comes_twice_a_month_ends_at_the_first(self) -> None:
        make_shop()
        save(GeneralPage, {"time_zone": "America/Havana"}, user=None)
        first, edge = datetime(2020, 11, 1, 3, 59, tzinfo=UTC), datetime(2020, 11, 1, 4, tzinfo=UTC)
        for at in (first, edge, edge + timedelta(minutes=30)):
            run(backdated(at))
        closed = close(Month(2020, 10))
        _since, until = invoices.month_of(date(2020, 10, 1), ZoneInfo("America/Havana"))
        assert (closed.ends_at, closed.transfers) == (edge, 1) == (until.astimezone(UTC), 1)
        assert prove().right

    def test_no_other_moment_is_its_end_whoever_says_so(self, shop: Shop) -> None:
        begins = BEFORE.begins(closing.company_zone())
        run(
            "INSERT INTO commerce_closedmonth (year, month, zone, figures, begins_at, ends_at, transfers,"
            " last_transfer, digest, open_items, reason, closed_by, closed_at, reopened_by, reopen_reason) VALUES"
            f" ({BEFORE.year}, {BEFORE.month}, 'UTC', '[]', '{begins - timedelta(days=1)}', '{begins}', 0,"
            " 0, '', '{}', '', '', now(), '', '')"
        )
        closed = ClosedMonth.objects.get()
        assert (closed.begins_at, closed.ends_at) == (begins, LAST.begins(closing.company_zone()))

    def test_what_is_closed_is_sealed_with_who_and_why(self, shop: Shop) -> None:
        with acting_as(actor_for_user(UserFactory(staff="finance", first_name="Ann", last_name="Lee"))):
            closed = close(BEFORE)
        assert closed.closed_by.startswith("Ann Lee") and closed.reason == "All is booked"
        event = Event.objects.get(kind="month.closed")
        assert event.data["digest"] == closed.digest
        assert event.data["month"] == f"{BEFORE.year}-{BEFORE.month:02}"

    def test_months_close_in_order_and_once(self, shop: Shop) -> None:
        assert closing.next_month() == BEFORE
        with pytest.raises(Conflict) as refused:
            close(LAST)
        assert refused.value.code == "months_in_order"
        close(BEFORE)
        with pytest.raises(Conflict):
            close(BEFORE)
        assert closing.next_month() == LAST

    def test_a_month_that_is_not_over_stays_open(self, shop: Shop) -> None:
        with pytest.raises(Conflict) as refused:
            for _one in range(5):
                close(closing.next_month() or LAST)
        assert refused.value.code == "month_not_over"

    def test_books_that_are_not_proved_stay_open(self, shop: Shop) -> None:
        with guards_off():
            run(f"UPDATE commerce_account SET balance = balance + 1 WHERE id = {WALLET}")
        with pytest.raises(Conflict) as refused:
            close(BEFORE)
        assert refused.value.code == "books_not_proved"

    def test_a_reason_is_needed(self, shop: Shop) -> None:
        with pytest.raises(InvalidInput):
            closing.close(year=BEFORE.year, month=BEFORE.month, reason=" ")


class TestClosedMonth:
    def test_a_transfer_dated_in_it_is_refused_by_the_service_too(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        close(BEFORE)
        monkeypatch.setattr("commerce.services.ledger.timezone.now", lambda: inside(BEFORE))
        with pytest.raises(Conflict) as refused:
            ledger.fund(account=shop.wallet, amount=Decimal(3), reason="Late")
        assert refused.value.code == "month_closed"

    def test_the_next_month_and_now_are_open(self, shop: Shop) -> None:
        close(BEFORE)
        run(backdated(inside(LAST)))
        ledger.fund(account=shop.wallet, amount=Decimal(3), reason="Now")
        assert prove().right

    def test_a_refund_of_its_order_is_dated_now_and_says_which_month_it_corrects(self) -> None:
        reseller = ResellerFactory(funds=1000)
        order = sold(reseller, at=inside(LAST))
        run(f"UPDATE commerce_order SET finished_at = '{inside(LAST).isoformat()}'")
        closed = close(LAST)
        settlement.refund(order_id=order.pk, amount=None, reason="Came too late")
        back = Transfer.objects.get(order=order, kind="refund_sale")
        assert back.created_at > closed.ends_at
        assert closing.corrected_month(back) == closed
        assert back in closing.corrections(closed, 10)
        assert closing.corrected_month(Transfer.objects.get(order=order, kind="sale")) is None
        assert not wrong() & {"closed_months", "chain", "balance"}
        assert wallet_of(reseller).balance == 1000


class TestReopening:
    def test_two_people_reopen_the_latest_and_it_leaves_a_trace(self, shop: Shop) -> None:
        close(BEFORE)
        closed = close(LAST)
        ann, bob = UserFactory(staff="finance"), UserFactory(staff="finance")
        approval = asked_to_reopen(closed, ann)
        run(f"SELECT 1 FROM commerce_closedmonth WHERE id = {closed.pk} AND reopened_at IS NULL")
        with pytest.raises(NotAllowed):
            approvals.approve(approval_id=approval.pk, by=ann)
        approvals.approve(approval_id=approval.pk, by=bob)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        closed.refresh_from_db()
        assert not closed.is_closed and closed.approval == approval
        assert str(ann) in closed.reopened_by and str(bob) in closed.reopened_by
        assert Event.objects.filter(kind="month.reopened", data__digest=closed.digest).exists()
        run(backdated(inside(LAST)))
        with pytest.raises(DatabaseError), transaction.atomic():
            run(backdated(inside(BEFORE)))
        assert close(LAST).transfers == closed.transfers + 1
        assert prove().right

    def test_only_the_latest_is_reopened(self, shop: Shop) -> None:
        first = close(BEFORE)
        close(LAST)
        with pytest.raises(Conflict) as refused:
            asked_to_reopen(first, UserFactory(staff="finance"))
        assert refused.value.code == "not_latest"

    def test_nothing_reopens_it_by_itself(self, shop: Shop) -> None:
        with pytest.raises(NotAllowed):
            closing.reopen(month_id=close(BEFORE).pk, reason="By itself")


CLOSED = "(SELECT max(id) FROM commerce_closedmonth)"
ATTACKS = {
    "dated back": (backdated(inside(BEFORE)), "TL007"),
    "dated before all": (backdated(datetime(2001, 1, 1, tzinfo=UTC)), "TL007"),
    "dated back in bulk": (
        f"INSERT INTO commerce_transfer {COLUMNS} SELECT gen_random_uuid(), 'funding', {BANK}, {WALLET}, 1, 'USD', '',"
        f" '', '', '', '', t, NULL FROM (VALUES (now()), ('{inside(BEFORE).isoformat()}'::timestamptz)) d(t)",
        "TL007",
    ),
    "the end moved": ("UPDATE commerce_closeduntil SET until = NULL", "TL002"),
    "the end forgotten": ("DELETE FROM commerce_closeduntil", "TL002"),
    "the end truncated": ("TRUNCATE commerce_closeduntil", "TL001"),
    "totals rewritten": ("UPDATE commerce_closedmonth SET figures = '[]'", "TL001"),
    "forgotten": ("DELETE FROM commerce_closedmonth", "TL001"),
    "truncated": ("TRUNCATE commerce_closedmonth", "TL001"),
    "reopened alone": (
        "UPDATE commerce_closedmonth SET reopened_at = now(), reopened_by = 'Me', reopen_reason = 'So'",
        "commerce_month_reopened_by_two",
    ),
    "reopened by some other approval": (
        "UPDATE commerce_closedmonth SET reopened_at = now(), reopened_by = 'Me', reopen_reason = 'So',"
        " approval_id = (SELECT max(id) FROM core_approval)",
        "TL008",
    ),
    "closed out of order": (
        "INSERT INTO commerce_closedmonth (year, month, zone, figures, begins_at, ends_at, transfers, last_transfer,"
        " digest, open_items, reason, closed_by, closed_at, reopened_by, reopen_reason) SELECT year + 1, month, zone,"
        f" '[]', now(), now(), 0, 0, '', '{{}}', '', '', now(), '', '' FROM commerce_closedmonth WHERE id = {CLOSED}",
        "TL008",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda name: name.replace(" ", "-"))
def test_the_database_refuses(shop: Shop, attack: str) -> None:
    closed = close(BEFORE)
    ann, bob = UserFactory(staff="finance"), UserFactory(staff="finance")
    approvals.refuse(approval_id=asked_to_reopen(closed, ann).pk, by=bob, note="No")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    sql, expected = ATTACKS[attack]
    assert refusal(sql) == expected
    assert prove().right


@pytest.mark.parametrize(
    "attack",
    [
        ATTACKS["dated back"][0],
        ATTACKS["totals rewritten"][0],
        "UPDATE commerce_closedmonth SET transfers = transfers + 1",
        "UPDATE commerce_closedmonth SET digest = 'x'",
        ATTACKS["the end moved"][0],
        "DELETE FROM commerce_closeduntil",
    ],
)
def test_with_the_guards_off_the_judge_turns_red(shop: Shop, attack: str) -> None:
    close(BEFORE)
    close(LAST)
    assert not wrong()
    with guards_off():
        run(attack.replace("now()", "clock_timestamp()"))
        assert "closed_months" in wrong()


@pytest.fixture
def live_shop(transactional_db: None) -> Iterator[Shop]:
    shop = make_shop()
    run(backdated(inside(LAST), "7"))
    yield shop


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    """Against PostgreSQL, each thread with a connection of its own."""

    def test_a_transfer_under_way_is_in_the_totals_or_refused(self, live_shop: Shop) -> None:
        """It was written before and commits while the month is being closed: the closing waits for it."""
        written, go_on = Signal(), Signal()

        def write() -> None:
            try:
                with transaction.atomic():
                    run(backdated(inside(LAST), "11"))
                    written.set()
                    go_on.wait(30)
            finally:
                connections.close_all()

        def close_it() -> ClosedMonth:
            try:
                return close(LAST)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            writing = pool.submit(write)
            assert written.wait(30)
            closing_it = pool.submit(close_it)
            ledger.fund(
                account=ResellerFactory().accounts.get(is_test=False), amount=Decimal(2), reason="Meanwhile"
            )
            assert not closing_it.done()
            go_on.set()
            writing.result(30)
            closed = closing_it.result(30)
        assert closed.transfers == 2 and figure(closed, "bank")[0] == "18.00"
        assert prove().right

    def test_an_old_snapshot_does_not_get_past_a_month_closed_meanwhile(self, live_shop: Shop) -> None:
        def late() -> str:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    cursor.execute("SELECT count(*) FROM commerce_closeduntil")
                    seen.set()
                    closed.wait(30)
                    cursor.execute(backdated(inside(LAST), "11"))
            except DatabaseError as error:
                return str(error.__cause__.sqlstate)  # type: ignore[union-attr]
            finally:
                connections.close_all()
            return "written"

        seen, closed = Signal(), Signal()
        with ThreadPoolExecutor(1) as pool:
            attempt = pool.submit(late)
            assert seen.wait(30)
            close(LAST)
            closed.set()
            assert attempt.result(30) in ("40001", "TL007")
        assert prove().right

    def test_many_write_while_it_is_closed_and_none_slips_in(self, live_shop: Shop) -> None:
        stop = Signal()

        def write(turn: int) -> int:
            done = 0
            try:
                while not stop.is_set():
                    at = inside(LAST) + timedelta(seconds=turn) if turn % 2 else timezone.now()
                    try:
                        with transaction.atomic():
                            run(backdated(at, "1"))
                        done += 1
                    except DatabaseError as error:
                        assert error.__cause__.sqlstate == "TL007"  # type: ignore[union-attr]
                        if done > 200:
                            break
            finally:
                connections.close_all()
            return done

        with ThreadPoolExecutor(6) as pool:
            writers = [pool.submit(write, turn) for turn in range(6)]
            try:
                closed = close(LAST)
            finally:
                stop.set()
            assert sum(writer.result(60) for writer in writers) > 0
        dated = Transfer.objects.filter(created_at__lt=closed.ends_at)
        assert dated.count() == closed.transfers
        assert prove().right
