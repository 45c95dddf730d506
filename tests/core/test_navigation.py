"""The sidebar: everybody sees what they may open, and where they are."""

import pytest
from django.test import RequestFactory
from django.urls import resolve

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


@pytest.mark.parametrize("role", User.Role.values)
def test_every_entry_a_person_sees_opens(role, client):
    user = UserFactory(staff=role)
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    for group in navigation.sidebar(request_of(user)):
        for item in group["items"]:
            assert client.get(item["link"]).status_code == 200, item["link"]


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


def test_nothing_to_do_shows_no_badge(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", [])
    navigation.add("", "Home", "home", "admin:index", "", 1, badge=lambda: 0)
    assert "badge" not in navigation.sidebar(request_of(UserFactory(staff="support")))[0]["items"][0]
