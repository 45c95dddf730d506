"""Reminding resellers who pay late, step by step, and suspending those who do not pay where the settings say so.

Once a day, and as often as one likes: each step is taken once for each time a wallet is late, in one transaction that
looks at the debt again with the wallet locked. So nobody who has paid meanwhile is written to.
"""

import logging
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.credit_settings import CreditPage, CreditSettings
from commerce.models import Account, CreditTerms, DunningCase, DunningNotice, Reseller
from commerce.services import ageing, ledger, reminder_papers, resellers
from commerce.services.ageing import Debt
from commerce.services.closing import company_zone
from commerce.services.reminder_papers import REMINDER
from core.events import record
from core.general_settings import general
from core.messages import tell, tell_staff
from core.messages.wording import known_language
from core.models import Event
from core.money import format_money
from core.site_settings import load

log = logging.getLogger(__name__)
_S = DunningNotice.Step
SUSPENDED, PAID = "reseller_suspended", "suspension_paid"


def run() -> int:
    """Take what steps are due, and end the cases of those who have paid. Returns how many steps were taken."""
    policy = load(CreditPage, fresh=True)
    late = [debt for debt in ageing.debts() if debt.overdue > 0]
    taken = 0
    known = {debt.account_id for debt in late}
    for case in DunningCase.objects.filter(ended_at=None).exclude(account_id__in=known).order_by("pk"):
        _safely(case.account_id, policy)
    if policy.reminders or policy.suspend:
        for debt in late:
            taken += _safely(debt.account_id, policy)
    return taken


def due(policy: CreditSettings, days_late: int) -> list[DunningNotice.Step]:
    """The steps that as many days call for, in their order."""
    steps = [
        (_S.REMINDER, policy.reminder_after, policy.reminders),
        (_S.SECOND, policy.second_after, policy.reminders),
        (_S.FINAL, policy.final_after, policy.reminders),
        (_S.SUSPENSION, policy.suspend_after, policy.suspend),
    ]
    return [step for step, after, wanted in steps if wanted and days_late >= after]


@transaction.atomic
def _settle(account_id: int, policy: CreditSettings) -> int:
    """Bring one wallet's case to where it should be now."""
    account = ledger.lock_wallet(account_id)
    found = ageing.debts(reseller_id=account.reseller_id, currency=account.currency)
    debt = next((one for one in found if one.account_id == account_id and one.overdue > 0), None)
    case = DunningCase.objects.filter(account=account, ended_at=None).first()
    reseller = account.reseller
    if debt is None or reseller is None:
        if case:
            _end(case, policy)
        return 0
    wanted = due(policy, debt.days_late)
    if not wanted or CreditTerms.objects.filter(reseller=reseller, paused_at__isnull=False).exists():
        return 0
    case = case or _begin(account, reseller)
    notices = dict(case.notices.values_list("step", "created_at"))
    # After an outage the latest alone: nobody gets three mails on one day. Who is to be suspended was told before, and
    # not on the same day, however often this runs.
    step = wanted[-1]
    if step in notices or _today() in {_day(moment) for moment in notices.values()}:
        return 0
    if step == _S.SUSPENSION and policy.reminders and _S.FINAL not in notices:
        step = _S.FINAL
    return _take(case, step, debt, policy)


def _day(moment: datetime) -> date:
    return moment.astimezone(company_zone()).date()


def _today() -> date:
    return _day(timezone.now())


def _begin(account: Account, reseller: Reseller) -> DunningCase:
    case: DunningCase = DunningCase.objects.create(
        account=account, reseller=reseller, currency=account.currency, began_at=timezone.now()
    )
    return case


def _take(case: DunningCase, step: DunningNotice.Step, debt: Debt, policy: CreditSettings) -> int:
    reseller = case.reseller
    if step == _S.SUSPENSION and not _suspend(case, debt):
        return 0
    notice = DunningNotice.objects.create(
        case=case,
        step=step,
        days_late=debt.days_late,
        overdue=debt.overdue,
        owed=debt.owed,
        sent_to=reseller.email or "",
    )
    data = {
        "step": step.value,
        "amount": f"{debt.overdue:.2f}",
        "currency": debt.currency,
        "days_late": debt.days_late,
    }
    record(f"dunning.{step.value}", subject=reseller, data=data)
    if reseller.email:
        _write(notice, debt, policy)
    return 1


def _write(notice: DunningNotice, debt: Debt, policy: CreditSettings) -> None:
    """The mail, with the statement of the wallet where the settings say so."""
    case, language = notice.case, known_language(policy.language or general().language)
    paper = reminder_papers.issue(case.account, debt, language) if policy.statement else None
    with override(language):
        values = {
            "step": str(DunningNotice.Step(notice.step).label),
            "party": case.reseller.business_name,
            "overdue": format_money(debt.overdue, debt.currency),
            "owed": format_money(debt.owed, debt.currency),
            "days": str(debt.days_late),
            **reminder_papers.words(paper),
        }
    tell(
        notice.sent_to, REMINDER, values, about=paper or case.reseller, name=case.reseller.business_name,
        language=language, by=["email"], key=f"dunning:{notice.pk}",
    )  # fmt: skip


def _suspend(case: DunningCase, debt: Debt) -> bool:
    """By the rule; one that is suspended already, or was never active, is left as it is."""
    if case.reseller.status != Reseller.Status.ACTIVE:
        return False
    reason = _("By rule: %(overdue)s overdue for %(days)s days.") % {
        "overdue": format_money(debt.overdue, debt.currency),
        "days": debt.days_late,
    }
    resellers.suspend(reseller=case.reseller, reason=reason)
    case.suspended_at = timezone.now()
    case.save(update_fields=["suspended_at"])
    values = {"party": case.reseller.business_name, "why": reason}
    tell_staff(SUSPENDED, values, about=case.reseller, link=_page(case), key=f"dunning:{case.pk}")
    return True


def _page(case: DunningCase) -> str:
    return reverse("admin:commerce_reseller_change", args=[case.reseller_id])


def _end(case: DunningCase, policy: CreditSettings) -> None:
    """It is paid: what the rule has suspended is lifted, or a person is told that it is theirs to lift."""
    case.ended_at = timezone.now()
    case.save(update_fields=["ended_at"])
    record("dunning.paid", subject=case.reseller, data={"currency": case.currency})
    if not _is_suspended_by_rule(case.reseller):
        return
    if policy.lift:
        resellers.reactivate(reseller=case.reseller, reason=_("By rule: what was overdue is paid."))
    else:
        values = {"party": case.reseller.business_name}
        tell_staff(PAID, values, about=case.reseller, link=_page(case), key=f"dunning:{case.pk}:paid")


def _is_suspended_by_rule(reseller: Reseller) -> bool:
    """By one of its wallets, nobody has touched its status since, and it is late with no wallet any more."""
    cases = DunningCase.objects.filter(reseller=reseller)
    if reseller.status != Reseller.Status.SUSPENDED or cases.filter(ended_at=None).exists():
        return False
    if not cases.filter(suspended_at__isnull=False).exists():
        return False
    latest = Event.objects.filter(
        subject_kind="commerce.reseller", subject_id=str(reseller.pk), kind__in=resellers.EVENTS.values()
    )
    changed = latest.order_by("-id").first()
    return changed is not None and changed.actor_kind == "system"


def _safely(account_id: int, policy: CreditSettings) -> int:
    """One that cannot be settled keeps none of the others."""
    try:
        return _settle(account_id, policy)
    except Exception:
        log.exception("a late payment was not looked at", extra={"account": account_id})
        return 0
