"""Dialogs: a GET only draws, a POST needs everything it should, and what goes wrong is told in the dialog."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory
from django.urls import reverse

from core.backoffice.actions import dialog_action, show_once
from core.backoffice.bulk_actions import bulk_action
from core.exceptions import Conflict
from core.models import Event, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SENT = {"_form_submitted": "True", "reason": "They left"}
HTMX = {"HX-Request": "true"}


def client_of(user: User, **kwargs: Any) -> Client:
    client = Client(**kwargs)
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin")


@pytest.fixture
def person() -> User:
    return UserFactory(staff="support")


def url(user_pk: int, action: str = "deactivate") -> str:
    return reverse(f"admin:core_user_{action}", args=[user_pk])


def is_active(user: User) -> bool:
    return User.objects.get(pk=user.pk).is_active


def test_opening_a_dialog_draws_the_form_and_changes_nothing(owner, person):
    events = Event.objects.count()
    page = client_of(owner).get(url(person.pk), headers=HTMX).content.decode()
    assert 'role="dialog"' in page
    assert 'name="reason"' in page
    assert "<html" not in page
    assert is_active(person)
    assert Event.objects.count() == events


def test_a_dialog_opened_in_a_new_tab_is_a_whole_page(owner, person):
    page = client_of(owner).get(url(person.pk)).content.decode()
    assert "<main" in page
    assert 'name="reason"' in page
    assert is_active(person)


def test_a_confirmed_dialog_acts_and_leads_back_to_the_object(owner, person):
    answer = client_of(owner).post(url(person.pk), SENT, headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == reverse("admin:core_user_change", args=[person.pk])
    assert not is_active(person)


def test_after_success_people_stay_on_the_page_they_were_on(owner, person):
    here = "http://testserver/admin/core/user/?role=support#list"
    answer = client_of(owner).post(url(person.pk), SENT, headers={**HTMX, "HX-Current-URL": here})
    assert answer["HX-Redirect"] == "/admin/core/user/?role=support"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/admin/", "//evil.example/admin/", "http://testserver/api/"]
)
def test_nobody_is_led_elsewhere(owner, person, elsewhere):
    answer = client_of(owner).post(url(person.pk), SENT, headers={**HTMX, "HX-Current-URL": elsewhere})
    assert answer["HX-Redirect"] == reverse("admin:core_user_change", args=[person.pk])


def test_without_the_form_a_post_changes_nothing(owner, person):
    answer = client_of(owner).post(url(person.pk), {"reason": "They left"})
    assert "HX-Redirect" not in answer
    assert is_active(person)


def test_without_a_csrf_token_a_post_is_refused(owner, person):
    answer = client_of(owner, enforce_csrf_checks=True).post(url(person.pk), SENT)
    assert answer.status_code == 403
    assert is_active(person)


def test_a_missing_reason_is_asked_for_at_its_field(owner, person):
    answer = client_of(owner).post(url(person.pk), {"_form_submitted": "True", "reason": "  "}, headers=HTMX)
    assert "This field is required" in answer.content.decode()
    assert is_active(person)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_the_right_is_checked_when_drawing_and_when_acting(role, method, person):
    answer = getattr(client_of(UserFactory(staff=role)), method)(url(person.pk), SENT)
    assert answer.status_code == 403
    assert is_active(person)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("pk", ["999999999", "0", "99999999999999999999999", "abc"])
def test_what_is_gone_is_told_with_404(owner, method, pk):
    answer = getattr(client_of(owner), method)(f"/admin/core/user/{pk}/deactivate/", SENT, headers=HTMX)
    assert answer.status_code == 404
    assert "no longer exists" in answer.content.decode()


def test_what_is_not_possible_in_this_state_is_told_with_409(owner, person):
    answer = client_of(owner).post(url(person.pk, "activate"), SENT, headers=HTMX)
    assert answer.status_code == 409
    assert 'id="dialog"' in answer.content.decode()


def test_a_refusal_of_the_business_is_shown_above_the_form(owner):
    answer = client_of(owner).post(url(owner.pk), SENT, headers=HTMX)
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert "You cannot lock yourself out." in page
    assert "HX-Redirect" not in answer


def test_a_refusal_about_a_field_is_shown_at_the_field(owner, person):
    sent = {"_form_submitted": "True", "password": "short"}
    page = client_of(owner).post(url(person.pk, "set_password"), sent, headers=HTMX).content.decode()
    assert "too short" in page
    assert "HX-Redirect" not in page


def test_a_red_action_is_confirmed_in_red(owner, person):
    page = client_of(owner).get(url(person.pk), headers=HTMX).content.decode()
    assert "tl-button--danger" in page


def test_buttons_show_only_what_is_possible(owner, person):
    client = client_of(owner)
    page = client.get(reverse("admin:core_user_change", args=[person.pk])).content.decode()
    assert "/deactivate/" in page
    assert "/activate/" not in page
    looking = client_of(UserFactory(staff="auditor"))
    assert (
        "/deactivate/"
        not in looking.get(reverse("admin:core_user_change", args=[person.pk])).content.decode()
    )


def test_a_secret_is_shown_once_and_kept_by_nobody():
    answer = show_once(RequestFactory().post("/"), title="New key", value="tl_live_x")
    assert answer["Cache-Control"] == "no-store"
    assert answer["HX-Retarget"] == "#modal-content"
    assert "tl_live_x" in answer.content.decode()


def test_a_permission_without_its_app_is_a_mistake_at_import():
    with pytest.raises(ValueError, match="A permission is"):
        dialog_action("Refund", permission="refund_order")


# What may be run from a list by a click and changes nothing.
HARMLESS = {"export_admin_action"}


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=lambda one: one._meta.label))
def test_no_admin_has_an_action_that_is_not_guarded(model, rf, owner):
    view = admin.site._registry[model]
    request = rf.get("/admin/")
    request.user = owner
    buttons = [
        *view._get_base_actions_list(),
        *view._get_base_actions_detail(),
        *view._get_base_actions_row(),
        *view._get_base_actions_submit_line(),
    ]
    assert [b.action_name for b in buttons if not getattr(b.method, "is_guarded", False)] == []
    # Unfold would ask the database for it before the first migration.
    assert not [b.action_name for b in buttons if hasattr(b.method, "allowed_permissions")]
    bulk = {name: action[0] for name, action in view.get_actions(request).items()}
    assert [
        n for n, action in bulk.items() if n not in HARMLESS and not getattr(action, "is_guarded", False)
    ] == []


class Bulk:
    """As an admin class that has one bulk action."""

    admin_site = admin.site
    opts = User._meta
    media = admin.site._registry[User].media

    @bulk_action("Deactivate", permission="core.change_user", limit=3)
    def switch_off(self, request, obj, cleaned_data):
        if obj.username == "kept":
            raise Conflict("kept", "This one stays.")
        User.objects.filter(pk=obj.pk).update(is_active=False)


def bulk_request(user: User, **data: str) -> Any:
    request = RequestFactory().post("/admin/core/user/", data)
    request.user = user
    request.session = {}
    request._messages = FallbackStorage(request)
    request.resolver_match = SimpleNamespace(url_name="core_user_changelist")
    return request


def test_a_bulk_action_asks_first(owner):
    chosen = [UserFactory(), UserFactory()]
    rows = User.objects.filter(pk__in=[user.pk for user in chosen])
    answer = Bulk().switch_off(bulk_request(owner, action="switch_off"), rows)
    answer.render()
    assert answer.content.decode().count('name="_selected_action"') == 2
    assert all(is_active(user) for user in chosen)


def test_a_bulk_action_does_each_row_and_tells_which_were_refused(owner):
    done, kept = UserFactory(), UserFactory(username="kept")
    request = bulk_request(owner, action="switch_off", apply="1", **SENT)
    assert Bulk().switch_off(request, User.objects.filter(pk__in=[done.pk, kept.pk])) is None
    assert not is_active(done)
    assert is_active(kept)
    assert any("This one stays." in str(message) for message in request._messages)


def test_a_bulk_action_has_a_limit(owner):
    chosen = [UserFactory() for _ in range(4)]
    request = bulk_request(owner, action="switch_off", apply="1", **SENT)
    assert Bulk().switch_off(request, User.objects.filter(pk__in=[user.pk for user in chosen])) is None
    assert all(is_active(user) for user in chosen)
