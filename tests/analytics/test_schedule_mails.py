"""Mails of schedules: what is in them, the links, and what happens when the mail server is dead."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from django.core import signing
from django.test import Client
from django.utils import timezone

from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.report_settings import ReportsPage
from analytics.services import delivering, file_links, schedules
from core import site_settings
from core.exceptions import Conflict
from core.messages import inbox
from core.messages.channels.base import channels
from core.messages.channels.email import Email
from core.models import Event, Message, User
from tests.analytics.schedule_world import due, finance, mails, schedule_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
S = ScheduleRun.Status
LINK = re.compile(r"https://desk\.example\.com(/reports/files/\S+)")


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.SITE_URL = "https://desk.example.com"
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path


@pytest.fixture
def links() -> Any:
    """Nothing is enclosed."""
    site_settings.save(ReportsPage, {"enclosed_kb": 0, "link_days": 7, "domains": ""}, user=None)
    yield
    site_settings.forget()


def ran(**values: Any) -> ScheduleRun:
    run = due(schedule_of(**values))
    assert run is not None and run.status == S.SENT, run
    return run


def link_in(letter: Any) -> str:
    found = LINK.search(letter.body)
    assert found, letter.body
    return found[1]


def test_a_small_file_goes_with_the_mail_in_the_schedules_language_and_zone() -> None:
    run = ran(
        zone="Europe/Berlin", people=[UserFactory(staff="finance", email="f2@example.com", language="fa")]
    )
    letters = {letter.to[0]: letter for letter in mails()}
    assert set(letters) == {"ann@example.org", "f2@example.com"}
    letter = letters["f2@example.com"]
    assert letter.subject == "Sales every day: 5 Mar 2025"
    assert "Due: 6 Mar 2025, 07:00 (Europe/Berlin)" in letter.body
    assert "Rows: 0" in letter.body and "http" not in letter.body
    [(name, content, kind)] = letter.attachments
    [made] = run.files
    assert (name, kind) == (made.file_name, "application/octet-stream")
    assert hashlib.sha256(content).hexdigest() == made.sha256


def test_a_mail_in_persian_says_its_days_in_persian() -> None:
    ran(language="fa")
    [letter] = mails()
    assert "5 Mar" not in letter.subject


@pytest.mark.usefixtures("links")
def test_a_large_file_is_behind_a_link_that_opens_without_a_password() -> None:
    run = ran()
    [letter] = mails()
    assert letter.attachments == []
    answer = Client().get(link_in(letter))
    assert answer.status_code == 200
    [made] = run.files
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and made.file_name in answer["Content-Disposition"]
    )
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"
    assert b"".join(answer.streaming_content)
    event = Event.objects.get(kind="report.taken")
    assert event.data["address"] == "ann@example.org" and event.subject_id == str(made.pk)
    # A mail's text opens the file: it is kept nowhere.
    message = Message.objects.get(event="scheduled_report")
    assert (message.body, message.sealed) == ("", "")
    assert not Event.objects.filter(data__icontains="/reports/files/").exists()


@pytest.mark.usefixtures("links")
def test_a_server_that_knows_no_address_of_its_own_says_so_and_mails_no_dead_link(settings: Any) -> None:
    settings.SITE_URL = ""
    run = due(schedule_of())
    assert run is not None and run.status == S.FAILED and "SITE_URL" in run.error
    assert mails() == []
    assert file_links.is_whole(list(run.files))


@pytest.mark.usefixtures("links")
def test_a_link_cannot_be_guessed_or_changed(settings: Any) -> None:
    run = ran()
    [made] = run.files
    link = link_in(mails()[0])
    token = link.rstrip("/").rpartition("/")[2]
    wrong = [
        token[:-1],
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        "x" + token[1:],
        str(made.pk),
        made.pk.hex,
    ]
    content = [made.pk.hex, "ann@example.org", 9_999_999_999]
    wrong += [
        signing.dumps(content, salt="other"),
        signing.dumps(content, salt=file_links.SALT, key="guessed"),
    ]
    wrong += [
        signing.dumps(["no uuid", "a", "b"], salt=file_links.SALT),
        signing.dumps(7, salt=file_links.SALT),
    ]
    for one in wrong:
        answer = Client().get(f"/reports/files/{one}/")
        assert answer.status_code == 404, one
        assert made.file_name not in answer.content.decode()
    assert not Event.objects.filter(kind="report.taken").exists()
    # 128 bits at least.
    assert len(token.rpartition(":")[2]) >= 43


@pytest.mark.usefixtures("links")
def test_a_link_expires_and_says_so() -> None:
    [made] = ran().files
    old = file_links.link_of(made, "ann@example.org", timezone.now() - timedelta(seconds=1))
    answer = Client().get(old.removeprefix("https://desk.example.com"))
    assert answer.status_code == 410 and "This link has expired." in answer.content.decode()


@pytest.mark.usefixtures("links")
def test_a_link_to_a_file_that_is_gone_says_so(private_files: Path) -> None:
    [made] = ran().files
    link = link_in(mails()[0])
    (private_files / made.path).unlink()
    answer = Client().get(link)
    assert answer.status_code == 410 and "no longer kept" in answer.content.decode()
    ReportRun.objects.filter(pk=made.pk).delete()
    assert Client().get(link).status_code == 410


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("who", ["owner", "member"])
def test_a_link_works_no_more_once_the_owner_or_the_member_of_staff_lost_the_right(who: str) -> None:
    member = UserFactory(staff="finance", email="f2@example.com")
    run = ran(people=[member], addresses="")
    link = link_in(mails()[0])
    assert Client().get(link).status_code == 200
    person = run.schedule.owner if who == "owner" else member
    User.objects.filter(pk=person.pk).update(is_active=False)
    answer = Client().get(link)
    assert answer.status_code == 403 and "may not be had any more" in answer.content.decode()


@pytest.mark.usefixtures("links")
def test_a_look_at_the_headers_is_no_download_and_nothing_is_posted() -> None:
    ran()
    link = link_in(mails()[0])
    assert Client().head(link).status_code == 200
    assert Client().post(link).status_code == 405
    assert not Event.objects.filter(kind="report.taken").exists()


def test_nothing_is_sent_where_there_are_no_rows_and_the_run_says_so() -> None:
    run = due(schedule_of(only_if_rows=True))
    assert run is not None and run.status == S.EMPTY
    assert mails() == []
    assert Event.objects.filter(kind="schedule.run_empty").exists()


class Dead(Email):
    def send(self, letter: Any) -> str:
        raise ConnectionRefusedError


def made_due() -> None:
    Message.objects.filter(status="queued").update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_a_dead_mail_server_costs_no_file_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels._items, "email", Dead())
    run = ran()
    assert mails() == []
    message = delivering.messages_of(run).get()
    assert (message.status, message.tries, message.error) == ("queued", 1, "ConnectionRefusedError")
    assert message.next_try_at > timezone.now() + timedelta(seconds=20)
    assert file_links.is_whole(list(run.files))
    monkeypatch.undo()
    made_due()
    assert len(mails()) == 1
    made_due()
    assert len(mails()) == 1


def test_given_up_it_says_so_and_can_be_sent_again_to_those_it_did_not_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule = schedule_of(addresses="ann@example.org\nbob@example.org")
    run = due(schedule)
    assert run is not None
    with pytest.raises(Conflict, match="being sent still"):
        delivering.send_again(run=run, reason="Hurry")
    [ann, _bob] = delivering.messages_of(run)
    from core.messages.sending import MOST_TRIES, send

    send(ann.pk)
    monkeypatch.setitem(channels._items, "email", Dead())
    for _number in range(MOST_TRIES):
        made_due()
        mails()
    monkeypatch.undo()
    statuses = list(delivering.messages_of(run).values_list("address", "status"))
    assert statuses == [("ann@example.org", "sent"), ("bob@example.org", "failed")]
    run.refresh_from_db()
    assert run.status == S.SENT and file_links.is_whole(list(run.files))
    [told] = inbox.messages_of(schedule.owner)
    assert told.event == "schedule_unsent" and "bob@example.org" in told.body
    assert ReportSchedule.objects.get(pk=schedule.pk).failures == 0
    assert delivering.send_again(run=run, reason="The server is back") == 1
    assert [letter.to[0] for letter in mails()] == ["ann@example.org", "bob@example.org"]
    with pytest.raises(Conflict, match="reached everybody"):
        delivering.send_again(run=run, reason="Again")
    assert len(mails()) == 2


def test_settled_twice_it_is_mailed_once() -> None:
    run = ran()
    assert schedules.settle(run.pk) is None
    assert len(mails()) == 1
    assert delivering.messages_of(run).count() == 1


def test_a_file_that_is_gone_before_its_mail_went_is_said(private_files: Path) -> None:
    run = ran()
    [made] = run.files
    (private_files / made.path).unlink()
    assert mails() == []
    message = delivering.messages_of(run).get()
    assert (message.status, message.error) == ("failed", "file_gone")
    with pytest.raises(Conflict, match="no longer kept"):
        delivering.send_again(run=run, reason="Again")


def test_a_recipient_who_lost_the_right_is_left_out_and_named() -> None:
    member = UserFactory(staff="finance", email="f2@example.com")
    schedule = schedule_of(people=[member])
    User.objects.filter(pk=member.pk).update(is_active=False)
    run = due(schedule)
    assert run is not None and run.skipped == f"{member}: works here no more."
    assert [letter.to for letter in mails()] == [["ann@example.org"]]


def test_where_nobody_may_have_it_any_more_it_failed() -> None:
    member = UserFactory(staff="finance", email="f2@example.com")
    schedule = schedule_of(people=[member], addresses="")
    User.objects.filter(pk=member.pk).update(is_active=False)
    run = due(schedule)
    assert run is not None and run.status == S.FAILED
    assert "Nobody it is sent to may have it" in run.error


def test_reports_go_to_the_domains_of_the_settings_only() -> None:
    schedule = schedule_of()
    values = {"enclosed_kb": 100, "link_days": 7, "domains": "example.com"}
    site_settings.save(ReportsPage, values, user=None)
    try:
        run = due(schedule)
        assert run is not None and run.status == S.FAILED
        assert "Reports go to these domains only: example.com." in run.error
        assert outbox.outbox == []
        member = UserFactory(staff="finance", email="f2@elsewhere.example")
        assert schedule_of(finance_again(), people=[member], addresses="x@example.com").pk
    finally:
        site_settings.forget()


def finance_again() -> User:
    return User.objects.filter(email="finance@example.com").first() or finance()
