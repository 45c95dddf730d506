"""Our admin site: Unfold's, with a command palette that respects rights, and pages of its own."""

import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from core.backoffice import navigation, search
from core.backoffice.pages import extra_pages

if TYPE_CHECKING:
    from core.models import User

MOST_RESULTS = 60


class ToplineAdminSite(UnfoldAdminSite):
    """Registered as Django's default site; `site` below is it."""

    site_url = None
    empty_value_display = "–"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Made when somebody looks into it. Every page has it, our sidebar shows another list, and asking each admin
        for four rights and three addresses took a sixth of the time a page took.
        """
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """As `navigation` makes it: Unfold would copy it deeply and ask of each line what is known already."""
        return navigation.sidebar(request)

    def extra_urls(self) -> list[URLPattern | URLResolver]:
        """Pages of no model: registered with `core.backoffice.pages.page`, or open to those not signed in."""
        # Imported late: its forms are of the user model, and this module is read before the models are.
        from core.backoffice import password_pages, second_factor_pages

        return [*extra_pages(self), *password_pages.urlpatterns, *second_factor_pages.urlpatterns]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever gave the right password already is asked for the rest."""
        from core.services import sign_in_sessions
        from core.sessions import owes_code

        if request.method == "GET" and owes_code(request):
            query = f"?{request.GET.urlencode()}" if request.GET else ""
            return HttpResponseRedirect(reverse("admin:second-factor") + query)
        response = super().login(request, extra_context)
        if response.status_code == HTTPStatus.FOUND and request.method == "POST":
            sign_in_sessions.remember(request, wanted="remember" in request.POST)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever changes theirs is signed out everywhere else, and told by mail that it was changed."""
        from core.services import passwords, sign_in_sessions

        response = super().password_change(request, extra_context)
        if response.status_code == HTTPStatus.FOUND and request.method == "POST":
            own = cast("User", request.user)
            passwords.changed_by_oneself(user=own, session=sign_in_sessions.current(request))
        return response

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse | HttpResponse:
        """The command palette. Nothing is cached, so a right taken away is gone at once; any `page` is the first."""
        term = search.clean_term(request.GET.get("s"))
        if not term:
            return HttpResponse()
        started = time.monotonic()
        paginator = Paginator(search.find(request, term)[:MOST_RESULTS], MOST_RESULTS)
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            {
                "search_term": term,
                "page_obj": paginator,
                "results": paginator.page(1),
                "page_counter": 0,
                "execution_time": time.monotonic() - started,
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )


# Django's proxy of the default site: it can be imported before the apps are ready.
site: Any = admin.site
