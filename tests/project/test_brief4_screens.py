"""Each screen, list, filter, figure and action of brief 4 is opened and used, as `brief4_screens` lists them."""

from typing import Any

import pytest

from analytics.services import rollups

pytest.register_assert_rewrite("tests.project.screens")

from tests.project.brief4_screens import ROWS, Row  # noqa: E402
from tests.project.screens import access, dashboard, money, orders, parties, people, settings  # noqa: E402, F401
from tests.project.screens.desk import SHOWN, Desk  # noqa: E402

HERE = [row for row in ROWS.values() if row.at]


@pytest.fixture(scope="module")
def business(demo_business: None, django_db_blocker: Any) -> None:
    """The demo business with its days summed up, as every night leaves it."""
    with django_db_blocker.unblock():
        rollups.refresh()


@pytest.fixture(scope="module")
def went() -> dict[Any, set[str]]:
    """By what was done, the addresses that it went through: some rows are shown by one way through several."""
    return {}


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.name)
def test_it_is_there_and_works(row: Row, business: None, db: None, went: dict[Any, set[str]]) -> None:
    use = SHOWN[row.name]
    if use not in went:
        desk = Desk()
        use(desk)
        went[use] = desk.opened
    assert row.at in went[use], f"{row.at} was not opened, but {sorted(went[use])}"


def test_every_row_is_shown_by_one_test_or_says_what_brings_it() -> None:
    assert set(SHOWN) == {row.name for row in HERE}
    for row in ROWS.values():
        assert row.at or row.instead.startswith(("issue 4:", "issue 5:")), row
