"""How to reach a party: e-mails without regard to case, phones in E.164; the same for all kinds of party."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from commerce.recipients import phones
from core.exceptions import InvalidInput

REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)


def tidy_email(value: str | None, *, field: str = "email") -> str:
    """The address in lower case without blanks around it; empty stays empty.

    Raises:
        InvalidInput: `invalid_email`.
    """
    email = (value or "").strip().lower()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InvalidInput("invalid_email", _("Enter a valid e-mail address."), field=field) from error
    return email


def tidy_phone(value: str | None, *, country: str = "", field: str = "phone") -> str:
    """The number in E.164; a national one is read in `country` (ISO 3166), else in the house's own.

    Empty stays empty.

    Raises:
        InvalidInput: `invalid_phone`.
    """
    text = (value or "").strip()
    if not text:
        return ""
    region = country if country.upper() in REGIONS else settings.DEFAULT_COUNTRY
    try:
        return phones.e164(text, region)
    except phones.PhoneNumberError as error:
        # Many lists carry international numbers without their plus.
        if text[0] in "123456789":
            with suppress(phones.PhoneNumberError):
                return phones.e164(f"+{text}")
        raise InvalidInput("invalid_phone", str(error), field=field) from error


def tidy_country(value: str | None) -> str:
    """An ISO 3166 code in capitals where it is one; brief 4 also keeps a country's plain name."""
    text = (value or "").strip()
    return text.upper() if len(text) == 2 else text


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep it: no null characters, no halves of surrogate pairs."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def apply(instance: models.Model, values: Mapping[str, Any]) -> list[str]:
    """Set the values that differ and return their names. Nothing is saved."""
    changed = [name for name, value in values.items() if getattr(instance, name) != value]
    for name in changed:
        setattr(instance, name, values[name])
    return changed


def check(instance: models.Model) -> None:
    """Every field, uniqueness rule and constraint of the model.

    Raises:
        InvalidInput: `invalid` (or `duplicate`), with messages by field.
    """
    for name, value in vars(instance).items():
        if isinstance(value, str) and not storable(value):
            raise InvalidInput("invalid", _("This text has characters that cannot be kept."), field=name)
    try:
        instance.full_clean()
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> InvalidInput:
    errors = {
        ("non_field_errors" if name == NON_FIELD_ERRORS else name): list(map(str, messages))
        for name, messages in error.message_dict.items()
    }
    codes = {item.code for items in error.error_dict.values() for item in items}
    code = "duplicate" if "unique" in codes else "invalid"
    first = next(iter(errors.items()))
    return InvalidInput(code, first[1][0], errors=errors)
