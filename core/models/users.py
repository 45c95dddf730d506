"""People who sign in: staff with a role, members of resellers, customers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords


class PeopleManager(UserManager["User"]):
    """`createsuperuser` makes what the product calls one: a person with the role."""

    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        extra.setdefault("role", User.Role.SUPER_ADMIN)
        user = super().create_superuser(username, email, password, **extra)
        user.groups.add(Group.objects.get_or_create(name=user.role)[0])
        return user


class User(AbstractUser):
    """Brief 4's Admin, for everybody. A role gives rights through the group of the same name; see
    `core.roles`.
    """

    class Role(models.TextChoices):
        SUPER_ADMIN = "super_admin", _("Super admin")
        ADMIN = "admin", _("Admin")
        MODERATOR = "moderator", _("Moderator")
        FINANCE = "finance", _("Finance")
        SUPPORT = "support", _("Support")
        AUDITOR = "auditor", _("Auditor")

    # Empty for those who are no staff: a default of “admin” would make every buyer one.
    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True)
    email = models.EmailField(_("e-mail"))
    phone_number = models.CharField(_("phone number"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    timezone = models.CharField(_("time zone"), max_length=40, blank=True)
    # Since when codes of the present phone are asked for; sessions and tokens carry it, so those of another phone, or
    # of none, are no longer good.
    second_factor_at = models.DateTimeField(_("second factor since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    objects: ClassVar[PeopleManager] = PeopleManager()
    history = TracedRecords(excluded_fields=["password", "last_login", "second_factor_at"])

    class Meta:
        ordering = ["username"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="core_user_email_once",
                violation_error_message=_("This e-mail address is in use."),
            ),
            models.UniqueConstraint(Lower("username"), name="core_user_username_once_ci"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def last_login_at(self) -> datetime | None:
        """Brief 4's name of `last_login`."""
        return self.last_login

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """A sign-in touches `last_login` alone; that is no change for the history to keep."""
        fields = None if update_fields is None else list(update_fields)
        if fields == ["last_login"]:
            self.skip_history_when_saving = True
        try:
            super().save(*args, update_fields=fields, **kwargs)
        finally:
            if fields == ["last_login"]:
                del self.skip_history_when_saving
