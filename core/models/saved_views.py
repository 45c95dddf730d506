"""How people like to see a list: columns, filters, order and page size under a name."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, user: Any) -> "SavedViewQuerySet":
        """Their own, and those shared with a group of theirs; each knows whether it is shared and opens first."""
        through = SavedView.groups.through.objects.filter(savedview=OuterRef("pk"))
        theirs = through.filter(group__in=user.groups.values("pk"))
        return (
            self.annotate(
                is_shared=Exists(through),
                is_first=Exists(FirstView.objects.filter(user=user.pk, view=OuterRef("pk"))),
            )
            .filter(Q(owner=user.pk) | Exists(theirs))
            .order_by("created_at", "pk")
        )


class SavedView(models.Model):
    """One list as somebody set it up. What the list has no more, or the reader may not see, is passed over.

    Attributes:
        list_name: the list's model as `app.model`.
        columns: names in their order; empty where the list's own are meant.
        filters: values by the name of their parameter, the search among them.
        ordering: names of columns, with a “-” where the greatest comes first.
        page_size: rows a page; 0 is the list's own.
        days_from: the day on which the filters' days were meant, where they move with time.
    """

    list_name = models.CharField(_("list"), max_length=100)
    title = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    groups = models.ManyToManyField(Group, related_name="+", blank=True, verbose_name=_("shared with"))
    columns = models.JSONField(_("columns"), default=list)
    filters = models.JSONField(_("filters"), default=dict)
    ordering = models.JSONField(_("sorting"), default=list)
    page_size = models.PositiveSmallIntegerField(_("rows a page"), default=0)
    days_from = models.DateField(_("days move since"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = SavedViewQuerySet.as_manager()
    # Set by `seen_by`.
    is_shared: bool
    is_first: bool

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions = ()
        permissions = [("share_views", _("Can share views of lists with groups"))]
        constraints = [
            models.UniqueConstraint(fields=["owner", "list_name", "title"], name="core_savedview_name_once")
        ]
        indexes = [models.Index(fields=["list_name"], name="core_savedview_of_list")]

    def __str__(self) -> str:
        return self.title


class FirstView(models.Model):
    """The view a list opens with for a person: one a list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list_name = models.CharField(_("list"), max_length=100)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("first view")
        verbose_name_plural = _("first views")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="core_firstview_once")]

    def __str__(self) -> str:
        return f"{self.list_name}: {self.view_id}"
