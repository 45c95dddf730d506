"""Rows of a report as a table of a page."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.backoffice import parts
from core.documents.pdf import printed_text
from core.documents.tables import Column, Kind, Row


def table_of(columns: Sequence[Column], rows: Sequence[Row], zone: Any) -> parts.Table:
    """As the PDF would write them."""
    titles = [parts.Column(one.title, money=one.kind in (Kind.MONEY, Kind.NUMBER)) for one in columns]
    table = parts.Table(*titles, empty=_("No row meets this, of these days."))
    for row in rows:
        table.add(*(printed_text(value, zone) or "–" for value in row))
    return table
