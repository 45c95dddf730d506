"""What the environment fixes, and secrets: shown as they must be, and changed by nobody who must not."""

from dataclasses import dataclass, field

import pytest
from django import forms
from django.core.checks import run_checks
from django.test import Client

from core import site_settings
from core.backoffice.history.values import secret_key
from core.models import Event, SiteSettings
from core.secret_values import Secret, SecretField
from core.site_settings import SettingsForm, SettingsPage, load, save, settings_pages
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TEXT = "s3cret-of-the-mail-server"
PAGE = "/admin/settings/trial/"


@dataclass(frozen=True, slots=True)
class Trial:
    limit: int = 5
    strict: bool = True
    roles: tuple[str, ...] = ()
    mail_secret: Secret = field(default_factory=Secret)


class TrialForm(SettingsForm):
    limit = forms.IntegerField(min_value=1, max_value=9)
    strict = forms.BooleanField(required=False)
    roles = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], required=False)
    mail_secret = SecretField(label="Mail secret")


class TrialPage(SettingsPage[Trial]):
    title = "Trial"
    permission = "core.change_branding"
    values_class = Trial
    form_class = TrialForm
    environment = {
        "limit": "TRIAL_LIMIT",
        "strict": "TRIAL_STRICT",
        "roles": "TRIAL_ROLES",
        "mail_secret": "TRIAL_SECRET",
    }


@pytest.fixture(autouse=True)
def page(monkeypatch):
    monkeypatch.setitem(settings_pages._items, "trial", TrialPage)
    monkeypatch.setattr(TrialPage, "key", "trial", raising=False)


@pytest.fixture
def given(settings):
    def give(**variables: str) -> None:
        settings.SETTINGS_FROM_ENVIRONMENT = variables
        site_settings.forget()

    return give


@pytest.fixture
def admin_client():
    client = Client()
    client.force_login(UserFactory(staff="admin"), backend="core.authentication.EmailOrUsernameBackend")
    return client


def test_what_the_environment_says_is_in_force_whatever_was_saved(given):
    save(TrialPage, {"limit": 3}, user=None)
    given(TRIAL_LIMIT="7", TRIAL_STRICT="no", TRIAL_ROLES="a, b")
    assert load(TrialPage) == Trial(limit=7, strict=False, roles=("a", "b"))
    given()
    assert load(TrialPage) == Trial(limit=3)


def test_a_fixed_field_is_disabled_says_by_what_and_shows_the_value_in_force(given, admin_client):
    given(TRIAL_LIMIT="7")
    page = admin_client.get(PAGE)
    field = page.context["form"]["limit"]
    assert field.field.disabled and field.value() == 7
    assert "Set by TRIAL_LIMIT in the environment" in page.content.decode()
    assert not page.context["form"]["strict"].field.disabled


def test_posting_a_fixed_field_changes_nothing(given, admin_client):
    given(TRIAL_LIMIT="7")
    assert admin_client.post(PAGE, {"limit": "2", "strict": "on"}).status_code == 302
    assert "limit" not in SiteSettings.objects.get(page="trial").values
    assert load(TrialPage).limit == 7
    save(TrialPage, {"limit": 2}, user=None)
    assert "limit" not in SiteSettings.objects.get(page="trial").values


def test_a_fixed_field_is_not_put_back_either(given, admin_client):
    admin_client.post(PAGE, {"limit": "2", "strict": "on"})
    number = SiteSettings.history.get(page="trial", values__limit=2).history_id
    restore = f"{PAGE}changes/{number}/restore/"
    given(TRIAL_LIMIT="7")
    assert restore not in admin_client.get(PAGE).content.decode()
    admin_client.post(restore, {"_form_submitted": "True", "reason": "Back"})
    assert SiteSettings.objects.get(page="trial").values["limit"] == 2
    given()
    assert restore in admin_client.get(PAGE).content.decode()


def test_a_variable_without_a_valid_value_is_named_by_the_check_and_fixes_nothing_else(given):
    given(TRIAL_LIMIT="many", TRIAL_STRICT="0")
    assert load(TrialPage) == Trial(strict=False)
    assert [error.msg.split(":")[0] for error in run_checks() if error.id == "topline.E002"] == [
        "TRIAL_LIMIT"
    ]


def test_a_secret_is_encrypted_and_never_shown(admin_client):
    admin_client.post(PAGE, {"limit": "2", "mail_secret": TEXT})
    values = load(TrialPage, fresh=True)
    assert values.mail_secret.reveal() == TEXT
    assert TEXT not in f"{values} {values.mail_secret!r} {SiteSettings.objects.get(page='trial').values}"
    token = values.mail_secret.token
    everything = admin_client.get(PAGE).content.decode()
    everything += str(list(Event.objects.values_list("data", flat=True)))
    auditor = Client()
    auditor.force_login(UserFactory(staff="auditor"), backend="core.authentication.EmailOrUsernameBackend")
    everything += auditor.get(PAGE).content.decode()
    everything += auditor.get("/admin/history/").content.decode()
    everything += auditor.get("/api/settings/").content.decode()
    assert TEXT not in everything
    assert token not in everything
    assert "Set on" in everything and "•••" in everything


def test_a_secret_stays_until_it_is_replaced_or_removed(admin_client):
    admin_client.post(PAGE, {"limit": "2", "mail_secret": TEXT})
    admin_client.post(PAGE, {"limit": "3", "mail_secret": ""})
    assert load(TrialPage, fresh=True).mail_secret.reveal() == TEXT
    admin_client.post(PAGE, {"limit": "3", "mail_secret": "another"})
    assert load(TrialPage, fresh=True).mail_secret.reveal() == "another"
    admin_client.post(PAGE, {"limit": "3", "remove_mail_secret": "on"})
    assert not load(TrialPage, fresh=True).mail_secret


def test_a_change_of_a_secret_is_seen_but_not_put_back(admin_client):
    admin_client.post(PAGE, {"limit": "2", "mail_secret": TEXT})
    admin_client.post(PAGE, {"limit": "2", "mail_secret": "another"})
    newest = SiteSettings.history.filter(page="trial").latest("history_id").history_id
    page = admin_client.get(PAGE).content.decode()
    assert page.count("Mail secret: <del>") == 2
    assert f"changes/{newest}/restore/" not in page


def test_a_secret_of_the_environment_is_in_force_and_not_shown(given, admin_client):
    given(TRIAL_SECRET=TEXT)
    assert load(TrialPage).mail_secret.reveal() == TEXT
    page = admin_client.get(PAGE).content.decode()
    assert "Set by TRIAL_SECRET" in page
    assert TEXT not in page and "remove_mail_secret" not in page


def test_every_page_names_secrets_so_that_logs_mask_them_and_fields_that_exist():
    for key, page in settings_pages.items():
        assert all(secret_key(name) for name in site_settings.secrets(page)), key
        assert set(page.environment) <= set(page.form_class.base_fields), key
        assert set(page.public) <= set(page.values_class.__dataclass_fields__), key
        assert not site_settings.secrets(page) & set(page.public), key
