"""Who is told of approvals: those who may decide when one is asked for, and whoever asked when it is decided."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from core.approvals import operations
from core.events import subscribe
from core.messages.telling import staff_with, tell
from core.models import Approval, Event
from core.money import format_money
from core.services import approvals


@subscribe("approval.asked")
def tell_those_who_decide(event: Event) -> None:
    approval = _of(event)
    if approval is None or approval.status != Approval.Status.PENDING:
        return
    values = {
        "what": _what(approval),
        "by": str(approval.requested_by),
        "reason": approval.reason,
        "until": date_format(localtime(approval.expires_at), "DATETIME_FORMAT"),
    }
    for person in staff_with("core.decide_approval"):
        if not approvals.why_not(approval, person):
            tell(
                person,
                "approval_waiting",
                values,
                about=approval,
                link=_link(approval),
                key=f"approval:{approval.pk}",
            )


@subscribe("approval.approved")
@subscribe("approval.refused")
@subscribe("approval.expired")
def tell_whoever_asked(event: Event) -> None:
    approval = _of(event)
    if approval is None:
        return
    values = {
        "what": _what(approval),
        "outcome": str(Approval.Status(approval.status).label),
        "by": str(approval.decided_by or ""),
        "reason": approval.note,
    }
    tell(
        approval.requested_by,
        "approval_decided",
        values,
        about=approval,
        link=_link(approval),
        key=f"approval-decided:{approval.pk}",
    )


def _of(event: Event) -> Approval | None:
    rows = Approval.objects.select_related("requested_by", "decided_by")
    return rows.filter(pk=event.subject_id).first()


def _what(approval: Approval) -> str:
    title = str(operations.get(approval.kind).title) if approval.kind in operations else approval.kind
    amount = "" if approval.amount is None else format_money(approval.amount, approval.currency)
    return ", ".join(part for part in (f"{title}: {approval.subject_label}", str(amount)) if part)


def _link(approval: Approval) -> str:
    return reverse("admin:core_approval_change", args=[approval.pk])
