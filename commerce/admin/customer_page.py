"""What a customer's page shows: who it is with what is secret masked, money, orders, payments, tickets."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce.admin import reseller_tables as tables
from commerce.admin.document_page import table_of
from commerce.admin.person_page import SHOWN, person, tabs
from commerce.admin.support_parts import tickets_of
from commerce.models import Account, Consent, Customer
from commerce.services import consents
from core.backoffice.badges import status_badge
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Fact, so_many
from core.crypto import mask
from core.money import format_money


def customer_page(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    place = ", ".join(filter(None, [customer.postal_code, customer.city, customer.state, customer.country]))
    context, _orders = person(request, customer, name=customer.full_name, place=place)
    context["facts"] += [
        Fact(_("Signs in as"), customer.user or _("no sign-in")),
        Fact(_("Date of birth"), mask(customer.date_of_birth)),
        Fact(customer.id_document_type or _("Identity document"), mask(customer.id_document_number)),
        Fact(_("Preferred game"), customer.preferred_game),
    ]
    context["terms"] = [
        Fact(_("E-mail"), _verified(customer.email, customer.email_verified_at)),
        Fact(_("Phone"), _verified(customer.phone, customer.phone_verified_at)),
        Fact(_("Last product"), customer.last_product or _("none yet"), _day(customer.last_order_at)),
    ]
    context["consents"] = _consents(customer)
    secrets = customer.date_of_birth or customer.id_document_number
    if secrets and request.user.has_perm("commerce.reveal_document"):
        context["reveal_url"] = reverse("admin:commerce_customer_reveal", args=[customer.pk])
    if request.user.has_perm("commerce.take_customer_data") and customer.erased_at is None:
        context["data_url"] = reverse("admin:customer-data", args=[customer.pk])
    if request.user.has_perm("commerce.view_account"):
        wallets = customer.accounts.filter(kind=Account.Kind.WALLET, is_test=False).order_by("id")
        context["wallets"] = [_wallet(wallet) for wallet in wallets]
    counts: dict[str, int | str | None] = {"orders": context.get("orders_count")}
    if request.user.has_perm("commerce.view_payment"):
        payments = list(customer.payments.order_by("-created_at", "-id")[:SHOWN])
        counts["payments"] = so_many(payments, customer.payments.all(), SHOWN)
        context["payments"] = tables.payments(payments)
        every = reverse("admin:commerce_payment_changelist")
        context["payments_url"] = f"{every}?customer__id__exact={customer.pk}"
    if request.user.has_perm("commerce.view_document"):
        every = reverse("admin:commerce_document_changelist")
        context["documents"] = table_of(customer.documents.all())
        context["documents_url"] = f"{every}?customer__id__exact={customer.pk}"
    context |= tickets_of(request, customer.tickets.all(), customer=customer.pk)
    return context | {"tabs": tabs(context, counts)}


def _wallet(wallet: Account) -> list[Figure]:
    def money(amount: Any) -> str:
        return format_money(amount, wallet.currency)

    return [
        Figure(
            _("Wallet, %(currency)s") % {"currency": wallet.currency},
            money(wallet.balance),
            _("Refunds and late payments wait here"),
            icon="account_balance_wallet",
        ),
        Figure(_("Held"), money(wallet.held), _("For orders in flight"), icon="hourglass_top"),
    ]


def _consents(customer: Customer) -> list[Fact]:
    said = consents.now(customer)
    return [
        Fact(
            Consent.Purpose(purpose).label,
            status_badge(_("agreed"), "success") if one.given else status_badge(_("withdrawn"), "neutral"),
            " · ".join(filter(None, [_day(one.said_at), one.how, one.version])),
        )
        for purpose, one in said.items()
    ]


def _verified(contact: str, at: Any) -> SafeString | str:
    if not contact:
        return _("none")
    return status_badge(_("verified"), "success") if at else status_badge(_("not verified"), "warning")


def _day(at: Any) -> str:
    return date_format(timezone.localtime(at), "j M Y") if at else ""
