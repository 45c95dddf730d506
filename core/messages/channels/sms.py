"""Text messages, by a carrier that SMS_URL names: `console://`, `twilio://…`, `sns://…`; without one there are none.

A carrier is a class with `send`; what it needs is in its address. Only the carriers' own libraries use the network;
`endpoint=` names another place than theirs, such as a stand-in for tests or a proxy of one's own.
"""

import re
import sys
from abc import ABC, abstractmethod
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.messages.channels.base import Channel, Letter, NotDelivered, channels, is_final
from core.models import User
from core.registry import Registry

_NUMBER = re.compile(r"\+[1-9]\d{6,14}\Z")
TIMEOUT = 10
LENGTH_OF_SID = 34
# What is about this number or text, and will be so the next time.
REFUSED_BY_SNS = frozenset({"InvalidParameter", "ParameterValueInvalid", "ValidationException", "OptedOut"})


class Carrier(ABC):
    """Who takes text messages to phones; made from its address."""

    @abstractmethod
    def __init__(self, address: SplitResult) -> None: ...

    @abstractmethod
    def send(self, number: str, text: str) -> str:
        """Its own id of the message.

        Raises:
            NotDelivered, or anything else: then it is tried again.
        """


carriers: Registry[type[Carrier]] = Registry("carriers of text messages")


@carriers.register("console")
class Console(Carrier):
    """Prints them, for those who develop."""

    def __init__(self, address: SplitResult) -> None:
        pass

    def send(self, number: str, text: str) -> str:
        sys.stdout.write(f"To {number}: {text}\n")
        sys.stdout.flush()
        return ""


@carriers.register("twilio")
class Twilio(Carrier):
    """`twilio://SID:TOKEN@+15005550006` (the number, name or messaging service `MG…` they come from); needs the extra
    `twilio`.
    """

    def __init__(self, address: SplitResult) -> None:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        account, token = unquote(address.username or ""), unquote(address.password or "")
        sender = unquote(address.netloc.rpartition("@")[2])
        is_service = sender.startswith("MG") and len(sender) == LENGTH_OF_SID
        self.sent_by = {"messaging_service_sid" if is_service else "from_": sender}
        self.client = Client(account, token, http_client=TwilioHttpClient(timeout=TIMEOUT))
        if endpoint := _option(address, "endpoint"):
            self.client.api.base_url = endpoint

    def send(self, number: str, text: str) -> str:
        from twilio.base.exceptions import TwilioRestException

        try:
            return str(self.client.messages.create(to=number, body=text, **self.sent_by).sid)
        except TwilioRestException as error:
            kind = f"twilio_{error.code or error.status}"
            raise NotDelivered(kind, final=is_final(error.status)) from error


@carriers.register("sns")
class Sns(Carrier):
    """`sns://eu-west-1?sender=TOPLINE`; keys as AWS's own library finds them; needs the extra `sns`."""

    def __init__(self, address: SplitResult) -> None:
        import boto3
        from botocore.config import Config

        self.sender = _option(address, "sender")
        # Asked once: one that got no answer may have been sent, and is tried again by our own clock.
        limits = Config(
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        place = {"endpoint_url": _option(address, "endpoint") or None, "region_name": address.hostname}
        self.client = boto3.client("sns", config=limits, **place)

    def send(self, number: str, text: str) -> str:
        from botocore.exceptions import ClientError

        # Else they count as advertising: cheaper, later, and kept from those who want none.
        attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
        if self.sender:
            attributes["AWS.SNS.SMS.SenderID"] = _text(self.sender)
        try:
            answer = self.client.publish(PhoneNumber=number, Message=text, MessageAttributes=attributes)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise NotDelivered(f"sns_{code}"[:80], final=code in REFUSED_BY_SNS) from error
        return str(answer["MessageId"])


def _option(address: SplitResult, name: str) -> str:
    return parse_qs(address.query).get(name, [""])[0]


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


@lru_cache(maxsize=4)
def carrier(address: str) -> Carrier:
    """The carrier of an address, made once a process.

    Raises:
        UnknownKey: where the scheme names none; ImportError: where its library is not installed.
    """
    parts = urlsplit(address)
    return carriers.get(parts.scheme)(parts)


class Sms(Channel):
    key = "sms"
    title = _("Text message")
    icon = "sms"
    # Ten parts of a message in an alphabet beside Latin's.
    longest = 670
    has_subject = False
    is_short = True

    def address_of(self, user: User) -> str:
        return user.phone_number if _NUMBER.match(user.phone_number) else ""

    def takes(self, address: str) -> bool:
        return bool(_NUMBER.match(address))

    def is_ready(self) -> bool:
        return bool(settings.SMS_URL)

    def send(self, letter: Letter) -> str:
        if not settings.SMS_URL:
            raise NotDelivered("not_set_up")
        return carrier(settings.SMS_URL).send(letter.address, letter.body)


channels.add("sms", Sms())
