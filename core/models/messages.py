"""What we tell people: the words of each event, each message sent, and what each person wants to be told."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.models.origins import TracedRecords


class MessageTemplate(models.Model):
    """Words of staff's own for an event, a channel and a language; where there are none, the product's are used.

    Plain text with `{placeholders}` of the event; see `core.messages.wording`, which checks it.
    """

    event = models.CharField(_("event"), max_length=40)
    channel = models.CharField(_("channel"), max_length=20)
    language = models.CharField(_("language"), max_length=8)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords(excluded_fields=["updated_by"])

    class Meta:
        ordering = ["event", "channel", "language"]
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["event", "channel", "language"], name="core_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.event} · {self.channel} · {self.language}"


class Message(models.Model):
    """One message to one address by one channel: the log of what was sent, and the queue of what waits.

    A text with a secret in it (a code, a link that signs in) is encrypted in `sealed` until it went out or was
    given up, and kept nowhere after; `body` is empty then.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    event = models.CharField(_("event"), max_length=40)
    channel = models.CharField(_("channel"), max_length=20)
    language = models.CharField(_("language"), max_length=8)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("person"),
    )
    address = models.CharField(_("to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    sealed = EncryptedTextField(_("sealed text"), blank=True, editable=False)
    is_secret = models.BooleanField(_("its text is not kept"), default=False)
    # A page of ours that it is about, and what it is about.
    link = models.CharField(_("link"), max_length=300, blank=True)
    subject_kind = models.CharField(_("about"), max_length=64, blank=True)
    subject_id = models.CharField(_("about, id"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The kind alone: a server's words may repeat what it was sent.
    error = models.CharField(_("error"), max_length=80, blank=True)
    carrier_id = models.CharField(_("carrier's id"), max_length=100, blank=True)
    # Said twice with the same key, it is one message.
    key = models.CharField(_("key"), max_length=160, null=True, editable=False)
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    expires_at = models.DateTimeField(_("worth nothing after"), null=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        default_permissions = ("view",)
        permissions = [
            ("resend_message", _("Can send messages again")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="core_message_once")
        ]
        indexes = [
            # The sweep looks for what is due every few seconds; what is done is not in it.
            models.Index(fields=["next_try_at", "id"], condition=Q(status="queued"), name="core_message_due"),
            # The bell on every page counts these.
            models.Index(
                fields=["user"],
                condition=Q(channel="inbox", read_at__isnull=True),
                name="core_message_unread",
            ),
            models.Index(fields=["user", "-id"], condition=Q(channel="inbox"), name="core_message_inbox"),
            models.Index(fields=["address", "-id"], name="core_message_by_address"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="core_message_about"),
            models.Index(fields=["status", "-id"], condition=~Q(status="sent"), name="core_message_undone"),
            BrinIndex(fields=["created_at"], name="core_message_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return self.subject or self.event


class MessagePreference(models.Model):
    """Whether a person wants to be told of an event by a channel, where that differs from what is usual."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    event = models.CharField(_("event"), max_length=40)
    channel = models.CharField(_("channel"), max_length=20)
    wanted = models.BooleanField(_("wanted"))

    class Meta:
        verbose_name = _("message preference")
        verbose_name_plural = _("message preferences")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "event", "channel"], name="core_preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.event} · {self.channel}"


class Broadcast(models.Model):
    """One emergency message to many people. It is sent in batches: `cursors` say how far each audience has come."""

    class Status(models.TextChoices):
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Sent")
        STOPPED = "stopped", _("Stopped")

    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    audiences = models.JSONField(_("to"), default=list)
    channels = models.JSONField(_("channels"), default=list)
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.SENDING)
    total = models.PositiveIntegerField(_("people"), default=0)
    reached = models.PositiveIntegerField(_("written to"), default=0)
    cursors = models.JSONField(_("how far"), default=dict)
    # Of the page it was written on: sent twice, it is one broadcast.
    key = models.UUIDField(_("key"), unique=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("broadcast")
        verbose_name_plural = _("broadcasts")
        default_permissions = ()
        permissions = [("send_broadcast", _("Can send emergency broadcasts"))]

    def __str__(self) -> str:
        return self.subject
