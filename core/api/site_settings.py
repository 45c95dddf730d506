"""Settings by API: what anybody may read, all of it for those who may, and changes by those who may (brief 4)."""

from typing import Any

from django.urls import path
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.approvals_schema import SECOND_PERSON
from core.api.schema import problem_responses
from core.exceptions import InvalidInput, NotAllowed
from core.models import User
from core.secret_values import Secret
from core.services.settings_changes import change
from core.site_settings import SettingsPage, as_dict, load, settings_pages, to_json

PUBLIC_SECONDS = 30
EXAMPLE = {
    "branding": {"name": "Topline", "tagline": "", "primary_color": "#0f766e"},
    "operations": {"maintenance": False, "maintenance_message": ""},
}
SHAPE = {
    "type": "object",
    "description": "Values by page and name. A secret shows as `{set, set_at}`.",
    "additionalProperties": {"type": "object", "additionalProperties": True},
}
ANSWER = OpenApiResponse(
    SHAPE,
    "Public values for anybody; every value of the pages that a member of staff may see.",
    [OpenApiExample("What anybody sees", value=EXAMPLE, response_only=True)],
)


class SettingsView(APIView):
    """Open to those who are not signed in."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="settings_retrieve",
        summary="Settings",
        responses={200: ANSWER, **problem_responses(401, 429)},
    )
    def get(self, request: Request) -> Response:
        response = Response(_shown(request.user))
        known = bool(request.user and request.user.is_authenticated)
        response["Cache-Control"] = "private, no-store" if known else f"public, max-age={PUBLIC_SECONDS}"
        patch_vary_headers(response, ("Authorization", "Cookie", "Accept-Language"))
        return response

    @extend_schema(
        operation_id="settings_partial_update",
        summary="Change settings",
        description=(
            "For staff who may change the page. What is not named stays; either all is changed or nothing. A secret is"
            " a text, `null` takes it away."
        ),
        request={"application/json": SHAPE},
        responses={
            200: ANSWER,
            202: SECOND_PERSON,
            **problem_responses(
                400,
                401,
                403,
                429,
                codes={
                    400: ("unknown_setting", "setting_fixed", "invalid_settings"),
                    403: ("permission_denied",),
                },
            ),
        },
        examples=[
            OpenApiExample("Close the API", value={"operations": {"maintenance": True}}, request_only=True)
        ],
    )
    def patch(self, request: Request) -> Response:
        if not request.user or not request.user.is_authenticated:
            self.permission_denied(request)
        if not isinstance(request.user, User):
            raise NotAllowed("permission_denied", _("You may not do this."))
        change(given=_given(request.data), user=request.user)
        response = Response(_shown(request.user))
        response["Cache-Control"] = "private, no-store"
        return response


def _given(data: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(data, dict) or not data or not all(isinstance(value, dict) for value in data.values()):
        raise InvalidInput("invalid_settings", _("Send an object of pages, each an object of its fields."))
    return data


def _shown(user: Any) -> dict[str, dict[str, Any]]:
    pages = {key: _values(page, user) for key, page in settings_pages.items()}
    return {key: values for key, values in pages.items() if values}


def _values(page: type[SettingsPage[Any]], user: Any) -> dict[str, Any]:
    values = as_dict(load(page))
    if not _may_see(page, user):
        values = {name: values[name] for name in page.public}
    shown = {name: _masked(value) if isinstance(value, Secret) else value for name, value in values.items()}
    return to_json(shown)


def _masked(secret: Secret) -> dict[str, Any]:
    return {"set": bool(secret), "set_at": secret.set_at or None}


def _may_see(page: type[SettingsPage[Any]], user: Any) -> bool:
    """As the admin's page: those who change it, see all settings, or are named by it. Keys and buyers are no staff."""
    if not isinstance(user, User) or not user.is_staff:
        return False
    return any(
        name and user.has_perm(name)
        for name in (page.permission, "core.view_sitesettings", page.view_permission)
    )


urlpatterns = [path("api/settings/", SettingsView.as_view(), name="api-settings")]
