import threading

import pytest
from django.db import connection
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from core.api.idempotency import once
from core.events import record
from core.exceptions import Conflict
from core.models import Event, IdempotencyKey

RUNS: list[int] = []


class Work(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list = []

    def post(self, request):
        request.data  # noqa: B018 - read first, as every view does

        def work():
            RUNS.append(1)
            record("test.worked", subject=("test.thing", "1"))
            if request.data.get("fail"):
                raise Conflict("busy", "Not now.")
            return Response({"run": len(RUNS)}, status=201)

        return once(request, "test:1", work)


urlpatterns = [path("api/jobs/", Work.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _counted():
    RUNS.clear()


def ask(key="k1", body=None, client=None):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key is not None else {}
    return (client or APIClient()).post("/api/jobs/", body or {"a": 1}, format="json", **headers)


def test_the_same_request_again_gets_the_first_answer_and_has_no_effect():
    first, second = ask(), ask()
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"run": 1}
    assert second["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert Event.objects.filter(kind="test.worked").count() == 1


def test_another_body_under_the_same_key_is_refused():
    ask()
    refused = ask(body={"a": 2})
    assert refused.status_code == 422 and refused.json()["code"] == "idempotency_mismatch"
    assert len(RUNS) == 1


def test_a_refusal_keeps_no_key_so_it_can_be_tried_again():
    assert ask(body={"fail": True}).status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert not Event.objects.filter(kind="test.worked").exists()
    assert ask(body={"fail": True}).status_code == 409
    assert len(RUNS) == 2


def test_while_the_first_still_runs_the_second_is_told_to_wait():
    ask()
    IdempotencyKey.objects.update(status_code=None, body=None)
    running = ask()
    assert running.status_code == 409 and running.json()["code"] == "request_running"


def test_without_a_key_every_request_counts():
    assert [ask(key=None).json()["run"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("key", ["x" * 256, "é", "a\tb", "\x7f"])
def test_a_key_is_printable_ascii_of_a_decent_length(key):
    refused = ask(key=key)
    assert refused.status_code == 400 and refused.json()["code"] == "invalid_idempotency_key"
    assert RUNS == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect_and_one_answer():
    answers = []

    def go():
        try:
            answers.append(ask(key="race"))
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(RUNS) == 1
