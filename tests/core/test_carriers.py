"""Carriers with their own libraries, each against a server here that answers as theirs does.

The libraries are extras: where one is not installed, its tests are skipped.
"""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from core.messages import sending, tell
from core.messages.channels import sms
from core.messages.channels.base import Letter, NotDelivered
from core.messages.channels.email import Email
from core.messages.channels.sms import Sms
from core.models import Message

NUMBER, TEXT = "+14155552671", "Your code for Topline: 482915. سلام"
LETTER = Letter(NUMBER, "", TEXT)
MAIL = Letter("sara@example.com", "Your order TL-1: Delivered", "Hello Sara")


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


@dataclass
class StandIn:
    """A provider on this machine: what it was asked, and what it answers."""

    url: str = ""
    status: int = 200
    answer: str = ""
    asked: list[Asked] = field(default_factory=list)

    def says(self, status: int, answer: Any) -> None:
        self.status, self.answer = status, answer if isinstance(answer, str) else json.dumps(answer)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """No proxy of this machine's is between us and it."""
    there = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            there.asked.append(Asked(self.path, dict(self.headers), body))
            said = there.answer.encode()
            self.send_response(there.status)
            self.send_header(
                "Content-Type", "text/xml" if there.answer.startswith("<") else "application/json"
            )
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: Any) -> None:
            pass

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sms.carrier.cache_clear()
    yield there
    sms.carrier.cache_clear()
    server.shutdown()
    server.server_close()


def refused(provider: StandIn, status: int, answer: Any) -> NotDelivered:
    provider.says(status, answer)
    with pytest.raises(NotDelivered) as caught:
        Sms().send(LETTER)
    assert TEXT not in str(caught.value)
    return caught.value


class TestTwilio:
    @pytest.fixture(autouse=True)
    def twilio(self, provider: StandIn, settings: Any) -> None:
        pytest.importorskip("twilio", reason="the extra “twilio” is not installed")
        settings.SMS_URL = f"twilio://AC123:a%2Fb@+15005550006?endpoint={quote(provider.url)}"

    def test_a_text_goes_to_the_number_from_ours(self, provider: StandIn) -> None:
        provider.says(201, {"sid": "SM42", "status": "queued"})
        assert Sms().send(LETTER) == "SM42"
        [asked] = provider.asked
        assert asked.path == "/2010-04-01/Accounts/AC123/Messages.json"
        assert asked.form == {"To": NUMBER, "From": "+15005550006", "Body": TEXT}
        assert base64.b64decode(asked.headers["Authorization"].split()[1]) == b"AC123:a/b"

    def test_a_messaging_service_sends_it(self, provider: StandIn, settings: Any) -> None:
        service = "MG" + "0" * 32
        settings.SMS_URL = f"twilio://AC123:x@{service}?endpoint={quote(provider.url)}"
        provider.says(201, {"sid": "SM43"})
        assert Sms().send(LETTER) == "SM43"
        assert provider.asked[0].form == {"To": NUMBER, "MessagingServiceSid": service, "Body": TEXT}

    @pytest.mark.parametrize(
        ("status", "code", "final"),
        [(400, 21211, True), (401, 20003, False), (429, 20429, False), (503, 0, False)],
    )
    def test_its_refusals(self, provider: StandIn, status: int, code: int, final: bool) -> None:
        error = refused(provider, status, {"code": code, "message": f"No: {NUMBER}", "status": status})
        assert (error.kind, error.final) == (f"twilio_{code or status}", final)
        assert len(provider.asked) == 1, "it was asked again behind our back"

    @pytest.mark.django_db
    def test_a_secret_text_is_nowhere_after_it_went(
        self, provider: StandIn, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.says(201, {"sid": "SM44"})
        with caplog.at_level("DEBUG"):
            tell(NUMBER, "verification_code", {"code": "482915", "minutes": "10"}, by=["sms"])
            sending.send_due()
        kept = Message.objects.get()
        assert (kept.status, kept.carrier_id, kept.body, kept.sealed) == ("sent", "SM44", "", "")
        assert "482915" in provider.asked[0].form["Body"] and "482915" not in caplog.text


class TestSns:
    @pytest.fixture(autouse=True)
    def sns(self, provider: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("boto3", reason="the extra “sns” is not installed")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test only")
        settings.SMS_URL = f"sns://eu-west-1?sender=TOPLINE&endpoint={quote(provider.url)}"

    def test_a_text_is_published_to_the_number(self, provider: StandIn) -> None:
        provider.says(
            200,
            '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
            "<MessageId>m-42</MessageId></PublishResult></PublishResponse>",
        )
        assert Sms().send(LETTER) == "m-42"
        [asked] = provider.asked
        form = asked.form
        assert (form["Action"], form["PhoneNumber"], form["Message"]) == ("Publish", NUMBER, TEXT)
        attributes = {
            form[f"MessageAttributes.entry.{n}.Name"]: form[f"MessageAttributes.entry.{n}.Value.StringValue"]
            for n in (1, 2)
        }
        assert attributes == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "TOPLINE"}
        assert "/eu-west-1/sns/" in asked.headers["Authorization"]

    @pytest.mark.parametrize(
        ("status", "code", "final"),
        [(400, "InvalidParameter", True), (400, "Throttling", False), (500, "InternalError", False)],
    )
    def test_its_refusals(self, provider: StandIn, status: int, code: str, final: bool) -> None:
        said = f"<ErrorResponse><Error><Code>{code}</Code><Message>{NUMBER}</Message></Error></ErrorResponse>"
        error = refused(provider, status, said)
        assert (error.kind, error.final) == (f"sns_{code}", final)
        assert len(provider.asked) == 1, "it was asked again behind our back"


class TestMailService:
    """Anymail's Mailgun and Postmark stand for its other services."""

    @pytest.fixture(autouse=True)
    def mailgun(self, provider: StandIn, settings: Any) -> None:
        pytest.importorskip("anymail", reason="the extra “mail” is not installed")
        settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
        settings.ANYMAIL = {
            "MAILGUN_API_KEY": "key-test",
            "MAILGUN_API_URL": f"{provider.url}/v3",
            "MAILGUN_SENDER_DOMAIN": "mail.example.com",
            "POSTMARK_SERVER_TOKEN": "token-test",
            "POSTMARK_API_URL": f"{provider.url}/",
        }

    def test_a_mail_is_taken_under_its_id(self, provider: StandIn) -> None:
        provider.says(200, {"id": "<42@mail.example.com>", "message": "Queued. Thank you."})
        assert Email().send(MAIL) == "<42@mail.example.com>"
        [asked] = provider.asked
        assert asked.path == "/v3/mail.example.com/messages"
        assert (asked.form["to"], asked.form["text"]) == ("sara@example.com", "Hello Sara")

    @pytest.mark.parametrize(("status", "final"), [(400, True), (401, False), (429, False), (500, False)])
    def test_its_refusals(self, provider: StandIn, status: int, final: bool) -> None:
        provider.says(status, {"message": "'to' parameter is not a valid address: sara@example.com"})
        with pytest.raises(NotDelivered) as caught:
            Email().send(MAIL)
        assert (caught.value.kind, caught.value.final) == (f"mail_service_{status}", final)

    def test_an_address_it_will_not_write_to(self, provider: StandIn, settings: Any) -> None:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        said = (
            "You tried to send to recipients that have been marked as inactive.\nFound inactive addresses:"
            " sara@example.com.\nInactive recipients are ones that have generated a hard bounce."
        )
        provider.says(422, {"ErrorCode": 406, "Message": said})
        with pytest.raises(NotDelivered) as caught:
            Email().send(MAIL)
        assert (caught.value.kind, caught.value.final) == ("address_refused", True)
