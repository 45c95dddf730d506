"""The real product under load: web server, worker and sweep over HTTP, and the judge afterwards."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from rest_framework_simplejwt.tokens import RefreshToken

from commerce.models import Account, Attempt, Hold, Order, SandboxDelivery
from commerce.services import dispatch, ledger
from commerce.services.fulfilment import deliver_all
from commerce.services.proof import prove
from commerce.services.requery import requery_due
from commerce.tasks import CHUNK
from tests.bench.server import free_port, wait
from tests.factories import UserFactory
from tests.factories_catalog import NumberPrefixFactory, OfferFactory, ProductFactory, RecipientFieldFactory
from tests.factories_fulfilment import later, sandbox
from tests.factories_parties import ResellerFactory, key_for

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

THREADS, RESELLERS, ORDERS = 32, 20, 2000
ENDINGS = ["000"] * 6 + ["101", "103", "202", "203"]


@dataclass
class Web:
    """The web server in processes of its own, on the test's database."""

    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        program = (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings'; import project.wsgi;"
            f" from project import server; server.web('127.0.0.1', {self.port})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], env=self.environment, start_new_session=True
        )
        wait(self.port)

    def kill(self) -> None:
        """All of it at once, as a power cut would."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def post(self, path: str, body: Any, key: str, **headers: str) -> tuple[int, Any]:
        """One request on a connection of its own thread.

        Raises:
            OSError, HTTPException: where the server is gone.
        """
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Authorization": key, "Content-Type": "application/json", **headers}
            link.request("POST", path, json.dumps(body), sent)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            link.close()


@pytest.fixture
def web(process_environment: dict[str, str]) -> Iterator[Web]:
    server = Web(process_environment)
    server.start()
    yield server
    server.kill()


@dataclass(frozen=True, slots=True)
class Shelf:
    product: int
    keys: list[str]


@pytest.fixture
def shelf() -> Shelf:
    """Twenty resellers with money for about a hundred orders each, and one product asked of a sandbox."""
    product = ProductFactory(price=Decimal(10))
    RecipientFieldFactory(brand=product.brand)
    OfferFactory(product=product, provider=sandbox(), cost=Decimal(8))
    resellers = [ResellerFactory(funds=1020) for _ in range(RESELLERS)]
    return Shelf(product.pk, [f"Api-Key {key_for(reseller)}" for reseller in resellers])


def settle_everything() -> None:
    """What the workers and the sweep do, as often as needed, with the provider's clock put forward."""
    while created := dispatch.take():
        for start in range(0, len(created), CHUNK):
            deliver_all(created[start : start + CHUNK])
    for _ in range(4):
        later()
        while requery_due():
            pass


def assert_right() -> None:
    """The judge finds nothing, no money is left held, and the provider's books are ours."""
    proof = prove()
    assert proof.right, [(check.name, check.findings) for check in proof.checks if check.count]
    assert not Hold.objects.filter(status="open").exists()
    ours = set(Attempt.objects.filter(status="delivered").values_list("id", flat=True))
    theirs = set(SandboxDelivery.objects.filter(outcome="delivered").values_list("key", flat=True))
    assert {str(identity) for identity in ours} == theirs


def test_two_thousand_orders_of_twenty_resellers_by_thirty_two_threads(web: Web, shelf: Shelf) -> None:
    """Half of all requests are sent twice at once under the same key: nothing double, nothing lost."""
    rng = random.Random(7)
    wanted = []
    for number in range(ORDERS):
        body = {"product": shelf.product, "recipient": {"player_id": f"51{number:06}{rng.choice(ENDINGS)}"}}
        wanted.append((f"key-{number}", body, shelf.keys[number % RESELLERS]))
    calls = [call for call in wanted for _ in range(1 + rng.randrange(2))]
    rng.shuffle(calls)

    def place(call: tuple[str, dict[str, Any], str]) -> tuple[str, int, Any]:
        name, body, key = call
        return name, *web.post("/api/orders/", body, key, **{"Idempotency-Key": name})

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(place, calls))

    by_key: dict[str, set[tuple[int, str]]] = {}
    for name, status, body in answers:
        by_key.setdefault(name, set()).add((status, body.get("id") or body["code"]))
    assert {status for _name, status, _body in answers} <= {202, 400}
    assert all(len(found) == 1 for found in by_key.values()), "one key, one answer"
    placed = {identity for found in by_key.values() for status, identity in found if status == 202}
    assert {str(pk) for pk in Order.objects.values_list("pk", flat=True)} == placed
    assert not Account.objects.filter(kind="wallet", balance__lt=0).exists()

    settle_everything()

    outcomes = Counter(Order.objects.values_list("status", flat=True))
    assert set(outcomes) == {"fulfilled", "failed"}
    assert_right()


def test_one_request_sent_five_hundred_times_is_one_order(web: Web, shelf: Shelf) -> None:
    body = {"product": shelf.product, "recipient": {"player_id": "51234000"}}

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(
            pool.map(
                lambda _: web.post("/api/orders/", body, shelf.keys[0], **{"Idempotency-Key": "the-same"}),
                range(500),
            )
        )

    assert {json.dumps(answer, sort_keys=True) for answer in answers} == {
        json.dumps(answers[0], sort_keys=True)
    }
    assert answers[0][0] == 202
    assert Order.objects.count() == 1


def test_parallel_accounting_of_brief_two(web: Web) -> None:
    """Credit is raised and charges are sold by many at once; the sellers' balances are what arithmetic says."""
    sellers = [ResellerFactory(funds=50, country="US") for _ in range(3)]
    product = ProductFactory(ranged=True, step=Decimal(1), minimum=Decimal(1))
    NumberPrefixFactory(brand=product.brand, prefix="1415")
    RecipientFieldFactory(brand=product.brand, key="phone", kind="msisdn", label="Phone")
    OfferFactory(product=product, provider=sandbox(), cost=None)
    finance = UserFactory(staff="finance")
    staff = f"Bearer {RefreshToken.for_user(finance).access_token}"
    keys = [f"Api-Key {key_for(seller)}" for seller in sellers]
    rng = random.Random(11)
    steps = [("credit", index, 5) for index in range(3) for _ in range(20)]
    steps += [("charge", index, 7) for index in range(3) for _ in range(30)]
    rng.shuffle(steps)
    sold, lock = Counter[int](), threading.Lock()

    def step(what: tuple[str, int, int]) -> int:
        kind, index, amount = what
        path = f"/api/sellers/{sellers[index].pk}/"
        if kind == "credit":
            return web.post(f"{path}increase_credit/", {"amount": amount}, staff)[0]
        body = {"phone_number": "+14155550000", "amount": amount}
        status, _answer = web.post(f"{path}sell_charge/", body, keys[index])
        with lock:
            sold[index] += status in (200, 202)
        return status

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = Counter(pool.map(step, steps))

    assert set(statuses) <= {200, 202, 400}
    settle_everything()
    for index, seller in enumerate(sellers):
        wallet = ledger.wallet_for(party=seller, currency="USD")
        assert wallet.balance == 50 + 20 * 5 - sold[index] * 7
        assert wallet.balance >= 0
    assert_right()


def test_a_web_server_killed_under_load_loses_no_order_it_acknowledged(web: Web, shelf: Shelf) -> None:
    acknowledged: list[str] = []
    broken: list[int] = []
    lock = threading.Lock()

    def place(number: int) -> None:
        body = {"product": shelf.product, "recipient": {"player_id": f"51{number:06}000"}}
        if number == 150:
            web.kill()
        try:
            status, answer = web.post(
                "/api/orders/", body, shelf.keys[number % RESELLERS], **{"Idempotency-Key": f"key-{number}"}
            )
        except (OSError, HTTPException, ValueError):
            with lock:
                broken.append(number)
            return
        assert status == 202
        with lock:
            acknowledged.append(answer["id"])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(place, range(300)))
    web.start()
    assert broken
    for number in broken:
        body = {"product": shelf.product, "recipient": {"player_id": f"51{number:06}000"}}
        key = shelf.keys[number % RESELLERS]
        assert web.post("/api/orders/", body, key, **{"Idempotency-Key": f"key-{number}"})[0] == 202

    placed = {str(pk) for pk in Order.objects.values_list("pk", flat=True)}
    assert set(acknowledged) <= placed
    assert len(placed) == 300
    settle_everything()
    assert_right()
    assert set(Order.objects.values_list("status", flat=True)) == {"fulfilled"}
