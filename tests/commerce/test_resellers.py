"""Opening, changing and closing resellers."""

from decimal import Decimal
from typing import Any

import pytest

from commerce.models import Account, Membership, Reseller
from commerce.services import ledger, resellers
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories import UserFactory
from tests.factories_parties import MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db


def opened(**values: Any) -> Reseller:
    return resellers.open_reseller(
        values={"business_name": "Nova", "email": "a@nova.example", "country": "us", **values}
    )


def events(reseller: Reseller) -> list[str]:
    found = Event.objects.filter(subject_kind="commerce.reseller", subject_id=str(reseller.pk))
    return list(found.order_by("id").values_list("kind", flat=True))


def test_opening_gives_a_live_and_a_test_wallet() -> None:
    reseller = opened()
    assert reseller.status == Reseller.Status.PENDING
    wallets = reseller.accounts.order_by("is_test").values_list("kind", "currency", "is_test", "balance")
    assert list(wallets) == [(Account.Kind.WALLET, "USD", False, 0), (Account.Kind.WALLET, "USD", True, 0)]
    assert events(reseller) == ["reseller.opened"]


def test_details_are_kept_tidy() -> None:
    reseller = opened(email=" Office@Nova.Example ", phone="(415) 555-2671")
    assert (reseller.email, reseller.phone, reseller.country) == ("office@nova.example", "+14155552671", "US")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "A@NOVA.example"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "٠١٢٣٤٥٦٧٨٩"}, "phone"),
        ({"business_name": ""}, "business_name"),
        ({"business_name": "x" * 201}, "business_name"),
        ({"business_name": "nul\x00"}, "business_name"),
        ({"commission_rate": Decimal("100.01")}, "commission_rate"),
        ({"commission_rate": Decimal("-1")}, "commission_rate"),
        ({"currency": "XXX"}, "currency"),
        ({"status": "active"}, "status"),
        ({"current_balance": 5}, "current_balance"),
    ],
)
def test_bad_details_are_refused_by_field(values: dict[str, Any], field: str) -> None:
    opened()
    with pytest.raises(InvalidInput) as refused:
        opened(**{"email": "b@nova.example", **values})
    assert field in refused.value.errors
    assert Reseller.objects.count() == 1


def test_changing_names_what_changed_and_keeps_the_currency() -> None:
    reseller = resellers.change_reseller(
        reseller=opened(), values={"city": "Oakland", "business_name": "Nova"}
    )
    assert reseller.city == "Oakland"
    assert Event.objects.get(kind="reseller.changed").data == {"fields": ["city"]}
    with pytest.raises(InvalidInput) as refused:
        resellers.change_reseller(reseller=reseller, values={"currency": "EUR"})
    assert refused.value.code == "currency_fixed"


def test_status_moves_with_a_reason_only() -> None:
    reseller = opened()
    with pytest.raises(InvalidInput, match="why"):
        resellers.suspend(reseller=reseller, reason="  ")
    reseller = resellers.reactivate(reseller=reseller, reason="Papers checked")
    reseller = resellers.suspend(reseller=reseller, reason="Chargebacks")
    assert (reseller.status, reseller.status_reason) == (Reseller.Status.SUSPENDED, "Chargebacks")
    assert reseller.history.first().history_change_reason == "Chargebacks"
    assert events(reseller) == ["reseller.opened", "reseller.activated", "reseller.suspended"]


def test_closing_ends_keys_and_keeps_money_and_history() -> None:
    reseller = ResellerFactory(funds=50)
    key_for(reseller)
    reseller = resellers.close(reseller=reseller, reason="Left")
    assert reseller.api_keys.filter(revoked_at=None).count() == 0
    assert ledger.wallet_for(party=reseller, currency="USD").balance == 50
    with pytest.raises(Conflict):
        resellers.reactivate(reseller=reseller, reason="Came back")
    with pytest.raises(Conflict):
        resellers.change_reseller(reseller=reseller, values={"city": "Rome"})


def test_a_user_acts_for_one_reseller_and_staff_for_none() -> None:
    member = MembershipFactory()
    with pytest.raises(InvalidInput):
        resellers.add_member(reseller=ResellerFactory(), user=member.user)
    with pytest.raises(InvalidInput, match="Staff"):
        resellers.add_member(reseller=ResellerFactory(), user=UserFactory(staff="admin"))
    added = resellers.add_member(reseller=ResellerFactory(), user=UserFactory(), role=Membership.Role.VIEWER)
    assert added.role == "viewer"


def test_wallet_figures_come_by_one_join(django_assert_num_queries: Any) -> None:
    ResellerFactory.create_batch(2, funds=20)
    with django_assert_num_queries(1):
        found = list(Reseller.objects.with_wallet())
    assert [row.wallet_available for row in found] == [20, 20]  # type: ignore[attr-defined]
