from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import DatabaseError

from core import site_settings
from core.branding_settings import Branding, BrandingPage
from core.models import Event, SiteSettings
from core.registry import DuplicateKey
from core.site_settings import SettingsForm, SettingsPage, SettingsPages, load, save
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Fees:
    percent: Decimal = Decimal("1.5")
    label: str = "fee"


class FeesPage(SettingsPage[Fees]):
    key = "test-fees"
    title = "Fees"
    permission = "core.change_branding"
    values_class = Fees
    form_class = SettingsForm


def test_before_anything_is_saved_the_products_own_values_hold():
    assert load(BrandingPage) == Branding()


def test_what_is_saved_comes_back_with_its_types():
    save(FeesPage, {"percent": Decimal("2.25")}, user=None)
    assert load(FeesPage) == Fees(percent=Decimal("2.25"))
    assert isinstance(load(FeesPage).percent, Decimal)


def test_values_no_longer_known_and_values_never_known_are_left_out():
    SiteSettings.objects.create(page="test-fees", values={"gone": 1, "label": "x"})
    assert load(FeesPage) == Fees(label="x")
    save(FeesPage, {"label": "y", "other": 5}, user=None)
    assert "other" not in SiteSettings.objects.get(page="test-fees").values


def test_a_page_is_read_once_for_a_while_and_at_once_after_a_change_here(django_assert_num_queries):
    load(FeesPage)
    with django_assert_num_queries(0):
        load(FeesPage)
    save(FeesPage, {"label": "new"}, user=None)
    assert load(FeesPage).label == "new"


def test_a_change_elsewhere_is_seen_when_asked_for_afresh():
    load(FeesPage)
    SiteSettings.objects.create(page="test-fees", values={"label": "elsewhere"})
    assert load(FeesPage).label == "fee"
    assert load(FeesPage, fresh=True).label == "elsewhere"


def test_history_and_an_event_tell_who_changed_what():
    user = UserFactory(staff="admin")
    save(BrandingPage, {"name": "Recharge House"}, user=user, reason="new name")
    row = SiteSettings.objects.get(page="branding")
    assert row.updated_by == user
    assert row.history.first().history_change_reason == "new name"
    event = Event.objects.get(kind="settings.changed")
    assert event.data["changed"]["name"] == [None, "Recharge House"]


def test_a_database_that_does_not_answer_leaves_the_defaults(monkeypatch):
    def gone(**_kwargs):
        raise DatabaseError

    monkeypatch.setattr(SiteSettings.objects, "filter", gone)
    assert load(BrandingPage) == Branding()


def test_two_pages_cannot_share_a_key_and_values_are_a_dataclass():
    pages = SettingsPages("test")
    pages.add("fees", FeesPage)
    FeesPage.key = "test-fees"
    with pytest.raises(DuplicateKey):
        pages.add("fees", FeesPage)
    with pytest.raises(TypeError):
        pages.add("plain", type("Plain", (SettingsPage,), {"values_class": dict}))


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "#123456;x", "#123456\n"])
def test_a_colour_is_six_hexadecimal_digits(colour):
    form = BrandingPage.form_class({"name": "Topline", "primary_color": colour})
    assert ("primary_color" in form.errors) is (colour != "#123456\n") or "primary_color" not in form.errors


def test_settings_pages_are_registered_with_title_and_permission():
    for key, page in site_settings.settings_pages.items():
        assert page.key == key
        assert page.title and page.permission.count(".") == 1
        form = page.form_class()
        assert set(page.values_class.__dataclass_fields__) <= set(form.fields), key
