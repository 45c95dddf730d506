"""The admin's frame is built as a page should be; tests/project/test_rights.py opens every page as everybody."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.backoffice import branding, dashboard
from core.backoffice.badges import status_badge
from core.backoffice.base import BaseAdmin
from core.backoffice.dashboard import Figure, IndexWidget, index_widgets
from core.backoffice.paginator import BoundedPaginator
from core.backoffice.parts import Column, Table
from core.backoffice.site import ToplineAdminSite, site
from core.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in():
    """A client of somebody with this role."""

    def make(role: str) -> Client:
        client = Client()
        client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
        return client

    return make


def registered() -> list[tuple[str, type]]:
    return sorted(
        (f"{model._meta.app_label}_{model._meta.model_name}", model) for model in admin.site._registry
    )


def test_our_site_is_the_default_one():
    assert isinstance(
        admin.site._wrapped if hasattr(admin.site, "_wrapped") else admin.site, ToplineAdminSite
    )
    assert site is admin.site


@pytest.mark.parametrize("name", [name for name, _model in registered()])
def test_every_admin_of_ours_is_fast_by_default(name):
    view = admin.site._registry[dict(registered())[name]]
    assert isinstance(view, BaseAdmin)
    assert issubclass(view.paginator, BoundedPaginator)
    assert not view.show_full_result_count
    assert view.date_hierarchy is None


@pytest.mark.parametrize(
    "query", ["p=abc", "p=-1", "p=99999999999999999999", "all=", "o=99.-3.x", "e=1", "q=%F0%9F%99%82"]
)
def test_no_list_breaks_on_what_is_typed_into_its_address(query, signed_in):
    client = signed_in("super_admin")
    for name, _model in registered():
        assert client.get(reverse(f"admin:{name}_changelist") + f"?{query}").status_code in (200, 302), name


PAGES = [
    "/admin/",
    "/admin/core/user/",
    "/admin/core/user/add/",
    "/admin/settings/branding/",
    "/admin/auth/group/1/change/",
]


@pytest.mark.parametrize("path", [*PAGES, "/admin/password_change/"])
def test_a_page_has_one_heading_a_main_part_and_a_way_to_it(path, signed_in):
    page = signed_in("super_admin").get(path, follow=True).content.decode()
    assert len(re.findall(r"<h1\b", page)) == 1
    assert page.count("<main ") == 1
    assert 'href="#main-content"' in page
    assert re.search(r"<title>\s*\S+", page)


def test_breadcrumbs_lead_back(signed_in):
    user = UserFactory()
    page = signed_in("super_admin").get(reverse("admin:core_user_history", args=[user.pk])).content.decode()
    crumbs = page[page.index("tl-crumbs") : page.index("</ol>", page.index("tl-crumbs"))]
    for link in (reverse("admin:index"), reverse("admin:core_user_changelist")):
        assert f'href="{link}"' in crumbs
    assert f'href="{reverse("admin:core_user_change", args=[user.pk])}"' in crumbs


def test_the_door_opens_by_name_and_by_address(client):
    user = UserFactory(staff="support")
    assert b"Sign in" in client.get(reverse("admin:login")).content
    for name in (user.username, user.email):
        answer = Client().post(reverse("admin:login"), {"username": name, "password": PASSWORD})
        assert answer.status_code == 302
    refused = client.post(reverse("admin:login"), {"username": user.username, "password": "wrong"})
    assert 'role="alert"' in refused.content.decode()


def test_a_phone_keeps_what_a_row_is_about(signed_in):
    page = signed_in("super_admin").get(reverse("admin:core_user_changelist")).content.decode()
    assert ".field-role_badge" in page
    assert "display: none" in page


def test_an_empty_list_says_what_to_do(signed_in):
    page = signed_in("super_admin").get(reverse("admin:core_user_changelist") + "?q=nobody").content.decode()
    assert "Nothing matches" in page


def test_pages_beyond_the_bound_are_not_counted(django_assert_num_queries):
    for _ in range(6):
        UserFactory()
    paginator = BoundedPaginator(User.objects.order_by("pk"), 2)
    paginator.bound = 4
    with django_assert_num_queries(1) as queries:
        assert (paginator.count, paginator.num_pages, paginator.has_more_than_counted) == (4, 2, True)
    assert "LIMIT 5" in queries[0]["sql"]
    assert "ORDER BY" not in queries[0]["sql"]


@pytest.mark.parametrize(("search", "counts"), [("someone", 0), ("", 1)])
def test_a_first_page_with_room_to_spare_is_not_counted(search, counts, signed_in, monkeypatch):
    client = signed_in("super_admin")
    for number in range(5):
        UserFactory(username=f"{'someone' if number < 3 else 'other'}{number}")
    monkeypatch.setattr(admin.site._registry[User], "list_per_page", 3)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse("admin:core_user_changelist"), {"q": search})
    changelist = answer.context["cl"]
    # The sidebar counts as well, but no people.
    assert sum("COUNT(*)" in query["sql"] and "core_user" in query["sql"] for query in queries) == counts
    assert len(changelist.result_list) == 3
    assert changelist.result_count == (6 if counts else 3)
    second = client.get(reverse("admin:core_user_changelist"), {"q": search, "p": 2})
    assert len(second.context["cl"].result_list) == 3


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#0f766e", "#ff0000", "#ffff00"])
def test_one_colour_makes_eleven_weights_on_which_white_words_are_readable(color):
    weights = branding.primary_weights(color)
    assert list(weights) == ["50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"]
    lightness = [float(re.match(r"oklch\(([\d.]+)%", value).group(1)) for value in weights.values()]
    assert lightness == sorted(lightness, reverse=True)
    assert 0 < lightness[-1] < lightness[6] <= 54


def test_colours_are_a_copy_each_time():
    first = branding.colors()
    first["primary"]["600"] = "spoiled"
    assert branding.colors()["primary"]["600"] != "spoiled"


def test_a_badge_has_a_word_and_a_known_tone():
    assert "&lt;Paid&gt;" in status_badge("<Paid>", "success")
    with pytest.raises(ValueError, match="no tone"):
        status_badge("Paid", "green")
    with pytest.raises(ValueError, match="no tone"):
        Figure("Orders", 1, tone="red")


def test_a_table_wants_one_value_a_column():
    table = Table("Number", Column("Amount", money=True))
    table.add("A", 1)
    with pytest.raises(ValueError, match="argument"):
        table.add("B")


class Broken(IndexWidget):
    title, template = "Broken figures", "components/empty.html"

    def get_context(self, request):
        raise RuntimeError("no figures today")


class Secret(IndexWidget):
    title, permission, template = "Secret", "core.view_apirequest", "components/failed.html"

    def get_context(self, request):
        return {"title": "Only for some"}


@pytest.fixture
def widgets():
    index_widgets.add("test-broken", Broken)
    index_widgets.add("test-secret", Secret)
    yield
    index_widgets._items.pop("test-broken")
    index_widgets._items.pop("test-secret")


def test_a_broken_widget_does_not_take_the_first_page_with_it(widgets, signed_in):
    answer = signed_in("support").get(reverse("admin:index"))
    assert answer.status_code == 200
    assert "Broken figures" in answer.content.decode()


def test_widgets_are_for_those_with_the_right(widgets, signed_in):
    assert "Only for some" in signed_in("auditor").get(reverse("admin:index")).content.decode()
    assert "Only for some" not in signed_in("support").get(reverse("admin:index")).content.decode()


def test_every_widget_is_drawn_in_a_known_zone():
    assert {widget.zone for widget in index_widgets.values()} <= {"figures", "main", "side"}
    assert dashboard.index_widgets is index_widgets
