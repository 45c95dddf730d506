"""What staff put on the first page: for whom, for how long, and nothing a browser would run."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Announcement, QuickLink
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


def announce(title="Closed on Friday", groups=(), **values) -> Announcement:
    found = Announcement.objects.create(title=title, **values)
    found.groups.set(Group.objects.filter(name__in=groups))
    return found


def first_page(user) -> str:
    return client_of(user).get("/admin/").content.decode()


def test_an_announcement_is_for_everybody_or_for_some_roles():
    announce("For all")
    announce("For finance", groups=["finance", "admin"])
    finance, support = first_page(UserFactory(staff="finance")), first_page(UserFactory(staff="support"))
    assert "For all" in finance
    assert "For finance" in finance
    assert "For all" in support
    assert "For finance" not in support


@pytest.mark.parametrize(
    ("starts", "ends", "is_shown"), [(-1, None, True), (-2, 1, True), (1, None, False), (-2, -1, False)]
)
def test_it_is_shown_in_its_time(starts, ends, is_shown):
    now = timezone.now()
    announce(
        starts_at=now + timedelta(hours=starts), ends_at=None if ends is None else now + timedelta(hours=ends)
    )
    assert ("Closed on Friday" in first_page(UserFactory(staff="admin"))) == is_shown


def test_one_person_puts_it_away_for_themselves():
    one, other = UserFactory(staff="admin"), UserFactory(staff="admin")
    url = reverse("admin:announcement-dismiss", args=[announce().pk])
    assert client_of(one).get(url).status_code == 405
    assert client_of(one).post(url)["Location"] == "/admin/"
    assert "Closed on Friday" not in first_page(one)
    assert "Closed on Friday" in first_page(other)
    assert client_of(one).post(url).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(other, backend="core.authentication.EmailOrUsernameBackend")
    assert strict.post(url).status_code == 403


def test_what_must_be_seen_stays():
    admin, support = UserFactory(staff="admin"), UserFactory(staff="support")
    url = reverse("admin:announcement-dismiss", args=[announce(groups=["admin"], can_be_dismissed=False).pk])
    client_of(admin).post(url)
    assert "Closed on Friday" in first_page(admin)
    assert url not in first_page(admin)
    assert client_of(support).post(url).status_code == 404


def test_its_words_are_words():
    announce("<script>alert(1)</script>", text="<img src=x onerror=alert(1)>\nSecond line")
    page = first_page(UserFactory(staff="admin"))
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "<br>Second line" in page


def test_it_ends_after_it_starts():
    with pytest.raises(IntegrityError), transaction.atomic():
        announce(ends_at=timezone.now() - timedelta(hours=1))
    answer = client_of(UserFactory(staff="admin")).post(
        reverse("admin:core_announcement_add"),
        {
            "title": "A",
            "level": "info",
            "starts_at_0": "2030-01-02",
            "starts_at_1": "10:00",
            "ends_at_0": "2030-01-01",
            "ends_at_1": "10:00",
        },
    )
    assert "It ends after it starts." in answer.content.decode()


def test_it_is_written_in_the_admin_for_roles():
    finance = Group.objects.get(name="finance")
    answer = client_of(UserFactory(staff="admin")).post(
        reverse("admin:core_announcement_add"),
        {
            "title": "Books close",
            "level": "warning",
            "starts_at_0": "2020-01-02",
            "starts_at_1": "10:00",
            "groups": [finance.pk],
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert [group.name for group in Announcement.objects.get().groups.all()] == ["finance"]
    listed = client_of(UserFactory(staff="auditor")).get("/admin/core/announcement/").content.decode()
    assert "Finance" in listed


def test_links_are_for_everybody_or_for_some_roles():
    QuickLink.objects.create(title="Status page", url="https://status.example.com/")
    mine = QuickLink.objects.create(title="Stuck ones", url="/admin/commerce/order/?status__exact=failed")
    mine.groups.set(Group.objects.filter(name="support"))
    support = first_page(UserFactory(staff="support"))
    assert 'href="https://status.example.com/" target="_blank" rel="noopener noreferrer"' in support
    assert 'href="/admin/commerce/order/?status__exact=failed"' in support
    assert "Stuck ones" not in first_page(UserFactory(staff="finance"))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//elsewhere.example.com",
        "/\\elsewhere.example.com",
        "ftp://a",
        "admin/",
        "https://a b",
    ],
)
def test_a_link_leads_to_a_page_and_runs_nothing(address):
    with pytest.raises(ValidationError):
        QuickLink(title="A", url=address).full_clean()


def test_people_without_widgets_are_still_told_what_to_do(monkeypatch):
    from core.backoffice.dashboard import index_widgets

    ours = {name: index_widgets.get(name) for name in ("announcements", "quick-links")}
    monkeypatch.setattr(index_widgets, "_items", ours)
    assert "Choose what you came for" in first_page(UserFactory(staff="support"))
