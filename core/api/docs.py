"""The pages that show the API: its schema, Swagger and ReDoc, every asset of which is served by us."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class SchemaView(APIView):
    """The OpenAPI schema, as JSON unless YAML is asked for."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer: Any = type(request.accepted_renderer)
        return HttpResponse(
            _rendered(renderer, translation.get_language() or ""), content_type=renderer.media_type
        )


@lru_cache(maxsize=16)
def _rendered(renderer: Any, language: str) -> bytes:
    """Made once a process and language: walking every view takes a second."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(renderer().render(schema, renderer_context={}))


class DocsView(SpectacularSwaggerSplitView):
    """Swagger, its script in a request of its own: our pages run no inline scripts."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    url_name = "api-schema"


# ReDoc searches in a worker made of a blob.
@method_decorator(csp_update({"worker-src": ["blob:"]}), name="dispatch")
class RedocView(SpectacularRedocView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    url_name = "api-schema"
    template_name = "api/redoc.html"

    @staticmethod
    def _redoc_standalone() -> str:
        return reverse("api-redoc-script")


# ReDoc shows its maker's logo from its maker's server; our pages load nothing from elsewhere.
LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NOTHING = b"data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@gzip_page
@cache_control(public=True, max_age=24 * 60 * 60)
def redoc_script(request: HttpRequest) -> HttpResponse:
    """ReDoc as the sidecar package brings it, without the logo."""
    return HttpResponse(_redoc(), content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _redoc() -> bytes:
    bundle = files("drf_spectacular_sidecar") / "static/drf_spectacular_sidecar/redoc/bundles"
    return (bundle / "redoc.standalone.js").read_bytes().replace(LOGO, NOTHING)


urlpatterns = [
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(), name="api-docs"),
    path("api/redoc/", RedocView.as_view(), name="api-redoc"),
    path("api/redoc/redoc.js", redoc_script, name="api-redoc-script"),
]
