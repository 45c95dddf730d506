"""How old a reseller's debt is and what was sent about it: on the reseller's page and on a late payment's."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.credit_settings import CreditPage
from commerce.models import DunningCase, DunningNotice, Reseller
from commerce.services import ageing, credit_terms
from commerce.services.ageing import Debt
from core.backoffice.dashboard import Figure
from core.backoffice.panels import Panel, panels
from core.backoffice.parts import Column, Fact, Table
from core.money import format_money
from core.site_settings import load

SHOWN = 10
ZERO = Decimal(0)
WORDS: dict[str, tuple[Any, str]] = {
    "dunning.reminder": (gettext_lazy("Payment reminder"), "warning"),
    "dunning.second": (gettext_lazy("Second payment reminder"), "warning"),
    "dunning.final": (gettext_lazy("Final payment reminder"), "danger"),
    "dunning.suspension": (gettext_lazy("Suspended by rule"), "danger"),
    "dunning.paid": (gettext_lazy("Overdue paid"), "success"),
    "dunning.paused": (gettext_lazy("Reminders paused"), "neutral"),
    "dunning.resumed": (gettext_lazy("Reminders resumed"), "neutral"),
    "reseller.credit_days": (gettext_lazy("Days of credit changed"), "neutral"),
}


@panels.register("reseller-credit")
class CreditOfReseller(Panel):
    """Nothing is drawn where nothing is owed, paused or was ever sent."""

    model = "commerce.reseller"
    title = gettext_lazy("Credit")
    permission = "commerce.view_dunningcase"
    position = 8
    template = "admin/commerce/reseller/credit.html"

    def get_context(self, request: HttpRequest, obj: Reseller) -> dict[str, Any]:
        terms, found = credit_terms.of(obj), ageing.debts(reseller_id=obj.pk)
        notices = DunningNotice.objects.filter(case__reseller=obj).select_related("case")
        sent = list(notices.order_by("-pk")[:SHOWN])
        facts = [
            Fact(
                _("Days of credit"),
                load(CreditPage).days if terms.days is None else terms.days,
                note=_("of the settings") if terms.days is None else _("agreed"),
            )
        ]
        if terms.paused_at:
            said = " · ".join(filter(None, [terms.pause_reason, terms.paused_by]))
            facts.append(Fact(_("Reminders paused"), date_format(terms.paused_at, "j M Y"), note=said))
        return {
            "is_shown": bool(found or sent or terms.pk),
            "facts": facts,
            "ages": ages(found) if found else None,
            "notices": notice_table(sent) if sent else None,
        }


def ages(found: list[Debt]) -> Table:
    titles = (_("Owes"), _("Not due yet"), _("1–30"), _("31–60"), _("61–90"), _("Over 90"))
    table = Table(
        _("Days late"), *(Column(title, money=True, wide=place > 2) for place, title in enumerate(titles))
    )
    for debt in found:
        amounts = (debt.owed, *debt.buckets)
        table.add(
            _("%(days)s at most") % {"days": debt.days_late},
            *(format_money(amount, debt.currency) if amount else "–" for amount in amounts),
            link=reverse("admin:commerce_account_change", args=[debt.account_id]),
        )
    return table


def notice_table(rows: list[DunningNotice]) -> Table:
    table = Table(
        _("Step"), Column(_("Overdue"), money=True), Column(_("Days late"), wide=True), Column(_("To"), wide=True),
        _("At"), empty=_("Nothing was sent yet."),
    )  # fmt: skip
    for row in rows:
        table.add(
            row.get_step_display(),
            format_money(row.overdue, row.case.currency),
            row.days_late,
            row.sent_to or _("no address"),
            date_format(timezone.localtime(row.created_at), "SHORT_DATETIME_FORMAT"),
            link=reverse("admin:commerce_dunningcase_change", args=[row.case_id]),
        )
    return table


def case_parts(request: HttpRequest, case: DunningCase) -> dict[str, Any]:
    """The page of one time that a wallet was late."""
    found = [one for one in ageing.debts(reseller_id=case.reseller_id) if one.account_id == case.account_id]
    debt = found[0] if found and not case.ended_at else None

    def moment(at: Any) -> str:
        return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else "–"

    link = reverse("admin:commerce_reseller_change", args=[case.reseller_id])
    facts = [
        Fact(
            _("Reseller"), case.reseller, link=link if request.user.has_perm("commerce.view_reseller") else ""
        ),
        Fact(_("Opened at"), moment(case.began_at)),
        Fact(_("Paid"), moment(case.ended_at)),
        Fact(_("Suspended by rule"), moment(case.suspended_at)),
    ]
    overdue = format_money(debt.overdue if debt else ZERO, case.currency)
    return {
        "figures": [
            Figure(
                _("Overdue"),
                overdue,
                _("for %(days)s days") % {"days": debt.days_late} if debt else "",
                "danger" if debt and debt.overdue else "success",
                icon="hourglass_bottom",
            ),
            Figure(
                _("Owes in all"), format_money(debt.owed if debt else ZERO, case.currency), icon="savings"
            ),
            Figure(_("Steps taken"), case.notices.count(), icon="outgoing_mail"),
        ],
        "facts": facts,
        "notices": notice_table(list(case.notices.select_related("case").order_by("-pk"))),
    }
