"""Rules of price lists, one at a time: saved and removed, above a limit by a second person."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import PriceList, PriceRule
from commerce.services.price_moves import REACH, WORTH, moved_within_a_day
from core.approvals import Facts, Wish, operations
from core.exceptions import Conflict
from core.services import approvals

KIND = "price_list.rule"
FIELDS = (*REACH, *WORTH)


@transaction.atomic
def save_rule(*, rule: PriceRule) -> PriceRule:
    """Save a checked rule, new or changed.

    Raises:
        ApprovalNeeded: it changes a price by more than the limit.
        Conflict: `state_changed`.
    """
    held = _held(rule)
    if approvals.is_watched():
        approvals.require(_wish(rule, held, rule))
    rule.save()
    return rule


@transaction.atomic
def remove_rule(*, rule: PriceRule) -> None:
    """Raises as `save_rule`."""
    held = _held(rule)
    if held is not None and approvals.is_watched():
        approvals.require(_wish(rule, held, None))
    rule.delete()


def require_within_limit(*, held: PriceRule | None, wanted: PriceRule) -> None:
    """For what writes many rules at once, where none may be above the limit. Raises ApprovalNeeded."""
    limit = operations.get(KIND).terms("").limit
    if limit is not None and approvals.is_watched() and moved_within_a_day(held, wanted) > limit:
        approvals.require(_wish(wanted, held, wanted))


def carry_out(asked: Facts) -> None:
    """Do what was asked for and approved.

    Raises:
        Conflict: `state_changed` where the rule, or what it is about, is gone.
    """
    rule = PriceRule.objects.filter(pk=asked["rule"]).first() if asked["rule"] else PriceRule()
    if rule is None:
        raise _gone()
    if asked["values"] is None:
        remove_rule(rule=rule)
        return
    for name, value in asked["values"].items():
        field: Any = PriceRule._meta.get_field(name.removesuffix("_id"))
        setattr(rule, name, value if value is None else field.to_python(value))
    try:
        rule.full_clean()
    except ValidationError as error:
        raise _gone() from error
    save_rule(rule=rule)


def _held(rule: PriceRule) -> PriceRule | None:
    """As it is in the database now, locked."""
    if rule.pk is None:
        return None
    rows = PriceRule.objects.select_for_update(of=("self",)).select_related(
        "price_list", "product__brand", "brand", "category"
    )
    return rows.filter(pk=rule.pk).first()


def _wish(rule: PriceRule, held: PriceRule | None, wanted: PriceRule | None) -> Wish:
    price_list = PriceList.objects.get(pk=(held or rule).price_list_id)
    return Wish(
        kind=KIND,
        subject=(PriceList._meta.label_lower, str(price_list.pk)),
        label=f"{price_list}: {_scope(held or rule)}",
        payload={"rule": rule.pk, "values": _values(wanted)},
        state={"rule": _values(held)},
        before=_shown(held),
        after=_shown(wanted),
        measure=moved_within_a_day(held, wanted),
    )


def _values(rule: PriceRule | None) -> Facts | None:
    """Every field as text, or None: the same before and after it went through the database."""
    if rule is None:
        return None
    values: Facts = {}
    for name in FIELDS:
        value = getattr(rule, name)
        if isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        values[name] = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return values


def _shown(rule: PriceRule | None) -> Facts:
    if rule is None:
        return {}
    texts = {
        "scope": _scope(rule),
        "worth": rule.worth,
        "commission": _percent(rule.commission_percent),
        "tax": _percent(rule.tax_percent),
        "service_fee": _plain(rule.service_fee),
        "delivery_fee": _plain(rule.delivery_fee),
        "valid_from": _moment(rule.valid_from),
        "valid_until": _moment(rule.valid_until),
        "below_cost": rule.allow_below_cost,
    }
    return {name: str(text) if not isinstance(text, bool) else text for name, text in texts.items()}


def _scope(rule: PriceRule) -> str:
    return str(rule.product or rule.brand or rule.category or _("everything"))


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f} %"


def _moment(value: datetime | None) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if value else ""


def _gone() -> Conflict:
    return Conflict(
        "state_changed", _("The rule, or what it is about, is not there any more. Refuse this, and ask anew.")
    )
