"""One call to one provider, told in words: on a page of its own, and on the order's."""

from typing import Any

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.order_badges import attempt_badge
from commerce.admin.order_story import in_words
from commerce.models import Attempt
from core.backoffice.parts import Fact
from core.money import format_money

A_WHILE = 600
# What we write into a provider's answer ourselves; a provider's own names stay as they are.
NAMED = {"decided_by_hand": gettext_lazy("Decided by a person")}


def attempt_parts(attempt: Attempt, *, sees_cost: bool) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "badge": attempt_badge(attempt),
        "took": took(attempt),
        "cost": format_money(attempt.cost, attempt.currency) if sees_cost else "",
        "request": _pairs(attempt.request),
        "response": _pairs(attempt.response),
    }


def page_context(attempt: Attempt, *, sees_cost: bool) -> dict[str, Any]:
    return {
        "row": attempt_parts(attempt, sees_cost=sees_cost),
        "call": _call(attempt, sees_cost=sees_cost),
        "times": [
            Fact(_("Started at"), attempt.started_at),
            Fact(_("Finished at"), attempt.finished_at),
            Fact(_("Took"), took(attempt)),
            Fact(_("Times asked again"), attempt.checks),
            Fact(_("Last asked"), attempt.last_checked_at),
        ],
    }


def took(attempt: Attempt) -> str:
    """In seconds where a provider answered, in words where people carried something."""
    if attempt.finished_at is None:
        return ""
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < A_WHILE else timesince(attempt.started_at, attempt.finished_at)


def _call(attempt: Attempt, *, sees_cost: bool) -> list[Fact]:
    order, provider, offer = attempt.order, attempt.provider, attempt.offer
    facts = [
        Fact(_("Order"), order.order_number, link=_page("order", order.pk)),
        Fact(_("Product"), offer.product if offer else order.product_name),
        Fact(_("Provider"), provider.name, link=_page("provider", provider.pk)),
        Fact(
            _("Provider's SKU"),
            offer.provider_sku if offer else "",
            link=_page("offer", offer.pk) if offer else "",
        ),
        Fact(_("Provider's reference"), attempt.provider_reference),
        Fact(_("Key sent to the provider"), attempt.pk),
    ]
    if sees_cost:
        facts.insert(4, Fact(_("Cost"), format_money(attempt.cost, attempt.currency), money=True))
    return facts


def _page(model: str, key: Any) -> str:
    return reverse(f"admin:commerce_{model}_change", args=[key])


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return []
    return [(str(NAMED.get(name, name)), in_words(inner)) for name, inner in value.items()]
