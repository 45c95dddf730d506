"""Each money rule attacked with raw SQL; and, as the control, the judge turns red where the guard is switched off."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from commerce.services.proof import prove
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """With one delivered order and one that is held."""
    shop = make_shop()
    shop.delivered()
    shop.order()
    # Foreign keys are checked at commit, and what waits for that would stand in the way of the attacks.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    return shop


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def refusal(sql: str) -> str:
    """The name of the constraint or the SQLSTATE that refused the statement."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        run(sql)
    cause = refused.value.__cause__
    return cause.diag.constraint_name or cause.sqlstate


@contextmanager
def guards_off(*constraints: tuple[str, str]) -> Iterator[None]:
    """As if somebody had removed the guards: no triggers, and these constraints dropped."""
    for table, name in constraints:
        run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    run("SET session_replication_role = replica")
    yield
    run("SET session_replication_role = DEFAULT")


def wrong() -> set[str]:
    return {check.name for check in prove().checks if check.count}


WALLET = "(SELECT id FROM commerce_account WHERE kind = 'wallet' AND NOT is_test)"
BANK = "(SELECT id FROM commerce_account WHERE kind = 'bank')"
FULFILLED = "(SELECT id FROM commerce_order WHERE status = 'fulfilled')"
HELD = "(SELECT id FROM commerce_order WHERE status = 'created')"
COPY = (
    "INSERT INTO commerce_order SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),"
    " 'order_number', 'TL-X', 'reference', ''))).* FROM commerce_order o WHERE reference = 'R-1'"
)
COLUMNS = (
    '("group", kind, debit_account_id, credit_account_id, amount, currency, external_reference, reason,'
    " actor_kind, actor_id, actor_label, created_at, order_id)"
)


def transfer(
    kind: str, debit: str, credit: str, amount: str, *, currency: str = "USD", order: str = "NULL"
) -> str:
    return (
        f"INSERT INTO commerce_transfer {COLUMNS} VALUES (gen_random_uuid(), '{kind}', {debit}, {credit}, {amount},"
        f" '{currency}', '', '', '', '', '', now(), {order})"
    )


ATTACKS = {
    "a balance is not written by hand": ("UPDATE commerce_account SET balance = 1000000", "TL002"),
    "held money is not written by hand": ("UPDATE commerce_account SET held = 0 WHERE held > 0", "TL002"),
    "an account is not born rich": (
        "INSERT INTO commerce_account"
        " (kind, code, currency, is_test, balance, held, credit_limit, created_at, reseller_id)"
        " SELECT 'wallet', '', 'EUR', false, 5, 0, 0, now(), id FROM commerce_reseller",
        "TL002",
    ),
    "a wallet does not change hands": (
        f"UPDATE commerce_account SET currency = 'EUR' WHERE id = {WALLET}",
        "TL001",
    ),
    "an account is not deleted": (f"DELETE FROM commerce_account WHERE id = {WALLET}", "TL001"),
    "a transfer is not changed": ("UPDATE commerce_transfer SET amount = amount + 1", "TL001"),
    "a transfer is not deleted": ("DELETE FROM commerce_transfer", "TL001"),
    "transfers are not truncated": ("TRUNCATE commerce_transfer CASCADE", "TL001"),
    "orders are not truncated": ("TRUNCATE commerce_order CASCADE", "TL001"),
    "a transfer has an amount above zero": (
        transfer("adjustment", BANK, WALLET, "0"),
        "commerce_transfer_amount",
    ),
    "a transfer is not negative": (transfer("adjustment", BANK, WALLET, "-1"), "commerce_transfer_amount"),
    "a transfer joins two accounts": (
        transfer("adjustment", BANK, BANK, "1"),
        "commerce_transfer_two_accounts",
    ),
    "a transfer stays in its currency": (transfer("adjustment", BANK, WALLET, "1", currency="EUR"), "TL003"),
    "a transfer needs accounts that exist": (transfer("adjustment", BANK, "999999", "1"), "TL003"),
    "a wallet does not go below its limit": (
        transfer("adjustment", WALLET, BANK, "1000"),
        "commerce_account_available",
    ),
    "a hold does not go below the limit": (
        f"WITH o AS ({COPY} RETURNING id) INSERT INTO commerce_hold"
        " (order_id, account_id, amount, currency, status, created_at)"
        f" SELECT id, {WALLET}, 1000, 'USD', 'open', now() FROM o",
        "commerce_account_available",
    ),
    "a credit limit is not negative": (
        f"UPDATE commerce_account SET credit_limit = -1 WHERE id = {WALLET}",
        "commerce_account_credit_limit",
    ),
    "a company account carries no balance": (
        f"UPDATE commerce_account SET credit_limit = 1 WHERE id = {BANK}",
        "commerce_account_company_is_summed",
    ),
    "an order is captured once": (
        transfer(
            "sale", WALLET, "(SELECT id FROM commerce_account WHERE kind = 'revenue')", "10", order=FULFILLED
        ),
        "commerce_transfer_once_per_order",
    ),
    "an order is not captured beyond its total": (
        transfer(
            "sale", WALLET, "(SELECT id FROM commerce_account WHERE kind = 'revenue')", "10.01", order=HELD
        ),
        "commerce_order_captured",
    ),
    "an order is not refunded beyond what it captured": (
        transfer(
            "refund_sale",
            "(SELECT id FROM commerce_account WHERE kind = 'revenue')",
            WALLET,
            "10.01",
            order=FULFILLED,
        ),
        "commerce_order_refunded",
    ),
    "an order's refund goes to its own wallet": (
        transfer(
            "refund_sale",
            "(SELECT id FROM commerce_account WHERE kind = 'revenue')",
            BANK,
            "1",
            order=FULFILLED,
        ),
        "TL003",
    ),
    "what an order captured is not written by hand": (
        "UPDATE commerce_order SET captured_amount = 5",
        "TL002",
    ),
    "what was priced stays": ("UPDATE commerce_order SET total = 1, price = 1", "TL001"),
    "an order is not deleted": ("DELETE FROM commerce_order", "TL001"),
    "a status follows the table": (
        f"UPDATE commerce_order SET status = 'created' WHERE id = {FULFILLED}",
        "TL004",
    ),
    "a payment status follows the table": (
        f"UPDATE commerce_order SET payment_status = 'held' WHERE id = {FULFILLED}",
        "TL004",
    ),
    "an unpaid order is not fulfilled": (
        f"UPDATE commerce_order SET status = 'processing' WHERE id = {HELD};"
        f" UPDATE commerce_order SET status = 'fulfilled' WHERE status = 'processing'",
        "commerce_order_fulfilled_is_paid",
    ),
    "a failed order keeps no money held": (
        f"UPDATE commerce_order SET status = 'failed' WHERE id = {HELD}",
        "commerce_order_failed_is_released",
    ),
    "a hold is settled once": (
        "UPDATE commerce_hold SET status = 'released' WHERE status = 'captured'",
        "TL004",
    ),
    "a hold keeps its amount": ("UPDATE commerce_hold SET amount = 1 WHERE status = 'open'", "TL001"),
    "a hold is not deleted": ("DELETE FROM commerce_hold", "TL001"),
    "an event is not changed": ("UPDATE core_event SET kind = 'nothing'", None),
    "a reference is a reseller's once": (
        COPY.replace("'reference', ''", "'reference', 'R-1'"),
        "commerce_order_reference_once",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda name: name.replace(" ", "-"))
def test_the_database_refuses(shop: Shop, attack: str) -> None:
    shop.order(reference="R-1")
    sql, expected = ATTACKS[attack]
    if HELD in sql:
        sql = sql.replace(HELD, "(SELECT id FROM commerce_order WHERE status = 'created' AND reference = '')")

    found = refusal(sql)

    assert expected is None or found == expected
    assert prove().right


CONTROLS = {
    "balance": f"UPDATE commerce_account SET balance = balance + 1 WHERE id = {WALLET}",
    "held": f"UPDATE commerce_account SET held = held + 1 WHERE id = {WALLET}",
    "limit": f"UPDATE commerce_account SET credit_limit = 0, held = 500 WHERE id = {WALLET}",
    "company_accounts": f"UPDATE commerce_account SET balance = 1 WHERE id = {BANK}",
    "transfers": "UPDATE commerce_transfer SET currency = 'EUR' WHERE kind = 'funding'",
    "chain": "UPDATE commerce_transfer SET debit_balance_after = debit_balance_after + 1 WHERE kind = 'sale'",
    "closed_months": (
        "INSERT INTO commerce_closedmonth (year, month, zone, figures, begins_at, ends_at, transfers, last_transfer,"
        " digest, open_items, reason, closed_by, closed_at, reopened_by, reopen_reason) VALUES (2020, 1, 'UTC', '[]',"
        " '2020-01-01', '2020-02-01', 1, 0, '', '{}', '', '', now(), '', '')"
    ),
    "order_amounts": "UPDATE commerce_order SET refunded_amount = 1 WHERE status = 'fulfilled'",
    "order_holds": "UPDATE commerce_hold SET status = 'released', settled_at = now() WHERE status = 'open'",
    "order_events": "DELETE FROM core_event WHERE kind = 'order.fulfilled'",
    "attempts": "UPDATE commerce_attempt SET status = 'unknown'",
    "payouts": (
        "INSERT INTO commerce_payment (id, refund_of_id, transaction_type, amount, currency, payment_method, gateway,"
        " payment_gateway_response, status, gateway_transaction_id, needs_decision, created_at, updated_at) VALUES"
        " ('01890000-0000-7000-8000-000000000000', '01890000-0000-7000-8000-000000000000', 'refund', 1, 'USD', '', '',"
        " '{}', 'completed', '', false, now(), now())"
    ),
    "documents": (
        "INSERT INTO commerce_documentseries (kind, year, last, last_at) VALUES ('invoice', 2026, 1, now())"
    ),
    "acknowledged": (
        "INSERT INTO core_idempotencykey (scope, key, request_hash, status_code, body, created_at) VALUES"
        " ('reseller:1', 'k', 'h', 202, jsonb_build_object('id', gen_random_uuid(), 'order_number', 'TL-0'), now())"
    ),
}
DROPPED = (
    ("commerce_account", "commerce_account_available"),
    ("commerce_account", "commerce_account_company_is_summed"),
)


@pytest.mark.parametrize("check", CONTROLS)
def test_with_the_guards_off_the_judge_turns_red(shop: Shop, check: str) -> None:
    assert not wrong()

    with guards_off(*DROPPED):
        run(CONTROLS[check])

        assert check in wrong()


def test_every_check_of_the_judge_has_a_control() -> None:
    assert set(CONTROLS) == {check.name for check in prove().checks}
