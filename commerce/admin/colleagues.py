"""Who of the staff may do something: for dialogs that hand work over."""

from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from core.models import User


def with_right(permission: str) -> QuerySet[User]:
    """Active people who have `app.codename`, by a role or by themselves."""
    app, _dot, codename = permission.partition(".")
    right = Permission.objects.filter(codename=codename, content_type__app_label=app)
    may = Q(is_superuser=True) | Q(groups__permissions__in=right) | Q(user_permissions__in=right)
    people = User.objects.filter(may, is_active=True, is_staff=True)
    return people.distinct().order_by("first_name", "pk")


def choose_from(form: forms.Form, name: str, permission: str) -> None:
    """Let a form's `ModelChoiceField` offer them by their names."""
    field: Any = form.fields[name]
    field.queryset = with_right(permission)
    field.label_from_instance = lambda user: user.get_full_name() or user.get_username()
