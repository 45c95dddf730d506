"""Dialogs of a page that belongs to no model: the same as actions, at an address of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.backoffice import actions
from core.backoffice.dialog_forms import ActionForm
from core.backoffice.pages import page
from core.models import User

type Act = Callable[..., str | HttpResponse | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dialog without an object stands, in place of an admin."""

    admin_site: Any
    opts: Any
    home_url: str


def page_dialog(
    route: str,
    *,
    name: str,
    home: str,
    title: Any,
    form: type[ActionForm] = ActionForm,
    submit: Any = None,
    explain: Any = "",
    variant: str = "primary",
) -> Callable[[Act], Act]:
    """Make `(request, cleaned_data)`, and what the route has, a dialog at /admin/<route> for all who sign in here.

    Args:
        home: name of the page it belongs to.
    """

    def decorate(act: Act) -> Act:
        @page(route, name=name)
        def view(request: HttpRequest, **found: Any) -> HttpResponse:
            dialog = {
                "title": title,
                "description": explain,
                "form_class": form,
                "form_submit_text": submit or title,
                "variant": variant,
            }
            standing = Standing(admin.site, User._meta, reverse(home))

            def do(_admin: Any, asked: HttpRequest, given: dict[str, Any]) -> str | HttpResponse | None:
                return act(asked, given, **found)

            return actions.answer(standing, request, None, do, dialog)

        return act

    return decorate
