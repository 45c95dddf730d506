"""What a paper's page shows: what it says, for whom, which transfers it stands for, and the files of it."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Document, Transfer
from commerce.services import documents, invoices, paper_files, paper_words
from core.admin.event_steps import steps_of
from core.backoffice.badges import status_badge
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Table
from core.money import format_money

SHOWN = 50
WORDS: dict[str, tuple[Any, str]] = {
    "document.issued": (gettext_lazy("Issued"), "success"),
    "document.sent": (gettext_lazy("Sent by mail"), "info"),
    "document.taken": (gettext_lazy("Taken as a file"), "neutral"),
}
TONES = {"statement": "info", "receipt": "success", "invoice": "neutral", "credit_note": "warning"}


def page(request: HttpRequest, document: Document) -> dict[str, Any]:
    url = documents.verify_url(document, request.build_absolute_uri("/"))
    with_money = request.user.has_perm("commerce.view_transfer")
    return {
        "title": f"{document.get_kind_display()} {document.number}",
        "badges": _badges(document),
        "figures": _figures(document),
        "facts": _facts(request, document),
        "party": _party(request, document),
        "confirm": [
            Fact(_("Verification code"), document.code),
            Fact(_("Public page"), url, link=url),
        ],
        "files": _files(document),
        "notes": table_of(document.credit_notes.all()) if document.kind == Document.Kind.INVOICE else None,
        "transfers": _transfers(document) if with_money and document.kind in Document.BOOKED else None,
        "transfers_more": document.content.get("ledger", {}).get("transfers", 0) > SHOWN,
        "steps": steps_of(document),
    }


def table_of(rows: QuerySet[Document], most: int = 25, *, narrow: bool = False) -> Table:
    """The newest papers of something, for its page; narrow where they stand in a side column."""
    columns: list[Column | str] = [_("Document"), _("Kind"), Column(_("Amount"), money=True)]
    if not narrow:
        columns.append(Column(_("Issued at"), wide=True))
    table = Table(*columns, empty=_("No document has been issued."))
    for document in rows.defer("content", "party").order_by("-id")[:most]:
        link = reverse("admin:commerce_document_change", args=[document.pk])
        amount = format_money(document.amount, document.currency)
        cells = [document.number, kind_badge(document), amount, moment(document.issued_at)]
        table.add(*cells[: len(columns)], link=link)
    return table


def kind_badge(document: Document) -> Any:
    return status_badge(Document.Kind(document.kind).label, TONES[document.kind])


def moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _badges(document: Document) -> list[Any]:
    found = [kind_badge(document)]
    if document.kind == Document.Kind.INVOICE and invoices.is_cancelled(document):
        found.append(status_badge(_("Cancelled"), "danger"))
    if document.cancels:
        found.append(status_badge(_("Cancels the invoice"), "danger"))
    return found


def _figures(document: Document) -> list[Figure]:
    def money(amount: Any) -> str:
        return format_money(amount, document.currency)

    figures = [Figure(paper_words.amount_title(document), money(document.amount), icon="payments")]
    if document.opening is not None:
        figures.insert(0, Figure(_("Opening balance"), money(document.opening), icon="savings"))
        number = len(document.content["movements"])
        figures.append(Figure(_("Movements"), str(number), icon="swap_horiz"))
    if document.tax:
        figures.append(Figure(_("Tax in it"), money(document.tax), icon="percent"))
    if document.kind == Document.Kind.INVOICE:
        left = invoices.left_to_credit(document)
        tone = "warning" if left else "neutral"
        figures.append(Figure(_("Refunded, not credited"), money(left), tone=tone, icon="undo"))
    return figures


def _facts(request: HttpRequest, document: Document) -> list[Fact]:
    corrects, order = document.corrects, document.order
    facts = [
        Fact(_("Number"), document.number),
        Fact(_("Period"), paper_words.period(document)),
        Fact(_("Order"), order or "", link=_link(request, order)),
        Fact(_("Payment"), document.payment or "", link=_link(request, document.payment)),
        Fact(_("Corrects"), corrects or "", link=_link(request, corrects)),
        Fact(_("Reason"), document.content.get("reason", "")),
        Fact(_("Language"), dict(settings.LANGUAGES).get(document.language, document.language)),
        Fact(_("Time zone"), document.zone),
        Fact(_("Issued at"), moment(document.issued_at)),
        Fact(_("Issued by"), document.actor_label),
    ]
    return [fact for fact in facts if fact.value]


def _party(request: HttpRequest, document: Document) -> list[Fact]:
    facts = [
        Fact(_("For"), paper_words.party_name(document), link=_link(request, document.owner), strong=True)
    ]
    lines = paper_words.party_lines(document)
    return [*facts, Fact(_("As it was"), lines[0], note=" · ".join(lines[1:]))] if lines else facts


def _files(document: Document) -> list[dict[str, str]]:
    titles = {"pdf": _("PDF"), "xlsx": _("Excel"), "csv": _("CSV")}
    return [
        {
            "title": titles[kind],
            "icon": "picture_as_pdf" if kind == paper_files.PDF else "table",
            "url": reverse("admin:commerce_document_file", args=[document.pk, kind]),
        }
        for kind in paper_files.formats_of(document)
    ]


def _transfers(document: Document) -> Table:
    table = Table(
        _("Transfer"), _("What"), Column(_("Amount"), money=True), Column(_("Order"), wide=True),
        empty=_("It moves no money: it cancels an invoice."),
    )  # fmt: skip
    rows = Transfer.objects.filter(papers__document=document).select_related("order").order_by("id")
    for row in rows[:SHOWN]:
        link = reverse("admin:commerce_transfer_change", args=[row.pk])
        what = Transfer.Kind(row.kind).label
        table.add(f"T{row.pk}", what, format_money(row.amount, row.currency), str(row.order or ""), link=link)
    return table


def _link(request: HttpRequest, thing: Any) -> str:
    if thing is None or not request.user.has_perm(f"commerce.view_{thing._meta.model_name}"):
        return ""
    return reverse(f"admin:commerce_{thing._meta.model_name}_change", args=[thing.pk])
