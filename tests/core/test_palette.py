"""The command palette finds what a person may see, now, and never breaks on what is typed."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from core.backoffice import search
from core.backoffice.search import Finder
from core.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SEARCH = "/admin/search/"


class PersonFinder(Finder):
    title, permission, icon = "Person", "core.view_user", "person"

    def find(self, request, term):
        for user in User.objects.filter(username__startswith=term):
            yield self.result(user.username, user.email, reverse("admin:core_user_change", args=[user.pk]))


@pytest.fixture(autouse=True)
def people_are_found():
    key = "test-people"
    search.finders.add(key, PersonFinder)
    yield
    search.finders._items.pop(key)


def words(client, user, term="findme", **query):
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    answer = client.get(SEARCH, {"s": term, **query})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_finds_things_and_pages(client):
    UserFactory(username="findme")
    owner = UserFactory(staff="super_admin")
    assert "findme@example.com" in words(client, owner)
    assert reverse("admin:core_event_changelist") in words(client, owner, "what happ")


def test_it_finds_nothing_a_person_may_not_see(client):
    UserFactory(username="findme")
    page = words(client, UserFactory(staff="support"))
    assert "findme@example.com" not in page
    assert reverse("admin:core_user_changelist") not in words(client, UserFactory(staff="support"), "people")


def test_a_right_taken_away_is_gone_at_once(client):
    UserFactory(username="findme")
    auditor = UserFactory(staff="auditor")
    assert "findme@example.com" in words(client, auditor)
    auditor.groups.remove(Group.objects.get(name="auditor"))
    assert "findme@example.com" not in words(client, auditor)


@pytest.mark.parametrize("term", ["", "f", " f ", "   "])
def test_terms_of_one_character_ask_nobody(client, term):
    assert words(client, UserFactory(staff="super_admin"), term) == ""


@pytest.mark.parametrize("page", ["abc", "-1", "0", "99999", "1e9", ""])
def test_any_page_is_the_first(client, page):
    UserFactory(username="findme")
    assert "findme@example.com" in words(client, UserFactory(staff="super_admin"), page=page)


@pytest.mark.parametrize(
    "term", ["find\x00me", "%' OR 1=1 --", "ا" * 500, "<script>alert(1)</script>", "🙂🙂"]
)
def test_whatever_is_typed_never_breaks_it(client, term):
    client.force_login(UserFactory(staff="super_admin"), backend="core.authentication.EmailOrUsernameBackend")
    answer = client.get(SEARCH, {"s": term})
    assert answer.status_code in (200, 400)
    assert b"<script>alert" not in answer.content


def test_a_finder_shows_a_handful(client):
    for number in range(20):
        UserFactory(username=f"findme{number:02}")
    assert words(client, UserFactory(staff="super_admin")).count("<li ") == search.RESULTS_A_FINDER


def test_it_is_for_staff(client):
    client.force_login(UserFactory(), backend="core.authentication.EmailOrUsernameBackend")
    assert client.get(SEARCH, {"s": "findme"}).status_code == 302
