"""A real worker, killed with orders in its hands: every order ends right, and none is delivered twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from commerce.models import Order, Provider, SandboxDelivery
from commerce.services import proof
from project.settings.data import broker_url
from tests.factories_fulfilment import buyer, place, player_product, sandbox, unleased

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
PATIENCE = 40


class Workers:
    """Starts workers on the test's database, and ends those it started."""

    def __init__(self) -> None:
        database = connection.settings_dict
        self.broker = broker_url(
            int(settings.CACHES["default"]["LOCATION"].rpartition("=")[2].rpartition("/")[2])
        )
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DATABASE_URL": _url(database),
            "REDIS_URL": self.broker.replace("redis+socket://", "unix://").partition("?")[0],
            "CELERY_BROKER_URL": self.broker,
        }
        # Not the current one: the tests after this one find the product's there.
        self.app = Celery(broker=self.broker, set_as_current=False)
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "project.celery", "-b", self.broker, "worker"]
        options = ["--concurrency=2", "--loglevel=ERROR", "--without-gossip", "--without-mingle"]
        worker = subprocess.Popen([*command, *options], env=self.environment, start_new_session=True)
        self.running.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """The worker and its children at once, with no word of warning."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

    def send(self, task: str) -> None:
        self.app.send_task(task, ignore_result=True)


@pytest.fixture
def workers() -> Iterator[Workers]:
    started = Workers()
    yield started
    for worker in started.running:
        if worker.poll() is None:
            started.kill(worker)
    with started.app.connection_for_write() as link:
        link.default_channel.queue_purge("celery")


def _url(database: dict) -> str:
    user, password = quote(database["USER"] or "postgres"), quote(database["PASSWORD"] or "")
    host, port = database["HOST"] or "", database["PORT"] or ""
    name = database["NAME"]
    if host.startswith("/") or not host:
        folder = host or database["OPTIONS"].get("host", "")
        return f"postgresql://{user}:{password}@/{name}?host={folder}"
    return f"postgresql://{user}:{password}@{host}:{port or 5432}/{name}"


def _until(true: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it took too long"
        meanwhile()
        time.sleep(0.3)


def test_a_worker_killed_mid_delivery_delivers_nothing_twice(workers):
    # Each delivery is in the provider's books at once, and answered long after.
    provider = sandbox(latency_ms=15_000)
    product, who = player_product(offers=[provider]), buyer()
    orders = [place(ending, product=product, by=who) for ending in ("000", "101", "000", "202", "000")]
    first = workers.start()
    workers.send("commerce.dispatch")
    _until(lambda: SandboxDelivery.objects.exists())
    workers.kill(first)
    assert not Order.objects.filter(status__in=Order.FINAL_STATUSES).exists()

    Provider.objects.filter(pk=provider.pk).update(options={"latency_ms": 0, "silent_seconds": 0})
    for order in orders:
        unleased(order)
    workers.start()
    _until(
        lambda: not Order.objects.exclude(status__in=Order.FINAL_STATUSES).exists(),
        lambda: workers.send("commerce.sweep"),
    )

    wanted = {"000": "fulfilled", "101": "failed", "202": "fulfilled"}
    for order in Order.objects.all():
        assert order.status == wanted[order.recipient_key[-3:]]
        assert SandboxDelivery.objects.filter(recipient=order.recipient_key).exists()
    assert SandboxDelivery.objects.count() == len(orders)
    assert set(SandboxDelivery.objects.values_list("submissions", flat=True)) == {1}
    assert proof.prove().right
