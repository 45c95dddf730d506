"""A product's list price: saved with the product, and moved above a limit by a second person alone.

A new product waits for nobody. Nothing that is sold becomes cheaper by it, there is no price to compare it with, and
below what its offer costs it cannot be ordered unless a rule that two stand behind says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Product
from commerce.services import catalogue as catalogues
from commerce.services.price_list_moves import elsewhere_moved
from commerce.services.price_moves import BEYOND, WHOLE
from core.approvals import ApprovalNeeded, Facts, Wish, operations
from core.exceptions import Conflict
from core.history import current_reason
from core.services import approvals

KIND = "product.price"
# What a price is made of; where it waits, all of it stays as it was. By the brand rules of price lists are for it.
PRICED = (
    "brand", "denomination", "currency", "price", "face_value", "minimum", "maximum", "step", "price_percent",
)  # fmt: skip
A_DAY = timedelta(hours=24)


@transaction.atomic
def save_product(*, product: Product) -> Product:
    """Save a checked product, new or changed.

    Raises:
        ApprovalNeeded: it moves the list price by more than the limit; nothing is saved.
        Conflict: `state_changed`.
    """
    held = _held(product)
    if held is not None and approvals.is_watched() and _differs(held, product):
        approvals.require(_wish(held, product, held_today([held.pk])))
    product.save()
    return product


@transaction.atomic
def save_all_but_price(*, product: Product) -> ApprovalNeeded | None:
    """Save a checked product. Where its price has to wait, that stays as it is, and is returned to be asked for."""
    try:
        save_product(product=product)
    except ApprovalNeeded as needed:
        held = Product.objects.get(pk=product.pk)
        for name in map(_column, PRICED):
            setattr(product, name, getattr(held, name))
        product.save()
        return needed
    return None


def require_within_limit(*, held: Product, wanted: Product, today: dict[int, list[Product]]) -> None:
    """For what writes many products at once, where none may be above the limit. Raises ApprovalNeeded."""
    limit = operations.get(KIND).terms("").limit
    if limit is None or not approvals.is_watched() or not _differs(held, wanted):
        return
    if _moved_within_a_day(held, wanted, today) > limit:
        approvals.require(_wish(held, wanted, today))


def held_today(products: Collection[int]) -> dict[int, list[Product]]:
    """Of those that were changed in the last 24 hours: as they were before, and after each change since."""
    rows: Any = Product.history.filter(id__in=products)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = list(rows.filter(history_date__gte=since).order_by("id", "history_date", "history_id"))
    changed = {row.id for row in today}
    before = rows.filter(id__in=changed, history_date__lt=since).order_by(
        "id", "-history_date", "-history_id"
    )
    first = list(before.distinct("id")) if changed else []
    listed = sorted([*first, *today], key=lambda row: row.id)
    return {pk: [row.instance for row in found] for pk, found in groupby(listed, key=lambda row: row.id)}


def carry_out(product_id: str, asked: Facts) -> None:
    """Do what was asked for and approved.

    Raises:
        Conflict: `state_changed` where the product is gone, or is not sold so any more.
    """
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise _gone()
    for name in PRICED:
        field: Any = Product._meta.get_field(name)
        value = asked[name]
        setattr(product, field.attname, value if value is None else field.to_python(value))
    try:
        product.full_clean()
    except ValidationError as error:
        raise _gone() from error
    save_product(product=product)


def moved_percent(held: Product, wanted: Product) -> Decimal:
    """By how much the price moves, or what is credited for it; another currency is beyond comparing."""
    if (held.denomination, held.currency) != (wanted.denomination, wanted.currency):
        return BEYOND
    by_rules = Decimal(0) if held.brand_id == wanted.brand_id else _rules_moved(held, wanted)
    if held.is_range:
        return max(by_rules, _ratio_moved(held.price_percent, wanted.price_percent))
    price = _ratio_moved(held.price, wanted.price)
    return max(by_rules, price, _ratio_moved(_for_one(held), _for_one(wanted)))


def _rules_moved(held: Product, wanted: Product) -> Decimal:
    """As rules of price lists for the one brand and the other have it."""
    catalogue = catalogues.current()
    known, brand = catalogue.products.get(wanted.pk), catalogue.brands.get(wanted.brand_id)
    before = catalogue.brands.get(held.brand_id)
    if known is None or brand is None or before is None:
        return Decimal(0)
    was, becomes = (replace(known, brand_id=one.id, category_id=one.category_id) for one in (before, brand))
    return elsewhere_moved(catalogue, was, becomes, at=timezone.now())


def _for_one(product: Product) -> Decimal:
    """The price of one unit of what is credited, where that is money."""
    price = product.price or Decimal(0)
    return price / product.face_value if product.face_value else Decimal(1)


def _ratio_moved(before: Decimal | None, after: Decimal | None) -> Decimal:
    if before == after:
        return Decimal(0)
    return abs((after or Decimal(0)) - before) / before * WHOLE if before else BEYOND


def _moved_within_a_day(held: Product, wanted: Product, today: dict[int, list[Product]]) -> Decimal:
    moved = moved_percent(held, wanted)
    if moved == 0:
        return moved
    return max([moved, *(moved_percent(one, wanted) for one in today.get(held.pk, ()))])


def _held(product: Product) -> Product | None:
    """As it is in the database now, locked."""
    if product.pk is None:
        return None
    rows = Product.objects.select_for_update(no_key=True, of=("self",)).select_related("brand")
    return rows.filter(pk=product.pk).first()


def _differs(held: Product, wanted: Product) -> bool:
    return any(getattr(held, name) != getattr(wanted, name) for name in map(_column, PRICED))


def _column(name: str) -> str:
    field: Any = Product._meta.get_field(name)
    return str(field.attname)


def _wish(held: Product, wanted: Product, today: dict[int, list[Product]]) -> Wish:
    changed = [name for name in PRICED if getattr(held, _column(name)) != getattr(wanted, _column(name))]
    return Wish(
        kind=KIND,
        subject=(Product._meta.label_lower, str(held.pk)),
        # Another name is not held back by the price.
        label=f"{held.brand} · {wanted.name} ({wanted.sku})",
        payload=_values(wanted, PRICED),
        state=_values(held, PRICED),
        before=_values(held, changed),
        after=_values(wanted, changed),
        currency=held.currency if held.currency == wanted.currency else "",
        measure=_moved_within_a_day(held, wanted, today),
        reason=(current_reason() or ("", None))[0],
    )


def _values(product: Product, names: Iterable[str]) -> Facts:
    """Each as text, or None: the same before and after it went through the database."""
    found = {name: getattr(product, _column(name)) for name in names}
    return {name: _plain(value) if isinstance(value, Decimal) else value for name, value in found.items()}


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _gone() -> Conflict:
    return Conflict(
        "state_changed", _("The product, or how it is sold, is another by now. Refuse this, and ask anew.")
    )
