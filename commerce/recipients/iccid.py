"""A SIM card's serial number (ITU-T E.118): 18 to 22 digits from 89, the last one a Luhn check digit."""

from django.utils.translation import gettext as _

SHORTEST, LONGEST = 18, 22
BEGINNING = "89"


class IccidError(ValueError):
    """No ICCID; the message names what is wrong with it and what to do."""


def read(text: str) -> str:
    """The digits alone; blanks and dashes as printed on a card are left out.

    Raises:
        IccidError
    """
    digits = "".join(text.split()).replace("-", "")
    for place, character in enumerate(digits, start=1):
        if character not in "0123456789":
            raise IccidError(
                _("Character %(place)d, “%(character)s”, is no digit. An ICCID has digits only.")
                % {"place": place, "character": character}
            )
    if not digits.startswith(BEGINNING):
        raise IccidError(
            _("An ICCID begins with 89; this begins with “%(start)s”. Copy the long number on the SIM card.")
            % {"start": digits[:2]}
        )
    if not SHORTEST <= len(digits) <= LONGEST:
        raise IccidError(
            _("An ICCID has 18 to 22 digits; this has %(count)d. Copy all of it.") % {"count": len(digits)}
        )
    if (right := check_digit(digits[:-1])) != digits[-1]:
        raise IccidError(
            _(
                "The check digit does not match: the last digit is %(found)s, and the digits before it ask for"
                " %(right)s. One digit is wrong or two are swapped: compare with the card."
            )
            % {"found": digits[-1], "right": right}
        )
    return digits


def check_digit(digits: str) -> str:
    """The digit that ISO/IEC 7812 wants after these."""
    return next(check for check in "0123456789" if luhn_valid(digits + check))


def luhn_valid(digits: str) -> bool:
    """The check of ISO/IEC 7812: every second digit from the right doubled, the sum divisible by 10."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0
