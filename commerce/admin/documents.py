"""Papers of the books in the admin: found, read, taken as files, sent and corrected; never changed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import document_page
from commerce.admin.catalog import seen
from commerce.admin.document_batches import BatchDialog
from commerce.admin.document_dialogs import ISSUE, issued
from commerce.admin.document_forms import CreditForm, SendForm, is_invoice
from commerce.admin.party_search import found_keys, tidy_term
from commerce.models import Customer, Document, Order, Reseller
from commerce.services import documents, invoices, paper_files, paper_mail, paper_words
from core.backoffice.actions import ReasonForm, dialog_action
from core.backoffice.badges import money_cell, unbroken
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, NumberRangeFilter, related
from core.backoffice.site import site
from core.documents.pdf import PdfUnavailable
from core.error_pages import page as error_page
from core.events import record
from core.money import format_money


def has_refunds_left(document: Document) -> bool:
    return is_invoice(document) and invoices.left_to_credit(document) > 0


def can_be_cancelled(document: Document) -> bool:
    return document.kind == Document.Kind.INVOICE and not document.credit_notes.exists()


@admin.register(Document, site=site)
class DocumentAdmin(BatchDialog, ReadOnlyAdmin):
    page_template = "admin/commerce/document/page.html"
    change_list_template = "admin/commerce/document/list.html"
    list_display = ("number", "kind_shown", "party_shown", "amount_shown", "period_shown", "issued_at")
    phone_columns = ("number", "kind_shown", "amount_shown")
    more_columns = ("currency", "language", "actor_label", "code")
    list_filter = (
        ("kind", ChoicesFilter),
        *related("reseller", "customer"),
        ("issued_at", DayRangeFilter),
        ("amount", NumberRangeFilter),
    )
    list_select_related = ("reseller", "customer")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Beginning of a number, a whole code or order number, or a party's name.")
    empty_hint = gettext_lazy("Issue one from an order, a payment, a wallet or a reseller's page.")
    ordering = ("-id",)
    actions_list = ("issue_for_all",)
    actions_detail = ("send", "credit", "cancel_invoice")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        place = path("<int:object_id>/file/<str:kind>/", view, name="commerce_document_file")
        return [place, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        # A statement's movements are for the page of one.
        return super().get_queryset(request).defer("content")  # type: ignore[no-any-return]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        kept = request.__dict__.setdefault("_document", {})
        if object_id not in kept:
            related = ("letterhead", "reseller", "customer", "order", "payment", "corrects", "account")
            known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
            rows = Document.objects.select_related(*related)
            kept[object_id] = rows.filter(pk=object_id).first() if known else None
        return kept[object_id]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Document], search_term: str
    ) -> tuple[QuerySet[Document], bool]:
        """Each way along an index of its own."""
        term = tidy_term(search_term)
        if not term:
            return queryset, False
        rows = Document.objects.order_by().values_list("pk")
        coded = documents.by_code(term)
        orders = Order.objects.filter(order_number=term.upper()).values("pk")
        ways = [
            Q(order__in=orders),
            Q(reseller__in=found_keys(Reseller, "business_name", term)),
            Q(customer__in=found_keys(Customer, "full_name", term)),
            Q(pk=coded.pk if coded else 0),
        ]
        begins = rows.filter(number__startswith=term.upper())
        return queryset.filter(pk__in=begins.union(*(rows.filter(way) for way in ways), all=True)), False

    def file_view(self, request: HttpRequest, object_id: int, kind: str) -> HttpResponse:
        """The paper as a file; that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = seen(self, request, object_id)
        if kind not in paper_files.formats_of(document):
            raise Http404
        try:
            file = paper_files.file_of(document, kind, site=request.build_absolute_uri("/"))
        except PdfUnavailable as error:
            return error_page(request, error.status, _("There is no PDF now"), error.message)
        record("document.taken", subject=document, data={"format": kind})
        headers = {
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(file.content, content_type=file.content_type, headers=headers)

    def page_context(self, request: HttpRequest, obj: Document) -> dict[str, Any]:
        return document_page.page(request, obj)

    @admin.display(description=gettext_lazy("Kind"), ordering="kind")
    def kind_shown(self, document: Document) -> SafeString:
        return document_page.kind_badge(document)  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("For"))
    def party_shown(self, document: Document) -> str:
        return paper_words.party_name(document)

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def amount_shown(self, document: Document) -> SafeString:
        return money_cell(format_money(document.amount, document.currency))

    @admin.display(description=gettext_lazy("Period"))
    def period_shown(self, document: Document) -> SafeString | str:
        period = paper_words.period(document)
        return unbroken(period) if period else "–"

    @dialog_action(
        gettext_lazy("Send"),
        form=SendForm,
        permission=ISSUE,
        icon="outgoing_mail",
        variant="primary",
        title=gettext_lazy("Send it by mail"),
        explain=gettext_lazy("The PDF goes with the mail, and of a statement the Excel file too."),
    )
    def send(self, request: HttpRequest, obj: Document, data: dict[str, Any]) -> str:
        message = paper_mail.send(
            document=obj, to=data["to"], note=data["note"], site=request.build_absolute_uri("/")
        )
        return _("It goes to %(address)s.") % {"address": message.address}

    @dialog_action(
        gettext_lazy("Credit note"),
        form=CreditForm,
        permission=ISSUE,
        icon="undo",
        visible=has_refunds_left,
        title=gettext_lazy("Issue a credit note"),
        explain=gettext_lazy("Of what was refunded and has no credit note yet. No money moves."),
        submit=gettext_lazy("Issue"),
    )
    def credit(self, request: HttpRequest, obj: Document, data: dict[str, Any]) -> str:
        return issued(invoices.credit(invoice=obj, reason=data["reason"]))

    @dialog_action(
        gettext_lazy("Cancel invoice"),
        form=ReasonForm,
        permission=ISSUE,
        icon="block",
        variant="danger",
        visible=can_be_cancelled,
        explain=gettext_lazy(
            "A credit note takes it back whole, and its orders may be invoiced anew. No money moves."
        ),
    )
    def cancel_invoice(self, request: HttpRequest, obj: Document, data: dict[str, Any]) -> str:
        return issued(invoices.cancel(invoice=obj, reason=data["reason"]))
