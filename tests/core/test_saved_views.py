"""Saved views: a list as somebody set it up, for themselves or for a group, never beyond the reader's rights."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.exceptions import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import Event, FirstView, SavedView, User
from core.services import saved_views
from core.services.saved_views import Setup
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

USERS = "core.user"
LIST = "/admin/core/user/"


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def boss():
    return UserFactory(staff="super_admin")


@pytest.fixture
def http(boss):
    return client_of(boss)


def save(user, *, list_name=USERS, **setup) -> SavedView:
    view = saved_views.save(user=user, list_name=list_name, setup=Setup(**{"title": "Mine", **setup}))
    return SavedView.objects.seen_by(user).get(pk=view.pk)


def filled(**values):
    return {
        "_form_submitted": "True",
        "title": "Auditors",
        "columns": ["username", "email"],
        "page_size": "25",
        **values,
    }


def shown(page) -> list[str]:
    return [str(name) for name in page.context["cl"].list_display if name != "action_checkbox"]


def tab_titles(page) -> list[str]:
    return [str(tab.title) for tab in page.context["list_tabs"]]


def test_a_list_is_saved_with_its_filters_order_columns_and_page_size(http, boss):
    UserFactory(staff="auditor")
    query = "?role__exact=auditor&q=pers&o=-3.1&p=2&e=1"
    dialog = http.get(reverse("admin:list-view-save", args=[USERS]) + query).content.decode()
    assert "Role: Auditor" in dialog

    answer = http.post(
        reverse("admin:list-view-save", args=[USERS]) + query,
        filled(columns=["email", "username", "role_badge"], groups=[Group.objects.get(name="admin").pk]),
    )

    view = SavedView.objects.get()
    assert (view.title, view.owner, view.page_size) == ("Auditors", boss, 25)
    assert view.columns == ["email", "username", "role_badge"]
    assert view.filters == {"role__exact": ["auditor"], "q": ["pers"]}
    assert view.ordering == ["-email", "username"]
    assert [group.name for group in view.groups.all()] == ["admin"]
    page = http.get(answer["HX-Redirect"])
    assert shown(page) == ["email", "username", "role_badge"]
    assert page.context["cl"].list_per_page == 25
    assert page.context["cl"].get_ordering_field_columns() == {1: "desc", 2: "asc"}
    assert [user.role for user in page.context["cl"].result_list] == ["auditor"]
    assert "is-on" in page.content.decode()
    assert Event.objects.get(kind="view.saved").data["title"] == "Auditors"


def test_the_lists_own_columns_are_not_frozen(http):
    own = ["username", "name", "email", "role_badge", "active_badge", "last_login"]
    http.post(reverse("admin:list-view-save", args=[USERS]), filled(columns=own))
    assert SavedView.objects.get().columns == []


def test_what_the_list_no_longer_has_is_passed_over(http, boss):
    view = save(
        boss,
        columns=["gone", "email"],
        filters={"gone__exact": ["1"], "password__startswith": ["a"], "role__exact": ["admin"]},
        ordering=["-gone", "email"],
    )
    answer = http.get(reverse("admin:list-view", args=[view.pk]))
    assert answer["Location"] == f"{LIST}?view={view.pk}&role__exact=admin&o=2"
    # The column that leads to the row's page stays.
    assert shown(http.get(answer["Location"])) == ["username", "email"]


def test_a_view_is_for_its_owner_and_the_groups_it_is_shared_with(boss):
    admins = Group.objects.get(name="admin")
    save(boss, title="Private")
    save(boss, title="For admins", groups=[admins])
    colleague, auditor = UserFactory(staff="admin"), UserFactory(staff="auditor")
    assert tab_titles(client_of(colleague).get(LIST)) == ["All", "For admins"]
    assert client_of(auditor).get(LIST).context["list_tabs"] == []
    private = SavedView.objects.get(title="Private")
    assert client_of(colleague).get(reverse("admin:list-view", args=[private.pk])).status_code == 404
    assert shown(client_of(colleague).get(f"{LIST}?view={private.pk}"))[0] == "username"


@pytest.mark.parametrize("name", ["list-view-change", "list-view-remove"])
def test_whoever_reads_a_shared_view_does_not_change_it(name, boss):
    view = save(boss, groups=list(Group.objects.all()))
    url = reverse(f"admin:{name}", args=[view.pk])
    auditor = client_of(UserFactory(staff="auditor"))
    assert auditor.get(url).status_code == auditor.post(url, filled()).status_code == 403
    with pytest.raises(NotAllowed):
        saved_views.remove(user=UserFactory(staff="auditor"), view=view)
    # Those who share may: its owner may have left.
    assert client_of(UserFactory(staff="admin")).get(url).status_code == 200


def test_only_those_who_may_share_do(boss):
    auditor = UserFactory(staff="auditor")
    groups = [Group.objects.get(name="admin")]
    with pytest.raises(NotAllowed):
        saved_views.save(user=auditor, list_name=USERS, setup=Setup(title="A", groups=groups))
    dialog = client_of(auditor).get(reverse("admin:list-view-save", args=[USERS])).content.decode()
    assert 'name="title"' in dialog
    assert 'name="groups"' not in dialog
    client_of(auditor).post(
        reverse("admin:list-view-save", args=[USERS]), filled(groups=[group.pk for group in groups])
    )
    assert not SavedView.objects.get().groups.exists()


def test_a_list_one_may_not_open_has_no_views(boss):
    view = save(boss, groups=list(Group.objects.all()))
    moderator = client_of(UserFactory(staff="moderator"))
    for url in (
        reverse("admin:list-view", args=[view.pk]),
        reverse("admin:list-view-save", args=[USERS]),
        reverse("admin:list-view-first", args=[USERS]),
    ):
        assert moderator.get(url).status_code == 403
        assert moderator.post(url, filled()).status_code == 403
    assert moderator.get(reverse("admin:list-view-save", args=["core.nothing"])).status_code == 404


def test_the_list_opens_with_the_view_chosen_and_all_of_it_stays_in_reach(http, boss):
    save(boss, title="One", filters={"role__exact": ["admin"]})
    second = save(boss, title="Two", filters={"role__exact": ["auditor"]})
    http.post(
        reverse("admin:list-view-first", args=[USERS]), {"_form_submitted": "True", "view": str(second.pk)}
    )

    answer = http.get(LIST)
    assert answer["Location"] == f"{LIST}?view={second.pk}&role__exact=auditor"
    page = http.get(f"{LIST}?view=0")
    assert page.status_code == 200
    assert [(tab.title, tab.link) for tab in page.context["list_tabs"] if tab.on] == [("All", "?view=0")]
    assert client_of(UserFactory(staff="super_admin")).get(LIST).status_code == 200

    http.post(reverse("admin:list-view-first", args=[USERS]), {"_form_submitted": "True", "view": "0"})
    assert http.get(LIST).status_code == 200


def test_one_view_a_list_opens_first(boss):
    first, second = save(boss, title="One"), save(boss, title="Two")
    saved_views.open_first(user=boss, list_name=USERS, view=first)
    saved_views.open_first(user=boss, list_name=USERS, view=second)
    assert FirstView.objects.get().view == second
    with pytest.raises(NotFound):
        saved_views.open_first(user=UserFactory(staff="admin"), list_name=USERS, view=first)


def test_a_view_that_is_no_longer_shared_opens_for_nobody_else(boss):
    colleague = UserFactory(staff="admin")
    view = save(boss, groups=[Group.objects.get(name="admin")])
    saved_views.open_first(user=colleague, list_name=USERS, view=view)
    assert client_of(colleague).get(LIST).status_code == 302
    saved_views.change(user=boss, view=view, setup=Setup(title="Mine", groups=[]))
    assert client_of(colleague).get(LIST).status_code == 200


def test_filters_stay_or_follow_the_list(http, boss):
    view = save(boss, title="Auditors", filters={"role__exact": ["auditor"]})
    url = reverse("admin:list-view-change", args=[view.pk]) + f"?view={view.pk}&role__exact=admin"
    page = http.get(f"{LIST}?view={view.pk}&role__exact=admin")
    assert [tab.changed for tab in page.context["list_tabs"] if tab.on] == [True]

    http.post(url, filled(title="Kept"))
    view.refresh_from_db()
    assert (view.title, view.filters) == ("Kept", {"role__exact": ["auditor"]})
    http.post(url, filled(title="Taken", as_now="on"))
    view.refresh_from_db()
    assert (view.title, view.filters) == ("Taken", {"role__exact": ["admin"]})


def test_days_move_with_time_where_asked(http, boss):
    today = timezone.localdate()
    query = f"?last_login_from={today}&role__exact=admin"
    http.post(reverse("admin:list-view-save", args=[USERS]) + query, filled(title="Moves", moves="on"))
    http.post(reverse("admin:list-view-save", args=[USERS]) + query, filled(title="Stays"))
    week = timedelta(days=7)
    SavedView.objects.filter(title="Moves").update(days_from=today - week)
    moving, staying = (SavedView.objects.get(title=title) for title in ("Moves", "Stays"))
    link = http.get(reverse("admin:list-view", args=[moving.pk]))["Location"]
    assert f"last_login_from={today + week}" in link
    assert f"last_login_from={today}" in http.get(reverse("admin:list-view", args=[staying.pk]))["Location"]


def test_removing_leaves_the_list(http, boss):
    view = save(boss)
    saved_views.open_first(user=boss, list_name=USERS, view=view)
    answer = http.post(reverse("admin:list-view-remove", args=[view.pk]), {"_form_submitted": "True"})
    assert answer["HX-Redirect"] == LIST
    assert not SavedView.objects.exists()
    assert http.get(LIST).status_code == 200


def test_a_name_is_used_once_and_there_is_an_end_to_it(boss, monkeypatch):
    save(boss, title="Same")
    with pytest.raises(InvalidInput):
        save(boss, title="Same")
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    with pytest.raises(Conflict):
        save(boss, title="Another")


def test_a_get_of_a_dialog_changes_nothing_and_a_token_is_asked_for(boss):
    view = save(boss)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss, backend="core.authentication.EmailOrUsernameBackend")
    for name, argument in (
        ("list-view-save", USERS),
        ("list-view-first", USERS),
        ("list-view-change", view.pk),
        ("list-view-remove", view.pk),
    ):
        url = reverse(f"admin:{name}", args=[argument])
        assert strict.get(url).status_code == 200
        assert strict.post(url, filled()).status_code == 403
    assert SavedView.objects.get().title == "Mine"


def test_columns_are_those_of_the_list_and_in_the_order_sent(http):
    url = reverse("admin:list-view-save", args=[USERS])
    refused = http.post(url, filled(columns=["password"]))
    assert "HX-Redirect" not in refused
    http.post(url, filled(columns=["email", "username", "email"]))
    assert SavedView.objects.get().columns == ["email", "username"]


@pytest.mark.parametrize("number", ["x", "-1", "٣", "99999999999999999999", "1&_popup=1"])
def test_no_address_of_a_view_breaks_a_list(number, http):
    assert http.get(f"{LIST}?view={number}").status_code == 200


def test_a_file_of_the_list_has_the_views_columns(http, boss):
    view = save(boss, columns=["email", "username"])
    file = b"".join(http.get(f"{LIST}document/csv/?view={view.pk}")).decode()
    assert "E-mail" in file
    assert "Role" not in file


@pytest.mark.parametrize("role", User.Role.values)
def test_columns_for_those_with_a_right_are_shown_to_them_alone(role):
    user = UserFactory(staff=role)
    request = RequestFactory().get("/admin/")
    request.user = user
    for model, view in admin.site._registry.items():
        offered = view.offered_columns(request)
        everything = [*map(str, view.list_display), *view.more_columns]
        hidden = {name for name, right in view.column_permissions.items() if not user.has_perm(right)}
        assert set(view.column_permissions) <= set(everything), model
        assert not hidden & set(offered), model
        assert not hidden & set(map(str, view.columns_for(request, everything))), model
        assert len(offered) == len(set(everything) - hidden), model


def views_asked_for(http) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert http.get(LIST).status_code in (200, 302)
    return sum("core_savedview" in query["sql"] for query in asked)


def test_a_list_asks_for_views_only_where_somebody_has_some(boss, http):
    assert views_asked_for(http) == 1
    assert views_asked_for(http) == 0
    save(boss, list_name="core.event")
    assert views_asked_for(http) == 1
    assert views_asked_for(http) == 0
    save(boss)
    assert [views_asked_for(http), views_asked_for(http)] == [2, 1]


def test_what_is_kept_of_views_ends_when_one_is_shared_and_when_it_is_removed(boss):
    theirs = client_of(UserFactory(staff="auditor"))
    assert tab_titles(theirs.get(LIST)) == []
    view = save(boss)
    assert tab_titles(theirs.get(LIST)) == []
    group = Group.objects.get(name="auditor")
    saved_views.change(user=boss, view=view, setup=Setup(title="For all", groups=[group]))
    assert tab_titles(theirs.get(LIST)) == ["All", "For all"]
    saved_views.remove(user=boss, view=SavedView.objects.seen_by(boss).get())
    assert tab_titles(theirs.get(LIST)) == []


def test_what_is_kept_of_views_is_of_a_role(boss):
    reader = UserFactory(staff="auditor")
    save(boss, groups=[Group.objects.get(name="admin")])
    assert tab_titles(client_of(reader).get(LIST)) == []
    reader.groups.set(Group.objects.filter(name="admin"))
    User.objects.filter(pk=reader.pk).update(role="admin")
    assert tab_titles(client_of(reader).get(LIST)) == ["All", "Mine"]


def test_views_are_there_without_a_cache(boss, http, monkeypatch):
    save(boss)
    monkeypatch.setattr(cache, "get_many", lambda _keys: {})
    assert tab_titles(http.get(LIST)) == ["All", "Mine"]
