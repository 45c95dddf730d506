"""Notes and the switch for watching are on the page of everything that people work with."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from core.services import notes, watching
from core.services.subjects import subject_of
from tests.factories import UserFactory
from tests.project.one_of_each import make_small_business
from tests.project.test_rights import _nobodys_request

pytestmark = pytest.mark.django_db

# Logs, which are forgotten by time, settings of the schedule, and rows that lead to what they stand for; a ticket's
# notes are in its conversation.
WITHOUT = {
    *("commerce.transaction", "commerce.statementline", "commerce.documentbatch", "commerce.dunningcase"),
    *(
        "core.event",
        "core.apirequest",
        "core.message",
        "core.signinsession",
        "axes.accessattempt",
        "axes.accesslog",
    ),
    *("analytics.report", "analytics.reportrun", "analytics.reportschedule", "analytics.schedulerun"),
    *("django_celery_beat.intervalschedule", "django_celery_beat.crontabschedule"),
}
WITHOUT_NOTES = {*WITHOUT, "commerce.supportticket"}


@pytest.fixture
def boss():
    return UserFactory(staff="super_admin")


@pytest.fixture
def http(boss):
    client = Client()
    client.force_login(boss, backend="core.authentication.EmailOrUsernameBackend")
    return client


def page_of(view, obj) -> str:
    return reverse(f"admin:{view.opts.app_label}_{view.opts.model_name}_change", args=[quote(obj.pk)])


def test_every_object_has_them_on_its_page_and_logs_have_none(boss, http):
    make_small_business()
    opened = 0
    for model, view in admin.site._registry.items():
        obj = view.get_queryset(_nobodys_request()).first()
        if obj is None:
            continue
        label, subject = model._meta.label_lower, subject_of(obj)
        path = [subject[0], quote(subject[1])]
        page = http.get(page_of(view, obj)).content.decode()
        assert (reverse("admin:note-add", args=path) in page) == (label not in WITHOUT_NOTES), label
        assert (reverse("admin:watch", args=path) in page) == (label not in WITHOUT), label
        if label in WITHOUT:
            continue
        watching.start(user=boss, subject=subject)
        if label not in WITHOUT_NOTES:
            notes.add(subject=subject, text=f"Noted beside {label}", author=boss)
        page = http.get(page_of(view, obj)).content.decode()
        assert page.count(f"Noted beside {label}") == (label not in WITHOUT_NOTES), label
        assert page.count('id="notes-title"') == (label not in WITHOUT_NOTES), label
        assert "Stop watching" in page, label
        opened += 1
    assert opened > 25
    listed = http.get(reverse("admin:watching")).content.decode()
    assert "not yours to see" not in listed
