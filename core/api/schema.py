"""The OpenAPI schema: how callers identify themselves, what errors look like, and the pages that show it."""

from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework import serializers
from rest_framework.permissions import AllowAny


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "commerce.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key tl_live_…`"}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "core.api.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457, and brief 2's `error`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Published and never renamed.")
    error = serializers.CharField(help_text="The same as `detail`.")
    request_id = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)


def problem_responses(*statuses: int, codes: dict[int, tuple[str, ...]] | None = None) -> dict[Any, Any]:
    """Responses for `extend_schema`: each status as problem+json, its published codes as examples."""
    found: dict[Any, Any] = {}
    for status in statuses:
        named = (codes or {}).get(status, ())
        examples = [
            OpenApiExample(code, value={"code": code, "status": status}, response_only=True) for code in named
        ]
        description = ", ".join(f"`{code}`" for code in named)
        found[(status, "application/problem+json")] = OpenApiResponse(ProblemSerializer, description, examples)
    return found


class SchemaView(SpectacularAPIView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []


class DocsView(SpectacularSwaggerView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []


class RedocView(SpectacularRedocView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []


urlpatterns = [
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/redoc/", RedocView.as_view(url_name="api-schema"), name="api-redoc"),
]
