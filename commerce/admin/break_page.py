"""What a break's page shows: their side beside ours; and what a sign-off's page lists."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.statement_page import break_rows, kind_badge, state_badge
from commerce.models import Attempt, Payment, ReconciliationBreak, SignOff
from commerce.services import second_person
from core.admin.event_steps import steps_of
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Fact, Tab
from core.directions import isolated
from core.models import Approval
from core.money import format_money

SHOWN = 200
WORDS: dict[str, tuple[Any, str]] = {
    "statement.handed_in": (gettext_lazy("Handed in"), "info"),
    "statement.refused": (gettext_lazy("Not readable"), "danger"),
    "statement.matched": (gettext_lazy("Matched"), "success"),
    "statement.taken_back": (gettext_lazy("Taken back"), "neutral"),
    "statement.signed_off": (gettext_lazy("Signed off"), "success"),
    "break.assigned": (gettext_lazy("Assigned"), "neutral"),
    "sign_off.taken": (gettext_lazy("Taken as a file"), "neutral"),
    "break.closed": (gettext_lazy("Closed"), "success"),
    "break.reopened": (gettext_lazy("Reopened"), "warning"),
}


def page(request: HttpRequest, found: ReconciliationBreak) -> dict[str, Any]:
    waits = _waiting(found)
    return {
        "title": _("%(kind)s: %(reference)s")
        % {"kind": found.get_kind_display(), "reference": found.reference or found.day},
        "badges": [kind_badge(found), state_badge(found)],
        "figures": _figures(found),
        "ours": _ours(request, found),
        "theirs": _theirs(found),
        "facts": _facts(found),
        "waits_url": reverse("admin:core_approval_change", args=[waits.pk])
        if waits and request.user.has_perm("core.view_approval")
        else "",
        "is_waiting": waits is not None,
        "steps": steps_of(found),
        "tabs": [Tab("sides", _("Both sides")), Tab("happened", _("Activity"))],
    }


def _waiting(found: ReconciliationBreak) -> Approval | None:
    """What was asked for about it: of the break itself, of its order, or the credit of its money."""
    about = Q(subject_kind=ReconciliationBreak._meta.label_lower, subject_id=str(found.pk))
    if found.order_id:
        about |= Q(subject_kind="commerce.order", subject_id=str(found.order_id), kind=second_person.DECISION)
    if found.kind == ReconciliationBreak.Kind.THEIRS_ONLY and found.reference:
        about |= Q(kind=second_person.FUNDING, payload__external_reference=found.reference)
    return Approval.objects.filter(about, status="pending").first()


def sign_off_page(signed: SignOff, rows: QuerySet[ReconciliationBreak]) -> dict[str, Any]:
    told, currency = signed.figures, signed.source.currency
    days = " – ".join(date_format(day, "DATE_FORMAT") for day in (signed.first_day, signed.last_day))

    def money(name: str) -> str:

        return format_money(Decimal(str(told.get(name) or 0)), currency)

    many = _("%(matched)s matched") % {"matched": f"{told.get('matched', 0):,}"}
    return {
        "title": _("%(source)s, %(days)s") % {"source": isolated(signed.source), "days": isolated(days)},
        "figures": [
            Figure(_("Lines"), f"{told.get('lines', 0):,}", many, icon="join_inner"),
            Figure(_("Their total"), money("total"), icon="request_quote"),
            Figure(_("Breaks"), told.get("breaks", 0), _resolved(told), icon="rule"),
            Figure(_("Difference that stays"), money("left"), _("explained or tolerated"), icon="difference"),
        ],
        "facts": [
            Fact(_("Source"), signed.source, link=_link(signed.source)),
            Fact(_("Days"), days),
            Fact(_("Prepared by"), signed.prepared_by),
            Fact(_("Signed by"), signed.signed_by),
            Fact(_("Signed at"), date_format(timezone.localtime(signed.created_at), "DATETIME_FORMAT")),
            Fact(_("Note"), signed.note),
        ],
        "list_url": f"{reverse('admin:commerce_reconciliationbreak_changelist')}?source__id__exact={signed.source_id}"
        f"&day_from={signed.first_day}&day_to={signed.last_day}",
        "breaks": break_rows(rows.select_related("source", "assigned_to")[:SHOWN]),
        "files": [
            (reverse("admin:commerce_signoff_file", args=[signed.pk, kind]), title, icon)
            for kind, title, icon in (("pdf", _("PDF"), "picture_as_pdf"), ("xlsx", _("Excel"), "table"))
        ],
        "steps": steps_of(signed),
        "tabs": [
            Tab("details", _("Details")),
            Tab("breaks", _("Breaks"), told.get("breaks") or None),
            Tab("happened", _("Activity")),
        ],
    }  # fmt: skip


def _resolved(told: dict[str, Any]) -> str:
    return _("%(booked)d booked, %(corrected)d corrected, %(explained)d explained") % {
        name: told.get(name, 0) for name in ("booked", "corrected", "explained")
    }


def _figures(found: ReconciliationBreak) -> list[Figure]:
    def money(value: Any) -> str:
        return "–" if value is None else format_money(value, found.source.currency)

    gap = found.difference
    return [
        Figure(_("Ours"), money(found.ours), icon="account_balance_wallet"),
        Figure(_("Theirs"), money(found.theirs), icon="request_quote"),
        Figure(
            _("Difference"), money(gap), _("theirs less ours"), "warning" if gap else "neutral", icon="difference"
        ),
    ]  # fmt: skip


def _ours(request: HttpRequest, found: ReconciliationBreak) -> list[Fact]:
    facts = []
    if found.order is not None:
        facts += [
            Fact(_("Order"), found.order.order_number, link=_link(found.order)),
            Fact(_("Status of the order"), found.order.get_status_display()),
        ]
    if found.attempt is not None:
        attempt = found.attempt
        facts += [
            Fact(_("Attempt"), attempt.pk, link=_link(attempt)),
            Fact(_("Provider's reference"), attempt.provider_reference),
            Fact(_("Then"), dict(Attempt.Status.choices).get(found.our_status, found.our_status)),
            Fact(_("Now"), attempt.get_status_display()),
            Fact(_("Started at"), _moment(attempt.started_at)),
        ]
    if found.payment is not None:
        payment = found.payment
        facts += [
            Fact(_("Payment"), payment.pk, link=_link(payment)),
            Fact(_("Gateway's id"), payment.gateway_transaction_id),
            Fact(_("Then"), dict(Payment.Status.choices).get(found.our_status, found.our_status)),
            Fact(_("Now"), payment.get_status_display()),
            Fact(_("Created at"), _moment(payment.created_at)),
        ]
    if found.transfer is not None:
        transfer = found.transfer
        facts += [
            Fact(_("Transfer"), f"T{transfer.pk}", link=_link(transfer)),
            Fact(_("External reference"), transfer.external_reference),
            Fact(_("Reason"), transfer.reason),
            Fact(_("Booked at"), _moment(transfer.created_at)),
        ]
    return facts


def _theirs(found: ReconciliationBreak) -> list[Fact]:
    if found.line is None:
        return []
    line = found.line
    return [
        Fact(_("Statement"), found.statement, _("row %(row)d") % {"row": line.row}, _link(found.statement)),
        Fact(_("Day"), date_format(line.day, "DATE_FORMAT")),
        Fact(_("Their reference"), line.reference),
        Fact(_("Our id or reference"), line.our_reference),
        Fact(_("Order number"), line.order_number),
        Fact(_("Status"), line.get_status_display()),
        Fact(_("Matched"), line.get_rule_display()),
        Fact(_("Text"), line.description),
    ]


def _facts(found: ReconciliationBreak) -> list[Fact]:
    facts = [
        Fact(_("Source"), found.source, link=_link(found.source)),
        Fact(_("Statement"), found.statement, link=_link(found.statement)),
        Fact(_("Day"), date_format(found.day, "DATE_FORMAT")),
        Fact(_("Found at"), _moment(found.created_at)),
        Fact(_("Assigned to"), found.assigned_to or _("nobody")),
    ]
    if found.booked:
        facts.append(Fact(_("Difference booked"), format_money(found.booked, found.source.currency)))
    if found.closed_at:
        facts += [
            Fact(_("How it ended"), found.get_resolution_display()),
            Fact(_("Reason"), found.reason),
            Fact(_("Closed by"), found.closed_by or _("the matching")),
            Fact(_("Closed at"), _moment(found.closed_at)),
        ]
    return facts


def _link(thing: Any) -> str:
    return reverse(f"admin:commerce_{thing._meta.model_name}_change", args=[thing.pk])


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""
