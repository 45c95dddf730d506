"""The words of messages: all events with what was changed, and each event's texts with a live preview."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from core.admin.inbox import me
from core.backoffice import pages
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.exceptions import DomainError
from core.messages import wording
from core.messages.channels.base import Channel, channels
from core.messages.events import MessageEvent, events
from core.models import MessageTemplate
from core.services import message_templates
from core.templatetags.backoffice import direction

VIEW, CHANGE = "core.view_messagetemplate", "core.change_messagetemplate"
VERSIONS = 20
# A text, its subject and what a form adds, encoded as a browser does.
LARGEST_REQUEST = 8 * wording.LARGEST_KB * 1024


class WordsForm(forms.Form):
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False)
    body = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea, required=False, strip=False)

    def __init__(self, *args: Any, place: "Place", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = place.channel
        if not channel.has_subject:
            del self.fields["subject"]
        draw(self)
        self.fields["body"].widget.attrs["rows"] = 6 if channel.is_short else 16
        for field in self.fields.values():
            field.widget.attrs |= {
                "dir": direction(place.language),
                "lang": place.language,
                "spellcheck": "true",
            }


@dataclass(frozen=True, slots=True)
class Place:
    """Which text: an event's, for a channel, in a language."""

    event: MessageEvent
    channel: Channel
    language: str

    @property
    def key(self) -> dict[str, str]:
        return {"event": self.event.key, "channel": self.channel.key, "language": self.language}

    @property
    def link(self) -> str:
        query = f"?channel={self.channel.key}&language={self.language}"
        return reverse("admin:message-template", args=[self.event.key]) + query


@pages.page("messages/", name="message-templates", permission=VIEW)
def template_list(request: HttpRequest) -> HttpResponse:
    """All events, with the channels and languages whose words are staff's own."""
    own: dict[str, set[tuple[str, str]]] = {}
    for event, channel, language in MessageTemplate.objects.values_list("event", "channel", "language"):
        own.setdefault(event, set()).add((channel, language))
    groups = [
        (_("To customers and resellers"), [kind for kind in events.values() if not _is_inside(kind)]),
        (_("To staff"), [kind for kind in events.values() if _is_inside(kind)]),
    ]
    entries = [(title, [_entry(kind, own.get(kind.key, set())) for kind in kinds]) for title, kinds in groups]
    return pages.render(
        request,
        "admin/core/messages/list.html",
        title=_("Messages"),
        groups=entries,
        preferences_url=reverse("admin:inbox-preferences"),
    )


@pages.page("messages/<slug:key>/", name="message-template", permission=VIEW)
@csrf_exempt
def template_page(request: HttpRequest, key: str) -> HttpResponse:
    """One event's words. What is far too large is refused unread, so the CSRF token in it is asked for after that."""
    place = _place(request, key)
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        if _is_too_large(request):
            form = _form(place, None)
            form.errors["body"] = form.error_class([wording.too_large()])
            return _page(request, place, form, status=413)
    return _guarded(request, place)


@csrf_protect
def _guarded(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return _page(request, place, _form(place, None, version=request.GET.get("version", "")))
    form = _form(place, request.POST)
    if form.is_valid():
        try:
            messages.success(request, _done(request, place, form.cleaned_data))
            return HttpResponseRedirect(place.link)
        except DomainError as error:
            add_domain_error(form, error)
    return _page(request, place, form)


@pages.page("messages/<slug:key>/preview/", name="message-preview", permission=VIEW)
@csrf_exempt
def template_preview(request: HttpRequest, key: str) -> HttpResponse:
    """The words that are being typed, filled in with samples; nothing is kept."""
    place = _place(request, key)
    if _is_too_large(request):
        return _preview(request, place, {"body": [wording.too_large()]})
    return _previewed(request, place)


@csrf_protect
def _previewed(request: HttpRequest, place: Place) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("subject", "body")}
    try:
        said = message_templates.preview(event=place.event.key, channel=place.channel.key, **typed)
    except DomainError as error:
        return _preview(request, place, error.errors or {"": [error.message]})
    return _preview(request, place, {}, said)


def _preview(
    request: HttpRequest, place: Place, errors: dict[str, list[str]], said: Any = None
) -> HttpResponse:
    labels = {"subject": _("Subject"), "body": _("Text")}
    faults = [(labels.get(name, ""), text) for name, texts in errors.items() for text in texts]
    context = {"place": place, "said": said, "faults": faults}
    return render(request, "admin/core/messages/preview.html", context)


def _done(request: HttpRequest, place: Place, data: dict[str, Any]) -> str:
    """Does what the button says; the words of success."""
    typed = {"subject": data.get("subject", ""), "body": data["body"]}
    match request.POST.get("do"):
        case "try":
            message_templates.try_out(**place.key, **typed, by=me(request))
            return _("It was sent to you, filled in with samples. Nothing was saved.")
        case "usual":
            message_templates.put_back(**place.key)
            return _("The product's own words are used again.")
    message_templates.save(**place.key, **typed, by=me(request))
    return _("Saved. It is used from now on.")


def _place(request: HttpRequest, key: str) -> Place:
    """Which text is meant; where the address says nothing, the event's first channel and the person's language."""
    if key not in events:
        raise Http404
    kind = events.get(key)
    channel = request.GET.get("channel") or kind.channels[0]
    language = request.GET.get("language") or settings.LANGUAGE_CODE
    if channel not in kind.channels or language not in dict(settings.LANGUAGES):
        raise Http404
    return Place(kind, channels.get(channel), language)


def _is_too_large(request: HttpRequest) -> bool:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_REQUEST
    except ValueError:
        return True


def _form(place: Place, data: Any, *, version: str = "") -> WordsForm:
    if data is not None:
        return WordsForm(data, place=place)
    kept = _version(place, version) or wording.words_of(**place.key)
    return WordsForm(initial={"subject": kept.subject, "body": kept.body}, place=place)


def _version(place: Place, number: str) -> Any:
    """What it said once: shown in the form, and in force only when it is saved."""
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    return MessageTemplate.history.filter(history_id=int(number), **place.key).first()  # type: ignore[attr-defined]


def _page(request: HttpRequest, place: Place, form: WordsForm, status: int = 200) -> HttpResponse:
    writable = request.user.has_perm(CHANGE)
    for field in form.fields.values():
        field.disabled = not writable
    own = MessageTemplate.objects.filter(**place.key).select_related("updated_by").first()
    response = pages.render(
        request,
        "admin/core/messages/template.html",
        title=place.event.title,
        crumbs=[(_("Messages"), reverse("admin:message-templates"))],
        place=place,
        form=form,
        own=own,
        writable=writable,
        placeholders=place.event.all_placeholders,
        said=_safe_preview(place, form),
        channel_links=[
            (Place(place.event, channels.get(key), place.language), key == place.channel.key)
            for key in place.event.channels
        ],
        language_links=[
            (Place(place.event, place.channel, code), name, code == place.language)
            for code, name in settings.LANGUAGES
        ],
        preview_url=reverse("admin:message-preview", args=[place.event.key])
        + f"?channel={place.channel.key}&language={place.language}",
        versions=_versions(place),
    )
    response.status_code = status
    return response


def _safe_preview(place: Place, form: WordsForm) -> Any:
    """Of what is in the form, where it can be sent."""
    given = form.data if form.is_bound else form.initial
    typed = {name: str(given.get(name) or "") for name in ("subject", "body")}
    try:
        return message_templates.preview(event=place.event.key, channel=place.channel.key, **typed)
    except DomainError:
        return None


def _versions(place: Place) -> list[Any]:
    rows = MessageTemplate.history.filter(**place.key).select_related("history_user")  # type: ignore[attr-defined]
    return list(rows.order_by("-history_id")[:VERSIONS])


def _is_inside(kind: MessageEvent) -> bool:
    return "inbox" in kind.channels


def _entry(kind: MessageEvent, own: set[tuple[str, str]]) -> dict[str, Any]:
    names = dict(settings.LANGUAGES)
    changed = [
        f"{channels.get(channel).title} ({names.get(language, language)})"
        for channel, language in sorted(own)
    ]
    return {
        "kind": kind,
        "link": reverse("admin:message-template", args=[kind.key]),
        "channels": [channels.get(key) for key in kind.channels],
        "changed": ", ".join(changed),
    }
