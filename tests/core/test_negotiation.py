"""The short way to a renderer gives what REST framework's own way gives."""

from typing import Any

import pytest
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.negotiation import PlainNegotiation
from core.api.renderers import FastJSONRenderer

RENDERERS = [[FastJSONRenderer], [OpenApiJsonRenderer, OpenApiYamlRenderer], [OpenApiYamlRenderer]]
ACCEPTED = [
    None,
    "",
    "*/*",
    "application/json",
    "application/json; indent=8",
    "application/*",
    "text/html,application/xhtml+xml,*/*;q=0.8",
    "application/vnd.oai.openapi",
    "text/html",
    "nonsense",
]


def chosen(way: BaseContentNegotiation, classes: list[Any], accepted: str | None) -> Any:
    headers = {} if accepted is None else {"HTTP_ACCEPT": accepted}
    request = Request(APIRequestFactory().get("/api/orders/", **headers))
    try:
        renderer, media_type = way.select_renderer(request, [one() for one in classes], None)
    except NotAcceptable:
        return NotAcceptable
    return type(renderer), media_type


@pytest.mark.parametrize("accepted", ACCEPTED)
@pytest.mark.parametrize("classes", RENDERERS)
def test_the_short_way_chooses_the_same(classes: list[Any], accepted: str | None) -> None:
    usual = chosen(DefaultContentNegotiation(), classes, accepted)
    assert chosen(PlainNegotiation(), classes, accepted) == usual
