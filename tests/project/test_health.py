"""/health/ and /metrics: what they tell, and to whom."""

from unittest import mock

import pytest
from django.conf import LazySettings
from django.test import Client
from health_check.exceptions import ServiceUnavailable

from core.models import User

pytestmark = pytest.mark.django_db


def test_a_healthy_process_says_so_to_anybody(client: Client) -> None:
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": {"database": "ok", "cache": "ok", "broker": "ok"}}
    assert "no-store" in response["Cache-Control"]


def test_without_the_database_the_process_is_out_of_service(client: Client) -> None:
    with mock.patch(
        "project.health.Database.run", side_effect=ServiceUnavailable("password authentication failed")
    ):
        response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["status"] == "down"
    assert b"password" not in response.content


@pytest.mark.parametrize("check", ["Cache", "Broker"])
def test_without_cache_or_queue_it_stays_in_service(client: Client, check: str) -> None:
    with mock.patch(f"project.health.{check}.run", side_effect=ServiceUnavailable("no answer")):
        response = client.get("/health/")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"][check.lower()] == "failed"


def test_metrics_are_refused_to_strangers(client: Client, settings: LazySettings) -> None:
    assert client.get("/metrics").status_code == 401
    settings.METRICS_TOKEN = "for prometheus"
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_metrics_count_by_view_and_never_by_path(client: Client, settings: LazySettings) -> None:
    settings.METRICS_TOKEN = "for prometheus"
    client.get("/health/")
    client.get("/made-up-by-a-caller/")
    response = client.get("/metrics", headers={"Authorization": "Bearer for prometheus"})
    assert response.status_code == 200
    text = response.content.decode()
    assert 'topline_requests_total{method="GET",status="200",view="health/"}' in text
    assert "made-up-by-a-caller" not in text


def test_metrics_are_open_to_staff(client: Client) -> None:
    client.force_login(User.objects.create_user("auditor", "a@example.com", is_staff=True))
    assert client.get("/metrics").status_code == 200
