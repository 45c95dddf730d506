"""Price lists: exactly one is the default. Which one, and which are in force, is changed above a limit by two."""

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import PriceList
from commerce.services.price_list_standing import STANDING, differs, wish_for
from core.approvals import ApprovalNeeded, Facts
from core.exceptions import Conflict, InvalidInput
from core.services import approvals


@transaction.atomic
def save_price_list(price_list: PriceList) -> PriceList:
    """Save a list; where it is the default now, the one that was no longer is. History tells both.

    Raises:
        ApprovalNeeded: prices of those who buy by it, or by the default, move by more than the limit.
        InvalidInput: `approval_required`, the same for a new list, which `save_all_but_standing` saves without.
        Conflict: `state_changed`.
    """
    held = _held(price_list)
    needed = _waiting(held, price_list)
    if needed is not None and held is None:
        text = _("Save it without: a second person has to approve this.")
        raise InvalidInput("approval_required", text, field="is_default")
    if needed is not None:
        raise needed
    if price_list.is_default:
        others = PriceList.objects.select_for_update().filter(is_default=True).exclude(pk=price_list.pk)
        for other in others:
            other.is_default = False
            other.save()
    price_list.save()
    return price_list


@transaction.atomic
def save_all_but_standing(price_list: PriceList) -> ApprovalNeeded | None:
    """Save a list. Where its standing has to wait, that stays as it is, and is returned to be asked for."""
    held = _held(price_list)
    needed = _waiting(held, price_list)
    if needed is None:
        save_price_list(price_list)
        return None
    wanted = {name: getattr(price_list, name) for name in STANDING}
    price_list.is_default = bool(held and held.is_default)
    price_list.active = held.active if held else price_list.active
    price_list.save()
    held = _held(price_list)
    for name, value in wanted.items():
        setattr(price_list, name, value)
    # What is asked for is about the one that is there now.
    needed = _waiting(held, price_list)
    price_list.refresh_from_db()
    return needed


def require_within_limit(price_list: PriceList) -> None:
    """For a file, which waits for nobody. Raises ApprovalNeeded."""
    needed = _waiting(_held(price_list), price_list)
    if needed is not None:
        raise needed


def carry_out(price_list_id: str, asked: Facts) -> None:
    """Do what was asked for and approved. Raises Conflict: `state_changed` where the list is gone."""
    price_list = PriceList.objects.filter(pk=price_list_id).first()
    if price_list is None:
        text = _("The price list is not there any more. Refuse this, and ask anew.")
        raise Conflict("state_changed", text)
    for name in STANDING:
        setattr(price_list, name, asked[name])
    save_price_list(price_list)


def _held(price_list: PriceList) -> PriceList | None:
    """As it is in the database now, locked."""
    if price_list.pk is None:
        return None
    return PriceList.objects.select_for_update(no_key=True).filter(pk=price_list.pk).first()


def _waiting(held: PriceList | None, wanted: PriceList) -> ApprovalNeeded | None:
    if not approvals.is_watched() or not differs(held, wanted):
        return None
    try:
        approvals.require(wish_for(held, wanted))
    except ApprovalNeeded as needed:
        return needed
    return None
