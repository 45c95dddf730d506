"""`/api/wallet/statement/?format=pdf|xlsx|csv`: the statement as a paper, with its number and verification code."""

from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from commerce.models import Account
from commerce.services import paper_files, statement_papers
from commerce.services.documents import Wish
from commerce.services.paper_files import PaperFile
from commerce.services.statement_papers import Period
from core.api.throttles import PaperThrottle
from core.documents import pdf, spreadsheet
from core.exceptions import Conflict, InvalidInput, NotFound

JSON = "json"
FORMATS = (JSON, paper_files.PDF, paper_files.EXCEL, paper_files.CSV)
TYPES = (pdf.CONTENT_TYPE, spreadsheet.CONTENT_TYPE, "text/csv")
DEFAULT_DAYS = 30
# Longer than any of them takes; a worker that died leaves it behind.
BUSY_SECONDS = 60


def wanted_format(request: Request) -> str:
    """
    Raises:
        InvalidInput: `unknown_format`.
    """
    chosen = request.query_params.get("format", "").strip().lower() or JSON
    if chosen not in FORMATS:
        raise InvalidInput(
            "unknown_format", _("Choose one of %(known)s.") % {"known": ", ".join(FORMATS)}, field="format"
        )
    return chosen


def answer(
    request: Request, account: Account, kind: str, since: datetime | None, until: datetime | None
) -> HttpResponse:
    """The file; asked for again, while nothing has moved, the same paper.

    Raises:
        NotFound: `no_wallet`. Conflict: `test_mode`, `busy`. InvalidInput: as `statement_papers.issue`.
    """
    if account.pk is None:
        raise NotFound("no_wallet", _("You have no wallet in %(currency)s.") % {"currency": account.currency})
    throttle = PaperThrottle()
    if not throttle.allow_request(request, None):
        raise Throttled(wait=throttle.wait())
    key = f"statement-file:{account.pk}"
    if not cache.add(key, 1, BUSY_SECONDS):
        raise Conflict("busy", _("A file of this wallet is being made. Ask again when it has arrived."))
    try:
        period = _period(since, until)
        wish = Wish(get_language() or "" if "Accept-Language" in request.headers else "")
        paper = statement_papers.issue(account=account, period=period, wish=wish)
        file = paper_files.file_of(paper, kind, site=request.build_absolute_uri("/"))
    finally:
        cache.delete(key)
    return as_answer(file)


def as_answer(file: PaperFile) -> HttpResponse:
    """A paper to be saved under its number."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)


def _period(since: datetime | None, until: datetime | None) -> Period:
    """Whole days of UTC where none are given, so that asking twice a day brings one paper."""
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = until or today + timedelta(days=1)
    return Period(since or end - timedelta(days=DEFAULT_DAYS), end, "UTC")
