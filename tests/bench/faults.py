"""`python -m tests.bench faults`: the product under load while its parts are killed in turn, and the judge afterwards.

It passes or fails by what is lost, doubled or wrong, never by the times it prints. The product has no way for a
provider to call back, so a delivery that comes late is one that is told when we ask.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import psycopg

from tests.bench.stage import FAULTS, HANG_SECONDS, Stage

DEMO_ORDERS = 300
SETTLED_SECONDS = 60
DELIVERED_SECONDS = 45
IDENTICAL, PAYMENTS = 10_000, 200
GOOD = "000"
SANDBOX_ENDINGS = ("101", "103", "201", "202", "203", "301")


def run(options: argparse.Namespace) -> int:
    stage = Stage(DEMO_ORDERS)
    try:
        say("starting the product …")
        stage.start()
        os.environ |= {
            "VAR_DIR": str(stage.folder),
            "DATABASE_URL": stage.servers.urls.database,
            "REDIS_URL": stage.servers.urls.redis,
            "DJANGO_SETTINGS_MODULE": "project.settings",
        }
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        import django

        django.setup()
        figures = _drill(stage, options)
        # What the product itself had to say goes along where something is wrong.
        if figures["wrong"]:
            say(stage.output.read_text()[-4000:])
    finally:
        stage.stop()
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 1 if figures["wrong"] else 0


def _drill(stage: Stage, options: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from tests.bench import storms, world
    from tests.bench.buyers import Buyers
    from tests.bench.far_provider import NAMES, FarProvider

    made, far = world.make(), FarProvider()
    far.open()
    far_product = _far_product(far.port)
    endings = {made.product: SANDBOX_ENDINGS, far_product: tuple(NAMES)}

    def draw(rng: random.Random) -> tuple[int, str]:
        product = rng.choice((made.product, far_product))
        # One in eleven comes to something else than a delivery at once.
        ending = rng.choice(endings[product]) if rng.random() < 0.09 else GOOD
        return product, f"51{rng.randrange(10**6):06}{ending}"

    buyers = Buyers(stage.port, made.keys, options.rate, draw)
    stage.wait_until_whole()
    buyers.start()
    time.sleep(options.seconds)
    began = [_injected(stage, name, options.seconds) for _ in range(options.rounds) for name in FAULTS]
    time.sleep(options.seconds)
    buyers.stop()
    say("waiting until nothing is in flight …")
    last = began[-1]["at"]
    settled = _settled(stage, last + SETTLED_SECONDS)
    # Our own connection died with the others.
    connection.close()
    say("ten thousand times the same …")
    same = storms.identical(stage.port, made.keys[0], made.product, IDENTICAL)
    say("a storm of webhooks …")
    storm = storms.webhooks(stage.port, made.product, PAYMENTS)
    settled_again = _settled(stage, time.monotonic() + SETTLED_SECONDS)
    books = _books(buyers, far, made.product, far_product)
    return {
        "faults": _recoveries(began, buyers),
        "requests": dict(Counter(a_try.kind for a_try in buyers.tries)),
        "settled_s_after_last_fault": settled and round(settled - last, 1),
        **books,
        "identical": same,
        "webhooks": storm,
        "misbehaved": {NAMES[ending]: count for ending, count in sorted(far.misbehaved.items())},
        "wrong": _wrong(books, same, storm, settled, settled_again),
    }


def _far_product(port: int) -> int:
    from commerce.models import Brand, Offer, Product, Provider
    from tests.bench.far_provider import TIMEOUT

    product = Product.objects.create(
        brand=Brand.objects.get(code="bench"), sku="FAR", name="Far", price=Decimal(10)
    )
    provider = Provider.objects.create(
        code="far", name="Far", adapter="far", options={"port": port}, timeout_seconds=TIMEOUT
    )
    Offer.objects.create(product=product, provider=provider, cost=Decimal(9))
    return product.pk


def _injected(stage: Stage, name: str, seconds: float) -> dict[str, Any]:
    """Do it, then wait until a new order is delivered again, at least so many seconds."""
    stage.wait_until_whole()
    say(f"{name} …")
    at = time.monotonic()
    FAULTS[name](stage)
    delivered = _delivered_again(stage, at)
    lasts = HANG_SECONDS if name == "valkey_hangs" else 0
    time.sleep(max(0.0, at + seconds + lasts - time.monotonic()))
    return {"name": name, "at": at, "delivers_again_s": delivered and round(delivered - at, 2)}


def _delivered_again(stage: Stage, at: float) -> float | None:
    """When the first order that was placed after the fault was delivered."""
    since = None
    while time.monotonic() < at + DELIVERED_SECONDS:
        try:
            with psycopg.connect(stage.servers.urls.database, autocommit=True, connect_timeout=2) as link:
                if since is None:
                    row = link.execute(
                        "SELECT clock_timestamp() - make_interval(secs => %s)", [time.monotonic() - at]
                    ).fetchone()
                    since = row and row[0]
                while time.monotonic() < at + DELIVERED_SECONDS:
                    found = link.execute(
                        "SELECT 1 FROM commerce_order WHERE created_at > %s AND status = 'fulfilled' LIMIT 1",
                        [since],
                    ).fetchone()
                    if found:
                        return time.monotonic()
                    time.sleep(0.05)
        except psycopg.Error:
            time.sleep(0.1)
    return None


def _settled(stage: Stage, until: float) -> float | None:
    """When nothing was in flight any more."""
    while time.monotonic() < until:
        with psycopg.connect(stage.servers.urls.database, autocommit=True) as link:
            row = link.execute(_IN_FLIGHT).fetchone()
        if row and not row[0]:
            return time.monotonic()
        time.sleep(0.2)
    return None


# Orders of the bench only: the demo has some that wait for ever.
_IN_FLIGHT = """
SELECT count(*) FROM commerce_order WHERE category_code = 'bench'
    AND status IN ('created', 'processing', 'unknown') AND payment_status = 'held'
"""


def _recoveries(began: list[dict[str, Any]], buyers: Any) -> dict[str, Any]:
    """By kind of fault: how long until orders were placed and delivered again, and what was answered meanwhile."""
    found: dict[str, Any] = {}
    ends = [fault["at"] for fault in began[1:]] + [float("inf")]
    for fault, end in zip(began, ends, strict=True):
        at = fault["at"]
        # What was sent before the next fault and ended after it is the next one's.
        tries = [a_try for a_try in buyers.tries if at < a_try.ended <= end]
        failed = [a_try for a_try in tries if not a_try.good]
        last = max((a_try.ended for a_try in failed), default=at)
        back = min((a_try.ended for a_try in tries if a_try.good and a_try.ended >= last), default=None)
        entry = found.setdefault(fault["name"], {"back_s": [], "delivers_again_s": [], "failed": Counter()})
        entry["back_s"].append(0.0 if not failed else back and round(back - at, 2))
        entry["delivers_again_s"].append(fault["delivers_again_s"])
        entry["slowest_answer_s"] = max(
            entry.get("slowest_answer_s", 0.0),
            round(max((t.ended - t.sent for t in tries if t.good), default=0.0), 2),
        )
        entry["failed"].update(a_try.kind for a_try in failed)
    return found


def _books(buyers: Any, far: Any, sandbox_product: int, far_product: int) -> dict[str, Any]:
    """What was acknowledged, what we have and what the providers have, compared."""
    from commerce.models import Attempt, Order, SandboxDelivery
    from commerce.services.proof import prove

    placed = {
        str(pk): reference
        for pk, reference in Order.objects.filter(category_code="bench", reference__gt="").values_list(
            "pk", "reference"
        )
    }
    acknowledged = set(buyers.acknowledged.values())
    delivered = Attempt.objects.filter(status__in=["delivered", "reversed"])
    ours_far = {str(pk) for pk in delivered.filter(provider__code="far").values_list("pk", flat=True)}
    ours_sandbox = {str(pk) for pk in delivered.filter(provider__code="bench").values_list("pk", flat=True)}
    theirs_far = far.delivered()
    theirs_sandbox = set(
        SandboxDelivery.objects.filter(provider_code="bench", outcome="delivered").values_list(
            "key", flat=True
        )
    )
    numbers = Counter(theirs_far.values())
    given_back = Order.objects.filter(
        order_number__in=list(numbers), status__in=["failed", "cancelled"]
    ).count()
    proof = prove()
    return {
        "wanted": buyers.wanted,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - set(placed)),
        "never_acknowledged": buyers.wanted - len(buyers.acknowledged) - sum(buyers.refused.values()),
        "refused": dict(buyers.refused),
        "doubled": len(placed) - len(set(placed.values())) + len(buyers.contradicted),
        "delivered_twice": sum(1 for count in numbers.values() if count > 1),
        "delivered_and_given_back": given_back,
        "books_differ": len(ours_far ^ set(theirs_far)) + len(ours_sandbox ^ theirs_sandbox),
        "delivered": {"far": len(theirs_far), "sandbox": len(theirs_sandbox)},
        "outcomes": dict(
            Counter(Order.objects.filter(category_code="bench").values_list("status", flat=True))
        ),
        "judge": {check.name: check.count for check in proof.checks if check.count},
        "proved": proof.figures,
    }


def _wrong(
    books: dict[str, Any], same: dict[str, Any], storm: dict[str, Any], *settled: float | None
) -> list[str]:
    found = [
        name
        for name in (
            "lost", "never_acknowledged", "refused", "doubled", "delivered_twice", "delivered_and_given_back",
            "books_differ", "judge",
        )
        if books[name]
    ]  # fmt: skip
    if same["orders"] != 1 or same["answers"] != 1 or set(same["statuses"]) != {"202"}:
        found.append("identical")
    if storm["wrong"] or set(storm["statuses"]) != {"200"} or set(storm["statuses_of_forged"]) != {"401"}:
        found.append("webhooks")
    if not all(settled):
        found.append("in_flight")
    return found


def say(text: str) -> None:
    print(f"{time.strftime('%X')} {text}", file=sys.stderr, flush=True)  # noqa: T201
