"""The tables of allowed steps, in code and in the database, are the same tables."""

import re
from itertools import product

import pytest

from commerce import sql, transitions
from commerce.models import Delivery, Order
from core.exceptions import Conflict


def pairs(table: transitions.Table) -> set[tuple[str, str]]:
    return {(str(before), str(after)) for before, afters in table.items() for after in afters}


def guarded() -> set[tuple[str, str]]:
    """Every ('before', 'after') pair of the database's guard."""
    return set(re.findall(r"\('(\w+)', '(\w+)'\)", sql.read("guards"))) - {("wallet", "bonus")}


def test_the_database_allows_what_the_code_allows_and_nothing_else() -> None:
    assert guarded() == pairs(transitions.ORDER) | pairs(transitions.PAYMENT)


@pytest.mark.parametrize(
    ("table", "statuses"),
    [
        (transitions.ORDER, Order.Status),
        (transitions.PAYMENT, Order.PaymentStatus),
        (transitions.DELIVERY, Delivery.Status),
    ],
    ids=["order", "payment", "delivery"],
)
def test_every_step_is_allowed_or_refused_with_what_is_possible(table, statuses) -> None:  # type: ignore[no-untyped-def]
    assert set(table) == set(statuses)
    for before, after in product(statuses.values, repeat=2):
        if (before, after) in pairs(table):
            transitions.require(table, before, after)
            continue
        with pytest.raises(Conflict) as refused:
            transitions.require(table, before, after)
        assert refused.value.code == "invalid_transition"
