"""Who may sign in for which reseller."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Membership
from commerce.services import resellers
from core.backoffice.base import HistoryAdmin
from core.backoffice.filters import ChoicesFilter, RelatedFilter
from core.backoffice.site import site
from core.models import User


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.is_staff:
            raise forms.ValidationError(_("Staff cannot act for a reseller."))
        return user


@admin.register(Membership, site=site)
class MembershipAdmin(HistoryAdmin):
    tells_changes = True
    form = MembershipForm
    list_display = ("user", "reseller", "role", "created_at")
    phone_columns = ("user", "reseller", "role")
    list_filter = (("reseller", RelatedFilter), ("role", ChoicesFilter))
    list_select_related = ("user", "reseller")
    search_fields = (
        "user__username__istartswith",
        "user__email__istartswith",
        "reseller__business_name__istartswith",
    )
    search_help_text = gettext_lazy("Beginning of a user name, an e-mail or a reseller's name")
    empty_hint = gettext_lazy("Add a user to a reseller, and that person can sign in for it.")
    ordering = ("-id",)
    fields = ("reseller", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("reseller", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        role = Membership.Role(obj.role)
        if change:
            resellers.set_role(membership=Membership.objects.get(pk=obj.pk), role=role)
            return
        added = resellers.add_member(reseller=obj.reseller, user=obj.user, role=role)
        obj.pk = added.pk
        obj._state.adding = False

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        resellers.remove_member(membership=obj)
