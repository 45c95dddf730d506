"""The demo business: believable, provable, and the same each time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import phonenumbers
import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.test import Client as Browser
from django.utils import timezone

from commerce.demo import terms
from commerce.demo.operators import AIRTIME
from commerce.models import (
    Account,
    ApiKey,
    Attempt,
    Client,
    Customer,
    Delivery,
    Hold,
    Order,
    Product,
    Provider,
    Reseller,
    SandboxDelivery,
    SupportTicket,
    TicketMessage,
    Transfer,
)
from commerce.recipients import iccid
from commerce.recipients.builder import validate_recipient
from commerce.recipients.patterns import validate_pattern
from commerce.services import catalogue as catalogues
from commerce.services import demo, esims, ledger, orders, proof
from commerce.services.buyers import buyer_by_key
from commerce.services.operators import resolve_operator
from commerce.services.order_rows import OrderRequest
from commerce.services.pricing import price_for
from core.exceptions import NotAllowed
from core.models import Event, User

ORDERS, RESELLERS = 1500, 30
# Always the same, so that the business is.
NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One demo business for all tests here; each test's changes are undone, and at the end the whole of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        with mock.patch("django.utils.timezone.now", return_value=NOW):
            demo.seed(orders=ORDERS, resellers=RESELLERS)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def shop(seeded: None, db: None, settings: Any) -> None:
    settings.DEMO_MODE = True


@pytest.fixture
def access(shop: None) -> dict[str, Any]:
    return demo.credentials({})


def test_the_ledger_proves_it(shop: None) -> None:
    found = proof.prove()
    assert [check.findings for check in found.checks if check.count] == []
    assert found.figures["orders"] == ORDERS


def test_no_foreign_key_points_nowhere(shop: None) -> None:
    """Foreign keys were not checked while it was loaded."""
    for model in [*apps.get_app_config("commerce").get_models(), Event]:
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and not model._meta.proxy:
                lost = model._base_manager.filter(**{f"{field.attname}__isnull": False}).exclude(
                    **{f"{field.attname}__in": field.related_model._base_manager.values("pk")}
                )
                assert not lost.exists(), f"{model.__name__}.{field.name}"


def test_no_wallet_was_ever_below_its_limit(shop: None) -> None:
    """Every hold, settlement and transfer again, in order of time."""
    limits = dict(Account.objects.filter(kind="wallet").values_list("pk", "credit_limit"))
    steps: dict[int, list[tuple[datetime, int, Decimal, Decimal]]] = defaultdict(list)
    for wallet, amount, opened, settled in Hold.objects.values_list(
        "account_id", "amount", "created_at", "settled_at"
    ):
        steps[wallet].append((opened, 2, Decimal(0), amount))
        if settled:
            steps[wallet].append((settled, 0, Decimal(0), -amount))
    for debit, credit, amount, at in Transfer.objects.values_list(
        "debit_account_id", "credit_account_id", "amount", "created_at"
    ):
        steps[debit].append((at, 1, -amount, Decimal(0)))
        steps[credit].append((at, 0, amount, Decimal(0)))
    for wallet, limit in limits.items():
        balance = held = Decimal(0)
        for _at, _rank, moved, set_aside in sorted(steps[wallet]):
            balance, held = balance + moved, held + set_aside
            assert balance + limit - held >= 0, wallet


def test_the_triggers_are_on_again_and_numbers_go_on(shop: None) -> None:
    wallet = ledger.wallet_for(party=Reseller.objects.get(pk=1), currency="USD")
    transfer = ledger.fund(account=wallet, amount=Decimal(10), reason="Paid in")
    wallet.refresh_from_db()
    assert transfer.pk > ORDERS
    assert Transfer.objects.get(pk=transfer.pk).credit_balance_after == wallet.balance
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'commerce_order'::regclass")
        wanted = len(Order._meta.indexes) + len(Order._meta.constraints)
        assert cursor.fetchone()[0] >= wanted - sum(
            isinstance(constraint, models.CheckConstraint) for constraint in Order._meta.constraints
        )


def test_all_outcomes_are_there(shop: None) -> None:
    statuses = set(Order.objects.values_list("status", flat=True))
    assert {"fulfilled", "failed", "cancelled", "unknown"} <= statuses
    assert {"captured", "refunded", "released"} <= set(Order.objects.values_list("payment_status", flat=True))
    assert Order.objects.filter(is_test=True).exists()
    assert Attempt.objects.filter(number=2, status="delivered").exists()
    assert set(Reseller.objects.values_list("status", flat=True)) == set(Reseller.Status.values)


def test_a_year_that_grows_and_ends_now(shop: None) -> None:
    days = Order.objects.values_list("created_at", flat=True).order_by("created_at")
    assert days[0] < NOW - timedelta(days=355)
    assert NOW - timedelta(days=1) < days[len(days) - 1] <= NOW
    half = NOW - timedelta(days=182)
    assert (
        Order.objects.filter(created_at__gte=half).count()
        > Order.objects.filter(created_at__lt=half).count() * 1.3
    )


def test_the_catalogue_has_what_the_house_sells(shop: None) -> None:
    catalogue = catalogues.current()
    assert {product.category_code for product in catalogue.products.values()} == {
        "games", "airtime", "data", "bills", "gift-cards", "sim", "gas",
    }  # fmt: skip
    assert 110 <= len(catalogue.products) <= 130
    assert len(catalogue.rules) == 3
    assert all(product.orderable for product in catalogue.products.values())
    for brand in terms.BRANDS:
        for field in brand.fields:
            validate_pattern(field.pattern)


def test_every_product_has_a_price_on_every_list(shop: None) -> None:
    catalogue = catalogues.current()
    skus = {item.sku: item for brand in terms.BRANDS for item in brand.items}
    for product in catalogue.products.values():
        for amount in skus[product.sku].usual or (None,):
            for price_list in (1, 2, 3):
                price = price_for(
                    catalogue, product, price_list_id=price_list, commission_rate=Decimal("1.5"), amount=amount,
                    quantity=1, at=timezone.now(),
                )  # fmt: skip
                assert price.margin > -price.total / 50


def test_number_prefixes_are_the_operators_own(shop: None) -> None:
    for brand in AIRTIME:
        for prefix in brand.prefixes:
            number = (
                f"+{prefix}{'3456789'.rjust(brand.digits - len(prefix), '2')[: brand.digits - len(prefix)]}"
            )
            assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number
            found = resolve_operator(number)
            assert found is not None
            assert found.code == brand.code


def test_recipients_of_the_past_would_be_taken_again(shop: None) -> None:
    catalogue = catalogues.current()
    seen = set()
    for order in Order.objects.order_by("-created_at")[:600]:
        fields = catalogue.products[order.product_id].fields
        recipient = validate_recipient(fields, order.recipient, country="")
        assert (recipient.values, recipient.key) == (order.recipient, order.recipient_key)
        seen.add(order.brand_id)
    assert len(seen) > 40


def test_what_is_open_is_known_to_the_provider(shop: None) -> None:
    """Or asking again would send it again, and the desk would be empty a minute after the start."""
    open_attempts = Attempt.objects.filter(status__in=["pending", "unknown"]).exclude(
        provider__adapter="manual"
    )
    assert open_attempts.exists()
    known = set(SandboxDelivery.objects.values_list("key", flat=True))
    assert {str(attempt.pk) for attempt in open_attempts} <= known


def test_the_briefs_samples_are_sold_as_the_briefs_say(shop: None) -> None:
    pubg, clash = Product.objects.get(pk=4), Product.objects.get(sku="COC-UC-500")
    assert (pubg.brand.name, pubg.brand.code, pubg.name, pubg.price) == (
        "PUBG Mobile", "pubg123", "UC Pack 500", Decimal(399),
    )  # fmt: skip
    assert (clash.brand.name, clash.brand.code, clash.name, clash.price) == (
        "clash of clan", "coc123", "UC Pack 500", Decimal(699),
    )  # fmt: skip


def test_a_briefs_body_works_as_it_stands(access: dict[str, Any], client: Browser) -> None:
    body = {
        "gamename": "PUBG Mobile", "game_id": "pubg123", "product_name": "UC Pack 500", "product_id": 4,
        "product_price": 399, "user_email": "player@example.com", "payment_status": "pending",
    }  # fmt: skip
    assert _topup(client, access, body).status_code == 201


def test_the_printed_sample_works(access: dict[str, Any], client: Browser) -> None:
    answer = _topup(client, access, demo.sample_topup())
    assert answer.status_code == 201
    assert Order.objects.get(pk=answer.json()["transaction_id"]).recipient_key.endswith("000")


def _topup(client: Browser, access: dict[str, Any], body: dict[str, Any]) -> Any:
    key = access["reseller"]["api_key"]
    return client.post(
        "/api/topup/", body, content_type="application/json", headers={"Authorization": f"Api-Key {key}"}
    )


def test_a_charge_costs_the_demo_reseller_what_it_says(access: dict[str, Any]) -> None:
    """Brief 2: the credit falls by the amount sold."""
    buyer = buyer_by_key(access["reseller"]["api_key"], address=None)
    assert buyer is not None
    catalogue = catalogues.current()
    for product in catalogue.products.values():
        if product.category_code == "airtime" and product.is_range:
            price = price_for(
                catalogue, product, price_list_id=buyer.price_list_id, commission_rate=buyer.commission_rate,
                amount=Decimal(50), quantity=1, at=timezone.now(),
            )  # fmt: skip
            assert (price.total, price.commission) == (50, 0)


def test_the_demo_reseller_can_buy_everything(access: dict[str, Any]) -> None:
    buyer = buyer_by_key(access["reseller"]["api_key"], address=None)
    assert buyer is not None
    assert {product.currency for product in catalogues.current().products.values()} <= set(buyer.wallets)
    answer = orders.place_order(
        buyer=buyer,
        request=OrderRequest(product_id=4, user_email="player@example.com"),
        present=lambda row: {},
    )
    assert answer.order_id


def test_log_ins_work_and_stay(access: dict[str, Any]) -> None:
    assert set(access["users"]) == {"owner", "admin", "moderator", "finance", "support", "auditor"}
    for log_in in (*access["users"].values(), access["reseller"], access["buyer"]):
        assert User.objects.get(username=log_in["username"]).check_password(log_in["password"])
    assert User.objects.get(username="finance").role == "finance"
    assert demo.credentials(access) == access


def test_a_log_in_that_no_longer_works_is_replaced(access: dict[str, Any]) -> None:
    user = User.objects.get(username="support")
    user.set_password("something else entirely")
    user.save()
    fresh = demo.credentials(access)
    assert fresh["users"]["support"] != access["users"]["support"]
    assert fresh["users"]["admin"] == access["users"]["admin"]
    assert user.__class__.objects.get(pk=user.pk).check_password(fresh["users"]["support"]["password"])


def test_a_person_has_time_to_decide_what_nobody_confirms(shop: None) -> None:
    assert {
        provider.options.get("silent_seconds") for provider in Provider.objects.filter(adapter="sandbox")
    } == {600}


def test_chance_gives_nobody_a_password_that_is_refused(access: dict[str, Any]) -> None:
    """It once came close enough to somebody's e-mail address."""
    close = User.objects.get(username="support").email
    with mock.patch.object(demo.secrets, "token_urlsafe", side_effect=[close, "quite-another-one"]):
        fresh = demo.credentials(access | {"users": access["users"] | {"support": {}}})
    assert fresh["users"]["support"]["password"] == "quite-another-one"


def test_there_are_no_log_ins_outside_demo_mode(shop: None, settings: Any) -> None:
    settings.DEMO_MODE = False
    for ask in (lambda: demo.credentials({}), demo.sample_topup):
        with pytest.raises(NotAllowed):
            ask()


def test_a_second_time_changes_nothing(shop: None) -> None:
    assert not demo.seed(orders=ORDERS, resellers=RESELLERS).fresh
    assert Order.objects.count() == ORDERS


class TestWhatHappenedToTheParties:
    def test_every_party_has_a_beginning(self, shop: None) -> None:
        for model, kind in (
            (Reseller, "reseller.opened"),
            (Client, "client.added"),
            (Customer, "customer.registered"),
            (ApiKey, "key.issued"),
        ):
            begun = set(Event.objects.filter(kind=kind).values_list("subject_id", flat=True))
            assert begun == {str(pk) for pk in model._default_manager.values_list("pk", flat=True)}, kind

    def test_each_status_is_told_with_its_reason(self, shop: None) -> None:
        told = dict(
            Event.objects.filter(subject_kind="commerce.reseller")
            .order_by("id")
            .values_list("subject_id", "kind")
        )
        assert {told[str(r.pk)] for r in Reseller.objects.filter(status="active")} == {"reseller.activated"}
        for reseller in Reseller.objects.filter(status__in=["suspended", "closed"]):
            assert told[str(reseller.pk)] == f"reseller.{reseller.status}"
        ends = Event.objects.filter(kind__in=["reseller.suspended", "client.blocked", "customer.blocked"])
        assert ends.exists() and all(event.data["reason"] for event in ends)

    def test_it_is_told_in_order_of_time_and_nothing_of_the_future(self, shop: None) -> None:
        for reseller in Reseller.objects.all():
            subjects = Q(subject_kind="commerce.reseller", subject_id=str(reseller.pk))
            for kind, rows in (
                ("commerce.account", reseller.accounts),
                ("commerce.apikey", reseller.api_keys),
            ):
                ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
                subjects |= Q(subject_kind=kind, subject_id__in=ids)
            moments = list(Event.objects.filter(subjects).order_by("id").values_list("created_at", flat=True))
            assert moments == sorted(moments) and moments[-1] <= NOW

    def test_nobody_blocked_or_suspended_ordered_afterwards(self, shop: None) -> None:
        late = Order.objects.filter(
            Q(customer__status="blocked", created_at__gt=F("customer__updated_at"))
            | Q(reseller__status__in=["suspended", "closed"], created_at__gt=F("reseller__updated_at"))
        )
        assert not late.exists()


def test_there_are_tickets_in_every_state_about_orders_of_their_parties(shop: None) -> None:
    tickets = SupportTicket.objects.select_related("order")
    assert tickets.count() == 60
    assert {ticket.status for ticket in tickets} == set(SupportTicket.Status.values)
    assert tickets.filter(status="open", assigned_to=None, due_at__lt=NOW).exists()
    assert tickets.filter(status="in_progress", due_at=None).exists(), "their turn"
    assert tickets.exclude(order=None).count() > 15
    for ticket in tickets.exclude(order=None):
        assert ticket.order
        whose = (ticket.reseller_id, ticket.customer_id)
        assert (ticket.order.reseller_id, ticket.order.customer_id) == whose
        assert ticket.order.created_at < ticket.created_at
    texts = [
        *tickets.values_list("description", flat=True),
        *TicketMessage.objects.values_list("text", flat=True),
    ]
    assert not [text for text in texts if "{" in text or "}" in text]
    assert not TicketMessage.objects.filter(created_at__gt=NOW).exists()
    opened = Event.objects.filter(kind="ticket.opened").order_by("id").values_list("created_at", flat=True)
    assert list(opened) == list(tickets.order_by("id").values_list("created_at", flat=True))


def test_sims_are_at_every_step_and_what_they_need_is_right(shop: None) -> None:
    moved = Delivery.objects.filter(order__is_test=False)
    assert set(moved.values_list("status", flat=True)) == set(Delivery.Status.values)
    assert set(moved.values_list("sim_type", flat=True)) == {"physical", "esim"}
    for delivery in moved.select_related("order"):
        if delivery.iccid:
            assert iccid.read(delivery.iccid) == delivery.iccid
        known = {"physical": delivery.dispatched_at, "esim": delivery.activated_at}[delivery.sim_type]
        assert bool(delivery.iccid) == bool(known)
        if delivery.sim_type == "esim":
            assert len(esims.codes(delivery.order)) == (
                delivery.order.quantity if delivery.activated_at else 0
            )
    assert moved.exclude(assignee=None).values("assignee").distinct().count() > 1


def test_esims_of_a_provider_come_with_codes_kept_encrypted(shop: None) -> None:
    orders = Order.objects.filter(product__sim_type="esim", product__shipped=False, status="fulfilled")
    assert orders.exists()
    for order in orders:
        assert len(esims.codes(order)) == order.quantity
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM commerce_order WHERE delivered_code LIKE 'LPA%'")
        assert cursor.fetchone()[0] == 0
