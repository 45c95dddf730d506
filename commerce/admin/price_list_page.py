"""The page of a price list: what it makes of prices, as one reads it, most specific first."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from commerce.models import PriceList, PriceRule
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Table
from core.money import format_money

SHOWN = 100


def page_context(price_list: PriceList) -> dict[str, Any]:
    number = price_list.rules.count()
    return {
        "figures": _figures(price_list, number),
        "rules": _rules(price_list),
        "more_rules": max(number - SHOWN, 0),
    }


def _figures(price_list: PriceList, rules: int) -> list[Figure]:
    resellers = reverse("admin:commerce_reseller_changelist") + f"?price_list__id__exact={price_list.pk}"
    return [
        Figure(_("Rules"), str(rules), icon="rule"),
        Figure(_("Resellers"), str(price_list.resellers.count()), link=resellers, icon="storefront"),
        Figure(
            _("Default"),
            _("Yes") if price_list.is_default else _("No"),
            note=_("For everybody without a list of their own") if price_list.is_default else "",
        ),
        Figure(
            _("Status"),
            _("Active") if price_list.active else _("Inactive"),
            tone="success" if price_list.active else "neutral",
        ),
    ]


def _rules(price_list: PriceList) -> Table:
    table = Table(
        _("For"), _("Price"), Column(_("Commission"), money=True, wide=True), Column(_("Fees and tax"), wide=True),
        Column(_("Valid"), wide=True),
        empty=_("No rules yet: everybody on this list pays the list price. Edit it to add one."),
    )  # fmt: skip
    specific = Case(
        When(product__isnull=False, then=Value(0)),
        When(brand__isnull=False, then=Value(1)),
        When(category__isnull=False, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    rules = price_list.rules.select_related("product__brand", "brand", "category")
    for rule in rules.order_by(specific, "id")[:SHOWN]:
        table.add(_scope(rule), rule.worth, _percent(rule.commission_percent), _extras(rule), _validity(rule))
    return table


def _scope(rule: PriceRule) -> str:
    if rule.product:
        return f"{rule.product.brand.name} · {rule.product.name}"
    if rule.brand:
        return _("All of %(brand)s") % {"brand": rule.brand.name}
    if rule.category:
        return _("All in %(category)s") % {"category": rule.category.name}
    return _("Everything")


def _percent(share: Any) -> str:
    return "" if share is None else f"{share.normalize():f} %"


def _extras(rule: PriceRule) -> str:
    """Fees are in the currency of what is bought, which a rule for many products does not know."""
    currency = rule.product.currency if rule.product else ""
    named = [
        (_("service fee"), rule.service_fee),
        (_("delivery fee"), rule.delivery_fee),
    ]
    said = [f"{name} {_fee(fee, currency)}" for name, fee in named if fee is not None]
    if rule.tax_percent is not None:
        said.append(_("tax %(percent)s") % {"percent": _percent(rule.tax_percent)})
    if rule.allow_below_cost:
        said.append(_("may sell below cost"))
    return ", ".join(said)


def _fee(fee: Decimal, currency: str) -> str:
    return format_money(fee, currency) if currency else f"{fee.normalize():f}"


def _validity(rule: PriceRule) -> str:
    match rule.valid_from, rule.valid_until:
        case None, None:
            return _("Always")
        case None, until:
            return _("Until %(time)s") % {"time": _time(until)}
        case since, None:
            return _("From %(time)s") % {"time": _time(since)}
        case since, until:
            return f"{_time(since)} – {_time(until)}"


def _time(at: datetime | None) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
