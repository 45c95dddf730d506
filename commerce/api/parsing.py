"""Reading request bodies by hand: exact types, exact amounts, every error under its field's name.

Serializers describe these bodies in the schema; reading with them would cost more than placing the order.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.exceptions import InvalidInput
from core.money import parse_amount

LARGEST_ID = 2**63 - 1


class Body:
    """A JSON object being read; errors gather by field and are raised together by `finish`."""

    def __init__(self, data: Any, *, prefix: str = "") -> None:
        if not isinstance(data, Mapping):
            raise InvalidInput("invalid_body", _("Send a JSON object."), field=prefix or None)
        self.data = data
        self.prefix = prefix
        self.errors: dict[str, list[str]] = {}
        self.code = ""

    def refuse(self, name: str, message: str, code: str = "invalid") -> None:
        self.errors.setdefault(self.prefix + name, []).append(message)
        self.code = self.code or code

    def text(self, name: str, *, most: int, required: bool = False) -> str:
        value = self.data.get(name)
        if value is None or value == "":
            if required:
                self.refuse(name, _("This field is required."), "required")
            return ""
        if not isinstance(value, str):
            self.refuse(name, _("Send a string."), "invalid_type")
            return ""
        if len(value) > most:
            self.refuse(name, _("At most %(most)d characters.") % {"most": most}, "too_long")
            return ""
        return value

    def email(self, name: str, *, required: bool = False) -> str:
        value = self.text(name, most=254, required=required)
        if value:
            try:
                validate_email(value)
            except ValidationError:
                self.refuse(name, _("Enter a valid e-mail address."), "invalid_email")
        return value

    def integer(
        self, name: str, *, required: bool = False, least: int = 1, most: int = LARGEST_ID
    ) -> int | None:
        value = self.data.get(name)
        if value is None:
            if required:
                self.refuse(name, _("This field is required."), "required")
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(name, _("Send a whole number."), "invalid_type")
            return None
        if not least <= value <= most:
            self.refuse(
                name, _("Between %(least)d and %(most)d.") % {"least": least, "most": most}, "out_of_range"
            )
            return None
        return value

    def amount(self, name: str, *, currency: str, required: bool = False) -> Decimal | None:
        value = self.data.get(name)
        if value is None:
            if required:
                self.refuse(name, _("This field is required."), "required")
            return None
        try:
            return parse_amount(value, currency=currency, field=self.prefix + name)
        except InvalidInput as error:
            self.refuse(name, error.message, error.code)
            return None

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self.data.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.refuse(name, _("Send a JSON object."), "invalid_type")
            return {}
        return value

    def uuid(self, name: str) -> UUID | None:
        value = self.text(name, most=36)
        if not value:
            return None
        try:
            return UUID(value)
        except ValueError:
            self.refuse(name, _("Send a UUID."), "invalid_type")
            return None

    def finish(self) -> None:
        """Raise what was gathered.

        Raises:
            InvalidInput: with `errors` by field and the first error's code.
        """
        if self.errors:
            first = next(iter(self.errors.items()))
            raise InvalidInput(self.code, f"{first[0]}: {first[1][0]}", errors=self.errors)
