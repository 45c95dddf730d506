"""Two people and what waits between them, for the tests of approvals."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.models import Reseller
from commerce.services import ledger
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.models import Approval, User
from core.services import approvals

MUCH = Decimal(20_000)


def wallet(reseller: Reseller) -> Any:
    return ledger.wallet_for(party=reseller, currency=reseller.currency)


def fund(reseller: Reseller, amount: Decimal = MUCH, reference: str = "") -> Any:
    return ledger.fund(account=wallet(reseller), amount=amount, reason="Wire", external_reference=reference)


def asked(by: User, reseller: Reseller, work: Any = None) -> Approval:
    """What waits after this person did something above the limit."""
    with acting_as(actor_for_user(by)):
        try:
            with transaction.atomic():
                (work or fund)(reseller)
        except ApprovalNeeded as needed:
            return approvals.ask(needed)
    raise AssertionError("Nothing waits.")


def dialog(by: User, obj: Any, action: str, **data: Any) -> Any:
    browser = Browser()
    browser.force_login(by)
    options = obj._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_{action}", args=[obj.pk])
    return browser.post(url, {"_form_submitted": "True", **data})


def api(by: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(by)
    return client


def raw(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def as_if_old(row: Any) -> None:
    """It was there long before today."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        row.history.update(history_date=F("history_date") - timedelta(days=30))
        cursor.execute("SET LOCAL session_replication_role = origin")


def expired(approval: Approval) -> Approval:
    """As if it had waited for long: a copy, because what was asked for cannot be changed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE core_approval SET expires_at = %s WHERE id = %s",
            [timezone.now() - timedelta(seconds=1), approval.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    approval.refresh_from_db()
    return approval
