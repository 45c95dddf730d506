"""One product and one browser a module."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

from tests.browser.product import Product, Visitor, chromium_path
from tests.databases import copied_database, database_url
from tests.servers import environment

ORDERS = 400


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    # Playwright runs a loop in this thread, which Django takes for a mistake of ours.
    with mock.patch.dict("os.environ", DJANGO_ALLOW_ASYNC_UNSAFE="1"), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def product(
    browser: Browser, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    folder: Path = tmp_path_factory.mktemp("product")
    own = f"{connection.settings_dict['NAME']}_browser"
    with django_db_blocker.unblock(), copied_database(own):
        started = Product(folder, environment(database_url()), ORDERS)
        try:
            yield started
        finally:
            started.stop()


@pytest.fixture
def visit(browser: Browser, product: Product) -> Iterator[Callable[..., Visitor]]:
    """`visit("support")` is a person of that role, signed in; each has a browser of their own."""
    visitors: list[Visitor] = []

    def enter(role: str | None, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, product, **options))
        return visitors[-1].sign_in(role) if role else visitors[-1]

    yield enter
    for visitor in visitors:
        visitor.context.close()
