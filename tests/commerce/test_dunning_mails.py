"""What goes out with reminders, who is told of suspensions, and runs that meet or have nobody to carry their mails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from commerce.models import Document, DunningCase, DunningNotice, Reseller, Transfer
from commerce.services import credit_terms, dunning, ledger, resellers, statement_papers
from commerce.tasks import remind_late
from core.actors import acting_as, actor_for_user
from core.documents import pdf
from core.messages import sending
from core.messages.sending import send
from core.models import Event, Message
from tests.commerce.test_dunning import DAYS, as_told_yesterday, owing, pay, policy, spend, steps
from tests.factories import UserFactory
from tests.factories_documents import dated, wallet_of

pytestmark = pytest.mark.django_db
SITE = "https://desk.example.com"


def reminder() -> Message:
    return Message.objects.get(event="payment_reminder")


def sent() -> Any:
    """The mail as it went out."""
    assert send(reminder().pk), reminder().error
    return mail.outbox[-1]


def told_to(user: Any) -> list[str]:
    return list(
        Message.objects.filter(user=user, channel="inbox").order_by("pk").values_list("event", flat=True)
    )


def later(reseller: Reseller, days: int) -> None:
    """So many days pass."""
    for row in Transfer.objects.filter(debit_account=wallet_of(reseller)):
        dated(row.created_at - timedelta(days=days), transfer=row)


class TestTheStatement:
    @pytest.mark.skipif(not pdf.is_available(), reason="Pango is not installed")
    def test_goes_with_the_reminder_and_closes_with_what_is_owed(self, settings: Any) -> None:
        settings.SITE_URL = SITE
        policy()
        reseller = owing(("30", DAYS + 20), ("50", DAYS + 3), ("8", 2))
        pay(reseller, "30")
        dunning.run()
        paper = Document.objects.get(reseller=reseller)
        assert (paper.kind, paper.amount) == (Document.Kind.STATEMENT, Decimal(-58))
        [first, *_more] = paper.content["movements"]
        assert Decimal(first[6]) == -50, "It begins with the oldest debit that is unpaid"
        letter = sent()
        assert paper.number in letter.body and f"{SITE}/" in letter.body and paper.code in letter.body
        drawn, table = letter.attachments
        assert (drawn[0], table[0]) == (f"{paper.number}.pdf", f"{paper.number}.xlsx")
        assert drawn[1].startswith(b"%PDF")
        amounts = [row[6] for row in load_workbook(BytesIO(table[1])).active.values]
        assert -50 in [float(one) for one in amounts if isinstance(one, int | float)]

    def test_is_in_the_language_of_the_reminder(self) -> None:
        policy(language="fa")
        owing(("50", DAYS + 3))
        dunning.run()
        assert Document.objects.get().language == "fa"

    def test_has_no_half_link_where_the_server_does_not_know_its_address(self, settings: Any) -> None:
        settings.SITE_URL = ""
        policy()
        owing(("50", DAYS + 3))
        dunning.run()
        body = sent().body
        assert Document.objects.get().number in body
        assert Document.objects.get().code not in body and "/d/" not in body and "{" not in body

    def test_goes_as_excel_where_nothing_draws_pdf(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf, "is_available", lambda: False)
        policy()
        owing(("50", DAYS + 3))
        dunning.run()
        assert [name.rsplit(".")[-1] for name, *_rest in sent().attachments] == ["xlsx"]

    def test_stays_away_where_the_settings_say_so(self) -> None:
        policy(statement=False)
        reseller = owing(("50", DAYS + 3))
        dunning.run()
        letter = sent()
        assert not Document.objects.exists() and not letter.attachments and "statement" not in letter.body
        assert (reminder().subject_kind, reminder().subject_id) == ("commerce.reseller", str(reseller.pk))

    def test_that_cannot_be_drawn_up_holds_no_reminder_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """More movements than a paper holds."""
        monkeypatch.setattr(statement_papers, "MOST_MOVEMENTS", 1)
        policy()
        reseller = owing(("50", DAYS + 3), ("10", DAYS + 2))
        assert dunning.run() == 1 and steps(reseller) == ["reminder"]
        letter = sent()
        assert not Document.objects.exists() and not letter.attachments and "statement" not in letter.body


class TestStaffAreTold:
    def test_of_a_suspension_by_rule_who_may_lift_it(self) -> None:
        finance, auditor = UserFactory(staff="admin"), UserFactory(staff="auditor")
        policy(suspend=True, reminders=False)
        reseller = owing(("50", 100))
        dunning.run()
        dunning.run()
        assert told_to(finance) == ["reseller_suspended"] and told_to(auditor) == []
        message = Message.objects.get(user=finance, channel="inbox")
        assert reseller.business_name in message.subject and message.link.endswith(f"/{reseller.pk}/change/")

    def test_that_a_person_must_lift_it_where_the_settings_do_not(self) -> None:
        finance = UserFactory(staff="admin")
        policy(suspend=True, reminders=False, lift=False)
        reseller = owing(("50", 100))
        dunning.run()
        pay(reseller, "50")
        dunning.run()
        dunning.run()
        reseller.refresh_from_db()
        assert reseller.status == "suspended"
        assert told_to(finance) == ["reseller_suspended", "suspension_paid"]

    def test_of_nothing_where_a_person_suspended_it(self) -> None:
        finance = UserFactory(staff="admin")
        policy(lift=False)
        reseller = owing(("50", DAYS + 3))
        dunning.run()
        resellers.suspend(reseller=reseller, reason="Fraud")
        pay(reseller, "50")
        dunning.run()
        assert DunningCase.objects.get().ended_at and told_to(finance) == []

    def test_of_nothing_where_a_person_decided_since(self) -> None:
        finance = UserFactory(staff="admin")
        policy(suspend=True, reminders=False, lift=False)
        reseller = owing(("50", 100))
        dunning.run()
        with acting_as(actor_for_user(finance)):
            resellers.reactivate(reseller=reseller, reason="They promised")
            resellers.suspend(reseller=reseller, reason="They lied")
        pay(reseller, "50")
        dunning.run()
        assert told_to(finance) == ["reseller_suspended"]


class TestTwoWallets:
    def test_the_suspension_is_lifted_once_neither_is_late_whichever_is_paid_first(self) -> None:
        policy(suspend=True, reminders=False)
        reseller = owing(("50", 100))
        euros = ledger.wallet_for(party=reseller, currency="EUR")
        ledger.set_credit_limit(account=euros, limit=Decimal(100), reason="Agreed")
        booked = ledger.adjust(account=euros, amount=Decimal(-20), reason="Agreed")
        dated(timezone.now() - timedelta(days=90), transfer=booked)
        dunning.run()
        first = DunningCase.objects.get(suspended_at__isnull=False).account
        other = wallet_of(reseller) if first == euros else euros
        for wallet, status in ((first, "suspended"), (other, "active")):
            wallet.refresh_from_db()
            ledger.fund(account=wallet, amount=-wallet.balance, reason="Paid")
            dunning.run()
            reseller.refresh_from_db()
            assert reseller.status == status


class TestADeadMailServer:
    @pytest.fixture(autouse=True)
    def dead(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    def test_leaves_the_mail_to_be_tried_again_and_the_case_goes_on(self, settings: Any) -> None:
        policy()
        reseller = owing(("50", DAYS + 3))
        assert remind_late() == 1
        assert not send(reminder().pk)
        assert (reminder().status, reminder().tries) == (Message.Status.QUEUED, 1)

        assert remind_late() == 0, "The step is taken: its mail waits"
        later(reseller, 7)
        as_told_yesterday()
        assert remind_late() == 1 and steps(reseller) == ["reminder", "second"]

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        Message.objects.update(next_try_at=timezone.now())
        for pk in Message.objects.filter(event="payment_reminder").values_list("pk", flat=True):
            assert send(pk)
        assert len(mail.outbox) == 2
        pay(reseller, "50")
        remind_late()
        assert DunningCase.objects.get().ended_at

    def test_given_up_it_is_said_on_the_statement_that_was_not_sent(self) -> None:
        policy()
        owing(("50", DAYS + 3))
        dunning.run()
        for _try in range(6):
            Message.objects.update(next_try_at=timezone.now())
            send(reminder().pk)
        assert reminder().status == Message.Status.FAILED
        paper = Document.objects.get()
        assert Event.objects.filter(kind="message.failed", subject_id=str(paper.pk)).exists()


@pytest.mark.django_db(transaction=True)
class TestRunsThatMeet:
    @pytest.fixture(autouse=True)
    def no_worker(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(sending, "hint", lambda _pk: None)
        yield

    def test_each_step_is_taken_once_and_each_mail_written_once(self) -> None:
        policy(suspend=True)
        finance = UserFactory(staff="admin")
        late = [owing(("50", DAYS + 3)) for _number in range(3)]
        unpaid = owing(("50", 100))
        paused = owing(("50", 100))
        credit_terms.pause(reseller=paused, reason="They dispute it")

        assert sum(at_once(4)) == 4
        for reseller in late:
            assert steps(reseller) == ["reminder"]
        assert (steps(unpaid), steps(paused)) == (["final"], [])
        assert sum(at_once(4)) == 0, "One step a day, however often it runs"
        as_told_yesterday()
        assert sum(at_once(4)) == 1, "Who was told before is suspended"
        assert sum(at_once(4)) == 0

        assert Message.objects.filter(event="payment_reminder").count() == 5
        assert Document.objects.count() == 4, "The same days and movements are the same paper"
        assert told_to(finance) == ["reseller_suspended"]
        suspended = Event.objects.filter(kind="reseller.suspended", subject_id=str(unpaid.pk))
        assert suspended.count() == 1

    def test_paid_it_ends_once(self) -> None:
        policy(suspend=True, reminders=False)
        reseller = owing(("50", 100))
        dunning.run()
        pay(reseller, "50")
        at_once(4)
        assert Event.objects.filter(kind="dunning.paid", subject_id=str(reseller.pk)).count() == 1
        assert Event.objects.filter(kind="reseller.activated", subject_id=str(reseller.pk)).count() == 1


def at_once(many: int) -> list[int]:
    """The day's task, by so many workers."""

    def one(_number: int) -> int:
        try:
            return remind_late()
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def test_nothing_is_sent_and_nobody_suspended_before_somebody_says_so() -> None:
    reseller = owing(("50", 300))
    spend(wallet_of(reseller), "10", 200)
    assert remind_late() == 0
    reseller.refresh_from_db()
    assert reseller.status == "active"
    assert not DunningNotice.objects.exists() and not Message.objects.exists()
