"""Saved recipients: E.164, unique per owner. Deleting one never touches an order."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce.models import Brand, Customer, PhoneNumber, Reseller
from commerce.services.contacts import check, tidy_phone
from commerce.services.operators import resolve_operator
from core.events import record
from core.exceptions import InvalidInput


@transaction.atomic
def save_number(
    *, owner: Reseller | Customer, number: str, label: str = "", operator: Brand | None = None
) -> PhoneNumber:
    """Save a number for its owner; the operator is found by the number's prefix where none is given.

    Raises:
        InvalidInput: `required`, `invalid_phone`, `duplicate`, each naming the field.
    """
    party: dict[str, Any] = {"reseller": owner} if isinstance(owner, Reseller) else {"customer": owner}
    saved = PhoneNumber(**party, label=label.strip())
    _set_number(saved, number, owner.country, operator)
    _save(saved)
    record("phone_number.saved", subject=saved, data={"label": saved.label})
    return saved


@transaction.atomic
def change_number(
    *, saved: PhoneNumber, number: str, label: str = "", operator: Brand | None = None
) -> PhoneNumber:
    """Raises as `save_number`."""
    owner = saved.reseller or saved.customer
    assert owner is not None  # noqa: S101 - the database demands one owner
    saved.label = label.strip()
    _set_number(saved, number, owner.country, operator)
    _save(saved)
    record("phone_number.changed", subject=saved, data={"label": saved.label})
    return saved


@transaction.atomic
def delete_number(*, saved: PhoneNumber) -> None:
    record("phone_number.deleted", subject=saved, data={"label": saved.label})
    saved.delete()


def _set_number(saved: PhoneNumber, number: str, country: str, operator: Brand | None) -> None:
    e164 = tidy_phone(number, country=country, field="number")
    if not e164:
        raise InvalidInput("required", _("This field is required."), field="number")
    saved.number = e164
    if operator:
        saved.operator = operator
        return
    found = resolve_operator(e164)
    saved.operator_id = found.id if found else None


def _save(saved: PhoneNumber) -> None:
    same = PhoneNumber.objects.filter(reseller=saved.reseller, customer=saved.customer, number=saved.number)
    if same.exclude(pk=saved.pk).exists():
        raise InvalidInput("duplicate", _("This number is saved already."), field="number")
    check(saved)
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise InvalidInput("duplicate", _("This number is saved already."), field="number") from error
