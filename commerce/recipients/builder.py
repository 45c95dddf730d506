"""One definition of a brand's questions, three uses: the API's checks, a JSON Schema, a form for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from commerce.recipients.kinds import RefusedError, field_kinds
from commerce.recipients.patterns import MAX_ANSWER
from commerce.services.catalogue_types import FieldDef
from core.exceptions import InvalidInput

MASK = "•"
SHOWN_DIGITS = 2
# More unknown keys than these are not worth naming.
NAMED_UNKNOWN_KEYS = 10


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives: the normalised answers, and the one orders are found by (at most 128 characters)."""

    values: dict[str, str]
    key: str


def validate_recipient(
    fields: Sequence[FieldDef], data: Any, *, country: str, prefix: str = "recipient"
) -> Recipient:
    """Check and normalise all answers at once.

    Args:
        fields: a brand's questions by position.
        data: the answers by key, as sent.
        country: where national phone numbers are read; empty where unknown.
        prefix: what the fields are called in errors: `recipient.player_id`.

    Raises:
        InvalidInput: `invalid_recipient`, with every error under its field.
    """
    if not isinstance(data, Mapping):
        raise InvalidInput(
            "invalid_recipient", _("Give the recipient as an object of answers."), field=prefix
        )
    values: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for field in fields:
        try:
            answer = _answer(field, data.get(field.key, ""), country)
        except RefusedError as error:
            errors[f"{prefix}.{field.key}"] = [str(error)]
            continue
        if answer:
            values[field.key] = answer
    if len(data) > len(values):
        errors |= _unknown(fields, data, prefix)
    if errors:
        raise _refusal(fields, errors, prefix)
    return Recipient(values, _key(fields, values))


def json_schema(fields: Sequence[FieldDef], *, title: str = "") -> dict[str, Any]:
    """The recipient as JSON Schema (2020-12), to build a form from or to check before sending."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {field.key: _fragment(field) for field in fields},
        "required": [field.key for field in fields if field.required],
        "additionalProperties": False,
    }
    if title:
        schema["title"] = title
    return schema


class RecipientForm(forms.Form):
    """Base of the forms that `recipient_form` builds. After `is_valid()`, `recipient` holds the answers."""

    definitions: tuple[FieldDef, ...] = ()
    recipient: Recipient | None = None

    def __init__(self, *args: Any, country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        answers = {key: value for key, value in cleaned.items() if value}
        try:
            self.recipient = validate_recipient(self.definitions, answers, country=self.country, prefix="")
        except InvalidInput as error:
            for name, messages in error.errors.items():
                self.add_error(name.removeprefix(".") or None, messages)
        return cleaned


def recipient_form(fields: Sequence[FieldDef]) -> type[RecipientForm]:
    """A form class with these questions, checked as the API checks them."""
    questions = {field.key: field_kinds.get(field.kind).form_field(field) for field in fields}
    return type("BrandRecipientForm", (RecipientForm,), {**questions, "definitions": tuple(fields)})


def mask_recipient(fields: Sequence[FieldDef], values: Mapping[str, str]) -> dict[str, str]:
    """The answers with sensitive ones cut to their last two characters; unknown keys are sensitive."""
    open_keys = {field.key for field in fields if not field.sensitive}
    return {key: value if key in open_keys else masked(value) for key, value in values.items()}


def masked(value: str) -> str:
    """The last two characters of a longer value, dots for the rest; nothing of a short one."""
    shown = value[-SHOWN_DIGITS:] if len(value) > 2 * SHOWN_DIGITS else ""
    return MASK * (len(value) - len(shown)) + shown


def _answer(field: FieldDef, value: Any, country: str) -> str:
    """The normalised answer, empty where none was given to an optional question."""
    kind = field_kinds.get(field.kind)
    if not isinstance(value, str):
        raise RefusedError(_("Give this as text, in quotes."))
    if len(value) > kind.max_length:
        raise RefusedError(_("This has at most %(most)d characters.") % {"most": kind.max_length})
    text = value.strip()
    if not text:
        if field.required:
            raise RefusedError(_("This is required."))
        return ""
    if not text.isprintable():
        raise RefusedError(_("Control characters are not allowed."))
    normalised = kind.normalise(field, text, country)
    if field.pattern and not field.pattern.fullmatch(normalised):
        raise RefusedError(field.help_text or _("This does not have the right form."))
    return normalised


def _unknown(fields: Sequence[FieldDef], data: Mapping[Any, Any], prefix: str) -> dict[str, list[str]]:
    known = {field.key for field in fields}
    unknown = [str(key)[:MAX_ANSWER] for key in data if key not in known]
    expected = ", ".join(sorted(known)) or _("none")
    message = _("There is no such field here. Fields: %(fields)s.") % {"fields": expected}
    return {f"{prefix}.{key}": [message] for key in unknown[:NAMED_UNKNOWN_KEYS]}


def _refusal(fields: Sequence[FieldDef], errors: dict[str, list[str]], prefix: str) -> InvalidInput:
    """All errors by field; the first one also as the message, named as the buyer knows the field."""
    first, messages = next(iter(errors.items()))
    labels = {f"{prefix}.{field.key}": field.label for field in fields}
    message = f"{labels.get(first, first.rpartition('.')[2])}: {messages[0]}"
    return InvalidInput("invalid_recipient", message, field=first, errors=errors)


def _key(fields: Sequence[FieldDef], values: Mapping[str, str]) -> str:
    """Of the first required question, else of the first that was answered."""
    chosen = None
    for field in fields:
        if field.key in values and (chosen is None or field.required):
            chosen = field
            if field.required:
                break
    return field_kinds.get(chosen.kind).key(values[chosen.key])[:MAX_ANSWER] if chosen else ""


def _fragment(field: FieldDef) -> dict[str, Any]:
    fragment = {"title": field.label, **field_kinds.get(field.kind).schema(field)}
    if field.help_text:
        fragment["description"] = field.help_text
    if field.required and "enum" not in fragment:
        fragment["minLength"] = 1
    if field.pattern:
        fragment["allOf"] = [{"pattern": f"^(?:{field.pattern.pattern})$"}]
    return fragment
