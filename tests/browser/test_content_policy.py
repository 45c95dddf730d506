"""The content security policy in a browser: pages do their work within it. The admin's own pages: test_pages."""

from collections.abc import Callable

import pytest

from tests.browser.product import Visitor
from tests.browser.walking import REFUSALS, walk

pytestmark = [pytest.mark.browser, pytest.mark.worker]


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_documentation_of_the_api_asks_for_no_more_than_its_policy_allows(
    visit: Callable[..., Visitor], path: str
) -> None:
    visitor = visit(None)
    visitor.page.add_init_script(REFUSALS)
    visitor.page.goto(path)
    visitor.page.wait_for_load_state("networkidle")

    assert visitor.page.evaluate("window.refusals") == []


def test_nor_do_the_pages_before_the_sign_in(visit: Callable[..., Visitor]) -> None:
    walked = walk(visit(None), "/admin/login/", "/admin/password-reset/", "/nothing-here/", below="/admin/")

    assert not walked.faults


def test_the_judge_sees_what_is_refused(visit: Callable[..., Visitor]) -> None:
    visitor = visit(None)
    visitor.page.add_init_script(REFUSALS)
    visitor.page.goto("/admin/login/")
    visitor.page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = '1'; document.body.append(one); }"
    )
    visitor.page.wait_for_function("window.refusals.length > 0")
