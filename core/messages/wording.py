"""The words of a message: the product's or staff's own, checked when they are saved and filled in when they are sent.

A text is plain text. `{name}` stands for a value of the event, and nothing else in it means anything: no engine ever
reads what staff wrote. A value is put in once, as it is; braces in a value stay braces. A line whose placeholders are
all empty is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.exceptions import InvalidInput
from core.messages.channels.base import Channel, channels
from core.messages.events import MessageEvent, events
from core.models import MessageTemplate

LONGEST_SUBJECT = 200
LARGEST_KB = 100
MOST_PLACEHOLDERS = 100
LONGEST_VALUE = 20_000
_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")
_TAGS = re.compile(r"\{\s*[{%#].{0,20}|<%.{0,20}|\$\{.{0,20}", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Words:
    """A subject, which a text message has none of, and a text."""

    subject: str
    body: str


def check(*, event: str, channel: str, subject: str, body: str) -> Words:
    """The words as they are kept.

    Raises:
        InvalidInput: naming `subject` or `body` and what to do: `too_long`, `required`, `unknown_placeholder`,
        `template_tags`, `invalid_text`.
    """
    kind, carrier = events.get(event), channels.get(channel)
    errors: dict[str, list[str]] = {}
    kept = {"subject": "", "body": ""}
    if carrier.has_subject:
        kept["subject"] = _checked(
            "subject", " ".join(subject[: 4 * LONGEST_SUBJECT].split()), kind, LONGEST_SUBJECT, errors
        )
    kept["body"] = _checked("body", body, kind, carrier.longest, errors)
    if errors:
        first = next(iter(errors.values()))[0]
        raise InvalidInput("invalid_template", first, errors=errors)
    return Words(**kept)


def _checked(field: str, text: str, kind: MessageEvent, longest: int, errors: dict[str, list[str]]) -> str:
    """The text, or its fault in `errors`. The length comes first: what is too long is not looked at."""
    if len(text) > LARGEST_KB * 1024 or len(text.encode(errors="replace")) > LARGEST_KB * 1024:
        errors[field] = [too_large()]
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if fault := _fault(text, kind, longest):
        errors[field] = [fault]
    return text


def too_large() -> str:
    return _("This is too long: a text has at most %(most)d KB. Shorten it.") % {"most": LARGEST_KB}


def _fault(text: str, kind: MessageEvent, longest: int) -> str:
    if not text:
        return _("This field is required.")
    if len(text) > longest:
        return _("At most %(most)d characters.") % {"most": longest}
    if _CONTROLS.search(text) or not _is_storable(text):
        return _("It has characters that cannot be sent. Type it again as plain text.")
    known = ", ".join(f"{{{one.name}}}" for one in kind.all_placeholders)
    if found := _TAGS.search(text):
        return _(
            "“%(found)s” looks like a tag of a template language. Those are not read here: write plain text with these"
            " placeholders: %(known)s."
        ) % {"found": " ".join(found.group().split())[:20], "known": known}
    used = _PLACEHOLDER.findall(text)
    if unknown := [name for name in used if name not in kind.names]:
        return _("{%(name)s} is no placeholder of this message. There are: %(known)s.") % {
            "name": unknown[0],
            "known": known,
        }
    if len(used) > MOST_PLACEHOLDERS:
        return _("At most %(most)d placeholders.") % {"most": MOST_PLACEHOLDERS}
    if stray := re.search(r"\S{0,12}[{}]\S{0,12}", _PLACEHOLDER.sub("", text)):
        return _("The brace in “%(found)s” belongs to no placeholder. There are: %(known)s.") % {
            "found": stray.group(),
            "known": known,
        }
    return ""


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its values, each put in once."""
    kept = [line for line in text.split("\n") if not _is_empty(line, values)]
    filled = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), "\n".join(kept))
    return _BLANK_LINES.sub("\n\n", filled).strip()


def _is_empty(line: str, values: Mapping[str, str]) -> bool:
    names = _PLACEHOLDER.findall(line)
    return bool(names) and not any(values.get(name) for name in names)


def clean(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as text that can be sent: without control characters, and of bounded length."""
    return {
        name: _CONTROLS.sub("", "" if value is None else str(value)).replace("\r", "")[:LONGEST_VALUE]
        for name, value in values.items()
    }


def filled(words: Words, values: Mapping[str, Any]) -> Words:
    """What is sent. A subject is one line: a mail's header ends at the first line's end."""
    given = clean(values)
    subject = " ".join(fill(words.subject, given).split())[:300]
    return Words(subject, fill(words.body, given))


def words_of(*, event: str, channel: str, language: str) -> Words:
    """Staff's own words where they wrote some, else the product's."""
    own = MessageTemplate.objects.filter(event=event, channel=channel, language=language).first()
    return Words(own.subject, own.body) if own else usual_words(event, channel, language)


def known_language(wanted: str | None) -> str:
    """A language we have words in."""
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE  # type: ignore[return-value]


@lru_cache(maxsize=500)
def usual_words(event: str, channel: str, language: str) -> Words:
    """The product's own, of templates/emails/: `<event>.txt`, `<event>_subject.txt`, and `<event>_short.txt` for
    channels that carry little. They are translated as all our words are; each placeholder stands for itself.
    """
    kind, carrier = events.get(event), channels.get(channel)
    themselves = {one.name: f"{{{one.name}}}" for one in kind.all_placeholders}
    with override(language):
        body = _rendered(event, carrier, themselves)
        subject = " ".join(render_to_string(f"emails/{event}_subject.txt", themselves).split())
    if not carrier.has_subject:
        # What staff are told in short goes on from its subject; what others are told stands alone.
        body, subject = (f"{subject}\n{body.strip()}" if "inbox" in kind.channels else body), ""
    return Words(subject, _BLANK_LINES.sub("\n\n", body).strip())


def _rendered(event: str, carrier: Channel, themselves: dict[str, str]) -> str:
    if carrier.is_short:
        try:
            return render_to_string(f"emails/{event}_short.txt", themselves)
        except TemplateDoesNotExist:
            pass
    return render_to_string(f"emails/{event}.txt", themselves)
