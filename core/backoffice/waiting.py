"""Telling people in the admin that what they did waits for a second person."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.approvals import ApprovalNeeded, operations
from core.directions import from_to
from core.exceptions import DomainError
from core.models import Approval
from core.services import approvals


def ask(request: HttpRequest, needed: ApprovalNeeded) -> Approval:
    """Write the wish down and say so on the next page. Raises NotAllowed."""
    approval = approvals.ask(needed)
    text = _("Nothing was changed yet: above {limit} it waits for a second person, as {link}.")
    if needed.always:
        text = _("Nothing was changed yet: it waits for a second person, as %(number)s.") % {
            "number": "{link}"
        }
    messages.warning(request, format_html(text, limit=needed.limit, link=_link(request, approval)))
    return approval


def ask_for_fields(request: HttpRequest, form: Any, late: Mapping[str, ApprovalNeeded]) -> None:
    """Of a form that was saved but for some fields: ask for those, and say which they are and what they still hold.

    What waits was not changed, so neither the form's log nor its success message says that it was.

    Args:
        late: by the form's fields; one wish may be about several.
    """
    for needed in {id(one): one for one in late.values()}.values():
        approval = approvals.ask(needed)
        changes = operations.get(approval.kind).changes(approval)
        told = ", ".join(f"{one.label} {from_to(one.before, one.after)}" for one in changes if one.differs)
        text = _(
            "Not changed yet of {object}: {what}. Above {limit} it waits for a second person, as {link}."
        )
        link = _link(request, approval)
        words = format_html(text, object=approval.subject_label, what=told, limit=needed.limit, link=link)
        messages.warning(request, words)
    if late:
        form.changed_data = [name for name in form.changed_data if name not in late]
        request.__dict__["_fields_wait"] = True


def note_changes(request: HttpRequest, change_message: Any) -> bool:
    """What of a form took effect; says whether that was nothing, because all that was typed waits."""
    if "_fields_wait" not in request.__dict__:
        return False
    request.__dict__["_rest"] = bool(change_message)
    return not change_message


def success(request: HttpRequest, message: Any) -> Any:
    """The form's success message, told of no more than took effect; empty for nothing."""
    rest = request.__dict__.get("_rest")
    if rest is None:
        return message
    return _("Everything else was saved.") if rest else ""


def _link(request: HttpRequest, approval: Approval) -> str:
    link = f"A{approval.pk}"
    if not request.user.has_perm("core.view_approval"):
        return link
    url = reverse("admin:core_approval_change", args=[approval.pk])
    return format_html('<a href="{}" class="underline">{}</a>', url, link)


def ask_for_row(needed: ApprovalNeeded) -> str:
    """The same for one row of several; returns what its line says."""
    try:
        approval = approvals.ask(needed)
    except DomainError as error:
        return error.message
    return _("Nothing was changed yet: it waits for a second person, as %(number)s.") % {
        "number": f"A{approval.pk}"
    }
