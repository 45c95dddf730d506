"""What was sent to whom: the log of messages, and sending one again."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter
from core.backoffice.parts import Fact
from core.messages import sending
from core.messages.channels.base import channels
from core.messages.events import events
from core.models import Message

_S = Message.Status
TONES = {_S.QUEUED: "info", _S.SENT: "success", _S.FAILED: "danger"}
MOST_COUNTED = 100
ERRORS = {
    "erased": gettext_lazy("The person it was for was erased."),
    "expired": gettext_lazy("It waited longer than it was worth anything."),
    "address_refused": gettext_lazy(
        "The mail server takes nothing for this address. Correct it where it was entered."
    ),
    "file_gone": gettext_lazy("The file that goes with it is no longer kept."),
    "not_set_up": gettext_lazy("No way of sending text messages is set up."),
    "ConnectionRefusedError": gettext_lazy("The mail server does not answer."),
    "TimeoutError": gettext_lazy("The server took too long to answer."),
    "SMTPAuthenticationError": gettext_lazy("The mail server refuses our name and password."),
    "mail_service_401": gettext_lazy("The mail service refuses our key."),
    "twilio_20003": gettext_lazy("Twilio refuses our name and token."),
    "twilio_21211": gettext_lazy("This is no number that Twilio can write to."),
    "twilio_21610": gettext_lazy("Whoever has this number has asked for no more texts."),
    "ModuleNotFoundError": gettext_lazy("The carrier's library is not installed."),
}


def failed_count() -> int | str:
    failed = Message.objects.filter(status=_S.FAILED).order_by()[:MOST_COUNTED].count()
    return f"{MOST_COUNTED - 1}+" if failed >= MOST_COUNTED else failed


def event_title(message: Message) -> str:
    return str(events.get(message.event).title) if message.event in events else message.event


def channel_title(message: Message) -> str:
    return str(channels.get(message.channel).title) if message.channel in channels else message.channel


def error_words(message: Message) -> str:
    return str(ERRORS.get(message.error, message.error))


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "event_shown", "address", "channel_shown", "status_badge", "tries")
    list_display_links = ("created_at", "event_shown")
    list_filter = (("status", ChoicesFilter), ("created_at", DayRangeFilter))
    search_fields = ("address__exact",)
    search_help_text = gettext_lazy("A whole e-mail address or phone number")
    ordering = ("-id",)
    heading = gettext_lazy("Sent messages")
    phone_columns = ("event_shown", "address", "status_badge")
    page_template = "admin/core/message/page.html"
    has_notes = can_watch = False
    empty_hint = gettext_lazy(
        "Nothing was sent yet. What is sent, by which channel and whether it arrived, is here."
    )
    actions_detail = ("send_again",)

    @admin.display(description=gettext_lazy("message"))
    def event_shown(self, message: Message) -> str:
        return event_title(message)

    @admin.display(description=gettext_lazy("channel"))
    def channel_shown(self, message: Message) -> str:
        return channel_title(message)

    @admin.display(description=gettext_lazy("status"))
    def status_badge(self, message: Message) -> SafeString:
        return status_badge(message.get_status_display(), TONES[_S(message.status)])

    def get_queryset(self, request: HttpRequest) -> Any:
        # A list of fifty reads no texts; what is sealed is read by the sender alone.
        shown = getattr(request.resolver_match, "url_name", "") or ""
        rows = super().get_queryset(request).defer("sealed")
        return rows.defer("sealed", "body") if shown.endswith("_changelist") else rows.select_related("user")

    def page_context(self, request: HttpRequest, obj: Message) -> dict[str, Any]:
        return {
            "title": obj.subject or event_title(obj),
            "badge": self.status_badge(obj),
            "facts": [
                Fact(_("Message"), event_title(obj)),
                Fact(_("Channel"), channel_title(obj)),
                Fact(_("To"), obj.address or "–"),
                Fact(_("Person"), obj.user or "–"),
                Fact(_("About"), _("Open it") if about_link(obj) else "–", link=about_link(obj)),
                Fact(_("Language"), obj.language),
                Fact(_("Written"), obj.created_at),
                Fact(_("Sent"), obj.sent_at or "–"),
                Fact(_("Tries"), obj.tries),
                *([Fact(_("Next try"), obj.next_try_at)] if obj.next_try_at else []),
                *([Fact(_("Error"), error_words(obj))] if obj.error else []),
                *([Fact(_("Carrier's id"), obj.carrier_id)] if obj.carrier_id else []),
                *([Fact(_("Read"), obj.read_at)] if obj.read_at else []),
            ],
        }

    @dialog_action(
        gettext_lazy("Send again"),
        permission="core.resend_message",
        icon="replay",
        visible=lambda message: message.status != _S.QUEUED and message.channel != "inbox",
        explain=gettext_lazy("The same text goes to the same address once more."),
    )
    def send_again(self, request: HttpRequest, obj: Message, cleaned_data: dict[str, Any]) -> str:
        sending.send_again(obj, reason=cleaned_data["reason"])
        return _("It is on its way.")


def about_link(message: Message) -> str:
    """The page of what it is about, where it has one."""
    if not message.subject_kind:
        return ""
    try:
        return reverse(f"admin:{message.subject_kind.replace('.', '_')}_change", args=[message.subject_id])
    except NoReverseMatch:
        return ""
