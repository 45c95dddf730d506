"""Where what happens now comes from: said by the request, the task or the import we are in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from celery import current_task

from core.models.origins import Source
from core.request_context import client_ip, request_id, request_path

API = "/api/"
_said: ContextVar[Source | None] = ContextVar("origin_said", default=None)


@dataclass(frozen=True, slots=True)
class Origin:
    source: Source
    address: str | None
    request_id: str


def current_origin() -> Origin:
    """By the request's path where there is a request; what is neither request nor task is a command."""
    return Origin(_said.get() or _source(), client_ip(), request_id())


def _source() -> Source:
    if path := request_path():
        return Source.API if path.startswith(API) else Source.ADMIN
    return Source.TASK if current_task else Source.COMMAND


@contextmanager
def coming_from(source: Source) -> Iterator[None]:
    """Inside the block what is changed comes from there, whoever runs it: a worker that imports a file imports."""
    token = _said.set(source)
    try:
        yield
    finally:
        _said.reset(token)
