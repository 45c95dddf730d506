"""A cache that may be gone: a miss, never an error page."""

import logging
import time
from typing import Any, ClassVar

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
DOWN = (redis.RedisError, OSError)
# Seconds for which a server that failed is not asked again.
REST = 1.0


class ForgivingClient(RedisCacheClient):
    """Asks a dead server once, not for the four seconds its library would try again. Keeps what Django makes anew for
    each of a page's dozen reads: making the library's client costs more than asking it, and threads may share one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[int, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if id(pool) not in self._kept:
            self._kept[id(pool)] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return self._kept[id(pool)]

    def _get_connection_pool(self, write: bool) -> Any:
        pool = super()._get_connection_pool(write)  # type: ignore[misc]
        pool.connection_kwargs.setdefault("retry", Retry(NoBackoff(), 0))
        return pool


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, where a server that does not answer is an empty cache."""

    down_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def _try(self, name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
        cls = ForgivingRedisCache
        if time.monotonic() < cls.down_until:
            return default
        try:
            return getattr(super(), name)(*args, **kwargs)
        except DOWN as error:
            # A server that hangs would cost each of a page's dozen reads its time-out.
            cls.down_until = time.monotonic() + REST
            log.warning("cache does not answer", extra={"operation": name, "error": type(error).__name__})
            return default

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._try("get", default, key, default, version)

    def set(self, key: str, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        self._try("set", None, key, value, timeout, version)

    def add(self, key: str, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        return bool(self._try("add", True, key, value, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._try("delete", False, key, version))

    def touch(self, key: str, timeout: Any = 300, version: int | None = None) -> bool:
        return bool(self._try("touch", False, key, timeout, version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return self._try("get_many", {}, keys, version) or {}

    def set_many(self, data: Any, timeout: Any = 300, version: int | None = None) -> list[str]:
        return self._try("set_many", [], data, timeout, version) or []

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._try("delete_many", None, keys, version)

    def has_key(self, key: str, version: int | None = None) -> bool:
        return bool(self._try("has_key", False, key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._try("incr", delta, key, delta, version) or 0)
