"""Brief 4 names models with fields, choices and defaults: each beside ours, or what replaces it and why."""

from dataclasses import fields
from typing import Any, get_args

import pytest
from django.apps import apps
from django.db import models

from core.actors import ActorKind
from core.site_settings import settings_pages

# Brief 4's model → ours.
MODELS = {
    "Admin": "core.User",
    "Reseller": "commerce.Reseller",
    "ResellerClient": "commerce.Client",
    "PublicUser": "commerce.Customer",
    "SimOrder": "commerce.Order",
    "Transaction": "commerce.Payment",
    "SupportTicket": "commerce.SupportTicket",
    "SystemSetting": "core.SiteSettings",
    "ActivityLog": "core.Event",
}
# Brief's field → "model.field" of ours: the same, or the one that holds the same thing under our name.
FIELDS: dict[str, dict[str, str]] = {
    "Admin": {
        "role": "core.User.role",
        "first_name": "core.User.first_name",
        "last_name": "core.User.last_name",
        "is_active": "core.User.is_active",
        "last_login_at": "core.User.last_login",
        "created_at": "core.User.created_at",
        "updated_at": "core.User.updated_at",
    },
    "Reseller": {
        "business_name": "commerce.Reseller.business_name",
        "contact_person": "commerce.Reseller.contact_person",
        "email": "commerce.Reseller.email",
        "phone": "commerce.Reseller.phone",
        "address": "commerce.Reseller.address",
        "city": "commerce.Reseller.city",
        "state": "commerce.Reseller.state",
        "country": "commerce.Reseller.country",
        "status": "commerce.Reseller.status",
        # Money is the wallet's, where the database keeps it right; a column here could be written by anybody.
        "credit_limit": "commerce.Account.credit_limit",
        "current_balance": "commerce.Account.balance",
        "commission_rate": "commerce.Reseller.commission_rate",
        "created_by": "commerce.Reseller.created_by",
        "created_at": "commerce.Reseller.created_at",
        "updated_at": "commerce.Reseller.updated_at",
    },
    "ResellerClient": {
        "reseller": "commerce.Client.reseller",
        "client_name": "commerce.Client.name",
        "client_email": "commerce.Client.email",
        "client_phone": "commerce.Client.phone",
        "plan_type": "commerce.Client.plan_type",
        "status": "commerce.Client.status",
        "monthly_limit": "commerce.Client.monthly_limit",
        "current_usage": "commerce.Client.current_usage",
        "created_at": "commerce.Client.created_at",
        "updated_at": "commerce.Client.updated_at",
    },
    "PublicUser": {
        "full_name": "commerce.Customer.full_name",
        "email": "commerce.Customer.email",
        "phone": "commerce.Customer.phone",
        "address": "commerce.Customer.address",
        "city": "commerce.Customer.city",
        "state": "commerce.Customer.state",
        "postal_code": "commerce.Customer.postal_code",
        "date_of_birth": "commerce.Customer.date_of_birth",
        "id_document_type": "commerce.Customer.id_document_type",
        "id_document_number": "commerce.Customer.id_document_number",
        "status": "commerce.Customer.status",
        "email_verified_at": "commerce.Customer.email_verified_at",
        "phone_verified_at": "commerce.Customer.phone_verified_at",
        "created_at": "commerce.Customer.created_at",
        "updated_at": "commerce.Customer.updated_at",
    },
    "SimOrder": {
        "order_number": "commerce.Order.order_number",
        "user": "commerce.Order.customer",
        "reseller": "commerce.Order.reseller",
        "client": "commerce.Order.client",
        "order_type": "commerce.Order.source",
        "sim_type": "commerce.Delivery.sim_type",
        "network_provider": "commerce.Order.brand_name",
        "plan_name": "commerce.Order.product_name",
        "plan_price": "commerce.Order.price",
        "delivery_address": "commerce.Delivery.delivery_address",
        "delivery_fee": "commerce.Order.delivery_fee",
        "tax_amount": "commerce.Order.tax",
        "total_amount": "commerce.Order.total",
        # A parcel's steps are the delivery's; what happened to the order itself is its own status.
        "status": "commerce.Delivery.status",
        "payment_status": "commerce.Order.payment_status",
        "delivery_tracking_number": "commerce.Delivery.delivery_tracking_number",
        "notes": "commerce.Order.notes",
        "created_at": "commerce.Order.created_at",
        "updated_at": "commerce.Order.updated_at",
        "delivered_at": "commerce.Delivery.delivered_at",
        "activated_at": "commerce.Delivery.activated_at",
    },
    "Transaction": {
        "transaction_id": "commerce.Payment.id",
        "order": "commerce.Payment.order",
        "user": "commerce.Payment.customer",
        "reseller": "commerce.Payment.reseller",
        "transaction_type": "commerce.Payment.transaction_type",
        "amount": "commerce.Payment.amount",
        "currency": "commerce.Payment.currency",
        "payment_method": "commerce.Payment.payment_method",
        "payment_gateway_response": "commerce.Payment.payment_gateway_response",
        "status": "commerce.Payment.status",
        "gateway_transaction_id": "commerce.Payment.gateway_transaction_id",
        "created_at": "commerce.Payment.created_at",
        "updated_at": "commerce.Payment.updated_at",
    },
    "SupportTicket": {
        "ticket_number": "commerce.SupportTicket.ticket_number",
        "user": "commerce.SupportTicket.customer",
        "reseller": "commerce.SupportTicket.reseller",
        "subject": "commerce.SupportTicket.subject",
        "description": "commerce.SupportTicket.description",
        "priority": "commerce.SupportTicket.priority",
        "status": "commerce.SupportTicket.status",
        "assigned_to": "commerce.SupportTicket.assigned_to",
        "created_at": "commerce.SupportTicket.created_at",
        "updated_at": "commerce.SupportTicket.updated_at",
        "resolved_at": "commerce.SupportTicket.resolved_at",
    },
    # A row a page instead of a row a value: the page's dataclass names each value, with its type and its default;
    # its form describes it, and `public` of the page says what anybody may read.
    "SystemSetting": {
        "setting_key": "core.SiteSettings.page",
        "setting_value": "core.SiteSettings.values",
        "updated_by": "core.SiteSettings.updated_by",
        "updated_at": "core.SiteSettings.updated_at",
    },
    "ActivityLog": {
        "user_type": "core.Event.actor_kind",
        "user_id": "core.Event.actor_id",
        "action": "core.Event.kind",
        "description": "core.Event.data",
        "ip_address": "core.Event.address",
        # Kept where it tells something: of each sign-in.
        "user_agent": "axes.AccessLog.user_agent",
        "created_at": "core.Event.created_at",
    },
}
# Brief 4's choices, value by value; where ours has another value for one, it stands behind it.
CHOICES: dict[str, dict[str, str]] = {
    "Admin.role": {"super_admin": "super_admin", "admin": "admin", "moderator": "moderator"},
    "Reseller.status": {"active": "active", "suspended": "suspended", "pending": "pending"},
    "ResellerClient.status": {"active": "active", "inactive": "inactive", "suspended": "suspended"},
    "PublicUser.status": {
        "active": "active",
        "blocked": "blocked",
        "pending_verification": "pending_verification",
    },
    "SimOrder.order_type": {"app_user": "app_user", "reseller_client": "reseller_client"},
    "SimOrder.status": {
        "pending": "pending",
        "confirmed": "confirmed",
        "dispatched": "dispatched",
        "delivered": "delivered",
        "activated": "activated",
        "cancelled": "cancelled",
    },
    # product.md's words: captured money is what brief 4 calls paid.
    "SimOrder.payment_status": {
        "pending": "pending",
        "paid": "captured",
        "failed": "failed",
        "refunded": "refunded",
    },
    "Transaction.transaction_type": {
        "payment": "payment",
        "refund": "refund",
        "commission": "commission",
        "credit": "credit",
    },
    "Transaction.status": {
        "pending": "pending",
        "completed": "completed",
        "failed": "failed",
        "cancelled": "cancelled",
    },
    "SupportTicket.priority": {"low": "low", "medium": "medium", "high": "high", "urgent": "urgent"},
    "SupportTicket.status": {
        "open": "open",
        "in_progress": "in_progress",
        "resolved": "resolved",
        "closed": "closed",
    },
}
DEFAULTS: dict[str, Any] = {
    # Every buyer is a user too, so a default of "admin" would make staff of them: no role unless given.
    "Admin.role": "",
    "Admin.is_active": True,
    "Reseller.status": "pending",
    "Reseller.credit_limit": 0,
    "Reseller.current_balance": 0,
    "Reseller.commission_rate": 0,
    "ResellerClient.status": "active",
    "ResellerClient.monthly_limit": 0,
    "ResellerClient.current_usage": 0,
    "PublicUser.status": "pending_verification",
    "SimOrder.delivery_fee": 0,
    "SimOrder.tax_amount": 0,
    "SimOrder.status": "pending",
    "SimOrder.payment_status": "pending",
    "Transaction.payment_gateway_response": {},
    "Transaction.status": "pending",
    "SupportTicket.priority": "medium",
    "SupportTicket.status": "open",
}
UNIQUE = (
    *("Reseller.email", "PublicUser.email", "SimOrder.order_number", "Transaction.transaction_id"),
    *("SupportTicket.ticket_number", "SystemSetting.setting_key"),
)
# Models whose rows brief 4 lets one leave empty: deleting what they point at leaves them there.
NULLABLE = (
    *(
        "Reseller.created_by",
        "PublicUser.email_verified_at",
        "PublicUser.phone_verified_at",
        "Admin.last_login_at",
    ),
    *(
        "SimOrder.user",
        "SimOrder.reseller",
        "SimOrder.client",
        "SimOrder.delivered_at",
        "SimOrder.activated_at",
    ),
    *("Transaction.order", "Transaction.user", "Transaction.reseller"),
    *(
        "SupportTicket.user",
        "SupportTicket.reseller",
        "SupportTicket.assigned_to",
        "SupportTicket.resolved_at",
    ),
    "SystemSetting.updated_by",
)
MAX_LENGTHS = {
    "Admin.role": 20,
    "Admin.first_name": 30,
    "Admin.last_name": 30,
    "Reseller.city": 100,
    "Reseller.state": 100,
    "Reseller.country": 100,
    "Reseller.status": 20,
    "ResellerClient.client_phone": 20,
    "ResellerClient.status": 20,
    "PublicUser.phone": 20,
    "PublicUser.city": 100,
    "PublicUser.state": 100,
    "PublicUser.id_document_number": 100,
    "PublicUser.status": 30,
    "SimOrder.sim_type": 20,
    "Transaction.transaction_type": 20,
    "Transaction.currency": 3,
    "Transaction.status": 20,
    "SupportTicket.priority": 20,
    "SupportTicket.status": 20,
    "ActivityLog.user_agent": 255,
    "Reseller.business_name": 200,
    "Reseller.contact_person": 100,
    "Reseller.phone": 20,
    "ResellerClient.client_name": 100,
    "ResellerClient.plan_type": 50,
    "PublicUser.full_name": 100,
    "PublicUser.postal_code": 20,
    "PublicUser.id_document_type": 50,
    "SimOrder.plan_name": 100,
    "SimOrder.network_provider": 50,
    "SimOrder.delivery_tracking_number": 100,
    "Transaction.payment_method": 50,
    "Transaction.gateway_transaction_id": 200,
    "SupportTicket.ticket_number": 50,
    "SupportTicket.subject": 200,
}


def ours(name: str) -> "models.Field[Any, Any]":
    model, field = name.split(".")
    label, _dot, attribute = FIELDS[model][field].rpartition(".")
    return apps.get_model(label)._meta.get_field(attribute)  # type: ignore[return-value]


@pytest.mark.parametrize("name", [f"{model}.{field}" for model, fields in FIELDS.items() for field in fields])
def test_every_field_of_brief_4_is_there_or_replaced(name: str) -> None:
    assert ours(name).concrete


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_brief_4_is_there_or_replaced(name: str) -> None:
    values = {value for value, _label in ours(name).flatchoices}
    assert set(CHOICES[name].values()) <= values


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_default_of_brief_4_is_ours(name: str) -> None:
    assert ours(name).get_default() == DEFAULTS[name]


@pytest.mark.parametrize("name", MAX_LENGTHS)
def test_nothing_that_fits_brief_4_is_too_long_for_ours(name: str) -> None:
    length = ours(name).max_length
    assert length is None or length >= MAX_LENGTHS[name]


@pytest.mark.parametrize("name", UNIQUE)
def test_what_is_unique_in_brief_4_is_unique_in_ours(name: str) -> None:
    field = ours(name)
    alone = any(
        constraint.fields == (field.name,) and constraint.condition is None
        for constraint in field.model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    )
    assert field.unique or alone


@pytest.mark.parametrize("name", NULLABLE)
def test_what_may_be_missing_in_brief_4_may_be_missing_in_ours(name: str) -> None:
    assert ours(name).null


def test_every_model_of_brief_4_is_walked() -> None:
    assert set(FIELDS) == set(MODELS)
    # As many as the brief has, but for a setting's type, description and whether it is public.
    counts = {
        "Admin": 7,
        "Reseller": 15,
        "ResellerClient": 10,
        "PublicUser": 15,
        "SimOrder": 21,
        "Transaction": 13,
    }
    counts |= {"SupportTicket": 11, "SystemSetting": 4, "ActivityLog": 7}
    assert {model: len(fields) for model, fields in FIELDS.items()} == counts
    choices = {name for name in CHOICES if name.partition(".")[0] in MODELS}
    assert len(choices) == len(CHOICES) == 11


def test_settings_have_a_type_a_description_and_say_whether_they_are_public() -> None:
    """Brief 4's setting_type, description and is_public: of text, numbers, yes or no, and lists."""
    for page in settings_pages.values():
        typed = {field.name: field.type for field in fields(page.values_class)}
        assert all(typed.values()) and set(page.public) <= set(typed)
        form = page.form_class()
        assert all(form.fields[name].label for name in typed if name in form.fields)
        assert page.description


@pytest.mark.parametrize(
    ("said", "kind"), [("admin", "staff"), ("reseller", "reseller"), ("public_user", "customer")]
)
def test_every_kind_of_user_of_brief_4_can_be_who_did_something(said: str, kind: str) -> None:
    assert kind in get_args(ActorKind.__value__), said


def test_a_customers_phone_is_unique_where_there_is_one() -> None:
    constraints = {constraint.name for constraint in apps.get_model(MODELS["PublicUser"])._meta.constraints}
    assert "commerce_customer_phone_once" in constraints


def test_the_default_currency_is_the_base_currency(settings: Any) -> None:
    settings.BASE_CURRENCY = "USD"
    assert apps.get_model("commerce.Account")(currency="USD").currency == "USD"
    assert apps.get_model("commerce.Reseller")().currency == "USD"
