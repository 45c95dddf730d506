"""The OpenAPI schema: how callers identify themselves, and what errors look like."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from core.api.errors import CONTENT_TYPE, TITLES


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "commerce.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key tl_live_…`",
        }


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
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


def problem_responses(*statuses: int, codes: dict[int, tuple[str, ...]] | None = None) -> dict[Any, Any]:
    """Responses for `extend_schema`: each status as problem+json, its published codes as examples."""
    found: dict[Any, Any] = {}
    for status in statuses:
        named = (codes or {}).get(status, ())
        examples = [OpenApiExample(code, value=_example(status, code), response_only=True) for code in named]
        description = ", ".join(f"`{code}`" for code in named)
        found[(status, CONTENT_TYPE)] = OpenApiResponse(ProblemSerializer, description, examples)
    return found


def _example(status: int, code: str) -> dict[str, Any]:
    detail = "A sentence for whoever asked."
    return {
        "type": f"urn:topline:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "error": detail,
        "request_id": "019a3c5e-7b1d-7c44-9d0e-6f2b8a1c3d5e",
    }
