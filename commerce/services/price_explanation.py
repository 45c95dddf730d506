"""A price's explanation in words. The steps are kept as data: each reader has them in their language."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.money import format_money


def explain(explanation: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each step of `Price.explanation`, in the active language; unknown steps are left out."""
    lines = (_sentence(step) for step in explanation)
    return [line for line in lines if line]


def _sentence(step: dict[str, Any]) -> str:
    words = {**step, "amount": _money(step, "amount")}
    match step.get("step"):
        case "list_price":
            return _list_price(step, words)
        case "rule":
            return _rule(step, words)
        case "quantity":
            return _("For %(quantity)d units: %(amount)s") % words
        case "service_fee":
            return _("Service fee: %(amount)s (%(origin)s)") % {**words, "origin": _origin(step)}
        case "delivery_fee":
            return _("Delivery fee: %(amount)s (%(origin)s)") % {**words, "origin": _origin(step)}
        case "tax":
            words |= {"of": _money(step, "of"), "origin": _origin(step)}
            return _("Tax: %(percent)s %% of %(of)s is %(amount)s (%(origin)s)") % words
        case "commission":
            words |= {"of": _money(step, "of"), "origin": _origin(step)}
            return (
                _("Commission for the reseller: %(percent)s %% of %(of)s is %(amount)s (%(origin)s)") % words
            )
        case "total":
            return _("Total: %(amount)s") % words
        case _:
            return ""


def _list_price(step: dict[str, Any], words: dict[str, Any]) -> str:
    if "of" in step:
        return _("List price: %(percent)s %% of %(of)s is %(amount)s") % {**words, "of": _money(step, "of")}
    return _("List price: %(amount)s") % words


def _rule(step: dict[str, Any], words: dict[str, Any]) -> str:
    scopes = {
        "product": _("this product"),
        "brand": _("the brand"),
        "category": _("the category"),
        "all": _("everything"),
    }
    words["scope"] = scopes.get(step["scope"], step["scope"])
    if step["kind"] == "percent":
        return (
            _("Price list “%(price_list)s”, rule %(rule)d for %(scope)s, %(percent)s %%: %(amount)s") % words
        )
    if step["kind"] == "fixed":
        return _("Price list “%(price_list)s”, rule %(rule)d for %(scope)s, fixed price: %(amount)s") % words
    return _("Price list “%(price_list)s”, rule %(rule)d for %(scope)s, list price kept: %(amount)s") % words


def _origin(step: dict[str, Any]) -> str:
    return {
        "settings": _("from the pricing settings"),
        "rule": _("from the rule"),
        "reseller": _("the reseller's rate"),
    }.get(step.get("from", ""), "")


def _money(step: dict[str, Any], key: str) -> str:
    return format_money(Decimal(step[key]), step["currency"]) if key in step and "currency" in step else ""
