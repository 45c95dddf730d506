"""Reopening a closed month takes two people, whatever the limits are."""

from decimal import Decimal

from django.utils.translation import gettext as _

from commerce.models import ClosedMonth
from core.approvals import Wish
from core.exceptions import NotAllowed
from core.models import Approval
from core.services import approvals

REOPENING = "month.reopen"


def for_reopening(closed: ClosedMonth, *, reason: str) -> Approval:
    """The approval that is being carried out.

    Raises:
        ApprovalNeeded, Conflict `state_changed`. NotAllowed: where no person acts.
    """
    wish = Wish(
        kind=REOPENING,
        subject=(ClosedMonth._meta.label_lower, str(closed.pk)),
        label=f"{closed.year}-{closed.month:02}",
        payload={"reason": reason},
        state={"digest": closed.digest},
        before={"state": "closed", "transfers": closed.transfers},
        after={"state": "open", "transfers": closed.transfers},
        measure=Decimal(1),
        reason=reason,
    )
    approvals.require(wish)
    approval = approvals.carried_out()
    if approval is None:
        raise NotAllowed("permission_denied", _("A month is reopened by two people."))
    return approval
