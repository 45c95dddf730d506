"""Settings pages: one form each, with who changed what and when."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.admin.settings_history import history
from core.approvals import ApprovalNeeded
from core.backoffice import pages, waiting
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.exceptions import DomainError
from core.registry import UnknownKey
from core.secret_values import Secret
from core.site_settings import (
    SettingsForm,
    SettingsPage,
    as_dict,
    load,
    locked,
    save,
    secrets,
    settings_pages,
)

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
    """The page's form; what the environment fixes is shown as it is in force, and cannot be changed."""
    posted = request.method == "POST"
    values, held = as_dict(load(page, fresh=True)), locked(page)
    form = page.form_class(
        request.POST if posted else None, request.FILES if posted else None, initial=values
    )
    for name in sorted(secrets(page)):
        _offer_removal(form, name, values[name], fixed=name in held)
    draw(form)
    for name, field in form.fields.items():
        field.disabled = not writable or name in held
    for name, variable in held.items():
        form.fields[name].help_text = _fixed_by(form.fields[name].help_text, variable)
    return form


def _offer_removal(form: SettingsForm, name: str, secret: Secret, *, fixed: bool) -> None:
    """A secret says since when there is one; a switch takes it away."""
    field = form.fields[name]
    if fixed:
        return
    if not secret:
        field.help_text = format_html("{} {}", field.help_text, _("Not set."))
        return
    at = date_format(localtime(secret.at), "DATETIME_FORMAT") if secret.at else ""
    said = _("Set on %(when)s; type another one to replace it.") % {"when": at}
    field.help_text = format_html("{} {}", field.help_text, said)
    removal = f"remove_{name}"
    form.fields[removal] = forms.BooleanField(
        label=_("Remove: %(what)s") % {"what": field.label}, required=False
    )
    names = [one for one in form.fields if one != removal]
    names.insert(names.index(name) + 1, removal)
    form.order_fields(names)


def _fixed_by(help_text: Any, variable: str) -> SafeString:
    said = _("Set by %(variable)s in the environment of the server; it cannot be changed here.")
    return format_html(
        '{} <span class="tl-fixed"><span class="material-symbols-outlined" aria-hidden="true">lock</span>{}</span>',
        help_text,
        said % {"variable": variable},
    )


def _saved(request: HttpRequest, page: Page, form: SettingsForm) -> bool:
    removed = {name: None for name in secrets(page) if form.cleaned_data.get(f"remove_{name}")}
    try:
        save(page, {**form.cleaned_data, **removed}, user=request.user)  # type: ignore[arg-type]
    except ApprovalNeeded as needed:
        waiting.ask(request, needed)
        return True
    except DomainError as error:
        add_domain_error(form, error)
        return False
    messages.success(request, _("Saved. It is in force everywhere within seconds."))
    return True
