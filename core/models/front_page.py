"""What staff put on the first page: announcements, and links to what people of a role use."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords

# A page of ours, or of the web: nothing that a browser would run.
ADDRESS = r"\A(/(?![/\\])|https?://)[^\s\\]*\Z"
EVERYBODY = _("Nobody ticked: everybody.")


class ForGroups(models.QuerySet[Any]):
    """Of rows with groups: those without any are for all staff."""

    def for_user(self, user: Any) -> "ForGroups":
        through = self.model.groups.through.objects
        column = self.model._meta.model_name
        ours = through.filter(**{column: OuterRef("pk")})
        return self.filter(~Exists(ours) | Exists(ours.filter(group__in=user.groups.values("pk"))))


class AnnouncementQuerySet(ForGroups):
    def shown_to(self, user: Any) -> "AnnouncementQuerySet":
        """What is in its time, for them, and not put away by them."""
        now = timezone.now()
        put_away = Announcement.dismissed_by.through.objects.filter(announcement=OuterRef("pk"), user=user.pk)
        rows: Any = self.for_user(user).filter(
            ~Exists(put_away), Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now
        )
        found: AnnouncementQuerySet = rows.order_by("-starts_at", "-pk")
        return found


class Announcement(models.Model):
    """A few words on top of the first page, for some time and some roles."""

    class Level(models.TextChoices):
        INFO = "info", _("Information")
        SUCCESS = "success", _("Good news")
        WARNING = "warning", _("Warning")
        DANGER = "danger", _("Alarm")

    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"), max_length=2000, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.INFO)
    groups = models.ManyToManyField(
        Group, related_name="+", blank=True, verbose_name=_("for"), help_text=EVERYBODY
    )
    starts_at = models.DateTimeField(_("shown from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    can_be_dismissed = models.BooleanField(_("people can put it away"), default=True)
    dismissed_by = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="core_announcement_ends_after",
                violation_error_message=_("It ends after it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class QuickLink(models.Model):
    """A link on the first page, for some roles or for all."""

    class Icon(models.TextChoices):
        LINK = "link", _("Link")
        ORDERS = "receipt_long", _("Receipt")
        WALLET = "account_balance_wallet", _("Wallet")
        PEOPLE = "group", _("People")
        SHOP = "storefront", _("Shop")
        PARCEL = "local_shipping", _("Parcel")
        CHART = "monitoring", _("Chart")
        HELP = "support_agent", _("Help")
        DOCUMENT = "description", _("Document")
        CALENDAR = "calendar_month", _("Calendar")
        CHAT = "chat", _("Conversation")
        SETTINGS = "settings", _("Settings")

    title = models.CharField(_("title"), max_length=60)
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[RegexValidator(ADDRESS, _("An address begins with https:// or, on this site, with /."))],
        help_text=_("A page of this site as /admin/…, or of another one as https://…"),
    )
    icon = models.CharField(_("icon"), max_length=40, choices=Icon, default=Icon.LINK)
    groups = models.ManyToManyField(
        Group, related_name="+", blank=True, verbose_name=_("for"), help_text=EVERYBODY
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    history = TracedRecords()

    objects = ForGroups.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("quick link")
        verbose_name_plural = _("quick links")

    def __str__(self) -> str:
        return self.title

    @property
    def is_elsewhere(self) -> bool:
        return not self.url.startswith("/")
