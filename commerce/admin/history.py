"""Commerce's words of what happened, and what of it only those see who see costs."""

from django.utils.translation import gettext_lazy as _

from commerce.admin import order_badges, payment_page, person_page, reseller_history, support_parts
from core.backoffice.history import members, values, wording

SEE_COST = "commerce.see_cost"

wording.call(
    {kind: (title, order_badges.TONES.get(kind, "neutral")) for kind, title in order_badges.EVENTS.items()}
)
wording.call(reseller_history.WORDS)
wording.call(person_page.WORDS)
wording.call(payment_page.WORDS)
wording.call(support_parts.EVENTS)
wording.guard(SEE_COST, "cost", "cost_percent", "margin", "cost_amount")
values.guard("commerce.offer", "cost", "cost_percent", permission=SEE_COST)
members.label(
    {
        "amount": _("Amount"),
        "assignee": _("Assigned to"),
        "attempt": _("Attempt"),
        "by": _("By"),
        "code": _("Code"),
        "courier": _("Courier"),
        "evidence": _("Evidence"),
        "files": _("Files"),
        "gateway": _("Gateway"),
        "how": _("How"),
        "is": _("Now"),
        "key": _("Key"),
        "label": _("Label"),
        "limit": _("Limit"),
        "message": _("Message"),
        "mode": _("Mode"),
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
