"""Who signed in and who failed to, from where and with what: one list, newest first."""

from collections.abc import Generator, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from axes.models import AccessFailureLog, AccessLog
from django import forms
from django.db import models
from django.db.models import CharField, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.history_rights import EXPORT
from core.admin.sign_in import moment
from core.agents import device
from core.backoffice import pages
from core.backoffice.badges import status_badge, two_lines
from core.backoffice.dialog_forms import draw
from core.backoffice.page_files import PageFile, answer
from core.backoffice.parts import Column as Shown
from core.backoffice.parts import Table
from core.documents.tables import Column, Kind, Row

PERMISSION = "axes.view_accesslog"
SHOWN_DAYS, MOST_DAYS, ROWS = 30, 400, 100
MOST_FILED = 20_000
# Letters of what a browser says of itself.
MOST_TOLD = 200


class Outcome(models.TextChoices):
    """How a try ended."""

    SIGNED_IN = "in", gettext_lazy("Signed in")
    FAILED = "failed", gettext_lazy("Failed")
    LOCKED = "locked", gettext_lazy("Locked out")


TONES = {Outcome.SIGNED_IN: "success", Outcome.FAILED: "warning", Outcome.LOCKED: "danger"}


class SignInFilter(forms.Form):
    """Whose, from where, how it ended and when."""

    name = forms.CharField(label=gettext_lazy("User name"), required=False, max_length=254)
    address = forms.GenericIPAddressField(label=gettext_lazy("Address"), required=False)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[("", gettext_lazy("Any")), *Outcome.choices],
    )
    since = forms.DateField(label=gettext_lazy("From day"), required=False)
    until_day = forms.DateField(label=gettext_lazy("To day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        draw(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        ends = cleaned.get("until_day") or timezone.localdate()
        begins = cleaned.get("since") or ends - timedelta(days=SHOWN_DAYS - 1)
        if begins > ends:
            self.add_error("until_day", _("It ends before it begins."))
        elif (ends - begins).days > MOST_DAYS:
            self.add_error("since", _("Choose at most %(days)d days.") % {"days": MOST_DAYS})
        cleaned["since"], cleaned["until_day"] = begins, ends
        return cleaned


@pages.page("sign-ins/", name="sign-ins", permission=PERMISSION)
def sign_ins(request: HttpRequest) -> HttpResponse:
    form = SignInFilter(request.GET)
    table = Table(
        _("When"), _("Outcome"), _("User name"), Shown(_("Address"), wide=True), Shown(_("Browser"), wide=True),
        Shown(_("Signed out"), wide=True), empty=_("Nobody tried to sign in like this in these days."),
    )  # fmt: skip
    place = _place(request)
    rows = list(tries(form.cleaned_data)[place : place + ROWS + 1]) if form.is_valid() else []
    for row in rows[:ROWS]:
        outcome = Outcome(row["outcome"])
        table.add(
            format_html("<time>{}</time>", moment(row["at"])),
            status_badge(outcome.label, TONES[outcome]),
            row["name"] or "–",
            format_html('<bdi class="tl-mono tl-nowrap">{}</bdi>', row["ip"] or "–"),
            two_lines(device(row["agent"]), row["agent"][:MOST_TOLD]) if row["agent"] else "–",
            moment(row["left"]) if row["left"] else "–",
        )
    query = request.GET.copy()
    query.pop("place", None)
    return pages.render(
        request,
        "admin/core/sign_ins.html",
        title=_("Sign-ins"),
        form=form,
        media=form.media,
        table=table,
        query=f"{query.urlencode()}&" if query else "",
        older=place + ROWS if len(rows) > ROWS else 0,
        newer=bool(place),
        may_export=request.user.has_perm(EXPORT),
    )


@pages.page("sign-ins/file/<slug:kind>/", name="sign-ins-file", permission=EXPORT)
def sign_ins_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file. Changes nothing, and is written down."""
    form = SignInFilter(request.GET)
    if not form.is_valid():
        raise Http404
    file = PageFile(
        title=_("Sign-ins"),
        subject=("axes.accesslog", "list"),
        columns=[
            Column(_("When"), Kind.DATETIME),
            Column(_("Outcome")),
            Column(_("User name")),
            Column(_("Address")),
            Column(_("Browser")),
            Column(_("Signed out"), Kind.DATETIME),
        ],
        rows=_rows(tries(form.cleaned_data)[: MOST_FILED + 1]),
        filters=[
            (str(field.label), str(form.cleaned_data[field.name]))
            for field in form
            if form.cleaned_data.get(field.name)
        ],
        most=MOST_FILED,
    )
    return answer(request, file, kind)


def tries(chosen: dict[str, Any]) -> QuerySet[Any, Any]:
    """Both logs as one, newest first."""
    begin = timezone.make_aware(datetime.combine(chosen["since"], time.min))
    end = timezone.make_aware(datetime.combine(chosen["until_day"] + timedelta(days=1), time.min))
    wanted = Q(attempt_time__gte=begin, attempt_time__lt=end)
    if chosen["name"]:
        wanted &= Q(username__istartswith=chosen["name"].replace("\x00", ""))
    if chosen["address"]:
        wanted &= Q(ip_address=chosen["address"])
    never = Cast(Value(None), DateTimeField())
    kinds = {
        Outcome.SIGNED_IN: (AccessLog.objects.filter(wanted), F("logout_time")),
        Outcome.FAILED: (AccessFailureLog.objects.filter(wanted, locked_out=False), never),
        Outcome.LOCKED: (AccessFailureLog.objects.filter(wanted, locked_out=True), never),
    }
    first, *others = [
        rows.order_by().values(
            at=F("attempt_time"),
            outcome=Value(str(outcome), CharField()),
            name=F("username"),
            ip=F("ip_address"),
            agent=F("user_agent"),
            left=left,
        )
        for outcome, (rows, left) in kinds.items()
        if chosen["outcome"] in ("", outcome)
    ]
    found = first.union(*others, all=True) if others else first
    return found.order_by("-at", "name")  # type: ignore[no-any-return]


def _rows(found: Iterable[dict[str, Any]]) -> Generator[Row]:
    for row in found:
        outcome = str(Outcome(row["outcome"]).label)
        yield row["at"], outcome, row["name"] or "", row["ip"] or "", row["agent"], row["left"]


def _place(request: HttpRequest) -> int:
    text = request.GET.get("place", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
