"""Who receives: valid answers to each brand's questions. People come back, so that a search finds a history."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from commerce.demo.names import FIRST, LAST
from commerce.demo.specs import BrandSpec, Field
from commerce.recipients.kinds import field_kinds
from core.crypto import mask

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAILS = ("gmail.example", "mail.example", "outlook.example", "post.example")
# Spreads consecutive numbers over all digits; odd and no multiple of five, so that no two fall together.
SPREAD = 7_393_913_077

type Answer = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient as an order keeps it (`answers`, JSON), as an attempt shows it (`masked`), and its key."""

    answers: str
    masked: str
    key: str


NOBODY = Recipient("{}", "{}", "")


def digits(number: int, length: int) -> str:
    """`number` as one of the texts of so many digits, each only once."""
    return f"{(number + 17) * SPREAD % 10**length:0{length}d}"


def person(number: int) -> tuple[str, str]:
    return FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]


def email(number: int) -> str:
    first, last = person(number)
    return f"{first}.{last}{number // 7 % 1000}@{MAILS[number % len(MAILS)]}".lower()


class Recipients:
    """The people who receive one brand's products, `crowd` of them; the first come most often."""

    def __init__(self, brand: BrandSpec, crowd: int, phones: tuple[tuple[str, int], ...]) -> None:
        own = tuple((prefix, brand.digits - len(prefix)) for prefix in brand.prefixes)
        self._asked = [
            (field, _answer(field, own or phones), field_kinds.get(field.kind).key) for field in brand.fields
        ]
        self._crowd = max(crowd, 12)

    def draw(self, rng: Random) -> Recipient:
        if not self._asked:
            return NOBODY
        number = int(self._crowd * rng.random() ** 1.7)
        answers, shown, key = {}, {}, ""
        for field, answer, found_by in self._asked:
            if not field.required and number % 3:
                continue
            value = answers[field.key] = answer(number)
            shown[field.key] = mask(value) if field.sensitive else value
            key = key or found_by(value)
        return Recipient(_json(answers), _json(shown), key)


def _json(values: dict[str, str]) -> str:
    """No answer has quotes, backslashes or control characters in it; the encoder would be the slowest part of it."""
    return "{" + ", ".join([f'"{key}": "{value}"' for key, value in values.items()]) + "}"


def _answer(field: Field, phones: tuple[tuple[str, int], ...]) -> Answer:
    """How to answer a question for person number N."""
    match field.kind:
        case "msisdn":
            return lambda number: phone(number, phones)
        case "email":
            return email
        case "choice":
            return lambda number: field.choices[number % len(field.choices)]
        case "zone":
            return lambda number: digits(number, 4)
        case "wallet_address":
            return _wallet_address(field)
        case "text":
            return lambda number: " ".join(person(number))
        case "player_id" if "#" in field.pattern:
            return lambda number: f"{person(number)[0]}{number % 97}#{digits(number, 4)}"
        case "player_id":
            return lambda number: f"5{digits(number, 9)}"
        case "meter":
            return lambda number: f"4{digits(number, 10)}"
        case _:
            length = 13 if "13" in field.pattern else 10
            return lambda number: f"4{digits(number, length - 1)}"


def phone(number: int, phones: tuple[tuple[str, int], ...]) -> str:
    prefix, length = phones[number % len(phones)]
    return f"+{prefix}{digits(number, length)}"


def _wallet_address(field: Field) -> Answer:
    if field.pattern.startswith("0"):
        return lambda number: f"0x{Random(number).getrandbits(160):040x}"  # noqa: S311  # nosec B311 - demo data
    length, first = (33, "T") if field.pattern.startswith("T") else (44, "")
    return lambda number: first + "".join(Random(number).choices(BASE58, k=length))  # noqa: S311  # nosec B311 - demo data
