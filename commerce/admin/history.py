"""Commerce's words of what happened, and what of it only those see who see costs."""

from django.utils.translation import gettext_lazy as _

from commerce.admin import (
    break_page,
    closing_page,
    credit_panel,
    document_batches,
    document_page,
    order_badges,
    payment_page,
    person_page,
    reseller_history,
    support_parts,
)
from core.backoffice.history import members, values, wording

SEE_COST = "commerce.see_cost"

wording.call(
    {kind: (title, order_badges.TONES.get(kind, "neutral")) for kind, title in order_badges.EVENTS.items()}
)
wording.call(reseller_history.WORDS)
wording.call(person_page.WORDS)
wording.call(payment_page.WORDS)
wording.call(support_parts.EVENTS)
wording.call(document_batches.WORDS)
wording.call(document_page.WORDS)
wording.call(break_page.WORDS)
wording.call(closing_page.WORDS)
wording.call(credit_panel.WORDS)
wording.call({"provider.float_funded": (_("Float funding"), "neutral")})
wording.guard(SEE_COST, "cost", "cost_percent", "margin", "cost_amount", "float_paid")
values.guard("commerce.offer", "cost", "cost_percent", permission=SEE_COST)
members.label(
    {
        "amount": _("Amount"),
        "assignee": _("Assigned to"),
        "attempt": _("Attempt"),
        "breaks": _("Breaks"),
        "by": _("By"),
        "code": _("Code"),
        "courier": _("Courier"),
        "days_late": _("Days late"),
        "mail": _("Sent by mail"),
        "step": _("Step"),
        "evidence": _("Evidence"),
        "booked": _("Difference booked"),
        "corrected": _("Corrected"),
        "explained": _("Explained"),
        "file": _("File"),
        "files": _("Files"),
        "float_paid": _("Paid to the provider"),
        "first_day": _("From"),
        "last_day": _("To"),
        "left": _("Difference that stays"),
        "left_open": _("Left open"),
        "digest": _("Digest"),
        "last_transfer": _("Highest transfer"),
        "lines": _("Lines"),
        "month": _("Month"),
        "transfers": _("Transfers"),
        "matched": _("Matched"),
        "problems": _("Problems"),
        "resolution": _("How it ended"),
        "sign_off": _("Sign-off"),
        "source": _("Source"),
        "gateway": _("Gateway"),
        "how": _("How"),
        "is": _("Now"),
        "key": _("Key"),
        "label": _("Label"),
        "limit": _("Limit"),
        "message": _("Message"),
        "mode": _("Mode"),
        "number": _("Number"),
        "options": _("Options"),
        "order": _("Order"),
        "outcome": _("Outcome"),
        "payment": _("Payment"),
        "payout": _("Payout"),
        "plan": _("Plan"),
        "priority": _("Priority"),
        "provider": _("Provider"),
        "purpose": _("Purpose"),
        "reference": _("Reference"),
        "refund": _("Refund"),
        "reseller": _("Reseller"),
        "to": _("To"),
        "total": _("Total"),
        "tracking": _("Tracking number"),
        "transfer": _("Transfer"),
        "until": _("Until"),
        "version": _("Version"),
        "wanted": _("Wanted"),
        "why": _("Why"),
        "works_until": _("Works until"),
    }
)
