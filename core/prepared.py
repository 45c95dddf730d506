"""The few statements that every order sends: parsed and planned once a connection, not once a call.

Django puts values into the text of a statement, so that the server reads, parses and plans a new one each time. For
what runs a thousand times a second that costs more than some of the statements themselves.
"""

from typing import Any, Self

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper

# psycopg prepares nothing at all where this is unset, which is Django's default. Its ordinary cursors never do.
ASKED_FOR = 1_000_000


class PreparedCursor(ServerBindingCursor):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, **{"prepare": True} | options)  # type: ignore[misc]


def prepared_cursor() -> CursorWrapper:
    """A cursor for a statement whose text is always the same; behind a pooler an ordinary one.

    Placeholders are the server's, so a value's type must be known from where it stands: cast it where it is not.
    """
    if settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"]:
        return connection.cursor()
    connection.ensure_connection()
    wrapper: Any = connection
    raw: Any = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = ASKED_FOR
    return wrapper._prepare_cursor(PreparedCursor(raw))  # type: ignore[no-any-return, call-arg]
