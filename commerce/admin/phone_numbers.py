"""Saved recipients of resellers and customers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from commerce.models import PhoneNumber
from commerce.services import phone_numbers
from core.backoffice.base import BaseAdmin
from core.backoffice.filters import DayRangeFilter, RelatedFilter
from core.backoffice.site import site


@admin.register(PhoneNumber, site=site)
class PhoneNumberAdmin(BaseAdmin):
    """Kept by their owners through the API; staff look and may delete."""

    list_display = ("number", "label", "operator", "owner", "created_at")
    phone_columns = ("number", "label")
    list_filter = (("reseller", RelatedFilter), ("operator", RelatedFilter), ("created_at", DayRangeFilter))
    list_select_related = ("operator", "reseller", "customer")
    search_fields = ("number__startswith", "label__istartswith")
    empty_hint = gettext_lazy("Resellers and customers save numbers through the API.")
    search_help_text = gettext_lazy("Beginning of the number, with its plus, or of the label.")
    ordering = ("-id",)
    fields = ("number", "label", "operator", "owner", "created_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, saved: PhoneNumber) -> str:
        return str(saved.reseller or saved.customer)

    def delete_model(self, request: HttpRequest, obj: PhoneNumber) -> None:
        phone_numbers.delete_number(saved=obj)
