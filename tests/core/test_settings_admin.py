"""Settings pages: those who may change them, what they refuse, and the record of every change."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from core import site_settings
from core.branding_settings import BrandingPage
from core.models import Event
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/settings/"
BRANDING = "/admin/settings/branding/"
SENT = {
    "name": "Rapid Top-Up",
    "tagline": "Fast",
    "primary_color": "#7c3aed",
    "footer": "Registered in Utrecht",
}


@pytest.fixture(autouse=True)
def nothing_kept():
    site_settings.forget()
    yield
    site_settings.forget()


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 64)) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, "#0f766e").save(content, kind)
    return content.getvalue()


def upload(content: bytes, name: str = "logo.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def branding():
    return site_settings.load(BrandingPage, fresh=True)


@pytest.mark.parametrize(
    ("role", "may_open", "may_change"),
    [
        ("super_admin", True, True),
        ("admin", True, True),
        ("auditor", True, False),
        ("moderator", False, False),
        ("finance", False, False),
        ("support", False, False),
    ],
)
def test_who_opens_and_who_changes_the_branding(role, may_open, may_change):
    client = client_of(role)
    assert client.get(BRANDING).status_code == (200 if may_open else 403)
    assert client.post(BRANDING, SENT).status_code == (302 if may_change else 403)
    assert branding().name == ("Rapid Top-Up" if may_change else "Topline")


def test_the_list_shows_the_pages_one_may_open():
    page = client_of("auditor").get(LIST).content.decode()
    assert "Branding" in page
    assert "read only" in page
    assert client_of("support").get(LIST).status_code == 403


def test_an_unknown_page_is_not_found():
    assert client_of("super_admin").get("/admin/settings/nothing/").status_code == 404


def test_a_change_is_in_force_and_recorded_with_before_and_after():
    client = client_of("super_admin")
    client.post(BRANDING, SENT)
    client.post(BRANDING, SENT | {"name": "Quick Top-Up"})
    page = client.get(BRANDING).content.decode()
    assert "<del><bdi>Topline</bdi></del>" in page
    assert "<ins><bdi>Quick Top-Up</bdi></ins>" in page
    assert "Sam Person" in page
    assert "Quick Top-Up" in client.get(reverse("admin:index")).content.decode()
    assert Event.objects.filter(kind="settings.changed").count() == 2


@pytest.mark.parametrize("color", ["red", "#fff", "#12345g", "#123456;}", "", "url(x)"])
def test_a_colour_is_six_hexadecimal_digits(color):
    answer = client_of("super_admin").post(BRANDING, SENT | {"primary_color": color})
    assert answer.status_code == 200
    assert branding().primary_color == "#0f766e"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_the_logo(kind):
    client = client_of("super_admin")
    client.post(BRANDING, SENT | {"logo": upload(picture(kind))})
    assert branding().logo.startswith(f"data:image/{kind.lower()};base64,")
    assert branding().logo in client.get(reverse("admin:index")).content.decode()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, "PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 40, "PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + b"junk" * 10, "PNG, JPEG or WebP"),
        (picture() + b"\0" * 210_000, "200 KB"),
        (picture(size=(2001, 10)), "2000"),
    ],
    ids=["svg", "gif", "broken", "heavy", "huge"],
)
def test_what_is_no_small_picture_is_refused_whatever_it_calls_itself(content, words):
    page = client_of("super_admin").post(BRANDING, SENT | {"logo": upload(content)}).content.decode()
    assert words in page
    assert branding().logo == ""


def test_the_logo_stays_until_it_is_removed():
    client = client_of("super_admin")
    client.post(BRANDING, SENT | {"logo": upload(picture())})
    client.post(BRANDING, SENT | {"tagline": "Faster"})
    assert branding().logo
    client.post(BRANDING, SENT | {"remove_logo": "on"})
    assert branding().logo == ""
    page = client.get(BRANDING).content.decode()
    assert "picture of 1 KB" in page


def test_the_name_is_on_the_door():
    client_of("super_admin").post(BRANDING, SENT | {"name": "<b>Rapid</b>"})
    page = Client().get(reverse("admin:login")).content.decode()
    assert "&lt;b&gt;Rapid&lt;/b&gt;" in page
    assert "<b>Rapid</b>" not in page
