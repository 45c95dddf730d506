"""`/d/<code>/`: what a paper must say, for whoever holds one. The code is the key; nobody signs in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.models import Document
from commerce.services import documents, paper_words
from core.api.throttles import LookUpThrottle
from core.backoffice.parts import Fact
from core.branding_settings import BrandingPage
from core.error_pages import page as error_page
from core.site_settings import load
from core.zones import zone_named

LONGEST = 60


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """Where the code is typed in."""
    typed = request.GET.get("code", "").strip()[:LONGEST]
    if typed:
        return redirect("document", code=typed.replace("/", "")) if typed.strip("/ ") else _page(request, 200)
    return _page(request, 200)


@require_safe
def document(request: HttpRequest, code: str) -> HttpResponse:
    """The paper of a code, or that there is none."""
    throttle: Any = LookUpThrottle()
    if not throttle.allow_request(request, None):
        text = _("Too many codes were looked up from where you are. Try again in a minute.")
        answer = error_page(request, 429, _("Wait a minute"), text)
        answer["Retry-After"] = str(int(throttle.wait()) + 1)
        return answer
    found = documents.by_code(code[:LONGEST])
    if found is None:
        return _page(request, 404, typed=code[:LONGEST])
    with timezone.override(zone_named(found.zone)):
        notes = _credit_notes(found)
        told = {"facts": _facts(found, notes), "warning": _warning(found, notes)}
        return _page(request, 200, document=found, title=paper_words.title(found), **told)


def _facts(paper: Document, notes: list[Document]) -> list[Fact]:
    """What the paper must say, word for word."""
    facts = [
        Fact(_("Number"), paper.number, strong=True),
        Fact(_("For"), paper_words.party_name(paper), strong=True),
        Fact(_("Period"), paper_words.period(paper)),
        Fact(_("Opening balance"), _money(paper, paper.opening)),
        Fact(paper_words.amount_title(paper), _money(paper, paper.amount), strong=True),
        Fact(_("Tax in it"), _money(paper, paper.tax) if paper.tax else ""),
        Fact(_("Currency"), paper.currency),
        Fact(_("Corrects invoice"), paper.corrects.number if paper.corrects else ""),
        Fact(_("Issued at"), f"{paper_words.moment(paper.issued_at)} ({paper.zone})"),
        Fact(_("From"), paper.letterhead.content.get("legal_name", "")),
        Fact(_("Corrected by"), ", ".join(note.number for note in notes)),
    ]
    return [fact for fact in facts if fact.value]


def _money(paper: Document, amount: Any) -> str:
    return "" if amount is None else paper_words.money(amount, paper)


def _credit_notes(paper: Document) -> list[Document]:
    if paper.kind != Document.Kind.INVOICE:
        return []
    return list(paper.credit_notes.order_by("id").only("number", "cancels", "corrects")[:20])


def _warning(paper: Document, notes: list[Document]) -> str:
    """What has become of it since: a paper that was taken back is still ours, and worth nothing."""
    if paper.cancels:
        return _("This credit note cancels the invoice whole.")
    if cancelling := [note.number for note in notes if note.cancels]:
        return _("This invoice is cancelled whole by %(number)s.") % {"number": cancelling[0]}
    return _("A part of this invoice was credited later.") if notes else ""


def _page(request: HttpRequest, status: int, **more: Any) -> HttpResponse:
    brand = load(BrandingPage)
    context = {
        "brand": brand,
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
        **more,
    }
    response = render(request, "documents/verify.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


urlpatterns = [
    path("d/", look_up, name="document-look-up"),
    path("d/<str:code>/", document, name="document"),
]
