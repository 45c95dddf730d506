"""Kinds of recipient fields: how an answer is checked, normalised, put in JSON Schema and asked in a form.

A new kind is one class added to the registry here; each is stateless and shared by all threads.
"""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.recipients import iccid, phones
from commerce.recipients.patterns import MAX_ANSWER
from commerce.services.catalogue_types import FieldDef
from core.registry import Registry


class RefusedError(ValueError):
    """The answer is none; the message says what would be."""


class FieldKind:
    """Base of all kinds, and by itself one short line of text."""

    title: ClassVar[str | Promise] = gettext_lazy("Text")
    max_length: ClassVar[int] = MAX_ANSWER
    json_format: ClassVar[str] = ""
    # Characters an answer loses, whether it becomes upper case, what must be left of it, what to say if not.
    dropped: ClassVar[str] = ""
    upper: ClassVar[bool] = False
    shape: ClassVar[re.Pattern[str] | None] = None
    hint: ClassVar[str | Promise] = ""

    def __init__(self) -> None:
        self._drop = str.maketrans("", "", self.dropped) if self.dropped else None

    def normalise(self, field: FieldDef, text: str, country: str) -> str:
        """The answer as it is kept.

        Args:
            text: stripped, not empty, printable, at most `max_length` long.
            country: ISO 3166 code in which national phone numbers are read, or empty.

        Raises:
            RefusedError: with a sentence for the buyer.
        """
        if self._drop:
            text = text.translate(self._drop)
        if self.upper:
            text = text.upper()
        if not text or (self.shape and not self.shape.fullmatch(text)):
            raise RefusedError(str(self.hint))
        return text

    def key(self, value: str) -> str:
        """The normalised value as orders are searched by it: lower case where case does not matter."""
        return value

    def schema(self, field: FieldDef) -> dict[str, Any]:
        """What JSON Schema can say about an answer; never stricter than `normalise`."""
        fragment: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        if self.json_format:
            fragment["format"] = self.json_format
        if self.shape and not self.dropped and not self.upper:
            fragment["pattern"] = rf"^\s*(?:{self.shape.pattern})\s*$"
        return fragment

    def form_field(self, field: FieldDef) -> forms.Field:
        """The same question for a person."""
        return forms.CharField(
            label=field.label, help_text=field.help_text, required=field.required, max_length=self.max_length
        )


class PlayerIdKind(FieldKind):
    """A player's id or tag in a game, such as 5123456789 or #2PP."""

    title = gettext_lazy("Player id")
    max_length = 64
    shape = re.compile(r"[A-Za-z0-9#@._-]{1,64}")
    hint = gettext_lazy("Give the player id as the game shows it: letters, digits and # @ . _ - only.")


class ZoneKind(FieldKind):
    """A server or zone beside a player id; games show it in brackets, which are not part of it."""

    title = gettext_lazy("Zone or server")
    max_length = 40
    dropped = "()"
    shape = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
    hint = gettext_lazy("Give the zone or server as the game shows it.")


class MsisdnKind(FieldKind):
    """A phone number, kept as E.164; a national one is read in the brand's or the buyer's country."""

    title = gettext_lazy("Phone number")
    max_length = 32

    def normalise(self, field: FieldDef, text: str, country: str) -> str:
        try:
            return phones.e164(text, country)
        except phones.PhoneNumberError as error:
            raise RefusedError(str(error)) from error

    def schema(self, field: FieldDef) -> dict[str, Any]:
        return {**super().schema(field), "pattern": rf"^\s*{phones.WRITTEN.pattern}\s*$"}


class MeterKind(FieldKind):
    """An electricity, water or gas meter, or the bill's meter code."""

    title = gettext_lazy("Meter number")
    max_length = 32
    dropped = " -"
    upper = True
    shape = re.compile(r"[A-Z0-9]{5,24}")
    hint = gettext_lazy("Give the meter number: 5 to 24 digits and letters.")


class AccountNumberKind(FieldKind):
    """A customer's number at a biller."""

    title = gettext_lazy("Account number")
    max_length = 48
    dropped = " -"
    upper = True
    shape = re.compile(r"[A-Z0-9./]{3,34}")
    hint = gettext_lazy("Give the account number: 3 to 34 digits and letters.")


class IccidKind(FieldKind):
    """A SIM card's serial number; see `commerce.recipients.iccid`."""

    title = gettext_lazy("SIM serial number (ICCID)")
    max_length = 32

    def normalise(self, field: FieldDef, text: str, country: str) -> str:
        try:
            return iccid.read(text)
        except iccid.IccidError as error:
            raise RefusedError(str(error)) from error


class WalletAddressKind(FieldKind):
    """An address on a chain: 0x and 40 hexadecimal digits, Base58 or Bech32. A brand's pattern narrows it."""

    title = gettext_lazy("Wallet address")
    max_length = 100
    shape = re.compile(r"0[xX][0-9a-fA-F]{40}|(?!0[xX])[A-Za-z0-9]{25,90}")
    hint = gettext_lazy("Give the whole wallet address.")

    def key(self, value: str) -> str:
        return value.lower() if value[:2].lower() == "0x" else value


class EmailKind(FieldKind):
    """An e-mail address, for codes that are sent there."""

    title = gettext_lazy("E-mail")
    json_format = "email"

    def normalise(self, field: FieldDef, text: str, country: str) -> str:
        try:
            validate_email(text)
        except ValidationError as error:
            raise RefusedError(_("This is not an e-mail address.")) from error
        name, _at, domain = text.rpartition("@")
        return f"{name}@{domain.lower()}"

    def key(self, value: str) -> str:
        return value.lower()

    def form_field(self, field: FieldDef) -> forms.Field:
        return forms.EmailField(
            label=field.label, help_text=field.help_text, required=field.required, max_length=self.max_length
        )


class ChoiceKind(FieldKind):
    """One of the answers that staff listed."""

    title = gettext_lazy("Choice")

    def normalise(self, field: FieldDef, text: str, country: str) -> str:
        if text not in field.choices:
            raise RefusedError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)})
        return text

    def schema(self, field: FieldDef) -> dict[str, Any]:
        return {"type": "string", "enum": list(field.choices)}

    def form_field(self, field: FieldDef) -> forms.Field:
        choices = [(choice, choice) for choice in field.choices]
        return forms.ChoiceField(
            label=field.label,
            help_text=field.help_text,
            required=field.required,
            choices=choices if field.required else [("", "—"), *choices],
        )


field_kinds: Registry[FieldKind] = Registry("recipient field kinds")
field_kinds.add("text", FieldKind())
field_kinds.add("player_id", PlayerIdKind())
field_kinds.add("zone", ZoneKind())
field_kinds.add("msisdn", MsisdnKind())
field_kinds.add("meter", MeterKind())
field_kinds.add("account_number", AccountNumberKind())
field_kinds.add("iccid", IccidKind())
field_kinds.add("wallet_address", WalletAddressKind())
field_kinds.add("email", EmailKind())
field_kinds.add("choice", ChoiceKind())
