"""Actions that change something: always a dialog or a confirm page, never a bare link.

A GET draws the form and changes nothing. A POST needs a CSRF token and the form. The right is checked on both, and so
is the object: that it exists, that this person may see it, and that the action is possible in its state.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from unfold.enums import ActionVariant

from core.approvals import ApprovalNeeded
from core.backoffice import waiting
from core.backoffice.dialog_forms import ActionForm, ReasonForm
from core.exceptions import DomainError

__all__ = ["ActionForm", "ReasonForm", "dialog_action", "list_dialog_action", "show_once"]

type Method = Callable[..., str | HttpResponse | None]
type Visible = Callable[[Any], bool]


def dialog_action(
    description: Any,
    *,
    form: type[ActionForm] = ReasonForm,
    permission: str,
    icon: str | None = None,
    variant: str | None = None,
    visible: Visible | None = None,
    title: Any = None,
    explain: Any = "",
    submit: Any = None,
) -> Callable[[Method], Any]:
    """Make `(self, request, obj, cleaned_data)` an action for `actions_detail` or `actions_row`.

    The method calls a service and returns the words of success; then the page is read again. A DomainError it raises
    is shown in the dialog. It may return an HttpResponse instead, such as `show_once(…)`.

    Args:
        permission: `app.codename` that the person needs.
        variant: primary, success, info, warning or danger; the button in the dialog has the same colour.
        visible: whether it is possible for this object in its present state.
        explain: a sentence in the dialog: what will happen.
    """
    return _decorator(
        description, form, permission, icon, variant, visible, title, explain, submit, takes_object=True
    )


def list_dialog_action(
    description: Any,
    *,
    form: type[ActionForm] = ActionForm,
    permission: str,
    icon: str | None = None,
    variant: str | None = None,
    title: Any = None,
    explain: Any = "",
    submit: Any = None,
) -> Callable[[Method], Any]:
    """The same for `actions_list`, where the method is `(self, request, cleaned_data)`."""
    return _decorator(
        description, form, permission, icon, variant, None, title, explain, submit, takes_object=False
    )


def _decorator(
    description: Any,
    form: type[ActionForm],
    permission: str,
    icon: str | None,
    variant: str | None,
    visible: Visible | None,
    title: Any,
    explain: Any,
    submit: Any,
    *,
    takes_object: bool,
) -> Callable[[Method], Any]:
    if permission.count(".") != 1:
        raise ValueError(f"A permission is “app.codename”, not “{permission}”.")
    drawn = ActionVariant(variant) if variant else ActionVariant.DEFAULT
    dialog = {
        "title": title or description,
        "description": explain,
        "form_class": form,
        "form_submit_text": submit or description,
        "variant": drawn.value,
    }

    def decorate(method: Method) -> Any:
        @wraps(method)
        @_csrf_protected_method
        def action(self: Any, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            obj = self.get_object(request, unquote(str(object_id))) if takes_object else None
            if takes_object and (refusal := _refusal(self, request, obj, visible)):
                return refuse(request, dialog["title"], *refusal)
            if not takes_object and not self.has_view_permission(request):
                raise PermissionDenied
            return answer(self, request, obj, method, dialog)

        # What Unfold reads to draw the button; `is_guarded` is what our test reads.
        action.is_guarded = True  # type: ignore[attr-defined]
        action.permission = permission  # type: ignore[attr-defined]
        # Not Unfold's `allowed_permissions`: its check asks the database for "app.codename" before the first migration.
        action.visible = visible  # type: ignore[attr-defined]
        action.short_description = description  # type: ignore[attr-defined]
        action.url_path = method.__name__.replace("_", "-")  # type: ignore[attr-defined]
        action.icon = icon  # type: ignore[attr-defined]
        action.variant = drawn  # type: ignore[attr-defined]
        action.dialog = dialog  # type: ignore[attr-defined]
        action.extra_options = {}  # type: ignore[attr-defined]
        action.attrs = {}  # type: ignore[attr-defined]
        action.original_function_name = method.__name__  # type: ignore[attr-defined]
        return action

    return decorate


def _csrf_protected_method(method: Any) -> Any:
    """Guards by itself, whatever middleware there is."""

    @wraps(method)
    def inner(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def view(request: HttpRequest) -> HttpResponse:
            return method(self, request, *args, **kwargs)

        return csrf_protect(view)(request)

    return inner


def _refusal(
    admin: Any, request: HttpRequest, obj: Model | None, visible: Visible | None
) -> tuple[str, int] | None:
    """Why not, with the HTTP status."""
    if obj is None:
        return _("This no longer exists. Somebody may have removed it."), 404
    if not admin.has_view_permission(request, obj):
        raise PermissionDenied
    if visible and not visible(obj):
        return _("This is not possible in its present state. Close this and look at the page again."), 409
    return None


def answer(
    admin: Any, request: HttpRequest, obj: Model | None, method: Method, dialog: dict[str, Any]
) -> HttpResponse:
    """Draw the dialog or do what it says; whoever calls this has asked for the rights and a CSRF token."""
    posted = request.method == "POST"
    form = dialog["form_class"](
        request=request,
        object_id=obj.pk if obj else None,
        data=request.POST if posted else None,
        instance=obj,
    )
    if posted and form.is_valid():
        try:
            # Unfold's own marker of a sent form is nobody's answer.
            given = {name: value for name, value in form.cleaned_data.items() if not name.startswith("_")}
            arguments = (given,) if obj is None else (obj, given)
            return _success(admin, request, obj, method(admin, request, *arguments))
        except ApprovalNeeded as needed:
            if _asked(request, form, needed):
                return HttpResponse(headers={"HX-Redirect": back(admin, request, obj)})
        except DomainError as error:
            add_domain_error(form, error)
    context = {"dialog": dialog, "form": form, "object": obj, "dialog_url": request.get_full_path()}
    if posted or request.headers.get("HX-Request"):
        return render(request, "components/dialog.html", context)
    return _page(admin, request, obj, "components/dialog.html", context)


def _asked(request: HttpRequest, form: Any, needed: ApprovalNeeded) -> bool:
    try:
        waiting.ask(request, needed)
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True


def _page(
    admin: Any, request: HttpRequest, obj: Model | None, template: str, context: dict[str, Any]
) -> HttpResponse:
    """The same dialog as a page, for whoever opened the button in a new tab."""
    request.current_app = admin.admin_site.name  # type: ignore[attr-defined]
    frame = {
        **admin.admin_site.each_context(request),
        "title": context["dialog"]["title"],
        "opts": admin.opts,
        "original": obj,
        "media": context["form"].media,
        "dialog_template": template,
        "cancel_url": back(admin, request, obj),
    }
    return render(request, "admin/dialog_page.html", {**frame, **context})


def add_domain_error(form: Any, error: DomainError) -> None:
    """A refusal of the business at its field where the form has it, else above the form."""
    for field, texts in (error.errors or {"": [error.message]}).items():
        for text in texts:
            if field in form.fields:
                form.add_error(field, text)
            else:
                form.add_error(None, text)


def _success(
    admin: Any, request: HttpRequest, obj: Model | None, result: str | HttpResponse | None
) -> HttpResponse:
    if isinstance(result, HttpResponse):
        return result
    messages.success(request, result or _("Done."))
    return HttpResponse(headers={"HX-Redirect": back(admin, request, obj)})


def back(admin: Any, request: HttpRequest, obj: Model | None) -> str:
    """The page the person was on, where it is one of ours; else the object's."""
    current = request.headers.get("HX-Current-URL", "")
    if url_has_allowed_host_and_scheme(current, {request.get_host()}, request.is_secure()):
        parts = urlsplit(current)
        # Without the fragment: a browser that is sent to another fragment of the same page does not read it again.
        if parts.path.startswith(reverse("admin:index")) and parts.path != request.path:
            return parts.path + (f"?{parts.query}" if parts.query else "")
    if home := getattr(admin, "home_url", ""):
        return str(home)
    names = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
    return reverse(f"{names}_change", args=[obj.pk]) if obj else reverse(f"{names}_changelist")


def refuse(request: HttpRequest, title: Any, message: Any, status: int) -> HttpResponse:
    """A dialog that says why not; our script lets htmx show it whatever its status."""
    return render(
        request,
        "components/dialog_notice.html",
        {"title": title, "message": message, "tone": "danger"},
        status=status,
    )


def show_once(
    request: HttpRequest, *, title: Any, value: str, label: Any = "", note: Any = "", next_url: str = ""
) -> HttpResponse:
    """Shows a secret in the dialog, this once: an API key, a voucher. Closing it reads the page again."""
    response = render(
        request,
        "components/dialog_notice.html",
        {
            "title": title,
            "value": value,
            "label": label,
            "message": note,
            "tone": "warning",
            "next_url": next_url or "?",
        },
    )
    response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = (
        "#modal-content",
        "innerHTML",
        "#dialog",
    )
    response["Cache-Control"] = "no-store"
    return response
