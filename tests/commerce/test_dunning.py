"""Credit ageing, reminders step by step, and suspending by rule."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from commerce.credit_settings import CreditForm, CreditPage
from commerce.models import Account, DunningCase, DunningNotice, Reseller
from commerce.services import ageing, credit_terms, dunning, ledger, resellers
from core.exceptions import Conflict, InvalidInput
from core.models import Event, Message
from core.site_settings import save
from tests.commerce.test_money_rules import COLUMNS, run
from tests.factories_documents import wallet_of
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
DAYS = 14


def spend(wallet: Account, amount: str, days_ago: int) -> None:
    """A debit of so many days ago."""
    at = timezone.now() - timedelta(days=days_ago)
    other = ledger.company_account(Account.Kind.ADJUSTMENT, wallet.currency)
    run(
        f"INSERT INTO commerce_transfer {COLUMNS} VALUES (gen_random_uuid(), 'adjustment', {wallet.pk}, {other.pk},"
        f" {amount}, 'USD', '', '', '', '', '', '{at.isoformat()}', NULL)"
    )


def pay(reseller: Reseller, amount: str) -> None:
    ledger.fund(account=wallet_of(reseller), amount=Decimal(amount), reason="Paid")


def owing(*debits: tuple[str, int], **values: Any) -> Reseller:
    reseller = ResellerFactory(status="active", **values)
    wallet = wallet_of(reseller)
    ledger.set_credit_limit(account=wallet, limit=Decimal(5000), reason="Agreed")
    for amount, days_ago in debits:
        spend(wallet, amount, days_ago)
    return reseller


def policy(**values: Any) -> None:
    save(CreditPage, {"reminders": True, **values}, user=None)


def steps(reseller: Reseller) -> list[str]:
    return list(
        DunningNotice.objects.filter(case__reseller=reseller).order_by("pk").values_list("step", flat=True)
    )


def as_told_yesterday() -> None:
    DunningNotice.objects.update(created_at=F("created_at") - timedelta(days=1))


def mails() -> list[str]:
    return list(
        Message.objects.filter(event="payment_reminder").order_by("pk").values_list("subject", flat=True)
    )


class TestAgeing:
    def test_the_newest_debits_are_what_is_owed_and_are_aged_by_days_of_credit(self) -> None:
        reseller = owing(("100", 200), ("50", 110), ("40", 80), ("30", 50), ("20", 20), ("10", 3))
        pay(reseller, "90")
        [debt] = ageing.debts()
        assert debt.owed == Decimal(160)
        assert debt.buckets == tuple(map(Decimal, ("10", "20", "30", "40", "60")))
        assert (debt.overdue, debt.days, debt.days_late) == (Decimal(150), DAYS, 200 - DAYS)

    @pytest.mark.parametrize(
        ("days_ago", "bucket"), [(14, 0), (15, 1), (44, 1), (45, 2), (74, 2), (75, 3), (104, 3), (105, 4)]
    )
    def test_on_the_edges(self, days_ago: int, bucket: int) -> None:
        owing(("10", days_ago))
        [debt] = ageing.debts()
        assert [index for index, amount in enumerate(debt.buckets) if amount] == [bucket]

    def test_a_payment_in_between_settles_the_oldest(self) -> None:
        reseller = owing(("100", 60))
        pay(reseller, "100")
        spend(wallet_of(reseller), "10", 1)
        [debt] = ageing.debts()
        assert debt.buckets == (Decimal(10), 0, 0, 0, 0) and debt.overdue == 0

    def test_own_days_count_instead_of_the_settings(self) -> None:
        reseller = owing(("10", 20))
        credit_terms.set_days(reseller=reseller, days=30, reason="Agreed")
        assert ageing.debts()[0].overdue == 0
        credit_terms.set_days(reseller=reseller, days=None, reason="As all others")
        assert ageing.debts()[0].overdue == 10
        with pytest.raises(InvalidInput):
            credit_terms.set_days(reseller=reseller, days=400, reason="Long")

    def test_as_of_a_day_of_the_past(self) -> None:
        reseller = owing(("100", 60), ("10", 5))
        pay(reseller, "110")
        assert not ageing.debts()
        [debt] = ageing.debts(until=timezone.now() - timedelta(days=10))
        assert debt.owed == 100 and debt.days_late == 60 - 10 - DAYS

    def test_play_money_and_customers_owe_nothing(self) -> None:
        reseller = ResellerFactory()
        play = ledger.wallet_for(party=reseller, currency="USD", is_test=True)
        ledger.set_credit_limit(account=play, limit=Decimal(100), reason="Play")
        ledger.adjust(account=play, amount=Decimal(-50), reason="Play")
        assert not ageing.debts(reseller_id=reseller.pk)


class TestReminders:
    def test_each_step_goes_out_once(self) -> None:
        policy()
        reseller = owing(("50", DAYS + 3))
        assert dunning.run() == 1
        assert dunning.run() == 0
        assert steps(reseller) == ["reminder"] and len(mails()) == 1
        assert "50.00" in mails()[0]
        assert Event.objects.filter(kind="dunning.reminder", subject_id=str(reseller.pk)).count() == 1

    @pytest.mark.parametrize(
        ("late", "wanted"), [(2, []), (3, ["reminder"]), (10, ["second"]), (25, ["final"]), (90, ["final"])]
    )
    def test_the_step_is_that_of_the_days(self, late: int, wanted: list[str]) -> None:
        policy()
        reseller = owing(("50", DAYS + late))
        dunning.run()
        assert steps(reseller) == wanted

    def test_off_by_default(self) -> None:
        owing(("50", 300))
        assert dunning.run() == 0 and not mails()

    def test_who_has_paid_is_not_written_to_and_the_case_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        policy()
        reseller = owing(("50", DAYS + 3))
        found = ageing.debts()
        pay(reseller, "50")
        # Paid between the list of who is late and the mail.
        real = ageing.debts
        monkeypatch.setattr(ageing, "debts", lambda **asked: real(**asked) if asked else found)
        assert dunning.run() == 0
        assert not mails() and not DunningCase.objects.exists()

    def test_paying_ends_it_and_the_next_time_begins_anew(self) -> None:
        policy()
        reseller = owing(("50", DAYS + 3))
        dunning.run()
        pay(reseller, "50")
        dunning.run()
        assert DunningCase.objects.get().ended_at
        spend(wallet_of(reseller), "20", DAYS + 4)
        dunning.run()
        assert steps(reseller) == ["reminder", "reminder"] and len(mails()) == 2

    def test_paused_it_is_left_alone(self) -> None:
        policy(suspend=True)
        reseller = owing(("50", 100))
        credit_terms.pause(reseller=reseller, reason="They dispute it")
        assert dunning.run() == 0 and not mails()
        with pytest.raises(Conflict):
            credit_terms.pause(reseller=reseller, reason="Again")
        credit_terms.resume(reseller=reseller, reason="Settled")
        assert dunning.run() == 1

    def test_nobody_is_written_to_without_an_address(self) -> None:
        policy()
        reseller = owing(("50", DAYS + 3), email=None)
        assert dunning.run() == 1
        assert DunningNotice.objects.get().sent_to == "" and not mails() and not mail.outbox
        assert reseller.dunning.count() == 1

    def test_in_the_language_of_the_settings(self) -> None:
        policy(language="fa")
        owing(("50", DAYS + 3))
        dunning.run()
        assert Message.objects.get(event="payment_reminder").language == "fa"

    def test_the_steps_of_the_settings_follow_one_another(self) -> None:
        values = {
            "days": 14, "reminder_after": 10, "second_after": 3, "final_after": 20, "suspend_after": 30, "language": "",
        }  # fmt: skip
        assert list(CreditForm(values).errors) == ["second_after"]
        assert CreditForm({**values, "second_after": 11}).is_valid()


class TestSuspending:
    def test_the_final_reminder_comes_first_then_the_rule_suspends_and_tells_staff(self) -> None:
        policy(suspend=True)
        reseller = owing(("50", 100))
        dunning.run()
        assert steps(reseller) == ["final"]
        dunning.run()
        assert steps(reseller) == ["final"], "Not on the day it was told of it"
        as_told_yesterday()
        dunning.run()
        reseller.refresh_from_db()
        assert reseller.status == "suspended" and reseller.status_reason.startswith("By rule")
        assert steps(reseller) == ["final", "suspension"]

    def test_paid_it_may_order_again(self) -> None:
        policy(suspend=True, reminders=False)
        reseller = owing(("50", 100))
        dunning.run()
        pay(reseller, "50")
        dunning.run()
        reseller.refresh_from_db()
        assert reseller.status == "active"

    def test_what_staff_suspended_stays_suspended(self) -> None:
        policy(suspend=True, reminders=False)
        reseller = owing(("50", 100))
        resellers.suspend(reseller=reseller, reason="Fraud")
        assert dunning.run() == 0
        pay(reseller, "50")
        dunning.run()
        reseller.refresh_from_db()
        assert (reseller.status, reseller.status_reason) == ("suspended", "Fraud")

    def test_lifting_is_a_choice(self) -> None:
        policy(suspend=True, reminders=False, lift=False)
        reseller = owing(("50", 100))
        dunning.run()
        pay(reseller, "50")
        dunning.run()
        reseller.refresh_from_db()
        assert reseller.status == "suspended"

    def test_off_by_default(self) -> None:
        policy()
        reseller = owing(("50", 300))
        for _one in range(3):
            dunning.run()
        reseller.refresh_from_db()
        assert reseller.status == "active"
