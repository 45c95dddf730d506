"""Signing in with a code of one's phone, losing the phone, and getting another one."""

import re
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from core import tasks
from core.exceptions import DomainError
from core.models import Event, RecoveryCode, SecondFactor, User
from core.security_settings import SecurityPage
from core.services import lockouts, second_factor
from tests.factories import PASSWORD, UserFactory
from tests.phones import Phone, code_of, give_phone

pytestmark = pytest.mark.django_db
LOGIN, CODE, RECOVERY, SET_UP = (
    "/admin/login/",
    "/admin/second-factor/",
    "/admin/second-factor/recovery/",
    "/admin/second-factor/set-up/",
)

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    monkeypatch.setattr(tasks.send_security_mail, "delay", tasks.send_security_mail)


@pytest.fixture
def person():
    return UserFactory(staff="support", username="ada", email="ada@example.com")


@pytest.fixture
def phone(person) -> Phone:
    return give_phone(person)


def sign_in(client: Client, next_page: str = "/admin/"):
    return client.post(f"{LOGIN}?next={next_page}", {"username": "ada", "password": PASSWORD}, follow=True)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def refused(expected: str, act, /, **given) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(**given)
    assert caught.value.code == expected
    return caught.value


def test_the_password_leads_to_the_code_and_the_code_to_where_one_wanted(client, phone):
    asked = sign_in(client, "/admin/account/")

    assert asked.redirect_chain[-1][0] == "/admin/second-factor/?next=%2Fadmin%2Faccount%2F"
    assert not is_in(client)
    before = client.session.session_key
    answer = client.post(f"{CODE}?next=/admin/account/", {"code": phone.code()})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/account/")
    assert is_in(client)
    assert client.session.session_key != before


def test_a_person_without_one_signs_in_as_ever(client, person):
    assert sign_in(client).redirect_chain[-1][0] == "/admin/"
    assert is_in(client)


def test_a_code_is_written_as_the_app_shows_it(phone):
    code = phone.code()
    assert second_factor.check(user=phone.user, code=f" {code[:3]} {code[3:]} ")


def test_a_code_may_be_typed_on_a_persian_keyboard(phone):
    assert second_factor.check(user=phone.user, code=phone.code().translate(PERSIAN))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "²²²²²²", "000000\x0b1"])
def test_what_is_no_code_is_refused(phone, code):
    refused("second_factor_wrong", second_factor.check, user=phone.user, code=code)


def test_a_code_is_taken_once_and_none_before_it(phone):
    later = code_of(phone.secret, ahead=1)
    second_factor.check(user=phone.user, code=later)

    for used in (later, code_of(phone.secret)):
        SecondFactor.objects.update(throttling_failure_count=0)
        refused("second_factor_wrong", second_factor.check, user=phone.user, code=used)


def test_the_code_that_set_it_up_does_not_sign_in(person):
    secret = second_factor.new_secret()
    code = code_of(secret)
    second_factor.set_up(user=person, secret=secret, code=code)
    refused("second_factor_wrong", second_factor.check, user=person, code=code)


def test_a_clock_may_be_half_a_minute_off_and_no_more(phone):
    assert second_factor.check(user=phone.user, code=code_of(phone.secret, ahead=1))
    SecondFactor.objects.update(last_step=-1)
    refused("second_factor_wrong", second_factor.check, user=phone.user, code=code_of(phone.secret, ahead=4))


def test_each_wrong_code_makes_the_next_try_wait_longer(phone):
    waits = []
    for _try in range(6):
        refused("second_factor_wrong", second_factor.check, user=phone.user, code="000000")
        waits.append(refused("locked_out", second_factor.check, user=phone.user, code=phone.code()).wait)
        # As if one had waited.
        SecondFactor.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(days=1))
    assert waits == [1, 2, 4, 8, 16, 32]
    assert second_factor.check(user=phone.user, code=phone.code())
    assert second_factor.failures(phone.user) == 0


def test_the_right_password_again_does_not_forget_wrong_codes(client, phone):
    sign_in(client)
    client.post(CODE, {"code": "000000"})
    sign_in(Client())
    assert second_factor.failures(phone.user) == 1


def test_the_page_says_what_is_wrong_and_how_long_to_wait(client, phone):
    sign_in(client)
    wrong = client.post(CODE, {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    soon = client.post(CODE, {"code": phone.code()})
    assert re.search(r"Try again in \d+ seconds", soon.content.decode())
    assert not is_in(client)


def test_somebody_who_may_unlock_lets_them_try_at_once(phone):
    refused("second_factor_wrong", second_factor.check, user=phone.user, code="000000")
    lockouts.unlock_person(user=phone.user, reason="called us")
    assert second_factor.check(user=phone.user, code=phone.code())


def test_without_the_phone_a_recovery_code_opens_once_and_leads_to_another_phone(client, phone):
    sign_in(client)
    code = phone.recovery_codes[0]
    answer = client.post(RECOVERY, {"code": f" {code.upper()} "})

    assert (answer.status_code, answer["Location"]) == (302, f"{SET_UP}?next=%2Fadmin%2F")
    assert is_in(client)
    other = Client()
    sign_in(other)
    assert "This code is not right" in other.post(RECOVERY, {"code": code}).content.decode()
    assert second_factor.codes_left(phone.user) == 9


def test_another_phone_takes_the_place_of_the_lost_one(client, phone):
    client.force_login(phone.user)
    sign_in(client)
    client.post(RECOVERY, {"code": phone.recovery_codes[0]})
    secret = secret_on(client.get(SET_UP))

    answer = client.post(SET_UP, {"code": code_of(secret), "password": PASSWORD})

    codes = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.content.decode())
    assert len(codes) == 10
    assert is_in(client)
    SecondFactor.objects.update(last_step=-1)
    refused("second_factor_wrong", second_factor.check, user=phone.user, code=code_of(phone.secret))
    SecondFactor.objects.update(throttling_failure_count=0)
    refused("second_factor_wrong", second_factor.check, user=phone.user, code=phone.recovery_codes[1])
    SecondFactor.objects.update(throttling_failure_count=0)
    assert not second_factor.check(user=phone.user, code=codes[3])


def secret_on(page) -> str:
    return re.search(r'tl-qr__key"[^>]*>([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")


def test_whose_role_needs_one_sets_it_up_on_the_way_in(client, person, in_force):
    in_force(SecurityPage, second_factor_roles=("support",))
    page = sign_in(client, "/admin/account/")
    assert page.redirect_chain[-1][0] == f"{SET_UP}?next=%2Fadmin%2Faccount%2F"
    assert not is_in(client)

    codes = client.post(f"{SET_UP}?next=/admin/account/", {"code": code_of(secret_on(page))})

    assert "I have kept them" in codes.content.decode() and 'href="/admin/account/"' in codes.content.decode()
    assert "no-store" in codes["Cache-Control"]
    assert is_in(client)


def test_a_wrong_first_code_sets_nothing_up_and_the_secret_stays(client, person, in_force):
    in_force(SecurityPage, second_factor_roles=("support",))
    secret = secret_on(sign_in(client))
    again = client.post(SET_UP, {"code": "000000"})
    assert "This code is not right" in again.content.decode()
    assert secret_on(again) == secret
    assert not SecondFactor.objects.exists()


def test_of_their_own_accord_people_say_their_password_first(client, person):
    client.force_login(person)
    code = code_of(secret_on(client.get(SET_UP)))
    assert "not your password" in client.post(SET_UP, {"code": code, "password": "x"}).content.decode()
    assert not SecondFactor.objects.exists()
    client.post(SET_UP, {"code": code, "password": PASSWORD})
    assert SecondFactor.objects.count() == 1


def test_a_session_elsewhere_is_asked_for_the_code_from_then_on(client, person):
    elsewhere = Client()
    elsewhere.force_login(person)
    assert is_in(elsewhere)
    give_phone(person)
    assert not is_in(elsewhere)


def test_who_owes_a_code_cannot_put_another_phone_in_its_place(client, phone):
    sign_in(client)
    assert client.get(SET_UP)["Location"].startswith(CODE)
    assert client.post(SET_UP, {"code": "123456"})["Location"].startswith(CODE)
    assert client.get("/admin/second-factor/codes/")["Location"].startswith(LOGIN)


def test_one_can_leave_without_a_code(client, phone):
    sign_in(client)
    assert client.post(CODE, {"leave": "1"})["Location"] == LOGIN
    assert client.get(LOGIN).status_code == 200


def test_the_way_on_stays_in_the_house(client, phone):
    sign_in(client)
    answer = client.post(f"{CODE}?next=https://evil.example/", {"code": phone.code()})
    assert answer["Location"] == "/admin/"


def test_secrets_are_nowhere_in_plain(client, phone):
    client.force_login(phone.user)
    client.get(SET_UP)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM core_secondfactor")
        [[stored]] = cursor.fetchall()
    assert phone.secret not in stored
    assert phone.recovery_codes[0] not in str(list(RecoveryCode.objects.values_list("digest", flat=True)))
    told = " ".join(str(event.data) for event in Event.objects.all())
    assert phone.secret not in told and phone.recovery_codes[0] not in told


def test_new_recovery_codes_end_the_old_ones(client, phone):
    client.force_login(phone.user)
    sign_in(client)
    client.post(CODE, {"code": phone.code()})
    answer = client.post("/admin/second-factor/codes/", {"password": PASSWORD})
    assert answer.content.decode().count("<li><code>") == 10
    refused("second_factor_wrong", second_factor.check, user=phone.user, code=phone.recovery_codes[0])


def test_it_is_turned_off_with_the_password_where_the_role_allows(client, phone, in_force):
    sign_in(client)
    client.post(CODE, {"code": phone.code()})
    off = "/admin/account/second-factor/off/"
    assert (
        "not your password" in client.post(off, {"_form_submitted": "True", "password": "x"}).content.decode()
    )
    in_force(SecurityPage, second_factor_roles=("support",))
    sent = {"_form_submitted": "True", "password": PASSWORD}
    assert "Your role needs a second factor" in client.post(off, sent).content.decode()
    in_force(SecurityPage, second_factor_roles=())
    assert client.post(off, sent)["HX-Redirect"]
    assert not SecondFactor.objects.exists()
    assert is_in(client)


def test_a_super_admin_resets_it_with_a_reason_and_the_person_is_told(
    client, phone, django_capture_on_commit_callbacks
):
    theirs = Client()
    sign_in(theirs)
    theirs.post(CODE, {"code": phone.code()})
    client.force_login(UserFactory(staff="super_admin"))
    url = f"/admin/core/user/{phone.user.pk}/reset-second-factor/"
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, {"_form_submitted": "True", "reason": "lost it on the train"})

    assert answer["HX-Redirect"]
    assert not is_in(theirs)
    assert Event.objects.get(kind="second_factor.reset").data == {"reason": "lost it on the train"}
    assert "Your second factor was reset" in mail.outbox[-1].body
    assert mail.outbox[-1].to == ["ada@example.com"]
    assert sign_in(Client()).redirect_chain[-1][0] == "/admin/"


@pytest.mark.parametrize("role", ["admin", "support"])
def test_nobody_else_resets_it(phone, role):
    refused(
        "not_above_own_rights", second_factor.reset, user=phone.user, by=UserFactory(staff=role), reason="x"
    )


def test_a_super_admin_does_not_reset_their_own(phone):
    User.objects.filter(pk=phone.user.pk).update(is_superuser=True)
    phone.user.refresh_from_db()
    refused("own_second_factor", second_factor.reset, user=phone.user, by=phone.user, reason="x")


def test_whoever_runs_the_server_resets_the_last_super_admins(phone):
    call_command("reset_second_factor", "ADA@example.com", stdout=StringIO())
    assert not SecondFactor.objects.exists()
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", "ada", stdout=StringIO())


def token(api, **body):
    return api.post("/api/token/", {"username": "ada", "password": PASSWORD, **body}, format="json")


def test_the_api_gives_a_token_for_the_password_and_a_code(api, phone):
    assert (token(api).status_code, token(api).json()["code"]) == (401, "second_factor_required")
    wrong = token(api, otp="000000")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "second_factor_wrong")
    assert "otp" in wrong.json()["errors"]
    slow = token(api, otp=phone.code())
    assert (slow.status_code, slow.json()["code"]) == (429, "locked_out") and slow["Retry-After"]
    second_factor.forget_failures(user=phone.user)
    pair = token(api, otp=phone.code()).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert api.get("/api/auth/user/").json()["username"] == "ada"
    renewed = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}, format="json").json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {renewed['access']}")
    assert api.get("/api/auth/user/").status_code == 200


def test_the_api_takes_a_recovery_code_once(api, phone):
    assert token(api, otp=phone.recovery_codes[0]).status_code == 200
    assert token(api, otp=phone.recovery_codes[0]).json()["code"] == "second_factor_wrong"


def test_a_wrong_password_is_told_before_any_code(api, phone):
    answer = api.post(
        "/api/token/", {"username": "ada", "password": "wrong", "otp": phone.code()}, format="json"
    )
    assert answer.json()["code"] == "sign_in_failed"


def test_the_api_sends_those_who_need_one_to_the_back_office(api, person, in_force):
    in_force(SecurityPage, second_factor_roles=("support",))
    assert token(api).json()["code"] == "second_factor_not_set_up"


def test_tokens_from_before_it_was_needed_stop_working(api, person, in_force):
    pair = token(api).json()
    in_force(SecurityPage, second_factor_roles=("support",))
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    refusal = api.get("/api/auth/user/")
    assert (refusal.status_code, refusal.json()["code"]) == (401, "second_factor_required")
    api.credentials()
    again = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}, format="json")
    assert (again.status_code, again.json()["code"]) == (401, "second_factor_required")


def test_a_token_of_the_lost_phone_stops_working_with_it(api, phone):
    pair = token(api, otp=phone.code()).json()
    give_phone(phone.user)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert api.get("/api/auth/user/").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_the_same_recovery_code_one_gets_in():
    phone = give_phone(UserFactory(staff="support"))
    start, opened = threading.Barrier(4), []

    def enter() -> None:
        start.wait()
        try:
            second_factor.check(user=phone.user, code=phone.recovery_codes[0])
            opened.append(True)
        except DomainError as error:
            opened.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enter) for _one in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert opened.count(True) == 1
