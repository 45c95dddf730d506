"""Notes of staff beside any object: seen with the object, changed by their author alone, erased with a person."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from core.exceptions import InvalidInput, NotAllowed
from core.models import Event, Note
from core.services import notes
from core.services.privacy import Person
from core.services.subjects import forget_gone, subject_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SENT = {"_form_submitted": "True"}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def boss():
    return UserFactory(staff="super_admin", first_name="Ada", last_name="Byron")


@pytest.fixture
def other_boss():
    return UserFactory(staff="super_admin")


@pytest.fixture
def somebody():
    return UserFactory(staff="support")


def page_of(user) -> str:
    return f"/admin/core/user/{user.pk}/change/"


def add_url(user) -> str:
    return reverse("admin:note-add", args=["core.user", user.pk])


def note(about, by, text="Beware"):
    return notes.add(subject=subject_of(about), text=text, author=by)


def own_urls(one: Note) -> tuple[str, str]:
    return tuple(reverse(f"admin:note-{verb}", args=[one.pk]) for verb in ("change", "remove"))


def html(client, url) -> str:
    return client.get(url).content.decode()


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="note.").order_by("pk").values_list("kind", flat=True))


def test_a_note_is_shown_on_the_objects_page_with_who_wrote_it_and_when(boss, somebody):
    http = client_of(boss)
    page = html(http, page_of(somebody))
    assert add_url(somebody) in page
    assert "notes-title" not in page

    answer = http.post(add_url(somebody), {**SENT, "text": " Call <b>first</b>\nthen write "})
    assert "HX-Redirect" in answer
    written = Note.objects.get()
    assert (written.author, written.author_label) == (boss, "Ada Byron")
    page = html(http, page_of(somebody))
    assert "Call &lt;b&gt;first&lt;/b&gt;<br>then write" in page
    assert "Ada Byron" in page
    assert written.created_at.strftime("%Y") in page


def test_an_event_says_that_and_never_what(boss, somebody):
    written = note(somebody, boss, "Their dog is called Rex")
    notes.change(note=written, text="Their cat is called Tom", user=boss)
    notes.remove(note=written, user=boss)
    assert kinds() == ["note.added", "note.changed", "note.removed"]
    assert all(event.data == {"note": event.data["note"]} for event in Event.objects.all())
    assert {event.subject_id for event in Event.objects.all()} == {str(somebody.pk)}


def test_a_form_of_an_object_has_them_too(boss, somebody):
    note(somebody, boss)
    page = html(client_of(boss), page_of(somebody) + "?edit=1")
    assert "Beware" in page
    assert add_url(somebody) in page


def test_those_who_see_the_object_read_them_and_the_auditor_only_reads(boss, somebody):
    note(somebody, boss)
    auditor = client_of(UserFactory(staff="auditor"))
    page = html(auditor, page_of(somebody))
    assert "Beware" in page
    assert add_url(somebody) not in page
    assert "Beware" in html(auditor, reverse("admin:notes", args=["core.user", somebody.pk]))
    assert auditor.post(add_url(somebody), {**SENT, "text": "Me too"}).status_code == 403
    assert Note.objects.count() == 1


def test_who_does_not_see_the_object_sees_no_note_and_writes_none(boss, somebody):
    one = note(somebody, boss)
    finance = client_of(UserFactory(staff="finance"))
    for url in (add_url(somebody), reverse("admin:notes", args=["core.user", somebody.pk]), *own_urls(one)):
        for answer in (finance.get(url), finance.post(url, {**SENT, "text": "Me too"})):
            assert answer.status_code == 403
            assert "Beware" not in answer.content.decode()
    assert Note.objects.get().text == "Beware"


def test_the_author_alone_changes_it(boss, other_boss, somebody):
    one = note(somebody, boss)
    change, remove = own_urls(one)
    other = client_of(other_boss)
    page = html(other, page_of(somebody))
    assert change not in page
    assert remove not in page
    for url in (change, remove):
        assert other.get(url).status_code == 403
        assert other.post(url, {**SENT, "text": "Mine"}).status_code == 403
    with pytest.raises(NotAllowed):
        notes.change(note=one, text="Mine", user=other_boss)
    with pytest.raises(NotAllowed):
        notes.remove(note=one, user=other_boss)

    http = client_of(boss)
    page = html(http, page_of(somebody))
    assert change in page
    assert remove in page
    assert "Beware" in html(http, change)
    assert "HX-Redirect" in http.post(change, {**SENT, "text": "Mind the dog"})
    one.refresh_from_db()
    assert one.text == "Mind the dog"
    assert one.changed_at is not None
    assert "HX-Redirect" in http.post(remove, SENT)
    assert not Note.objects.exists()
    assert http.post(remove, SENT).status_code == 404


def test_an_author_who_no_longer_sees_the_object_changes_nothing(somebody):
    author = UserFactory(staff="admin")
    one = note(somebody, author)
    author.groups.clear()
    for url in own_urls(one):
        assert client_of(author).post(url, {**SENT, "text": "Still me"}).status_code == 403
    assert Note.objects.get().text == "Beware"


def test_saving_the_same_words_changes_nothing(boss, somebody):
    one = notes.change(note=note(somebody, boss), text=" Beware ", user=boss)
    assert one.changed_at is None
    assert kinds() == ["note.added"]


@pytest.mark.parametrize("text", ["", "  ", "a" * (notes.LONGEST + 1)])
def test_a_note_says_something_and_not_too_much(text, boss, somebody):
    with pytest.raises(InvalidInput):
        note(somebody, boss, text)
    answer = client_of(boss).post(add_url(somebody), {**SENT, "text": text})
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "core.nothing/1",
        "core.user/0",
        "core.user/x",
        "core.user/99999999999999999999",
        "core.event/1",
        "user/1",
    ],
)
def test_there_are_no_notes_about_nothing(path, boss):
    for url in (f"/admin/notes/{path}/add/", f"/admin/notes/{path}/all/"):
        assert client_of(boss).get(url).status_code == 404


def test_many_notes_have_a_page_of_their_own(boss, somebody):
    for number in range(35):
        note(somebody, boss, f"Note number {number:02}")
    http, url = client_of(boss), reverse("admin:notes", args=["core.user", somebody.pk])
    page = html(http, page_of(somebody))
    assert url in page
    assert "Note number 34" in page
    assert "Note number 24" not in page
    assert "Note number 05" in html(http, url)
    assert "Note number 04" in html(http, f"{url}?p=2")
    assert http.get(f"{url}?p=x").status_code == 200


def test_notes_are_erased_with_the_person_they_are_about_and_those_that_name_them(boss, somebody):
    note(somebody, boss, "Beware")
    note(boss, boss, "Ask Margaret Hamilton for the code")
    note(boss, boss, "Stays")
    person = Person(
        subject=somebody,
        user=somebody,
        things={"core.user": [str(somebody.pk)]},
        names=frozenset({"Margaret Hamilton"}),
    )
    holder = notes.NoteHolder()
    (kept,) = holder.told(person)
    assert kept["subject_kind"] == "core.user"
    assert "Beware" not in str(kept)
    holder.erase(person)
    assert [one.text for one in Note.objects.all()] == ["Stays"]


def test_notes_about_what_was_deleted_go_with_it(boss, somebody):
    note(somebody, boss)
    Note.objects.create(subject_kind="core.user", subject_id="0", text="Gone", author_label="x")
    Note.objects.create(subject_kind="core.user", subject_id="x", text="Never was", author_label="x")
    Note.objects.create(subject_kind="core.gone", subject_id="1", text="No such kind", author_label="x")
    assert forget_gone(Note) == 3
    assert Note.objects.get().text == "Beware"


def test_a_list_of_some_rows_shares_the_notes_of_all():
    for model in admin.site._registry:
        if model._meta.proxy:
            assert subject_of(model(pk=1))[0] == model._meta.concrete_model._meta.label_lower
