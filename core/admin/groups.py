"""What each role may do: read here, decided in code, so that a right is never given by a slip of the hand."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.parts import Table
from core.models import User

# A token's row holds the token.
for model in (BlacklistedToken, OutstandingToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    list_display = ("title", "people")
    ordering = ("id",)
    heading = gettext_lazy("Roles")
    list_display_links = ("title",)
    page_template = "admin/core/group/page.html"

    @admin.display(description=gettext_lazy("role"))
    def title(self, group: Group) -> str:
        return str(dict(User.Role.choices).get(group.name, group.name))

    @admin.display(description=gettext_lazy("people"))
    def people(self, group: Group) -> int:
        return int(group.number_of_people)  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(number_of_people=Count("user"))

    def page_context(self, request: HttpRequest, obj: Group) -> dict[str, Any]:
        rights = Table(_("About"), _("May"), empty=_("This role has no rights."))
        kinds: dict[str, list[str]] = {}
        for permission in obj.permissions.select_related("content_type").order_by(
            "content_type__app_label", "name"
        ):
            kind = permission.content_type.model_class()
            about = str(kind._meta.verbose_name_plural) if kind else permission.content_type.model
            kinds.setdefault(about.capitalize(), []).append(permission.name.removeprefix("Can "))
        for about, names in kinds.items():
            rights.add(about, ", ".join(names))
        people = Table(_("User name"), _("Name"), _("E-mail"), empty=_("Nobody has this role."))
        for user in User.objects.filter(groups=obj).order_by("username")[:100]:
            people.add(user.username, user.get_full_name(), user.email)
        return {"title": self.title(obj), "rights": rights, "people": people}
