"""Actions on several rows of a list: a confirm page first, then one by one, each with its own answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.backoffice.dialog_forms import ActionForm, ReasonForm
from core.exceptions import DomainError

MOST_ROWS = 200
MOST_REFUSALS_SHOWN = 5

type Method = Callable[..., Any]


def bulk_action(
    description: Any,
    *,
    form: type[ActionForm] = ReasonForm,
    permission: str,
    limit: int = MOST_ROWS,
    explain: Any = "",
    variant: str = "primary",
) -> Callable[[Method], Any]:
    """Make `(self, request, obj, cleaned_data)` an action for `actions`; it is called for each chosen row.

    A DomainError refuses that row alone; the others are done, and the person reads which were not and why.
    """
    if permission.count(".") != 1:
        raise ValueError(f"A permission is “app.codename”, not “{permission}”.")

    def decorate(method: Method) -> Any:
        @wraps(method)
        def action(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            rows = list(queryset[: limit + 1])
            if len(rows) > limit:
                text = _("Choose at most %(limit)d rows at once, by a filter or by ticking them.")
                messages.error(request, text % {"limit": limit})
                return None
            data = request.POST if "apply" in request.POST else None
            given = form(request=request, object_id=None, data=data)
            if data is not None and given.is_valid():
                _run(self, request, rows, method, given.cleaned_data)
                return None
            return _confirm(self, request, rows, method.__name__, given, description, explain, variant)

        action.is_guarded = True  # type: ignore[attr-defined]
        action.permission = permission  # type: ignore[attr-defined]
        action.short_description = description  # type: ignore[attr-defined]
        return action

    return decorate


def _run(admin: Any, request: HttpRequest, rows: list[Any], method: Method, cleaned: dict[str, Any]) -> None:
    done, refused = 0, []
    for row in rows:
        try:
            method(admin, request, row, cleaned)
            done += 1
        except DomainError as error:
            refused.append(f"{row}: {error.message}")
    if done:
        messages.success(
            request, ngettext("%(count)d row done.", "%(count)d rows done.", done) % {"count": done}
        )
    for text in refused[:MOST_REFUSALS_SHOWN]:
        messages.error(request, text)
    if (more := len(refused) - MOST_REFUSALS_SHOWN) > 0:
        text = ngettext("%(count)d more row was refused.", "%(count)d more rows were refused.", more)
        messages.error(request, text % {"count": more})


def _confirm(
    admin: Any,
    request: HttpRequest,
    rows: list[Any],
    name: str,
    form: ActionForm,
    description: Any,
    explain: Any,
    variant: str,
) -> HttpResponse:
    request.current_app = admin.admin_site.name  # type: ignore[attr-defined]
    context = {
        **admin.admin_site.each_context(request),
        "title": description,
        "explain": explain,
        "variant": variant,
        "opts": admin.opts,
        "form": form,
        "rows": rows,
        "action_name": name,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
        "media": admin.media + form.media,
    }
    return TemplateResponse(request, "admin/confirm_bulk.html", context)
