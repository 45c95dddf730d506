"""Settings pages: one form each, with who changed what and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.backoffice import pages
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.exceptions import DomainError
from core.models import SiteSettings
from core.registry import UnknownKey
from core.site_settings import SettingsForm, SettingsPage, as_dict, load, save, settings_pages

HISTORY_SHOWN = 50
LONGEST_VALUE = 120

type Page = type[SettingsPage[Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One saved change of a page: labels of fields with the value before and after."""

    at: datetime
    by: str
    fields: list[tuple[Any, str, str]]
    reason: str


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
        changes=history(page),
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


def history(page: Page) -> list[Change]:
    """The latest changes, newest first."""
    rows = SiteSettings.history.filter(page=page.key).select_related("history_user").order_by("-history_id")
    latest = list(rows[: HISTORY_SHOWN + 1])
    defaults = {name: _text(value) for name, value in as_dict(page.values_class()).items()}
    changes = []
    for number, row in enumerate(latest[:HISTORY_SHOWN]):
        before = {**defaults, **(latest[number + 1].values if number + 1 < len(latest) else {})}
        changed = [
            (_label(page, name), _text(before.get(name)), _text(value))
            for name, value in row.values.items()
            if _text(before.get(name)) != _text(value)
        ]
        if changed:
            by = str(row.history_user or _("The system"))
            changes.append(Change(row.history_date, by, changed, row.history_change_reason or ""))
    return changes


def _label(page: Page, name: str) -> Any:
    field = page.form_class.base_fields.get(name)
    return field.label if field and field.label else name.replace("_", " ")


def _text(value: Any) -> str:
    """A value as it is shown; a picture is named, not spelled out."""
    text = "" if value is None else str(value)
    if text.startswith("data:image/"):
        return _("picture of %(size)d KB") % {"size": len(text) * 3 // 4096}
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
