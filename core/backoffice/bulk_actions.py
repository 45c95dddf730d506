"""Actions on several rows of a list: a confirm page first, then one by one, each with its own answer.

Many rows go part by part: the confirm page's script (`core/bulk.js`) sends them in parts with `PART_HEADER`, shows how
far it is, and adds the answers up. Without the script they go in one request.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.approvals import ApprovalNeeded
from core.backoffice import waiting
from core.backoffice.dialog_forms import ActionForm, ReasonForm
from core.exceptions import DomainError

MOST_ROWS = 500
MOST_REFUSALS_SHOWN = 5
# As many as go without the script: each row that was refused is named.
MOST_NAMED = 20
PART_HEADER = "X-Bulk-Part"
PART_ROWS = 20

type Method = Callable[..., Any]


def bulk_action(
    description: Any,
    *,
    form: type[ActionForm] = ReasonForm,
    permission: str,
    limit: int = MOST_ROWS,
    explain: Any = "",
    variant: str = "primary",
    notes: Callable[[HttpRequest, list[Any]], list[str]] | None = None,
) -> Callable[[Method], Any]:
    """Make `(self, request, obj, cleaned_data)` an action for `actions`; it is called for each chosen row.

    `notes` says of each row what one should know of it before confirming.

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
                # Unfold's own marker of a sent form is nobody's answer.
                answers = {
                    name: said for name, said in given.cleaned_data.items() if not name.startswith("_")
                }
                done, refused = _run(self, request, rows, method, answers)
                if PART_HEADER in request.headers:
                    told = [{"row": row, "why": why} for row, why in refused]
                    return JsonResponse({"done": done, "refused": told})
                _tell(request, done, refused)
                return None
            noted = notes(request, rows) if notes else [""] * len(rows)
            chosen = list(zip(rows, noted, strict=True))
            return _confirm(self, request, chosen, method.__name__, given, description, explain, variant)

        action.is_guarded = True  # type: ignore[attr-defined]
        action.permission = permission  # type: ignore[attr-defined]
        action.short_description = description  # type: ignore[attr-defined]
        return action

    return decorate


def _run(
    admin: Any, request: HttpRequest, rows: list[Any], method: Method, cleaned: dict[str, Any]
) -> tuple[int, list[tuple[str, str]]]:
    """How many were done, and which were refused with the reason."""
    done, refused = 0, []
    for row in rows:
        try:
            method(admin, request, row, cleaned)
            done += 1
        except ApprovalNeeded as needed:
            refused.append((str(row), waiting.ask_for_row(needed)))
        except DomainError as error:
            refused.append((str(row), error.message))
    return done, refused


def _tell(request: HttpRequest, done: int, refused: list[tuple[str, str]]) -> None:
    """“12 rows done.”, “3 refused: why (which)”: rows refused for one reason are named together."""
    if done:
        messages.success(
            request, ngettext("%(count)d row done.", "%(count)d rows done.", done) % {"count": done}
        )
    reasons: dict[str, list[str]] = {}
    for row, why in refused:
        reasons.setdefault(why, []).append(row)
    for why, rows in list(reasons.items())[:MOST_REFUSALS_SHOWN]:
        named = ", ".join(rows[:MOST_NAMED]) + (" …" if len(rows) > MOST_NAMED else "")
        text = _("%(count)d refused: %(why)s (%(rows)s)")
        messages.error(request, text % {"count": len(rows), "why": why, "rows": named})
    if more := sum(len(rows) for rows in list(reasons.values())[MOST_REFUSALS_SHOWN:]):
        text = ngettext("%(count)d more row was refused.", "%(count)d more rows were refused.", more)
        messages.error(request, text % {"count": more})


def _confirm(
    admin: Any,
    request: HttpRequest,
    chosen: list[tuple[Any, str]],
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
        "chosen": chosen,
        "action_name": name,
        "part_rows": PART_ROWS,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
        "media": admin.media + form.media,
    }
    return TemplateResponse(request, "admin/confirm_bulk.html", context)
