"""Lists draw their rows by core/backoffice/list_rows.py: the same letters as Unfold's own, whatever is in them."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from unfold.templatetags.unfold_list import items_for_result

from core.backoffice import list_rows
from core.models import User
from core.services import saved_views
from core.services.saved_views import Setup
from tests.factories import UserFactory
from tests.project.one_of_each import make_one_of_each
from tests.project.test_rights import LIST_QUERIES, PLUMBING

LISTS = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)


@pytest.fixture
def http(demo_business: None, db: None, client: Client) -> Client:
    make_one_of_each()
    client.force_login(UserFactory(staff="super_admin"), backend="core.authentication.EmailOrUsernameBackend")
    return client


def list_of(http: Client, name: str, query: str = "") -> Any:
    return http.get(reverse(f"admin:{name}_changelist") + query).context["cl"]


def without_breaks(markup: str) -> str:
    return re.sub(r"\s*\n\s*", "", markup)


def assert_same(changelist: Any) -> int:
    drawn = list(list_rows.rows(changelist))
    for row in drawn:
        theirs = "\n".join(items_for_result(changelist, row.instance, None))
        assert without_breaks(row.cells) == without_breaks(theirs), changelist.model
    return len(drawn)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_rows_are_drawn_as_unfold_draws_them(http: Client, language: str) -> None:
    filled = 0
    for name in LISTS:
        changelist = list_of(http, name, "?o=-2.1")
        assert list_rows.can_draw(changelist)
        with translation.override(language):
            filled += bool(assert_same(changelist))
    assert filled > len(LISTS) / 2


def test_rows_of_a_view_with_every_column_are_drawn_the_same_and_cost_no_query_each(
    http: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sidebar is the same on every page and counts for itself.
    # Not an empty list: for that Unfold draws every model instead, which takes longer than the sidebar.
    monkeypatch.setattr(admin.site, "get_sidebar_list", lambda _request: [{"title": "", "items": []}])
    boss = User.objects.get(pk=http.session["_auth_user_id"])
    for model, view in admin.site._registry.items():
        request = RequestFactory().get("/admin/")
        request.user = boss
        saved = saved_views.save(
            user=boss,
            list_name=model._meta.label_lower,
            setup=Setup(title="All", columns=[*view.offered_columns(request)][::-1], page_size=25),
        )
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        with CaptureQueriesContext(connection) as asked:
            changelist = list_of(http, name, f"?view={saved.pk}")
        times = sum(not PLUMBING.match(query["sql"]) for query in asked)
        assert times <= LIST_QUERIES, f"{name}: {times} queries"
        assert list_rows.can_draw(changelist)
        assert_same(changelist)


def test_lists_of_a_rare_kind_are_left_to_unfold(http: Client) -> None:
    assert not list_rows.can_draw(list_of(http, "auth_group", "?_popup=1"))
    changelist = list_of(http, "auth_group")
    changelist.list_display = [lambda group: group.name]
    assert list_rows.can_draw(changelist)
    changelist.list_display[0].label = True
    assert not list_rows.can_draw(changelist)


def test_a_key_that_needs_quoting_leads_to_its_object(http: Client) -> None:
    changelist = list_of(http, "auth_group", "?q=a")
    changelist.list_display, changelist.list_display_links = ["action_checkbox", "name"], ["name"]
    changelist.result_list = [Group(pk='a/b & "c"', name="<b>Bold</b>")]
    assert assert_same(changelist)
    [row] = list_rows.rows(changelist)
    assert "a_2Fb" in row.cells
    assert "_changelist_filters=q%3Da" in row.cells
    assert "&lt;b&gt;Bold" in row.cells
