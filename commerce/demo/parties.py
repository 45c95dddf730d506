"""Who buys: resellers with their people, clients, keys and saved numbers, and the public's customers."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from commerce.demo.books import Books, Wallet
from commerce.demo.moments import DAY, millis, moment
from commerce.demo.names import (
    BUSINESS,
    KINDS,
    PLANS,
    RESELLERS,
    STATUS_REASONS,
    STREETS,
    TOWNS,
    TRADE,
)
from commerce.demo.operators import AIRTIME
from commerce.demo.recipients import email, person, phone
from commerce.demo.terms import BRANDS, PRICE_LISTS
from commerce.models import ApiKey, Client, Customer, PhoneNumber, Reseller

NAMED = len(RESELLERS)
PRICE_LIST_IDS = {spec.code: number for number, spec in enumerate(PRICE_LISTS, 1)}
EURO_COUNTRIES = ("DE", "IT", "PT", "SE", "GE")
PHONES = {
    country: tuple(
        (p, brand.digits - len(p)) for brand in AIRTIME if brand.country == country for p in brand.prefixes
    )
    for country in {brand.country for brand in AIRTIME}
}
BRAND_IDS = {spec.code: number for number, spec in enumerate(BRANDS, 1)}


@dataclass(slots=True)
class Seller:
    """A reseller as history sees it; it orders from `joined` until `left`, in milliseconds."""

    id: int
    name: str
    price_list_id: int | None
    rate: Decimal
    country: str
    profile: str
    joined: int
    left: int
    weight: float
    wallets: dict[str, Wallet]
    test_wallet: Wallet
    key_id: int = 0
    key_label: str = ""
    test_key_id: int = 0
    test_key_label: str = ""
    clients: list[int] = field(default_factory=list)
    reference: str = ""
    references: int = 0


@dataclass(slots=True)
class Shopper:
    """A customer as history sees it; orders from `joined` until `left`, in milliseconds."""

    id: int
    name: str
    email: str
    country: str
    joined: int
    left: int
    wallet: Wallet | None = None
    actor_id: str = ""


@dataclass(slots=True)
class Crowd:
    """All parties, and the rows to load for them."""

    sellers: list[Seller] = field(default_factory=list)
    shoppers: list[Shopper] = field(default_factory=list)
    resellers: list[Reseller] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    numbers: list[PhoneNumber] = field(default_factory=list)
    keys: list[ApiKey] = field(default_factory=list)


def gather(
    resellers: int, customers: int, *, opened: datetime, now: datetime, books: Books, rng: Random
) -> Crowd:
    """Make up so many resellers, the named ones first, and customers."""
    crowd = Crowd()
    for number in range(1, resellers + 1):
        _add_reseller(crowd, _terms(number, rng), number, opened, now, books, rng)
    for number in range(1, customers + 1):
        _add_customer(crowd, number, opened, now, rng)
    return crowd


@dataclass(frozen=True, slots=True)
class _Terms:
    name: str
    contact: str
    city: str
    state: str
    country: str
    price_list: str
    rate: str
    limit: str
    status: str
    profile: str
    share: float


def _terms(number: int, rng: Random) -> _Terms:
    if number <= NAMED:
        return _Terms(*RESELLERS[number - 1])
    first, last = person(number * 31)
    city, state, country = TOWNS[number * 7 % len(TOWNS)]
    name = f"{BUSINESS[number % len(BUSINESS)]} {TRADE[number // len(BUSINESS) % len(TRADE)]} {city}"
    again = number // (len(BUSINESS) * len(TRADE))
    status = rng.choices(("active", "pending", "suspended", "closed"), (88, 5, 4, 3))[0]
    return _Terms(
        name=f"{name} {again + 1}" if again else name,
        contact=f"{first} {last}",
        city=city,
        state=state,
        country=country,
        price_list=rng.choices(("retail", "silver", "gold"), (70, 26, 4))[0],
        rate=rng.choice(("0", "0.50", "1.00", "1.50")),
        limit=rng.choice(("0", "0", "0", "250", "500", "1000")),
        status=status,
        profile=rng.choice(KINDS),
        share=0.0 if status == "pending" else 3.0 / (1 + (number - NAMED) ** 0.7),
    )


def _add_reseller(
    crowd: Crowd, terms: _Terms, number: int, opened: datetime, now: datetime, books: Books, rng: Random
) -> None:
    since, until = _term(terms.status, number, opened, now, rng)
    reseller = Reseller(
        id=number,
        business_name=terms.name,
        contact_person=terms.contact,
        email=f"office{'' if number <= NAMED else number}@{_slug(terms.name)}.example",
        phone=_phone(terms.country, number),
        address=f"{number % 180 + 1} {STREETS[number % len(STREETS)]}",
        city=terms.city,
        state=terms.state,
        country=terms.country,
        status=terms.status,
        status_reason=STATUS_REASONS.get(terms.status, ""),
        currency="USD",
        commission_rate=Decimal(terms.rate),
        price_list_id=None if terms.price_list == "retail" else PRICE_LIST_IDS[terms.price_list],
        created_at=moment(since),
        updated_at=moment(until),
    )
    crowd.resellers.append(reseller)
    seller = Seller(
        id=number,
        name=terms.name,
        price_list_id=reseller.price_list_id,
        rate=reseller.commission_rate,
        country=terms.country,
        profile=terms.profile,
        joined=since,
        left=until if terms.status in ("suspended", "closed") else millis(now) + 2 * DAY,
        weight=terms.share,
        wallets=_wallets(terms, number, moment(since), books),
        test_wallet=Wallet(
            books.next_account(), "USD", True, terms.name, reseller_id=number, opened=moment(since)
        ),
        reference=rng.choice(("", f"{_slug(terms.name)[:4].upper()}-", "ORD", "INV-", "")),
    )
    crowd.sellers.append(seller)
    _add_clients(crowd, seller, number, now, rng)
    if terms.status != "pending":
        _add_keys(crowd, seller, closed=terms.status == "closed", until=until)


def _term(status: str, number: int, opened: datetime, now: datetime, rng: Random) -> tuple[int, int]:
    """From when until when it did business, in milliseconds."""
    begin, end = millis(opened), millis(now)
    if status == "pending":
        since = end - rng.randint(1, 20) * DAY
        return since, since
    late = rng.random() ** 2 * 0.8 if number > 12 else rng.random() * 0.05
    since = begin + int((end - begin) * late)
    if status == "active":
        return since, since
    return since, max(since + 5 * DAY, end - rng.randint(12, 120) * DAY)


def _wallets(terms: _Terms, number: int, opened: datetime, books: Books) -> dict[str, Wallet]:
    currencies = ["USD"]
    if terms.country in EURO_COUNTRIES or number == 1 or terms.profile == "cards":
        currencies.append("EUR")
    wallets = {}
    for currency in currencies:
        limit = int(terms.limit) * 100 if currency == "USD" else 0
        wallets[currency] = Wallet(
            books.next_account(), currency, False, terms.name, reseller_id=number, limit=limit, opened=opened
        )
    return wallets


def _add_clients(crowd: Crowd, seller: Seller, number: int, now: datetime, rng: Random) -> None:
    count = rng.randint(4, 14) if number <= NAMED else rng.choice((0, 0, 1, 2))
    for _each in range(count):
        client = len(crowd.clients) + 1
        name = " ".join(person(client * 13))
        status = rng.choices(("active", "inactive", "suspended"), (90, 7, 3))[0]
        opened = moment(seller.joined) + timedelta(days=rng.randint(0, 30))
        crowd.clients.append(
            Client(
                id=client,
                reseller_id=number,
                name=name,
                email=email(client * 13),
                phone=_phone(seller.country, client * 3),
                plan_type=rng.choice(PLANS),
                status=status,
                status_reason="" if status == "active" else "Asked for by the reseller.",
                created_at=min(opened, now),
                updated_at=min(opened + timedelta(days=0 if status == "active" else 20 + client % 90), now),
            )
        )
        if status == "active":
            seller.clients.append(client)
    for place in range(rng.randint(4, 12) if number <= NAMED else 0):
        crowd.numbers.append(_saved_number(len(crowd.numbers) + 1, seller, number * 40 + place))


def _saved_number(identity: int, seller: Seller, number: int) -> PhoneNumber:
    digits = _phone(seller.country, number).removeprefix("+")
    operator = next(
        (
            BRAND_IDS[brand.code]
            for brand in AIRTIME
            if any(digits.startswith(prefix) for prefix in brand.prefixes)
        ),
        None,
    )
    return PhoneNumber(
        id=identity,
        reseller_id=seller.id,
        number=f"+{digits}",
        label=" ".join(person(number)),
        operator_id=operator,
        created_at=moment(seller.joined + number % 30 * DAY // 2),
    )


def _add_keys(crowd: Crowd, seller: Seller, *, closed: bool, until: int) -> None:
    """Keys whose text nobody knows: they stand for the past. Live for all, one for tests for the named ones."""
    seller.key_id, seller.key_label = _key(crowd, seller, ApiKey.Mode.LIVE, until if closed else None)
    if seller.id <= NAMED:
        seller.test_key_id, seller.test_key_label = _key(
            crowd, seller, ApiKey.Mode.TEST, until if closed else None
        )


def _key(crowd: Crowd, seller: Seller, mode: ApiKey.Mode, revoked: int | None) -> tuple[int, str]:
    text = f"tl_{mode.value}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=len(crowd.keys) + 1,
        reseller_id=seller.id,
        name="Shop server" if mode == ApiKey.Mode.LIVE else "Development",
        mode=mode,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        prefix=text[:12],
        last_four=text[-4:],
        scopes=list(ApiKey.Scope.values),
        allowed_ips=[],
        created_at=moment(seller.joined),
        revoked_at=moment(revoked) if revoked else None,
    )
    crowd.keys.append(key)
    return len(crowd.keys), f"{seller.name} {key}"


def _add_customer(crowd: Crowd, number: int, opened: datetime, now: datetime, rng: Random) -> None:
    first, last = person(number * 17 + number // 2000)
    city, state, country = TOWNS[number * 5 % len(TOWNS)]
    since = millis(opened) + int((millis(now) - millis(opened)) * rng.random() ** 0.8)
    status = (
        rng.choices(("active", "pending_verification", "blocked"), (91, 7, 2))[0] if number > 1 else "active"
    )
    # Blocked on one of the last days, at some time before now.
    until = max(since, millis(now) - (1 + number % 25) * DAY // 2) if status == "blocked" else since
    address = f"{first}.{last}{number}@mail.example".lower()
    verified = moment(since) if status != "pending_verification" else None
    crowd.customers.append(
        Customer(
            id=number,
            full_name=f"{first} {last}",
            email=address,
            phone=_phone(country, 5_000_000 + number),
            address=f"{number % 240 + 1} {STREETS[number % len(STREETS)]}",
            city=city,
            state=state,
            country=country,
            preferred_game=rng.choice(
                ("", "PUBG Mobile", "Mobile Legends: Bang Bang", "Garena Free Fire", "VALORANT")
            ),
            status=status,
            status_reason="Several cards were refused." if status == "blocked" else "",
            email_verified_at=verified,
            phone_verified_at=verified,
            created_at=moment(since),
            updated_at=moment(until),
        )
    )
    if status != "pending_verification":
        left = until if status == "blocked" else millis(now) + 2 * DAY
        crowd.shoppers.append(Shopper(number, f"{first} {last}", address, country, since, left))


def _phone(country: str, number: int) -> str:
    return phone(number, PHONES.get(country) or PHONES["NG"])


def _slug(name: str) -> str:
    plain = name.lower().translate(str.maketrans("öıİı&' ", "oiii-- "))
    return "".join(c for c in plain if c.isascii() and c.isalnum())
