"""Which renderer answers. Nearly every caller takes anything or JSON: then nothing has to be weighed."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

ANYTHING = "*/*"


class PlainNegotiation(DefaultContentNegotiation):
    """REST framework's own, with its answer known beforehand where the first renderer is what is asked for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        listed = list(renderers)
        if listed and not format_suffix and not self.settings.URL_FORMAT_OVERRIDE:
            accepted, own = request.META.get("HTTP_ACCEPT", ANYTHING), listed[0].media_type
            if own and accepted in (ANYTHING, own):
                return listed[0], own
        return super().select_renderer(request, listed, format_suffix)
