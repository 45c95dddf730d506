"""Whether a price list is in force, and whether it is the default: for its buyers that is another price list.

So it is held to a second person by how far their prices move. Steps within a day are one.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commerce.models import PriceList
from commerce.services import catalogue as catalogues
from commerce.services.catalogue import Catalogue, PriceListDef
from commerce.services.catalogue_reading import read_price_list
from commerce.services.price_list_moves import list_moved
from core.approvals import Wish
from core.history import current_reason

KIND = "price_list.standing"
STANDING = ("is_default", "active")
A_DAY = timedelta(hours=24)
type Pair = tuple[PriceListDef | None, PriceListDef | None]


def differs(held: PriceList | None, wanted: PriceList) -> bool:
    if held is None:
        return wanted.is_default
    return any(getattr(held, name) != getattr(wanted, name) for name in STANDING)


def wish_for(held: PriceList | None, wanted: PriceList) -> Wish:
    """What a second person is shown. A new list was neither in force nor the default."""
    moved = _moved(_pairs(held, wanted, today=False))
    default = PriceList.objects.filter(is_default=True).first()
    before = {name: bool(held and getattr(held, name)) for name in STANDING}
    return Wish(
        kind=KIND,
        subject=(PriceList._meta.label_lower, str(wanted.pk or "")),
        label=str(wanted),
        payload={name: getattr(wanted, name) for name in STANDING},
        state={**before, "default": default.code if default else "", "moved": f"{moved:.1f}"},
        before=before,
        after={**{name: getattr(wanted, name) for name in STANDING}, "moved": f"{moved:.1f}"},
        measure=max(moved, _moved(_pairs(held, wanted, today=True))),
        reason=(current_reason() or ("", None))[0],
    )


def _moved(pairs: Iterator[Pair]) -> Decimal:
    """Commission counts in full where a rule gives one: each reseller's own was looked at when it got it."""
    catalogue, now = catalogues.current(), timezone.now()
    return max(
        (list_moved(catalogue, before, after, commission=Decimal(0), at=now) for before, after in pairs),
        default=Decimal(0),
    )


def _pairs(held: PriceList | None, wanted: PriceList, *, today: bool) -> Iterator[Pair]:
    """What takes whose place: for all who have no list in force of their own, and for those who have this one.

    Args:
        today: compared with what held at any time in the last 24 hours, not only with what holds now.
    """
    catalogue = catalogues.current()
    own = _rules_of(wanted, catalogue)
    default = catalogue.rules.get(catalogue.default_price_list_id or 0)
    becomes = default
    if wanted.is_default or (held and held.is_default):
        becomes = own if wanted.is_default and wanted.active else None
    if becomes != default:
        earlier = (_rules_of(one, catalogue) for one in _defaults_today()) if today else ()
        yield from ((before, becomes) for before in (default, *earlier))
    if held is None or not held.resellers.exists():
        return
    was_active = {held.active, *(_active_today(held) if today else ())}
    after = own if wanted.active else becomes
    yield from ((own if active else default, after) for active in was_active)


def _rules_of(price_list: PriceList, catalogue: Catalogue) -> PriceListDef:
    if price_list.pk is None:
        return PriceListDef(0, price_list.name, {})
    return catalogue.rules.get(price_list.pk) or read_price_list(price_list)


def _defaults_today() -> list[PriceList]:
    """Those that were the default at some time in the last 24 hours and are not any more."""
    rows: Any = PriceList.history.filter(history_date__gte=timezone.now() - A_DAY)  # type: ignore[attr-defined]
    changed = set(rows.values_list("id", flat=True))
    was = {pk for pk in changed if any(row.is_default for row in _today(pk))}
    return list(PriceList.objects.filter(pk__in=was, is_default=False))


def _active_today(held: PriceList) -> list[bool]:
    return [row.active for row in _today(held.pk)]


def _today(pk: int) -> list[Any]:
    """The list as it was 24 hours ago, where it was changed since, and after each change."""
    rows: Any = PriceList.history.filter(id=pk)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = list(rows.filter(history_date__gte=since))
    before = rows.filter(history_date__lt=since).order_by("-history_date", "-history_id").first()
    return [before, *today] if today and before else today
