"""A database of its own with twenty resellers who have money and keys, and one product to sell."""

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

RESELLERS = 20
FUNDS = Decimal(9_000_000_000)


@dataclass(frozen=True, slots=True)
class World:
    """Keys, one a reseller, and the product they order."""

    keys: list[str]
    product: int


def use_settings() -> None:
    """The database that the settings name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()


def open_database(name: str) -> None:
    """Make an empty database of that name on the product's server and have the settings use it."""
    # The settings must not be read before they are told of the database.
    from project.embedded import Embedded

    folder = Path(os.environ.get("VAR_DIR") or Path(__file__).parents[2] / "var")
    servers = Embedded(folder)
    given = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not all(given):
        servers.start(postgres=not given[0], valkey=not given[1])
    url = given[0] or servers.urls.database
    os.environ["REDIS_URL"] = given[1] or servers.urls.redis
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = urlsplit(url)
    os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def make() -> World:
    """Fill the open database; made once, then the same."""
    from commerce.models import ApiKey, Brand, Category, Offer, Product, Provider, RecipientField, Reseller
    from commerce.services import api_keys, ledger

    category, _ = Category.objects.get_or_create(code="bench", defaults={"name": "Bench"})
    brand, fresh = Brand.objects.get_or_create(code="bench", defaults={"category": category, "name": "Bench"})
    if fresh:
        RecipientField.objects.create(brand=brand, key="player_id", kind="player_id", label="Player")
        product = Product.objects.create(brand=brand, sku="BENCH", name="Bench", price=Decimal(10))
        provider = Provider.objects.create(code="bench", name="Bench", adapter="sandbox")
        Offer.objects.create(product=product, provider=provider, cost=Decimal(9))
    keys = []
    for number in range(RESELLERS):
        reseller, _ = Reseller.objects.get_or_create(
            email=f"bench{number}@example.com",
            defaults={"business_name": f"Bench {number}", "status": "active", "commission_rate": Decimal(1)},
        )
        wallet = ledger.wallet_for(party=reseller, currency="USD")
        if not wallet.balance:
            ledger.fund(account=wallet, amount=FUNDS, reason="Bench")
        keys.append(api_keys.issue(reseller=reseller, name="bench", mode=ApiKey.Mode.LIVE)[1])
    return World(keys, Product.objects.get(sku="BENCH").pk)
