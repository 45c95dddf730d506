"""Commerce's words of what happened, and what of it only those see who see costs."""

from commerce.admin import order_badges, payment_page, person_page, reseller_history, support_parts
from core.backoffice.history import values, wording

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
