"""Finding an order among millions by what people have in hand: number, reference, recipient, transaction."""

import re
from uuid import UUID

import phonenumbers
from django.db.models import QuerySet

from commerce.models import Order

MOST = 500
SHORTEST = 3


def matching_ids(term: str) -> list[UUID]:
    """Ids of at most a few hundred orders, each found by an index of its own; one query.

    The term is the beginning of an order number, a reference or a recipient (a phone number in any spelling), or a
    whole transaction id.
    """
    text = term.strip()
    if "\x00" in text or len(text) < SHORTEST:
        return []
    wanted = identity(text)
    if wanted:
        return list(Order.objects.filter(pk=wanted).values_list("pk", flat=True))
    searches = [
        _beginning("order_number", text.upper()),
        # Spelled out, or the partial index on references could not be used.
        _beginning("reference", text).exclude(reference="").filter(reseller__isnull=False),
    ]
    searches += [_beginning("recipient_key", key) for key in _recipient_keys(text)]
    found, *others = (search.values_list("pk", flat=True).order_by()[:MOST] for search in searches)
    return list(found.union(*others, all=True))


def find(orders: QuerySet[Order], term: str) -> QuerySet[Order]:
    """Those of `orders` that match."""
    return orders.filter(pk__in=matching_ids(term))


def _beginning(column: str, text: str) -> QuerySet[Order]:
    return Order.objects.filter(**{f"{column}__startswith": text})


def _recipient_keys(text: str) -> set[str]:
    """How this recipient may be written on an order: as typed, lower-case, or as an international phone number."""
    keys = {text, text.lower()}
    digits = re.sub(r"[\s().-]", "", text)
    if re.fullmatch(r"\+?\d{5,15}", digits):
        keys |= {digits, f"+{digits.lstrip('+')}"}
        if digits.startswith("00"):
            keys.add(f"+{digits[2:]}")
        keys |= _national(digits)
    return keys


def _national(digits: str) -> set[str]:
    """A number without its country is tried with the countries where our brands are."""
    from commerce.services import catalogue

    countries = {product.brand_country for product in catalogue.current().products.values()} - {""}
    found = set()
    for country in countries if not digits.startswith("+") else ():
        try:
            number = phonenumbers.parse(digits, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def identity(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None
