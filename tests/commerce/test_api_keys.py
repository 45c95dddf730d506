"""Keys: issued once, rotated with overlap, revoked for good."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.models import ApiKey
from commerce.services import api_keys, buyers, ledger
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_parties import ResellerFactory, key_for

pytestmark = pytest.mark.django_db


def works(secret: str, address: str = "203.0.113.7") -> bool:
    return buyers.buyer_by_key(secret, address=address) is not None


def test_a_key_is_kept_as_a_digest_only() -> None:
    key, secret = api_keys.issue(reseller=ResellerFactory(), name="Shop")
    assert secret.startswith("tl_live_")
    assert len(secret) >= len("tl_live_") + 32
    assert key.digest == buyers.digest(secret)
    assert (key.prefix, key.last_four) == (secret[:12], secret[-4:])
    kept = str(ApiKey.objects.filter(pk=key.pk).values().get()) + str(
        list(Event.objects.values_list("data", flat=True))
    )
    assert secret not in kept
    assert works(secret)


def test_the_first_test_key_brings_play_money_once() -> None:
    reseller = ResellerFactory()
    assert key_for(reseller, mode=ApiKey.Mode.TEST).startswith("tl_test_")
    key_for(reseller, mode=ApiKey.Mode.TEST)
    assert ledger.wallet_for(party=reseller, currency="USD", is_test=True).balance == api_keys.PLAY_MONEY
    assert ledger.wallet_for(party=reseller, currency="USD").balance == 0


def test_addresses_are_checked() -> None:
    secret = key_for(ResellerFactory(), allowed_ips=["203.0.113.0/24", "2001:db8::1"])
    assert works(secret)
    assert works(secret, "2001:db8::1")
    assert not works(secret, "198.51.100.1")
    with pytest.raises(InvalidInput) as refused:
        key_for(ResellerFactory(), allowed_ips=["203.0.113.300"])
    assert "allowed_ips" in refused.value.errors


def test_rotation_overlaps() -> None:
    key, old = api_keys.issue(reseller=ResellerFactory(), name="Shop", scopes=["read"])
    fresh, new = api_keys.rotate(key=key, overlap=timedelta(hours=1))
    assert works(old)
    assert works(new)
    key.refresh_from_db()
    assert (key.rotated_to, fresh.scopes) == (fresh, ["read"])
    with pytest.raises(Conflict):
        api_keys.rotate(key=key)
    _key, second = api_keys.rotate(key=fresh, overlap=timedelta(0))
    assert not works(new)
    assert works(second)


def test_a_revoked_key_is_dead() -> None:
    key, secret = api_keys.issue(reseller=ResellerFactory(), name="Shop")
    with pytest.raises(InvalidInput):
        api_keys.revoke(key=key, reason="")
    api_keys.revoke(key=key, reason="Leaked")
    assert not works(secret)
    with pytest.raises(Conflict):
        api_keys.revoke(key=key, reason="Again")
    with pytest.raises(Conflict):
        api_keys.rotate(key=key)


def test_bad_wishes_are_refused() -> None:
    reseller = ResellerFactory()
    for wishes, field in [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            api_keys.issue(reseller=reseller, name="Shop", **wishes)  # type: ignore[arg-type]
        assert field in refused.value.errors
    with pytest.raises(InvalidInput):
        api_keys.issue(reseller=reseller, name=" ")
