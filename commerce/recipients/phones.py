"""Phone numbers: read in a country, kept as E.164 (`+989121234567`)."""

import re

import phonenumbers
from django.utils.translation import gettext as _

# Digits and the marks people put between them. ASCII only: other digits look the same and are not.
WRITTEN = re.compile(r"(?:\+ ?|\()?[0-9][0-9 ()./-]{2,24}")


class PhoneNumberError(ValueError):
    """The text is no phone number, or a national one without a country to read it in."""


def e164(number: str, country: str = "") -> str:
    """The number in E.164. It must be valid, not just long enough: money goes there, a digit is soon lost.

    Args:
        number: international with +, 00 or (without a country) neither; or national.
        country: ISO 3166 code in which a national number is read; anything else counts as none.

    Raises:
        PhoneNumberError: with a sentence for the sender.
    """
    text = number.strip()
    if not WRITTEN.fullmatch(text):
        raise PhoneNumberError(_("This is not a phone number."))
    region = country.upper() if country.upper() in phonenumbers.SUPPORTED_REGIONS else None
    if text.startswith("00"):
        text = f"+{text[2:]}"
    elif region is None and not text.startswith("+"):
        if text.startswith("0"):
            raise PhoneNumberError(_("Give the number with its country code, such as +1 650 253 0000."))
        text = f"+{text}"
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneNumberError(_("This is not a phone number.")) from error
    if not phonenumbers.is_valid_number(parsed):
        raise PhoneNumberError(_("There is no such phone number."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
