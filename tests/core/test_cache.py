import time

import pytest
import redis
from django.core.cache import cache
from django.test import Client

from core.cache import ForgivingRedisCache
from tests.factories import UserFactory


@pytest.fixture
def broken(monkeypatch):
    calls = []

    def fail(*_args, **_kwargs):
        calls.append(1)
        raise redis.ConnectionError

    monkeypatch.setattr(type(cache._cache), "get_client", fail)
    return calls


def test_values_are_kept_and_counted():
    cache.set("a", {"b": 1}, 10)
    assert cache.get("a") == {"b": 1}
    cache.add("n", 0, 10)
    assert [cache.incr("n", 5), cache.incr("n")] == [5, 6]
    assert cache.get_many(["a", "missing"]) == {"a": {"b": 1}}
    cache.delete("a")
    assert cache.get("a", "gone") == "gone"


def test_reads_share_one_client(monkeypatch):
    made = []
    monkeypatch.setattr(cache._cache, "_kept", {})
    monkeypatch.setattr(cache._cache, "_client", lambda **kwargs: made.append(1) or redis.Redis(**kwargs))
    cache.set("a", 1, 10)
    assert [cache.get("a"), cache.get_many(["a"])] == [1, {"a": 1}]
    assert len(made) == 1


def test_a_server_that_is_gone_is_an_empty_cache(broken):
    assert cache.get("a", "default") == "default"
    cache.set("a", 1)
    assert cache.add("a", 1) is True
    assert cache.incr("a", 3) == 3
    assert cache.get_many(["a"]) == {} and cache.has_key("a") is False


def test_it_is_not_asked_again_for_a_moment_and_then_it_is(broken):
    for _read in range(10):
        cache.get("a")
    assert len(broken) == 1
    ForgivingRedisCache.down_until = time.monotonic()
    cache.get("a")
    assert len(broken) == 2


@pytest.mark.django_db
def test_people_stay_signed_in_without_a_cache(broken):
    client = Client()
    user = UserFactory()
    client.force_login(user)
    assert client.get("/api/auth/user/").json()["id"] == user.pk
