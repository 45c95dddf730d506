"""The Retention settings page: for how long is kept what is kept for a time only. Money and events stay for ever."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.registry import Registry
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages

LONGEST = 3650


@dataclass(frozen=True, slots=True)
class Retention:
    """Days of each kind; 0 keeps it for ever."""

    requests: int = field(default_factory=lambda: settings.REQUEST_LOG_DAYS)
    sign_ins: int = 400
    failed_tasks: int = 90
    checks: int = 400
    codes: int = 30
    messages: int = 0
    sent_messages: int = 400
    payment_replies: int = 0


def _days(least: int, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=least, max_value=LONGEST, **options)


class RetentionForm(SettingsForm):
    requests = _days(
        1, label=_("Log of API requests, days"), help_text=_("What callers sent and were answered.")
    )
    sign_ins = _days(
        1, label=_("Sign-ins, days"), help_text=_("Who signed in or failed to, with addresses and browsers.")
    )
    failed_tasks = _days(1, label=_("Failed tasks that were dealt with, days"))
    checks = _days(7, label=_("Results of checks, days"))
    codes = _days(
        2, label=_("Codes sent to customers, days"), help_text=_("To whom and when; codes work for minutes.")
    )
    messages = _days(
        0,
        label=_("Texts of messages about orders, days"),
        help_text=_("That and when one was sent stays. 0 keeps the texts for ever."),
    )
    sent_messages = _days(
        0,
        label=_("Log of sent messages and inboxes, days"),
        help_text=_("Whole messages, with their texts and addresses. 0 keeps them for ever."),
    )
    payment_replies = _days(
        0,
        label=_("Gateways' replies, days"),
        help_text=_("What a gateway said of a payer; the payment itself stays. 0 keeps them for ever."),
    )


@settings_pages.register("retention")
class RetentionPage(SettingsPage[Retention]):
    title = _("Retention")
    description = _("For how long logs, codes, messages and replies are kept.")
    icon = "auto_delete"
    permission = "core.change_retention"
    values_class = Retention
    form_class = RetentionForm


# What forgets a kind: everything of before that moment. The app that keeps it registers it.
type Forgetter = Callable[[datetime], None]
forgetters: Registry[Forgetter] = Registry("kinds that are kept for a time")


def forget_old() -> None:
    """Drop what has been kept for long enough."""
    kept, now = load(RetentionPage, fresh=True), timezone.now()
    for one in fields(Retention):
        days = getattr(kept, one.name)
        if days and one.name in forgetters:
            forgetters.get(one.name)(now - timedelta(days=days))
