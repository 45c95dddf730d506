"""What all tests share."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation

from core import site_settings
from core.api import throttles
from core.site_settings import SettingsPage
from tests.databases import connected_to, copied_database, database_url, restore
from tests.mailbox import mailbox
from tests.product import Product
from tests.scheduling import WholeFiles, longest_first
from tests.servers import environment
from tests.streams import assert_no_transaction_is_left, close_unread, watched

DEMO_ORDERS = 300
PRODUCT_ORDERS = 400
# Hypothesis takes this profile by itself where CI is set: the same examples everywhere, so that green here is green
# there.
hypothesis.settings.load_profile("ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    longest_first(items, config.rootpath)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    config.option.loadscopereorder = False
    return WholeFiles(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Before any fixture ends; those of a module are the last."""
    close_unread()
    yield
    if nextitem is None or nextitem.path != item.path:
        assert_no_transaction_is_left()


@pytest.fixture(scope="session", autouse=True)
def streams_end_with_their_test() -> Iterator[None]:
    with watched():
        yield


@pytest.fixture(scope="session", autouse=True)
def tables_are_restored_after_tests_that_commit() -> Iterator[None]:
    """Instead of Django's flush, which truncates every table and then makes rights and roles anew."""
    with mock.patch.object(TransactionTestCase, "_fixture_teardown", lambda _test: restore()):
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """pytest-django's, by a copy instead of a migration; --reuse-db keeps it, --create-db makes it anew."""
    name = f"{settings.DATABASES['default']['TEST']['NAME']}_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    keep = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
    with django_db_blocker.unblock(), copied_database(name, keep=keep), connected_to(name):
        yield


@pytest.fixture(autouse=True)
def usual_language() -> None:
    """A page in somebody's language leaves it to the thread, and the tests share one."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest) -> None:
    """Counters of one test (tries to sign in, throttles) are none of the next one's business, nor its settings."""
    cache.clear()
    site_settings.forget()
    has_database = {"db", "transactional_db", "django_db_setup", "demo_business", "product"}
    if not request.node.get_closest_marker("django_db") and not has_database & set(request.fixturenames):
        # As if they had just been read: nothing was saved.
        site_settings._rows[:] = [(time.monotonic() + 3600, {})]


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttles count by the minute, and a test that begins in one may end in the next."""
    now = time.time()
    monkeypatch.setattr(throttles, "time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def in_force() -> Callable[..., None]:
    """`in_force(ApiPage, rate_address=2)`: values of a settings page for this test, whatever was saved or fixed."""

    def put(page: type[SettingsPage[Any]], **values: Any) -> None:
        found = replace(site_settings.load(page), **values)
        site_settings._kept[page.key] = (time.monotonic() + 3600, found)

    return put


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a server or worker that a test starts: the test's own database, queue and cache."""
    return environment(database_url())


@pytest.fixture(scope="session")
def product(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """The whole product, running on a database of its own; once for all tests that use it."""
    name = f"{connection.settings_dict['NAME']}_product"
    with django_db_blocker.unblock(), copied_database(name), mailbox() as mails:
        folder, told = tmp_path_factory.mktemp("product"), environment(database_url(name))
        started = Product(folder, told, PRODUCT_ORDERS, mails)
        try:
            yield started
        finally:
            started.stop()


@pytest.fixture(scope="module")
def demo_business(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo business for all tests of a module; each test's changes are undone, and at the end the whole of it."""
    from commerce.services import demo

    with django_db_blocker.unblock(), transaction.atomic():
        demo.seed(orders=DEMO_ORDERS, resellers=5)
        yield
        transaction.set_rollback(True)
