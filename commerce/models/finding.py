"""Indexes by which staff find people among many: by the beginning of a name, an e-mail or a phone number."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper


def any_case(column: str, name: str) -> models.Index:
    """For `istartswith`, whatever the database's collation."""
    return models.Index(OpClass(Upper(column), name="text_pattern_ops"), name=name)


def as_written(column: str, name: str) -> models.Index:
    """For `startswith`."""
    return models.Index(OpClass(F(column), name="varchar_pattern_ops"), name=name)
