"""The sidebar: everybody sees what they may open, and where they are."""

from copy import deepcopy
from pathlib import Path

import pytest
import unfold
from django.core.cache import cache
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve
from django.utils.html import escape
from lxml import html

from core.backoffice import navigation
from core.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def request_of(user: User, path: str = "/admin/"):
    request = RequestFactory().get(path)
    request.user = user
    return request


def titles(groups) -> list[str]:
    return [str(item["title"]) for group in groups for item in group["items"]]


def test_entries_are_for_those_with_the_right():
    assert {"People", "Roles", "Schedule", "API requests"} <= set(
        titles(navigation.sidebar(request_of(UserFactory(staff="super_admin"))))
    )
    support = titles(navigation.sidebar(request_of(UserFactory(staff="support"))))
    assert "Home" in support
    assert not {"People", "Roles", "Schedule", "API requests", "Settings"} & set(support)


def test_the_entry_of_this_page_is_active_and_no_other():
    groups = navigation.sidebar(request_of(UserFactory(staff="super_admin"), "/admin/core/user/7/change/"))
    active = [str(item["title"]) for group in groups for item in group["items"] if item["active"]]
    assert active == ["People"]


def test_groups_are_open_and_each_stands_once():
    groups = navigation.sidebar(request_of(UserFactory(staff="super_admin")))
    names = [group["title"] for group in groups]
    assert len(names) == len(set(names))
    assert not any(group.get("collapsible") for group in groups)


def test_every_entry_leads_somewhere():
    for entry in navigation._entries:
        assert resolve(entry.link().partition("?")[0])


def test_a_badge_is_counted_once_for_many_pages(monkeypatch):
    asked = []
    monkeypatch.setattr(navigation, "_entries", [])
    navigation.add("", "Home", "home", "admin:index", "", 1, badge=lambda: asked.append(1) or 5)
    request = request_of(UserFactory(staff="support"))
    for _ in range(3):
        assert navigation.sidebar(request)[0]["items"][0]["badge"] == "5"
    assert len(asked) == 1


def test_all_badges_are_asked_of_the_cache_at_once(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", [])
    for title in ("Orders", "Tickets", "Parcels"):
        navigation.add("", title, "home", "admin:index", "", 1, badge=lambda: 5, query=title)
    asked = []
    monkeypatch.setattr(cache, "get", lambda *args: pytest.fail("one by one"))
    monkeypatch.setattr(cache, "get_many", lambda keys: asked.append(keys) or {})
    [group] = navigation.sidebar(request_of(UserFactory(staff="support")))
    assert [item["badge"] for item in group["items"]] == ["5", "5", "5"]
    assert len(asked) == 1


def test_an_entry_that_is_added_later_has_its_place(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", [])
    request = request_of(UserFactory(staff="support"))
    navigation.add("", "Second", "home", "admin:index", "", 2)
    assert titles(navigation.sidebar(request)) == ["Second"]
    navigation.add("", "First", "home", "admin:index", "", 1)
    assert titles(navigation.sidebar(request)) == ["First", "Second"]


def tree(markup: str) -> list[tuple[str, dict[str, str], str]]:
    return [
        (
            element.tag,
            {name: " ".join(value.split()) for name, value in element.attrib.items()},
            " ".join((element.text or "").split()),
        )
        for element in html.fragment_fromstring(markup, create_parent=True).iter()
    ]


def test_it_is_drawn_as_unfold_draws_it(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", [*navigation._entries])
    navigation.add("Some", "With <signs>", "home", "admin:index", "", 3, badge=lambda: 12, query="a=1&b=2")
    groups = navigation.sidebar(request_of(UserFactory(staff="super_admin"), "/admin/core/user/7/change/"))
    theirs = deepcopy(groups)
    for item in (item for group in theirs for item in group["items"]):
        item |= {"has_permission": True, "title": escape(item["title"])}
    original = Path(unfold.__file__).parent / "templates/unfold/helpers/app_list.html"
    expected = Template(original.read_text()).render(Context({"sidebar_navigation": theirs}))
    ours = render_to_string("unfold/helpers/app_list.html", {"sidebar_navigation": groups})
    assert tree(ours) == tree(expected)
    assert "12" in ours and "With &lt;signs&gt;" in ours


def test_nothing_to_do_shows_no_badge(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", [])
    navigation.add("", "Home", "home", "admin:index", "", 1, badge=lambda: 0)
    assert "badge" not in navigation.sidebar(request_of(UserFactory(staff="support")))[0]["items"][0]
