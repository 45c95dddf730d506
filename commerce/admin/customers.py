"""The public's buyers. What identifies a person is masked, and shown whole to nobody."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from commerce.admin.consent_forms import ConsentForm, WithdrawForm
from commerce.admin.contact_codes import ContactCodes
from commerce.admin.customer_page import customer_page
from commerce.admin.document_dialogs import StatementDialog
from commerce.admin.notice_forms import HOW as NOTICES
from commerce.admin.notice_forms import NoticesForm
from commerce.admin.party_badges import party_badge
from commerce.admin.party_forms import PartyForm
from commerce.admin.party_search import PartySearch
from commerce.models import Customer
from commerce.services import consents, customers, notice_choices, privacy
from core.backoffice.actions import dialog_action, show_once
from core.backoffice.badges import Cell, two_lines
from core.backoffice.base import HistoryAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import BeginningFilter, ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.site import site
from core.crypto import mask

SECRETS = ("date_of_birth", "id_document_number")


class CustomerForm(PartyForm):
    """What is secret is never sent to the browser: an empty answer keeps what is there."""

    tidy = staticmethod(customers.tidy)
    details = customers.DETAILS
    date_of_birth = forms.DateField(
        label=gettext_lazy("New date of birth"),
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )
    id_document_number = forms.CharField(
        label=gettext_lazy("New document number"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = Customer
        fields = customers.DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            self.initial.pop(name, None)

    def clean(self) -> dict[str, Any]:
        for name in SECRETS:
            if not self.cleaned_data.get(name):
                self.cleaned_data[name] = getattr(self.instance, name)
        cleaned = super().clean()
        # The table's constraint could not say which field it is about.
        others = Customer.objects.exclude(pk=self.instance.pk)
        if (phone := cleaned.get("phone")) and others.filter(phone=phone).exists():
            self.add_error("phone", _("Another customer has this phone number."))
        return cleaned


@admin.register(Customer, site=site)
class CustomerAdmin(StatementDialog, ContactCodes, PartySearch, ImportExportAdmin, HistoryAdmin):
    form = CustomerForm
    page_template = "admin/commerce/customer/page.html"
    list_display = ("full_name", "status_shown", "last_bought", "contact", "city", "created_at")
    list_display_links = ("full_name",)
    list_select_related = ("last_product__brand",)
    list_filter = (
        ("status", ChoicesFilter),
        ("city", BeginningFilter),
        ("last_product", RelatedFilter),
        ("country", BeginningFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("full_name__istartswith", "email__istartswith", "phone__startswith")
    phone_columns = ("full_name", "status_shown", "city")
    more_columns = ("email", "phone", "country", "preferred_game", "last_order_at", "updated_at")
    empty_hint = gettext_lazy("Customers register through the API.")
    name_column = "full_name"
    ordering = ("-id",)
    readonly_fields = (
        "status_shown",
        "status_reason",
        "user",
        "email_verified_at",
        "phone_verified_at",
        "born",
        "document",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("full_name", ("email", "phone"), "user")}),
        (gettext_lazy("Address"), {"fields": ("address", ("city", "state"), ("postal_code", "country"))}),
        (
            gettext_lazy("Identity"),
            {"fields": (("born", "date_of_birth"), "id_document_type", ("document", "id_document_number"))},
        ),
        (gettext_lazy("Interests"), {"fields": ("preferred_game",)}),
        (
            gettext_lazy("Status"),
            {
                "fields": (
                    "status_shown",
                    "status_reason",
                    ("email_verified_at", "phone_verified_at"),
                    "created_at",
                )
            },
        ),
    )
    actions_detail = [
        {
            "title": gettext_lazy("Verify"),
            "icon": "verified",
            "items": ["send_email_code", "enter_email_code", "send_phone_code", "enter_phone_code"],
        },
        "notices",
        "issue_statement",
        "reveal",
        "block",
        "unblock",
        {
            "title": gettext_lazy("Privacy"),
            "icon": "shield_person",
            "items": ["consent", "withdraw", "erase"],
        },
    ]
    actions = ["bulk_block"]
    restorable = (
        "full_name",
        "email",
        "phone",
        "address",
        "city",
        "state",
        "postal_code",
        "country",
        "preferred_game",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """A customer with orders stays; one that is not wanted is blocked."""
        return False

    def page_context(self, request: HttpRequest, obj: Customer) -> dict[str, Any]:
        return customer_page(request, obj)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, customer: Customer) -> str:
        return party_badge(customer) if customer.pk else "–"

    @admin.display(description=gettext_lazy("contact"), ordering="email")
    def contact(self, customer: Customer) -> str:
        return two_lines(customer.email, customer.phone)

    @admin.display(description=gettext_lazy("last product"))
    def last_bought(self, customer: Customer) -> str:
        if customer.last_product is None or customer.last_order_at is None:
            return Cell.saying("", format_html('<span class="tl-muted">–</span>'))
        day = date_format(timezone.localtime(customer.last_order_at), "j M Y")
        return two_lines(customer.last_product, day)

    @admin.display(description=gettext_lazy("date of birth"))
    def born(self, customer: Customer) -> str:
        return mask(customer.date_of_birth) or "–"

    @admin.display(description=gettext_lazy("document number"))
    def document(self, customer: Customer) -> str:
        return mask(customer.id_document_number) or "–"

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        if change:
            customers.change_customer(customer=obj, values=form.changes())
            return
        added = customers.add_customer(values=form.changes())
        obj.pk = added.pk
        obj._state.adding = False

    @dialog_action(
        gettext_lazy("Notifications"),
        form=NoticesForm,
        permission="commerce.change_customer",
        icon="notifications",
        visible=lambda customer: customer.user_id is not None and customer.erased_at is None,
        explain=NOTICES,
        submit=gettext_lazy("Save"),
    )
    def notices(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        notice_choices.choose(customer=obj, wanted=data["wanted"])
        return _("They are told as chosen.")

    @dialog_action(
        gettext_lazy("Reveal identity"),
        permission="commerce.reveal_document",
        icon="visibility",
        visible=lambda customer: bool(customer.date_of_birth or customer.id_document_number),
        explain=gettext_lazy("Shown once; who looked, and why, is written down."),
    )
    def reveal(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> HttpResponse:
        shown = customers.reveal(customer=obj, reason=data["reason"])
        return show_once(
            request,
            title=_("Identity"),
            label=_("Date of birth and document number"),
            value=" · ".join(filter(None, [shown.date_of_birth, shown.id_document_number])),
            note=_("It is shown once."),
        )

    @bulk_action(gettext_lazy("Block"), permission="commerce.block_customer", variant="danger")
    def bulk_block(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> None:
        customers.block(customer=obj, reason=data["reason"])

    @dialog_action(
        gettext_lazy("Block"),
        permission="commerce.block_customer",
        icon="block",
        variant="danger",
        visible=lambda customer: customer.status != Customer.Status.BLOCKED,
        explain=gettext_lazy("New orders of this customer are refused."),
    )
    def block(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        customers.block(customer=obj, reason=data["reason"])
        return _("“%(name)s” is blocked and cannot order.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Unblock"),
        permission="commerce.block_customer",
        icon="lock_open",
        variant="success",
        visible=lambda customer: customer.status == Customer.Status.BLOCKED and customer.erased_at is None,
    )
    def unblock(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        customers.unblock(customer=obj, reason=data["reason"])
        return _("“%(name)s” may order again.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Record a consent"),
        form=ConsentForm,
        permission="commerce.record_consent",
        icon="how_to_reg",
        visible=lambda customer: customer.erased_at is None,
        explain=gettext_lazy("What they agreed to, how, and to which text; it stays written down."),
    )
    def consent(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        consents.say(customer=obj, given=True, **data)
        return _("Written down.")

    @dialog_action(
        gettext_lazy("Withdraw a consent"),
        form=WithdrawForm,
        permission="commerce.record_consent",
        icon="unsubscribe",
        visible=lambda customer: customer.erased_at is None,
        explain=gettext_lazy("From now on they do not agree; that they once did stays written down."),
    )
    def withdraw(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        consents.say(customer=obj, given=False, **data)
        return _("Written down.")

    @dialog_action(
        gettext_lazy("Erase"),
        permission="commerce.erase_customer",
        icon="person_off",
        variant="danger",
        visible=lambda customer: customer.erased_at is None,
        explain=gettext_lazy(
            "For ever: names, contacts, recipients, messages, tickets and their files, history and the log of requests "
            "are emptied. Orders and money stay, of nobody."
        ),
    )
    def erase(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        privacy.erase(customer=obj, reason=data["reason"])
        return _("The customer was erased; the books stay as they were.")
