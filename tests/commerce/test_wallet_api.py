from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.models import ApiKey, Reseller
from commerce.services import ledger, statement_papers
from commerce.services.statement_papers import Period
from tests.factories import UserFactory
from tests.factories_documents import dated
from tests.factories_parties import CustomerFactory, MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db


def by_key(reseller: Reseller, **options: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(reseller, **options)}")
    return client


def by_user(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_wallet_is_strings_with_a_currency() -> None:
    reseller = ResellerFactory(funds=500)
    wallet = ledger.wallet_for(party=reseller, currency="USD")
    ledger.set_credit_limit(account=wallet, limit=Decimal(100), reason="Trusted")
    answer = by_key(reseller).get("/api/wallet/").json()
    assert answer.pop("as_of").endswith("Z")
    assert answer == {
        "currency": "USD", "balance": "500.00", "held": "0.00", "credit_limit": "100.00", "available": "600.00"
    }  # fmt: skip


def test_each_sees_its_own_wallet() -> None:
    reseller = ResellerFactory(funds=5)
    assert by_key(reseller, mode=ApiKey.Mode.TEST).get("/api/wallet/").json()["balance"] == "10000.00"
    assert by_user(MembershipFactory(reseller=reseller).user).get("/api/wallet/").json()["balance"] == "5.00"
    assert by_user(CustomerFactory().user).get("/api/wallet/").json()["balance"] == "0.00"
    assert by_user(UserFactory(staff="finance")).get("/api/wallet/").status_code == 403
    assert APIClient().get("/api/wallet/").status_code == 401


def test_a_statement_opens_moves_and_closes() -> None:
    reseller = ResellerFactory(funds=500)
    wallet = ledger.wallet_for(party=reseller, currency="USD")
    ledger.adjust(account=wallet, amount=Decimal("-20.50"), reason="Bank fee")
    client = by_key(reseller)
    answer = client.get("/api/wallet/statement/").json()
    assert (answer["opening"], answer["closing"], answer["currency"]) == ("0.00", "479.50", "USD")
    moved = [(m["kind"], m["amount"], m["balance_after"]) for m in answer["movements"]]
    assert moved == [("funding", "500.00", "500.00"), ("adjustment", "-20.50", "479.50")]
    between = client.get("/api/wallet/statement/", {"from": answer["movements"][1]["created_at"]}).json()
    assert between["closing"] == "479.50"
    later = client.get("/api/wallet/statement/", {"from": "2999-01-01", "to": "2999-01-31"}).json()
    assert (later["opening"], later["movements"], later["closing"]) == ("479.50", [], "479.50")
    earlier = client.get("/api/wallet/statement/", {"from": "2001-01-01", "to": "2001-01-31"}).json()
    assert (earlier["opening"], earlier["closing"], earlier["to"]) == (
        "0.00",
        "0.00",
        "2001-02-01T00:00:00.000Z",
    )


def test_neighbours_agree_where_movements_were_numbered_out_of_order_at_midnight() -> None:
    """The earlier id has the later time: cut by time alone, the first would close where the next does not open."""
    reseller = ResellerFactory()
    wallet = ledger.wallet_for(party=reseller, currency="USD")
    midnight = datetime(2026, 10, 1, tzinfo=UTC)
    for number, shift in enumerate((1, -1), 1):
        moved = ledger.fund(account=wallet, amount=Decimal(5), reason="In", external_reference=str(number))
        dated(midnight + timedelta(milliseconds=shift), transfer=moved)
    client = by_key(reseller)
    months = [("2026-08-01", "2026-08-31"), ("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31")]
    found = [
        client.get("/api/wallet/statement/", {"from": first, "to": last}).json() for first, last in months
    ]
    assert [(one["opening"], len(one["movements"]), one["closing"]) for one in found] == [
        ("0.00", 0, "0.00"), ("0.00", 2, "10.00"), ("10.00", 0, "10.00")
    ]  # fmt: skip
    period = Period(midnight - timedelta(days=30), midnight, "UTC")
    paper = statement_papers.issue(account=wallet, period=period)
    assert (paper.opening, paper.amount) == (Decimal(found[1]["opening"]), Decimal(found[1]["closing"]))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2025-13-01"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2025-02-01", "to": "2025-01-01"}, "to"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "0001-01-05"}, "to"),
        ({"to": "0001-01-05", "format": "csv"}, "to"),
        ({"from": "1899-12-31", "format": "xlsx"}, "from"),
    ],
)
def test_a_bad_period_is_refused_by_field(query: dict[str, str], field: str) -> None:
    answer = by_key(ResellerFactory()).get("/api/wallet/statement/", query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
