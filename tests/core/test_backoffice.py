"""The admin's frame: every page opens for whom it is for, in few queries, and for nobody else."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from core.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ROLES = User.Role.values


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


@pytest.mark.parametrize("role", ROLES)
def test_every_list_opens_in_few_queries_for_those_who_may_see_it(
    role, signed_in, django_assert_max_num_queries
):
    client = signed_in(role)
    client.get(reverse("admin:index"))
    for name, model in registered():
        may = admin.site._registry[model].has_view_permission(_request(client))
        with django_assert_max_num_queries(12) as queries:
            answer = client.get(reverse(f"admin:{name}_changelist"))
        assert answer.status_code == (200 if may else 403), (name, role, len(queries))


@pytest.mark.parametrize("role", ROLES)
def test_every_add_form_opens_in_few_queries_for_those_who_may_add(
    role, signed_in, django_assert_max_num_queries
):
    client = signed_in(role)
    for name, model in registered():
        may = admin.site._registry[model].has_add_permission(_request(client))
        with django_assert_max_num_queries(25) as queries:
            answer = client.get(reverse(f"admin:{name}_add"))
        assert answer.status_code == (200 if may else 403), (name, role, len(queries))


def _request(client: Client):
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    return request
