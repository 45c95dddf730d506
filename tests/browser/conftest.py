"""One browser a module; the product is everybody's."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.product import Product, Visitor, chromium_path

# Of a loaded machine: what is there at once is seen at once.
expect.set_options(timeout=60_000)


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
def product(browser: Browser, product: Product) -> Product:
    """The one product, started only where there is a browser."""
    return product


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
