"""API keys: read-only, but for rotating and revoking. The digest is nobody's business."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.party_badges import key_badge
from commerce.admin.party_forms import RotateForm
from commerce.models import ApiKey
from commerce.services import api_keys
from core.backoffice.actions import dialog_action, show_once
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.site import site


def shown_once(request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
    """A fresh key on the screen, in the dialog that made it, and never again."""
    return show_once(
        request,
        title=_("The key, shown this once"),
        value=secret,
        label=key.name,
        note=_("Hand it over now. It goes into the header of every request: Authorization: Api-Key …"),
    )


def is_usable(key: ApiKey) -> bool:
    return key.revoked_at is None


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("shown", "state", "name", "reseller", "mode", "last_used_at", "expires_at", "created_at")
    list_filter = (("reseller", RelatedFilter), ("mode", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = ("reseller",)
    search_fields = ("prefix__startswith", "last_four__exact", "reseller__business_name__istartswith")
    phone_columns = ("shown", "state", "reseller")
    empty_hint = gettext_lazy("Keys are issued on a reseller's page.")
    search_help_text = gettext_lazy("Beginning of the key, its last four characters, or the reseller's name.")
    ordering = ("-id",)
    fields = (
        "shown",
        "state",
        "name",
        "reseller",
        "mode",
        "may",
        "addresses",
        "last_used_at",
        "expires_at",
        "rotated_to",
        "revoked_at",
        "created_by",
        "created_at",
    )
    readonly_fields = fields
    actions_detail = ["rotate_key", "revoke_key"]

    @admin.display(description=gettext_lazy("key"), ordering="prefix")
    def shown(self, key: ApiKey) -> str:
        return str(key)

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> str:
        return key_badge(key, timezone.now())

    @admin.display(description=gettext_lazy("Rights"))
    def may(self, key: ApiKey) -> str:
        return ", ".join(str(ApiKey.Scope(scope).label) for scope in key.scopes)

    @admin.display(description=gettext_lazy("allowed addresses"))
    def addresses(self, key: ApiKey) -> str:
        return ", ".join(key.allowed_ips) or _("any address")

    @dialog_action(
        gettext_lazy("Rotate"),
        form=RotateForm,
        permission="commerce.issue_apikey",
        icon="autorenew",
        visible=lambda key: is_usable(key) and key.rotated_to_id is None,
        title=gettext_lazy("Replace this key by a new one"),
        explain=gettext_lazy("Both work for a while, so that nothing stops."),
    )
    def rotate_key(self, request: HttpRequest, obj: ApiKey, data: dict[str, Any]) -> HttpResponse:
        fresh, secret = api_keys.rotate(key=obj, overlap=timedelta(hours=data["hours"]))
        return shown_once(request, fresh, secret)

    @dialog_action(
        gettext_lazy("Revoke"),
        permission="commerce.revoke_apikey",
        icon="key_off",
        variant="danger",
        visible=is_usable,
        title=gettext_lazy("Revoke the key"),
        explain=gettext_lazy("Requests with this key are refused from now on. It cannot be undone."),
    )
    def revoke_key(self, request: HttpRequest, obj: ApiKey, data: dict[str, Any]) -> str:
        api_keys.revoke(key=obj, reason=data["reason"])
        return _("The key %(key)s is revoked.") % {"key": obj}
