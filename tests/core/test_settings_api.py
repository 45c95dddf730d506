"""GET and PATCH /api/settings/: public values to anybody, the rest and changes by right."""

import pytest
from rest_framework.test import APIClient

from core import site_settings
from core.branding_settings import BrandingPage
from core.models import Event, SiteSettings
from core.security_settings import SecurityPage
from core.site_settings import load, save, settings_pages
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/settings/"


def api_of(role: str = "") -> APIClient:
    api = APIClient()
    if role:
        api.force_authenticate(UserFactory(staff=role))
    return api


def test_anybody_reads_the_public_values_and_no_others():
    save(BrandingPage, {"name": "Rapid", "footer": "Registered in Utrecht"}, user=None)
    answer = api_of().get(URL)
    assert answer.status_code == 200
    assert answer.json()["branding"] == {"name": "Rapid", "tagline": "", "primary_color": "#0f766e"}
    for key, values in answer.json().items():
        assert set(values) == set(settings_pages.get(key).public)
    assert "security" not in answer.json()


def test_what_is_public_may_be_kept_and_what_is_not_may_not():
    assert api_of().get(URL)["Cache-Control"] == "public, max-age=30"
    answer = api_of("auditor").get(URL)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer["Vary"]


def test_reading_costs_no_query_while_it_is_kept(django_assert_num_queries):
    api_of().get(URL)
    with django_assert_num_queries(0):
        api_of().get(URL)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("super_admin", {"security", "branding", "pricing", "operations"}),
        ("auditor", {"security", "branding", "pricing", "operations"}),
        ("finance", {"pricing"}),
        ("support", set()),
    ],
)
def test_staff_read_all_values_of_the_pages_they_may_see(role, sees):
    shown = api_of(role).get(URL).json()
    whole = {key for key in shown if set(shown[key]) == set(settings_pages.get(key).values_class.__slots__)}
    assert sees <= whole
    if role in ("finance", "support"):
        assert "security" not in shown
        assert not {"branding", "operations", "api", "general"} & whole


def test_a_change_is_checked_by_the_pages_form_kept_and_recorded():
    answer = api_of("admin").patch(URL, {"branding": {"name": "Rapid"}}, format="json")
    assert answer.status_code == 200
    assert answer.json()["branding"]["name"] == "Rapid"
    assert load(BrandingPage).name == "Rapid"
    assert Event.objects.get(kind="settings.changed").data["changed"] == {"name": [None, "Rapid"]}
    refused = api_of("admin").patch(URL, {"branding": {"primary_color": "red"}}, format="json")
    assert refused.status_code == 400
    assert refused.json()["code"] == "invalid_settings"
    assert list(refused.json()["errors"]) == ["branding.primary_color"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nothing": {"a": 1}}, "unknown_setting"),
        ({"branding": {"nothing": 1}}, "unknown_setting"),
        ({"branding": {"logo": "data:image/png;base64,AAAA"}}, "unknown_setting"),
        ({"branding": {"remove_logo": True}}, "unknown_setting"),
        ({"branding": {"name": 5}}, "invalid_settings"),
        ({"branding": {"name": ["x"]}}, "invalid_settings"),
        ({"branding": {"name": None}}, "invalid_settings"),
        ({"branding": {"name": "a\x00b"}}, "invalid_settings"),
        ({"security": {"session_hours": "12"}}, "invalid_settings"),
        ({"security": {"session_hours": True}}, "invalid_settings"),
        ({"security": {"session_hours": 10**30}}, "invalid_settings"),
        ({"security": {"second_factor_roles": ["king"]}}, "invalid_settings"),
        ({"security": {"second_factor_roles": [{}]}}, "invalid_settings"),
        ({"operations": {"outages": [[]]}}, "invalid_settings"),
        ({"operations": {"outages": [{"brand": 5}]}}, "invalid_settings"),
        ({"operations": {"outages": [{"brand": "nope"}]}}, "invalid_settings"),
        ({"branding": []}, "invalid_settings"),
        ({}, "invalid_settings"),
        ([], "invalid_settings"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(body, code):
    answer = api_of("super_admin").patch(URL, body, format="json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] in (code, "invalid_text", "invalid_request")
    assert not SiteSettings.objects.exists()


def test_a_page_one_may_not_change_refuses_the_whole_request():
    body = {"branding": {"name": "Rapid"}, "security": {"session_hours": 100}}
    assert api_of("admin").patch(URL, body, format="json").status_code == 403
    assert load(BrandingPage).name == "Topline"
    assert api_of().patch(URL, body, format="json").status_code == 401
    assert api_of("super_admin").patch(URL, body, format="json").status_code == 200
    assert load(SecurityPage).session_hours == 100


def test_what_the_environment_fixes_is_refused_by_name(settings):
    settings.SETTINGS_FROM_ENVIRONMENT = {"SESSION_HOURS": "8"}
    site_settings.forget()
    answer = api_of("super_admin").patch(URL, {"security": {"session_hours": 9}}, format="json")
    assert answer.json()["code"] == "setting_fixed"
    assert "SESSION_HOURS" in answer.json()["detail"]
    assert load(SecurityPage).session_hours == 8
