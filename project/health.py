"""`/health/`: whether this process can answer, for load balancers and people."""

import dataclasses
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from health_check.base import HealthCheck
from health_check.checks import Cache, Database
from health_check.exceptions import ServiceUnavailable
from health_check.views import HealthCheckView
from redis.backoff import NoBackoff
from redis.retry import Retry


@dataclasses.dataclass
class Broker(HealthCheck):
    """The queue of background work."""

    def run(self) -> None:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            client.ping()
        except (redis.RedisError, OSError) as error:
            raise ServiceUnavailable("no answer") from error
        finally:
            client.close()


class HealthView(HealthCheckView):
    """JSON for everybody, without a word about the inside. Without the database nothing works (503); without cache or
    queue everything does, only later, so that is `degraded` and stays in service (200)."""

    checks = (Database, Cache, Broker)

    async def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> JsonResponse:
        with self.get_executor() as executor:
            results = [await check.get_result(executor) for check in self.get_checks()]
        checks = {
            type(result.check).__name__.lower(): "failed" if result.error else "ok" for result in results
        }
        down = checks["database"] != "ok"
        status = "down" if down else "degraded" if "failed" in checks.values() else "ok"
        return JsonResponse({"status": status, "checks": checks}, status=503 if down else 200)
