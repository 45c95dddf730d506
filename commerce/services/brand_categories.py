"""A brand in another category is sold by that category's rules: where prices jump by it, two stand behind it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Brand, Category
from commerce.services import catalogue as catalogues
from commerce.services.price_list_moves import elsewhere_moved
from core.approvals import ApprovalNeeded, Facts, Wish
from core.exceptions import Conflict
from core.history import current_reason
from core.services import approvals

KIND = "brand.category"
A_DAY = timedelta(hours=24)


@transaction.atomic
def save_brand(brand: Brand) -> None:
    """Save a checked brand, new or changed. Raises ApprovalNeeded; Conflict: `state_changed`."""
    require_within_limit(_held(brand), brand)
    brand.save()


@transaction.atomic
def save_all_but_category(brand: Brand) -> ApprovalNeeded | None:
    """Save a checked brand. Where its category has to wait, that stays as it is, and is returned to be asked for."""
    try:
        save_brand(brand)
    except ApprovalNeeded as needed:
        brand.category = Brand.objects.select_related("category").get(pk=brand.pk).category
        brand.save()
        return needed
    return None


def require_within_limit(held: Brand | None, wanted: Brand) -> None:
    """Raises as `save_brand`."""
    if held is not None and held.category_id != wanted.category_id and approvals.is_watched():
        approvals.require(_wish(held, wanted))


def carry_out(brand_id: str, asked: Facts) -> None:
    """Do what was asked for and approved. Raises Conflict: `state_changed`."""
    brand = Brand.objects.filter(pk=brand_id).first()
    category = Category.objects.filter(pk=asked["category"]).first()
    if brand is None or category is None:
        text = _("The brand or the category is not there any more. Refuse this, and ask anew.")
        raise Conflict("state_changed", text)
    brand.category = category
    save_brand(brand)


def _held(brand: Brand) -> Brand | None:
    """As it is in the database now, locked."""
    if brand.pk is None:
        return None
    rows = Brand.objects.select_for_update(no_key=True, of=("self",)).select_related("category")
    return rows.filter(pk=brand.pk).first()


def _wish(held: Brand, wanted: Brand) -> Wish:
    moved = _moved(held.pk, held.category_id, wanted.category_id)
    earlier = (_moved(held.pk, one, wanted.category_id) for one in _categories_today(held))
    return Wish(
        kind=KIND,
        subject=(Brand._meta.label_lower, str(held.pk)),
        label=f"{wanted.name} ({wanted.code})",
        payload={"category": wanted.category_id},
        state={"category": held.category.name, "moved": f"{moved:.1f}"},
        before={"category": held.category.name},
        after={"category": wanted.category.name, "moved": f"{moved:.1f}"},
        measure=max([moved, *earlier]),
        reason=(current_reason() or ("", None))[0],
    )


def _moved(brand_id: int, before: int, after: int) -> Decimal:
    """By how much the price of one of its products moves at most, on any list in force."""
    catalogue, now = catalogues.current(), timezone.now()
    its = (one for one in catalogue.products.values() if one.brand_id == brand_id)
    moved = (
        elsewhere_moved(catalogue, replace(one, category_id=before), replace(one, category_id=after), at=now)
        for one in its
    )
    return max(moved, default=Decimal(0))


def _categories_today(held: Brand) -> Iterator[int]:
    """Of the last 24 hours."""
    rows: Any = Brand.history.filter(id=held.pk)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = list(rows.filter(history_date__gte=since))
    if today:
        before = rows.filter(history_date__lt=since).order_by("-history_date", "-history_id").first()
        yield from (row.category_id for row in [before, *today] if row)
