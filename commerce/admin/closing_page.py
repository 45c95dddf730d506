"""What a closed month's page shows, and the checklist before the next one is closed."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.closing_settings import ITEMS
from commerce.models import Account, ClosedMonth, Transfer
from commerce.services import closing
from commerce.services.closing_items import Item
from core.admin.event_steps import steps_of
from core.backoffice.badges import status_badge, two_lines
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Tab, Table
from core.models import Approval
from core.money import format_money

SHOWN = 100
SEE_COST = "commerce.see_cost"
WORDS: dict[str, tuple[Any, str]] = {
    "month.closed": (gettext_lazy("Month closed"), "success"),
    "month.reopened": (gettext_lazy("Month reopened"), "warning"),
}
KINDS = [kind.value for kind in Account.Kind]


def page(request: HttpRequest, closed: ClosedMonth) -> dict[str, Any]:
    waits = Approval.objects.filter(
        subject_kind=ClosedMonth._meta.label_lower, subject_id=str(closed.pk), status="pending"
    ).first()
    corrected = closing.corrections(closed, SHOWN) if closed.is_closed else []
    if not request.user.has_perm(SEE_COST):
        corrected = [one for one in corrected if one.kind not in Transfer.COST_KINDS]
    return {
        "title": closed.name,
        "badges": [state_badge(closed)],
        "figures": _figures(closed),
        "totals": _totals(closed, all_kinds=request.user.has_perm(SEE_COST)),
        "totals_note": _("credits less debits; a wallet's balance is what we owe its owner"),
        "facts": _facts(closed),
        "corrected": _corrected(corrected),
        "corrected_note": _("booked in a later month for orders of this one"),
        "steps": steps_of(closed),
        "waits_url": reverse("admin:core_approval_change", args=[waits.pk])
        if waits and request.user.has_perm("core.view_approval")
        else "",
        "tabs": [
            Tab("totals", _("Control totals")),
            Tab("details", _("Details")),
            Tab("corrected", _("Corrected later"), len(corrected)),
            Tab("happened", _("Activity")),
        ],
    }


def state_badge(closed: ClosedMonth) -> SafeString:
    return (
        status_badge(_("Closed"), "success") if closed.is_closed else status_badge(_("Reopened"), "warning")
    )


def _figures(closed: ClosedMonth) -> list[Figure]:
    revenue = [row for row in closed.live if row["kind"] == Account.Kind.REVENUE]
    return [
        Figure(_("Transfers"), f"{closed.transfers:,}", _("the last is T%(id)s") % {"id": closed.last_transfer},
               icon="swap_horiz"),
        *(
            Figure(
                _("Revenue, %(currency)s") % {"currency": row["currency"]},
                _money(Decimal(row["credits"]) - Decimal(row["debits"]), row),
                icon="payments",
            )
            for row in revenue[:2]
        ),
        Figure(
            _("Open when it was closed"),
            f"{sum(closed.open_items.values()):,}",
            _("unknown, breaks, approvals, holds"),
            icon="pending_actions",
        ),
    ]  # fmt: skip


def _totals(closed: ClosedMonth, *, all_kinds: bool) -> list[tuple[str, Table]]:
    """By currency, in the order people know the kinds of accounts in."""
    rows = [row for row in closed.live if all_kinds or row["kind"] not in Account.COST_KINDS]
    found = []
    for currency in sorted({row["currency"] for row in rows}):
        table = Table(
            _("Account"),
            Column(_("Debits"), money=True, wide=True),
            Column(_("Credits"), money=True, wide=True),
            Column(_("Balance at its end"), money=True),
        )
        mine = sorted(
            (row for row in rows if row["currency"] == currency), key=lambda row: KINDS.index(row["kind"])
        )
        sums = [
            sum((Decimal(row[name]) for row in mine), Decimal(0)) for name in ("debits", "credits", "balance")
        ]
        for row in mine:
            amounts = (_money(row[name], row) for name in ("debits", "credits", "balance"))
            table.add(str(Account.Kind(row["kind"]).label), *amounts)
        if all_kinds:
            table.total(_("Total"), *(format_money(amount, currency) for amount in sums))
        found.append((currency, table))
    return found


def _facts(closed: ClosedMonth) -> list[Fact]:
    titles = dict(ITEMS)
    facts = [
        Fact(_("Closed by"), closed.closed_by or _("The product"), note=_moment(closed.closed_at)),
        Fact(_("Reason"), closed.reason),
        Fact(_("From"), _moment(closed.begins_at), note=closed.zone),
        Fact(_("To"), _moment(closed.ends_at), note=closed.zone),
        *(
            Fact(titles[key], f"{count:,}", note=_("when it was closed"))
            for key, count in closed.open_items.items()
            if key in titles
        ),
        Fact(_("Digest"), closed.digest, note=_("of these totals and of the month before")),
    ]
    if closed.reopened_at:
        facts += [
            Fact(_("Reopened by"), closed.reopened_by, note=_moment(closed.reopened_at)),
            Fact(_("Reason of reopening"), closed.reopen_reason),
        ]
    return facts


def _corrected(rows: list[Transfer]) -> Table:
    table = Table(
        _("Movement"),
        Column(_("Amount"), money=True),
        Column(_("Order"), wide=True),
        Column(_("Booked at"), wide=True),
        empty=_("Nothing of this month was corrected since."),
    )
    for row in rows:
        table.add(
            two_lines(row.get_kind_display(), row.reason or f"T{row.pk}"),
            format_money(row.amount, row.currency),
            row.order.order_number if row.order else "",
            _moment(row.created_at),
            link=reverse("admin:commerce_transfer_change", args=[row.pk]),
        )
    return table


def checklist(found: list[Item]) -> Table:
    table = Table(
        _("What"), Column(_("Open"), money=True), Column(_("Since"), wide=True), _("State"),
        Column(_("What becomes of it"), wide=True),
    )  # fmt: skip
    for item in found:
        since = date_format(item.since, "DATE_FORMAT") if item.count and item.since else "–"
        table.add(item.title, f"{item.count:,}", since, _state(item), item.note, link=item.link)
    return table


def _state(item: Item) -> SafeString:
    if not item.count:
        return status_badge(_("Settled"), "success")
    if item.blocks:
        return status_badge(_("Settle it first"), "danger")
    return status_badge(_("To be seen"), "warning")


def _money(amount: Any, row: dict[str, Any]) -> str:
    return format_money(Decimal(str(amount)), row["currency"])


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
