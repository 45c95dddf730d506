"""Emergency broadcasts: written, counted, confirmed, watched while they go out."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import pages
from core.backoffice.actions import add_domain_error
from core.backoffice.badges import status_badge
from core.backoffice.dialog_forms import draw
from core.backoffice.parts import Column, Table
from core.exceptions import DomainError
from core.messages import broadcasts, wording
from core.messages.audiences import audiences
from core.messages.channels.base import channels
from core.models import Broadcast

PERMISSION = "core.send_broadcast"
SHOWN = 20
TONES = {"sending": "info", "done": "success", "stopped": "warning"}


class BroadcastForm(forms.Form):
    audiences = forms.MultipleChoiceField(
        label=gettext_lazy("To"), widget=forms.CheckboxSelectMultiple, required=False
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("How"), widget=forms.CheckboxSelectMultiple, required=False
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=broadcasts.LONGEST_SUBJECT)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=broadcasts.LONGEST,
        widget=forms.Textarea(attrs={"dir": "auto"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Why it is sent; kept, and not sent with it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, f"{one.title}: {one.explain}") for key, one in audiences.items()]
        self.fields["audiences"].choices = choices  # type: ignore[attr-defined]
        ready = [(key, one.title) for key, one in channels.items() if one.is_ready()]
        self.fields["channels"].choices = ready  # type: ignore[attr-defined]
        draw(self)


@pages.page("broadcast/", name="broadcast", permission=PERMISSION)
def broadcast_page(request: HttpRequest) -> HttpResponse:
    """A form; then how many it would go to; then it is sent."""
    form = BroadcastForm(request.POST if request.method == "POST" else None)
    review: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            broadcasts.check(**_given(form))
            if request.POST.get("do") == "send":
                sent = _send(request, form)
                messages.success(request, _("It goes out to %(count)d people now.") % {"count": sent.total})
                return HttpResponseRedirect(reverse("admin:broadcast"))
            review = _review(form)
        except DomainError as error:
            add_domain_error(form, error)
            review = _review(form) if error.code == "count_changed" else None
    return pages.render(
        request,
        "admin/core/broadcast/page.html",
        title=_("Emergency broadcast"),
        crumbs=[(_("Messages"), reverse("admin:message-templates"))],
        form=form,
        review=review,
        table=_latest(),
        sending=Broadcast.objects.filter(status=Broadcast.Status.SENDING).first(),
    )


@pages.page("broadcast/<int:number>/stop/", name="broadcast-stop", permission=PERMISSION)
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Only by POST; a look at it leads back."""
    found = Broadcast.objects.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            broadcasts.stop(found)
            messages.success(request, _("Stopped. What was written already goes out."))
        except DomainError as error:
            messages.error(request, error.message)
    return HttpResponseRedirect(reverse("admin:broadcast"))


def _given(form: BroadcastForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {
        "subject": data["subject"],
        "text": data["text"],
        "audience": data["audiences"],
        "by": data["channels"],
    }


def _send(request: HttpRequest, form: BroadcastForm) -> Broadcast:
    return broadcasts.send(
        **_given(form),
        reason=form.cleaned_data["reason"],
        expected=_number(request.POST.get("expected")),
        key=_key(request.POST.get("key")),
        author=request.user,  # type: ignore[arg-type]
    )


def _review(form: BroadcastForm) -> dict[str, Any]:
    data = form.cleaned_data
    counts = [(audiences.get(key).title, audiences.get(key).count()) for key in data["audiences"]]
    words = wording.words_of(event=broadcasts.EVENT, channel="email", language=wording.known_language(""))
    values = {"subject": data["subject"], "text": data["text"]}
    return {
        "counts": counts,
        "total": sum(number for _title, number in counts),
        "channels": [channels.get(key).title for key in data["channels"]],
        "said": wording.filled(words, values),
        "key": uuid4(),
    }


def _latest() -> Table:
    table = Table(
        _("Subject"),
        Column(_("People"), money=True),
        _("Status"),
        Column(_("By"), wide=True),
        Column(_("When"), wide=True),
        empty=_("None was ever sent."),
    )
    for one in Broadcast.objects.select_related("author")[:SHOWN]:
        badge = status_badge(one.get_status_display(), TONES[one.status])
        table.add(one.subject, f"{one.reached:,} / {one.total:,}", badge, one.author or "–", one.created_at)
    return table


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _key(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()
