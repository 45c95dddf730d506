"""Settings pages: one form each, with who changed what and when."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.admin.settings_history import history
from core.backoffice import pages
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.exceptions import DomainError
from core.registry import UnknownKey
from core.site_settings import SettingsForm, SettingsPage, as_dict, load, save, settings_pages

type Page = type[SettingsPage[Any]]


def may_see(request: HttpRequest, page: Page) -> bool:
    """Those who change it, those who see all settings, and those the page names besides."""
    enough = (page.permission, "core.view_sitesettings", page.view_permission)
    return any(name and request.user.has_perm(name) for name in enough)


def may_change(request: HttpRequest, page: Page) -> bool:
    return request.user.has_perm(page.permission)


def visible_pages(request: HttpRequest) -> list[Page]:
    return [page for _key, page in settings_pages.items() if may_see(request, page)]


@pages.page("settings/", name="settings")
def settings_list(request: HttpRequest) -> HttpResponse:
    """The pages this person may open."""
    shown = visible_pages(request)
    if not shown:
        raise PermissionDenied
    entries = [
        {
            "title": page.title,
            "description": page.description,
            "icon": page.icon,
            "link": reverse("admin:settings-page", args=[page.key]),
            "read_only": not may_change(request, page),
        }
        for page in shown
    ]
    return pages.render(request, "admin/core/settings/list.html", title=_("Settings"), entries=entries)


@pages.page("settings/<slug:key>/", name="settings-page")
def settings_page(request: HttpRequest, key: str) -> HttpResponse:
    """One page: its form, or its values for those who only look, and its history."""
    page = _page(key)
    if not may_see(request, page):
        raise PermissionDenied
    writable = may_change(request, page)
    if request.method == "POST" and not writable:
        raise PermissionDenied
    form = _form(request, page, writable=writable)
    if request.method == "POST" and form.is_valid() and _saved(request, page, form):
        messages.success(request, _("Saved. It is in force everywhere within seconds."))
        return HttpResponseRedirect(reverse("admin:settings-page", args=[key]))
    return pages.render(
        request,
        "admin/core/settings/page.html",
        title=page.title,
        description=page.description,
        crumbs=[(_("Settings"), reverse("admin:settings"))],
        form=form,
        media=form.media,
        writable=writable,
        changes=history(page, undo=writable),
    )


def _page(key: str) -> Page:
    try:
        return settings_pages.get(key)
    except UnknownKey:
        raise Http404 from None


def _form(request: HttpRequest, page: Page, *, writable: bool) -> SettingsForm:
    posted = request.method == "POST"
    form = page.form_class(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial=as_dict(load(page, fresh=True)),
    )
    draw(form)
    for field in form.fields.values():
        field.disabled = not writable
    return form


def _saved(request: HttpRequest, page: Page, form: SettingsForm) -> bool:
    try:
        save(page, form.cleaned_data, user=request.user)  # type: ignore[arg-type]
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True
