"""What each role may do: read here, decided in code, so that a right is never given by a slip of the hand."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count
from django.http import HttpRequest
from django.utils.text import capfirst
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

USUAL = {
    "view": gettext_lazy("see"),
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
}


def _is_usual(permission: Permission) -> bool:
    """Whether it is one of the four that Django makes for every model."""
    return permission.codename in {f"{verb}_{permission.content_type.model}" for verb in USUAL}


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
        rights = Table(_("About"), _("Rights"), empty=_("This role has no rights."))
        kinds: dict[str, list[str]] = {}
        for permission in obj.permissions.select_related("content_type").order_by(
            "content_type__app_label", "codename"
        ):
            kind = permission.content_type.model_class()
            # What has no page has nothing to see or to change either: its usual rights say nothing to anybody.
            verb = USUAL.get(permission.codename.partition("_")[0]) if _is_usual(permission) else None
            if kind is None or (verb and kind not in self.admin_site._registry):
                continue
            about = capfirst(str(kind._meta.verbose_name_plural))
            kinds.setdefault(about, []).append(str(verb or permission.name.removeprefix("Can ")))
        usual = {str(verb): place for place, verb in enumerate(USUAL.values())}
        for about, names in sorted(kinds.items()):
            rights.add(
                about, ", ".join(sorted(names, key=lambda name: (name not in usual, usual.get(name, 0))))
            )
        people = Table(_("User name"), _("Name"), _("E-mail"), empty=_("Nobody has this role."))
        for user in User.objects.filter(groups=obj).order_by("username")[:100]:
            people.add(user.username, user.get_full_name(), user.email)
        return {"title": self.title(obj), "rights": rights, "people": people}
