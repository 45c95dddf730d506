"""Telling people in the admin that what they did waits for a second person."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.approvals import ApprovalNeeded
from core.exceptions import DomainError
from core.models import Approval
from core.services import approvals


def ask(request: HttpRequest, needed: ApprovalNeeded) -> Approval:
    """Write the wish down and say so on the next page. Raises NotAllowed."""
    approval = approvals.ask(needed)
    link = f"A{approval.pk}"
    if request.user.has_perm("core.view_approval"):
        url = reverse("admin:core_approval_change", args=[approval.pk])
        link = format_html('<a href="{}" class="underline">{}</a>', url, link)
    text = _("Nothing was changed yet: above {limit} it waits for a second person, as {link}.")
    words = format_html(text, limit=needed.limit, link=link)
    messages.warning(request, words)
    return approval


def ask_for_row(needed: ApprovalNeeded) -> str:
    """The same for one row of several; returns what its line says."""
    try:
        approval = approvals.ask(needed)
    except DomainError as error:
        return error.message
    return _("Nothing was changed yet: it waits for a second person, as %(number)s.") % {
        "number": f"A{approval.pk}"
    }
