"""Indexes by which staff find people among many: by the beginning of a name, an e-mail or a phone number, and by any
word of a name, so that a surname finds its bearer.
"""

import re
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVectorExact, SearchVectorField
from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Upper

# What parts words beside spaces: PostgreSQL would read “sara.ahmadi” as the name of a host.
PUNCTUATION = ".,@_/&+:-"
SPACES = " " * len(PUNCTUATION)
# A name of more words than these is found by the first of them.
MOST_WORDS = 8


class NameWords(Func):
    """A name as words, as it is indexed."""

    output_field = SearchVectorField()
    template = f"to_tsvector('simple'::regconfig, translate(%(expressions)s, '{PUNCTUATION}', '{SPACES}'))"


def any_case(column: str, name: str) -> models.Index:
    """For `istartswith`, whatever the database's collation."""
    return models.Index(OpClass(Upper(column), name="text_pattern_ops"), name=name)


def as_written(column: str, name: str) -> models.Index:
    """For `startswith`."""
    return models.Index(OpClass(F(column), name="varchar_pattern_ops"), name=name)


def by_words(column: str, name: str) -> models.Index:
    """For `words_begin`."""
    return GinIndex(NameWords(column), name=name)


def words_begin(column: str, term: str) -> Any:
    """The condition that each word of a term begins some word of a name: “gar” and “mar gar” find Maria García Ruiz.

    None where the term has no word.
    """
    words = re.findall(r"[^\W_]+", term)[:MOST_WORDS]
    if not words:
        return None
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
    return SearchVectorExact(NameWords(column), query)
