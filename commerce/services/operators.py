"""Which operator a phone number belongs to, by the prefixes that staff keep."""

from commerce.recipients.phones import PhoneNumberError, e164
from commerce.services import catalogue as catalogues
from commerce.services.catalogue import BrandDef, Catalogue
from core.exceptions import InvalidInput

# As commerce.models.NumberPrefix allows.
LONGEST_PREFIX = 12


def resolve_operator(
    number: str, country: str = "", *, catalogue: Catalogue | None = None, field: str = "phone_number"
) -> BrandDef | None:
    """The active brand whose prefix begins the number; the longest prefix wins. None where none does.

    A number that moved to another operator is found under its old one: no list of moved numbers is consulted.

    Raises:
        InvalidInput: `invalid_phone`.
    """
    return operator_of(read_number(number, country, field=field), catalogue or catalogues.current())


def operator_of(number: str, catalogue: Catalogue) -> BrandDef | None:
    """As `resolve_operator`, for a number in E.164."""
    digits = number.removeprefix("+")
    for length in range(min(LONGEST_PREFIX, len(digits)), 0, -1):
        brand_id = catalogue.prefixes.get(digits[:length])
        if brand_id is not None:
            brand = catalogue.brands.get(brand_id)
            return brand if brand and brand.active else None
    return None


def read_number(number: str, country: str = "", *, field: str = "phone_number") -> str:
    """The number in E.164.

    Raises:
        InvalidInput: `invalid_phone`, naming `field`.
    """
    try:
        return e164(number, country)
    except PhoneNumberError as error:
        raise InvalidInput("invalid_phone", str(error), field=field) from error
