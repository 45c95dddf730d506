"""Resellers: opening, changing, suspending, closing.

Opening a reseller opens its live and its test wallet in its currency. The test wallet stays empty until the
first test key is issued (`services.api_keys`). A reseller is never erased: closing keeps its orders, money
and history.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce.models import ApiKey, Membership, PriceList, Reseller
from commerce.services import ledger, reseller_terms
from commerce.services.contacts import apply, check, tidy_country, tidy_email, tidy_phone
from commerce.transitions import Table, require
from core.approvals import ApprovalNeeded
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import User

DETAILS = (
    "business_name",
    "contact_person",
    "email",
    "phone",
    "address",
    "city",
    "state",
    "country",
    "commission_rate",
    "price_list",
    "currency",
)
_S = Reseller.Status

TRANSITIONS: Table = {
    _S.PENDING: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.CLOSED}),
    _S.ACTIVE: frozenset({_S.SUSPENDED, _S.CLOSED}),
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}
EVENTS = {_S.ACTIVE: "reseller.activated", _S.SUSPENDED: "reseller.suspended", _S.CLOSED: "reseller.closed"}


def tidy(values: Mapping[str, Any], *, country: str = "") -> dict[str, Any]:
    """The details as they are kept: e-mail in lower case (or none), phone in E.164, country code in capitals.

    Args:
        country: where national numbers are read if the values name no country.

    Raises:
        InvalidInput: `unknown_field`, `invalid_email`, `invalid_phone`.
    """
    unknown = next((name for name in values if name not in DETAILS), None)
    if unknown:
        raise InvalidInput("unknown_field", _("This field cannot be set."), field=unknown)
    tidied = dict(values)
    if "country" in tidied:
        tidied["country"] = tidy_country(tidied["country"])
    if "email" in tidied:
        tidied["email"] = tidy_email(tidied["email"]) or None
    if "phone" in tidied:
        tidied["phone"] = tidy_phone(tidied["phone"], country=tidied.get("country") or country)
    return tidied


@transaction.atomic
def open_reseller(
    *,
    values: Mapping[str, Any],
    status: Reseller.Status = Reseller.Status.PENDING,
    created_by: User | None = None,
) -> Reseller:
    """Open a reseller with its two wallets.

    Args:
        values: any of `DETAILS`.
        status: `pending` unless whoever opens it has checked it already.

    Raises:
        InvalidInput: naming the field; `duplicate` where the e-mail belongs to another reseller; `approval_required`
            for terms above the limits, which `write_reseller` leaves out and has asked for.
    """
    reseller = Reseller(status=status, created_by=created_by)
    wanted = tidy(values)
    apply(reseller, wanted)
    check(reseller)
    for name in reseller_terms.waiting(Reseller(), wanted):
        text = _("Open it without: a second person has to approve this.")
        raise InvalidInput("approval_required", text, field=name)
    _save(reseller)
    for is_test in (False, True):
        ledger.wallet_for(party=reseller, currency=reseller.currency, is_test=is_test)
    record(
        "reseller.opened", subject=reseller, data={"name": reseller.business_name, "status": reseller.status}
    )
    return reseller


@transaction.atomic
def change_reseller(*, reseller: Reseller, values: Mapping[str, Any]) -> Reseller:
    """Change details; status and money have verbs of their own.

    Raises:
        InvalidInput: naming the field; `currency_fixed`. Conflict: `reseller_closed`.
        ApprovalNeeded: a term of it is above its limit; nothing is changed then, see `write_reseller`.
    """
    reseller = _locked(reseller)
    if reseller.status == _S.CLOSED:
        raise Conflict("reseller_closed", _("A closed reseller stays as it was."))
    tidied = tidy(values, country=reseller.country)
    if tidied.get("currency", reseller.currency) != reseller.currency:
        raise InvalidInput(
            "currency_fixed", _("The currency of the wallet stays as it is."), field="currency"
        )
    held = copy(reseller)
    changed = apply(reseller, tidied)
    if changed:
        check(reseller)
        reseller_terms.require(held, tidied)
        _save(reseller)
        record("reseller.changed", subject=reseller, data={"fields": changed})
    return reseller


@dataclass(frozen=True, slots=True)
class Written:
    """A reseller as it is now, and what a second person has to approve before it is so, by field."""

    reseller: Reseller
    waiting: dict[str, ApprovalNeeded]


@transaction.atomic
def write_reseller(
    *,
    reseller: Reseller | None,
    values: Mapping[str, Any],
    status: Reseller.Status = Reseller.Status.PENDING,
    created_by: User | None = None,
) -> Written:
    """Open a reseller (None) or change it, all but those of its terms that have to wait; whoever calls asks for them.

    Raises:
        As `open_reseller` and `change_reseller`.
    """
    held = _locked(reseller) if reseller else Reseller()
    tidied = tidy(values, country=held.country)
    wanted = copy(held)
    apply(wanted, tidied)
    check(wanted)
    late = reseller_terms.waiting(held, tidied)
    now = {name: value for name, value in tidied.items() if name not in late}
    if reseller is not None:
        written = change_reseller(reseller=reseller, values=now)
    else:
        written = open_reseller(values=now, status=status, created_by=created_by)
    # What is asked for is about the one that is there now, by its name of now.
    return Written(written, reseller_terms.waiting(written, {name: tidied[name] for name in late}))


def suspend(*, reseller: Reseller, reason: str) -> Reseller:
    """Stop a reseller from ordering. Orders in flight end as they would.

    Raises:
        InvalidInput: `reason_required`. Conflict: `invalid_transition`.
    """
    return set_status(reseller=reseller, status=_S.SUSPENDED, reason=reason)


def reactivate(*, reseller: Reseller, reason: str) -> Reseller:
    """Let a pending or suspended reseller order.

    Raises:
        InvalidInput: `reason_required`. Conflict: `invalid_transition`.
    """
    return set_status(reseller=reseller, status=_S.ACTIVE, reason=reason)


def close(*, reseller: Reseller, reason: str) -> Reseller:
    """End the business with a reseller: its keys are revoked, its history and what its wallet holds stay.

    Raises:
        InvalidInput: `reason_required`. Conflict: `invalid_transition`, `orders_in_flight`.
    """
    return set_status(reseller=reseller, status=_S.CLOSED, reason=reason)


@transaction.atomic
def set_status(*, reseller: Reseller, status: Reseller.Status, reason: str) -> Reseller:
    """Move a reseller along `TRANSITIONS`; the three verbs above say what each status means.

    Raises:
        InvalidInput: `reason_required`. Conflict: `invalid_transition`, `orders_in_flight`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    reseller = _locked(reseller)
    before = reseller.status
    require(TRANSITIONS, before, status)
    if status == _S.CLOSED:
        _before_closing(reseller)
    reseller.status = status
    reseller.status_reason = reason.strip()[:300]
    reseller._change_reason = reseller.status_reason[:100]  # type: ignore[attr-defined]
    reseller.save(update_fields=["status", "status_reason", "updated_at"])
    record(
        EVENTS[status],
        subject=reseller,
        data={"before": before, "after": status.value, "reason": reason.strip()},
    )
    return reseller


@transaction.atomic
def add_member(
    *, reseller: Reseller, user: User, role: Membership.Role = Membership.Role.OWNER
) -> Membership:
    """Let a user act for a reseller; a user acts for one.

    Raises:
        InvalidInput: `staff_member`, `duplicate`.
    """
    if user.is_staff:
        raise InvalidInput("staff_member", _("Staff cannot act for a reseller."), field="user")
    membership = Membership(reseller=reseller, user=user, role=role)
    check(membership)
    membership.save()
    record(
        "reseller.member_added", subject=reseller, data={"user": user.get_username(), "role": membership.role}
    )
    return membership


@transaction.atomic
def set_role(*, membership: Membership, role: Membership.Role) -> Membership:
    """What a member may do for its reseller."""
    if membership.role != role:
        data = {"user": membership.user.get_username(), "before": membership.role, "after": role.value}
        membership.role = role
        membership.save(update_fields=["role"])
        record("reseller.member_changed", subject=membership.reseller, data=data)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership) -> None:
    """The user no longer acts for the reseller; what it did stays."""
    record(
        "reseller.member_removed", subject=membership.reseller, data={"user": membership.user.get_username()}
    )
    membership.delete()


def default_price_list() -> PriceList | None:
    return PriceList.objects.filter(is_default=True).first()


def _locked(reseller: Reseller) -> Reseller:
    rows = Reseller.objects.select_for_update(no_key=True, of=("self",)).select_related("price_list")
    return rows.get(pk=reseller.pk)


def _save(reseller: Reseller) -> None:
    check(reseller)
    try:
        with transaction.atomic():
            reseller.save()
    except IntegrityError as error:  # somebody took the e-mail between the check and now
        raise InvalidInput(
            "duplicate", _("Another reseller has this e-mail address."), field="email"
        ) from error


def _before_closing(reseller: Reseller) -> None:
    if reseller.accounts.filter(held__gt=0).exists():
        raise Conflict(
            "orders_in_flight",
            _("Orders of this reseller are still being delivered. Close it when they have ended."),
        )
    from commerce.services import api_keys

    for key in ApiKey.objects.filter(reseller=reseller, revoked_at=None):
        api_keys.revoke(key=key, reason=_("The reseller was closed."))
