"""A reseller's terms, which are its commission and its price list: above the limits a second person approves them.

Steps within a day are one. A new reseller is compared with one that has no commission and the default list.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import PriceList, Reseller
from commerce.services import catalogue as catalogues
from commerce.services.catalogue_reading import read_price_list
from commerce.services.price_list_moves import list_moved
from core.approvals import ApprovalNeeded, Facts, Wish
from core.exceptions import Conflict
from core.history import current_reason
from core.services import approvals

COMMISSION, PRICE_LIST = "reseller.commission", "reseller.price_list"
TERMS = ("commission_rate", "price_list")
A_DAY = timedelta(hours=24)


def waiting(held: Reseller, wanted: Mapping[str, Any]) -> dict[str, ApprovalNeeded]:
    """Those of the terms that may not change yet, by field, with what there is to ask for.

    Args:
        held: as it is in the database, locked; a new one has been given nothing yet.

    Raises:
        NotAllowed: `permission_denied`, above the limit for whoever is no person of ours.
        Conflict: `state_changed`.
    """
    found: dict[str, ApprovalNeeded] = {}
    if not approvals.is_watched():
        return found
    for name, wish in (("commission_rate", _of_commission), ("price_list", _of_price_list)):
        if name in wanted and wanted[name] != getattr(held, name):
            try:
                approvals.require(wish(held, wanted[name]))
            except ApprovalNeeded as needed:
                found[name] = needed
    return found


def require(held: Reseller, wanted: Mapping[str, Any]) -> None:
    """Raises ApprovalNeeded for the first of the terms that may not change yet; else as `waiting`."""
    for needed in waiting(held, wanted).values():
        raise needed


def _of_commission(held: Reseller, rate: Any) -> Wish:
    """A lower commission gives nothing away."""
    wanted, least = Decimal(rate), min([held.commission_rate, *_rates_today(held)])
    before = _rate(held.commission_rate)
    return _wish(
        COMMISSION,
        held,
        payload={"commission_rate": f"{wanted:.2f}"},
        state={"commission_rate": before},
        before={"commission_rate": before},
        after={"commission_rate": _rate(wanted)},
        measure=wanted - (least if wanted > held.commission_rate else held.commission_rate),
    )


def _of_price_list(held: Reseller, wanted: PriceList | None) -> Wish:
    moved = _list_moved(held, held.price_list, wanted)
    return _wish(
        PRICE_LIST,
        held,
        payload={"price_list": wanted.pk if wanted else None},
        # What was looked at is how far prices move, and rules of both lists may change meanwhile.
        state={"price_list": _name(held.price_list), "moved": f"{moved:.1f}"},
        before={"price_list": _name(held.price_list)},
        after={"price_list": _name(wanted), "moved": f"{moved:.1f}"},
        measure=max([moved, *(_list_moved(held, one, wanted) for one in _lists_today(held))]),
    )


def _wish(kind: str, held: Reseller, **more: Any) -> Wish:
    reason = (current_reason() or ("", None))[0]
    subject = (Reseller._meta.label_lower, str(held.pk or ""))
    return Wish(kind=kind, subject=subject, label=held.business_name, reason=reason, **more)


def _list_moved(held: Reseller, before: PriceList | None, after: PriceList | None) -> Decimal:
    """An inactive list is looked at as if it were in force, too: to make it so is not a change of the reseller."""
    if before == after:
        return Decimal(0)
    catalogue, now = catalogues.current(), timezone.now()
    was = catalogue.price_list(before.pk if before else None)
    becomes = [catalogue.price_list(after.pk if after else None)]
    if after is not None and after.pk not in catalogue.rules:
        becomes.append(read_price_list(after))
    return max(list_moved(catalogue, was, one, commission=held.commission_rate, at=now) for one in becomes)


def _rates_today(held: Reseller) -> list[Decimal]:
    return [row.commission_rate if row else Decimal(0) for row in _held_today(held)]


def _lists_today(held: Reseller) -> list[PriceList | None]:
    numbers = {row.price_list_id if row else None for row in _held_today(held)}
    known: dict[Any, PriceList] = PriceList.objects.in_bulk(number for number in numbers if number)
    return [known.get(number) for number in numbers]


def _held_today(held: Reseller) -> Iterator[Any]:
    """Its terms 24 hours ago (None: it was not there yet) and after each change since."""
    if held.pk is None:
        return
    rows: Any = Reseller.history.filter(id=held.pk)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = list(rows.filter(history_date__gte=since))
    if today:
        yield rows.filter(history_date__lt=since).order_by("-history_date", "-history_id").first()
    yield from today


def _rate(rate: Decimal) -> str:
    return f"{rate:.2f} %"


def _name(price_list: PriceList | None) -> str:
    return f"{price_list.name} ({price_list.code})" if price_list else ""


def carried_out(asked: Facts) -> dict[str, Any]:
    """The values that were asked for, as the service takes them. Raises Conflict: `state_changed`."""
    if "commission_rate" in asked:
        return {"commission_rate": Decimal(asked["commission_rate"])}
    wanted = PriceList.objects.filter(pk=asked["price_list"]).first() if asked["price_list"] else None
    if asked["price_list"] and wanted is None:
        gone = _("The price list is not there any more. Refuse this, and ask anew.")
        raise Conflict("state_changed", gone)
    return {"price_list": wanted}
