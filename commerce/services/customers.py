"""The public's buyers: registering, changing a profile, blocking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce import sql
from commerce.models import Customer
from commerce.services.contacts import apply, check, tidy_country, tidy_email, tidy_phone
from core.actors import acting_as, actor_for_user
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import Event, User

DETAILS = (
    "full_name",
    "email",
    "phone",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "date_of_birth",
    "id_document_type",
    "id_document_number",
    "preferred_game",
)
# Never named beside a value in events, history or logs.
SENSITIVE = frozenset({"date_of_birth", "id_document_number"})
OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new buyer gives; `date_of_birth` is YYYY-MM-DD."""

    username: str
    email: str
    password: str
    phone_number: str = ""
    date_of_birth: str = ""
    preferred_game: str = ""


def tidy(values: Mapping[str, Any], *, country: str = "") -> dict[str, Any]:
    """The details as they are kept.

    Raises:
        InvalidInput: `unknown_field`, `invalid_email`, `invalid_phone`, `invalid_date`.
    """
    unknown = next((name for name in values if name not in DETAILS), None)
    if unknown:
        raise InvalidInput("unknown_field", _("This field cannot be set."), field=unknown)
    tidied = dict(values)
    if "country" in tidied:
        tidied["country"] = tidy_country(tidied["country"])
    if "email" in tidied:
        tidied["email"] = tidy_email(tidied["email"])
    if "phone" in tidied:
        tidied["phone"] = tidy_phone(tidied["phone"], country=tidied.get("country") or country)
    if "date_of_birth" in tidied:
        tidied["date_of_birth"] = _birth_date(tidied["date_of_birth"])
    return tidied


@transaction.atomic
def register(registration: Registration) -> Customer:
    """Make a user and a customer who waits for verification.

    Raises:
        InvalidInput: naming `username`, `email`, `password`, `phone_number` or `date_of_birth`.
    """
    user = _new_user(registration)
    customer = Customer(user=user, full_name=registration.username[:100])
    try:
        apply(
            customer,
            tidy(
                {
                    "email": user.email,
                    "phone": registration.phone_number,
                    "date_of_birth": registration.date_of_birth,
                    "preferred_game": registration.preferred_game,
                }
            ),
        )
        with acting_as(actor_for_user(user)):
            _save(customer)
            record("customer.registered", subject=customer, data={"username": user.username})
    except InvalidInput as error:
        raise _as_profile(error) from error
    return customer


@transaction.atomic
def add_customer(*, values: Mapping[str, Any]) -> Customer:
    """A customer without a sign-in, entered by staff. Raises InvalidInput naming the field."""
    customer = Customer()
    apply(customer, tidy(values))
    _save(customer)
    record("customer.added", subject=customer, data={"name": customer.full_name})
    return customer


@transaction.atomic
def change_customer(*, customer: Customer, values: Mapping[str, Any]) -> Customer:
    """Change details; a changed e-mail or phone has to be verified again.

    Raises:
        InvalidInput: naming the field.
    """
    customer = _lock(customer)
    changed = apply(customer, tidy(values, country=customer.country))
    if not changed:
        return customer
    if "email" in changed:
        customer.email_verified_at = None
    if "phone" in changed:
        customer.phone_verified_at = None
    _save(customer)
    record("customer.changed", subject=customer, data={"fields": changed})
    return customer


@transaction.atomic
def change_profile(*, customer: Customer, values: Mapping[str, Any]) -> Customer:
    """A buyer changes their own profile (brief 1's fields); the sign-in's e-mail follows the customer's.

    Raises:
        InvalidInput: naming the field as the profile calls it.
    """
    names = {"phone_number": "phone"}
    try:
        customer = change_customer(
            customer=customer, values={names.get(name, name): value for name, value in values.items()}
        )
        user = customer.user
        if user and (user.email != customer.email or user.phone_number != customer.phone):
            user.email, user.phone_number = customer.email, customer.phone
            _check_email_free(user)
            check(user)
            user.save(update_fields=["email", "phone_number"])
    except InvalidInput as error:
        raise _as_profile(error) from error
    return customer


def recall_last_products() -> int:
    """Find out what each customer ordered last, for orders loaded behind the triggers' back.

    Returns:
        How many customers changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.read("recall_last_products"))
        return cursor.rowcount


def block(*, customer: Customer, reason: str) -> Customer:
    """The customer can no longer order. Raises as `_set_status`."""
    return _set_status(customer, Customer.Status.BLOCKED, reason)


@transaction.atomic
def unblock(*, customer: Customer, reason: str) -> Customer:
    """The customer may order again; one who waited for verification when blocked waits for it again.

    Raises:
        Conflict: `invalid_transition` where nobody blocked them. Else as `_set_status`.
    """
    customer = _lock(customer)
    if customer.status != Customer.Status.BLOCKED:
        raise Conflict("invalid_transition", _("This customer is not blocked."))
    return _set_status(customer, _before_block(customer), reason)


@transaction.atomic
def reveal(*, customer: Customer, reason: str) -> Customer:
    """The customer with birth date and document for somebody to read; that they did is written down first.

    Raises:
        InvalidInput: `reason_required`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    record("customer.revealed", subject=customer, data={"reason": reason.strip()})
    return customer


@transaction.atomic
def _set_status(customer: Customer, status: Customer.Status, reason: str) -> Customer:
    """Raises InvalidInput `reason_required`; Conflict `invalid_transition`."""
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    customer = _lock(customer)
    if customer.status == status:
        raise Conflict("invalid_transition", _("The customer has this status already."))
    before = customer.status
    customer.status = status
    customer.status_reason = reason.strip()[:300]
    customer._change_reason = customer.status_reason[:100]  # type: ignore[attr-defined]
    customer.save(update_fields=["status", "status_reason", "updated_at"])
    kind = "customer.blocked" if status == Customer.Status.BLOCKED else "customer.unblocked"
    record(kind, subject=customer, data={"before": before, "reason": reason.strip()})
    return customer


def _before_block(customer: Customer) -> Customer.Status:
    if customer.email_verified_at or customer.phone_verified_at:
        return Customer.Status.ACTIVE
    blocked = Event.objects.filter(
        subject_kind="commerce.customer", subject_id=str(customer.pk), kind="customer.blocked"
    ).first()  # the newest
    # Whom staff took on as active, or who changed a verified e-mail since, does not fall back.
    was_active = blocked is not None and blocked.data.get("before") == Customer.Status.ACTIVE
    return Customer.Status.ACTIVE if was_active else Customer.Status.PENDING_VERIFICATION


def _new_user(registration: Registration) -> User:
    user = User(
        username=registration.username.strip(),
        email=tidy_email(registration.email),
        phone_number=tidy_phone(registration.phone_number, field="phone_number"),
    )
    if not user.email:
        raise InvalidInput("required", _("This field is required."), field="email")
    try:
        validate_password(registration.password, user)
    except ValidationError as error:
        raise InvalidInput("weak_password", error.messages[0], errors={"password": error.messages}) from error
    if User.objects.filter(username__iexact=user.username).exists():
        raise InvalidInput("duplicate", _("A user with that username already exists."), field="username")
    _check_email_free(user)
    user.set_password(registration.password)
    check(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise InvalidInput(
            "duplicate", _("This username or e-mail address is taken."), field="username"
        ) from error
    return user


def _check_email_free(user: User) -> None:
    if User.objects.exclude(pk=user.pk).filter(email__iexact=user.email).exists():
        raise InvalidInput("duplicate", _("This e-mail address is in use."), field="email")


def _save(customer: Customer) -> None:
    others = Customer.objects.exclude(pk=customer.pk)
    if customer.phone and others.filter(phone=customer.phone).exists():
        raise InvalidInput("duplicate", _("Another customer has this phone number."), field="phone")
    check(customer)
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise InvalidInput(
            "duplicate", _("Another customer has this e-mail address or phone."), field="email"
        ) from error


def _lock(customer: Customer) -> Customer:
    """Raises Conflict `erased`: whoever was forgotten stays nobody."""
    locked = Customer.objects.select_for_update(of=("self",)).select_related("user").get(pk=customer.pk)
    if locked.erased_at is not None:
        raise Conflict("erased", _("This customer was erased."))
    return locked


def _birth_date(value: str | date | None) -> str:
    if not value:
        return ""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput("invalid_date", _("Enter a date as YYYY-MM-DD."), field="date_of_birth") from error
    if not OLDEST <= day <= timezone.localdate():
        raise InvalidInput("invalid_date", _("This is nobody's date of birth."), field="date_of_birth")
    return day.isoformat()


def _as_profile(error: InvalidInput) -> InvalidInput:
    """Brief 1 calls the customer's `phone` `phone_number`."""
    errors = {
        ("phone_number" if name == "phone" else name): messages for name, messages in error.errors.items()
    }
    return InvalidInput(error.code, error.message, errors=errors)
