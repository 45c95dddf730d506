"""One row of every model of the admin, on top of the demo business: what a fresh one does not have."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from analytics.models import Report, ReportColumn, ReportFilter, ReportRun, ReportSchedule, ScheduleRun
from analytics.services import schedules
from commerce.models import (
    ClosedMonth,
    Delivery,
    DocumentBatch,
    DunningCase,
    DunningNotice,
    Order,
    Quote,
    SignOff,
    WebhookMessage,
)
from commerce.services import (
    consents,
    credit_terms,
    fulfilment,
    invoices,
    ledger,
    order_messages,
    phone_numbers,
    quotes,
    receipts,
    reconciliation,
    settlement,
    statement_papers,
)
from commerce.services.attachments import Upload
from commerce.services.order_messages import Words
from core.messages import tell
from core.models import (
    Announcement,
    ApiRequest,
    Broadcast,
    CheckRun,
    FailedTask,
    FirstView,
    MessagePreference,
    MessageTemplate,
    QuickLink,
    RecoveryCode,
    SavedView,
    SecondFactor,
    SignInSession,
    User,
)
from core.services import failed_tasks, notes, watching
from core.services.subjects import subject_of
from tests.commerce.second_person import asked
from tests.factories import UserFactory
from tests.factories_catalog import (
    NumberPrefixFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProviderFactory,
    RecipientFieldFactory,
)
from tests.factories_documents import bought, invoice_of, wallet_of
from tests.factories_fulfilment import buyer, place, place_for_customer, player_product, shipped_order
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_parties import (
    ClientFactory,
    CustomerFactory,
    MembershipFactory,
    ResellerFactory,
    key_for,
)
from tests.factories_reconciliation import StatementSourceFactory, handed_in, provider_source
from tests.factories_support import agent, canned, says, ticket


def make_one_of_each() -> None:
    """Orders that wait for somebody, and what operations leaves behind."""
    unknown = place("202")
    fulfilment.deliver(unknown.pk)
    by_hand = place("000", product=player_product(offers=[ProviderFactory(code="hand", adapter="manual")]))
    fulfilment.deliver(by_hand.pk)
    _quote()
    ticket(order=unknown)
    _beside(unknown)
    canned(title="One more")
    _papers()
    _reconciled()
    _closed()
    _late()
    _operations()


def make_small_business() -> Shop:
    """A handful of rows of every model, without the demo's hundreds: for what looks at each of them closely."""
    shop = make_shop(funds=1000)
    shop.delivered()
    fail(shop.order())
    shop.order()
    client = ClientFactory(reseller=shop.reseller)
    _shipped()
    order, payment = place_for_customer()
    WebhookMessage.objects.create(gateway=payment.gateway, message_id="m-1", payment=payment, outcome="kept")
    PriceRuleFactory(price_list=PriceListFactory())
    NumberPrefixFactory(brand=shop.product.brand)
    RecipientFieldFactory(brand=shop.product.brand, help_text="As in the game")
    RecipientFieldFactory(brand=shop.product.brand, key="server", kind="choice", choices="One", position=2)
    MembershipFactory(reseller=shop.reseller)
    key_for(shop.reseller)
    phone_numbers.save_number(owner=shop.reseller, number="+14155557431", label="Shop")
    Order.objects.filter(reseller=shop.reseller).update(client=client)
    asked = ticket(reseller=shop.reseller)
    says(agent(), asked, "We look into it.", files=[Upload("what.txt", b"Here")])
    ticket(order=order)
    make_one_of_each()
    _settled_by_people(shop)
    return shop


def _shipped() -> Delivery:
    order, delivery = shipped_order()
    order_messages.write(order=order, words=Words(subject="Your parcel", body="It is under way."))
    return delivery


def _beside(order: Order) -> None:
    """What staff noted about an order, its product and themselves, and that one of them watches it."""
    writer: User = agent()
    for about in (order, order.product, writer):
        notes.add(subject=subject_of(about), text="Call them first.", author=writer)
    watching.start(user=writer, subject=subject_of(order))


def _closed() -> None:
    """A month of long ago, before anything moved."""
    ClosedMonth.objects.create(
        year=2019, month=12, zone="UTC", reason="All is booked", closed_by="Ada", begins_at=timezone.now(),
        ends_at=timezone.now(),
    )  # fmt: skip


def _late() -> None:
    """A reseller that owes, was reminded, and is not reminded for now."""
    other = ResellerFactory()
    wallet = ledger.wallet_for(party=other, currency="USD")
    ledger.set_credit_limit(account=wallet, limit=Decimal(100), reason="Agreed")
    ledger.adjust(account=wallet, amount=Decimal(-40), reason="On credit")
    credit_terms.set_days(reseller=other, days=7, reason="Agreed")
    credit_terms.pause(reseller=other, reason="They dispute it")
    case = DunningCase.objects.create(account=wallet, reseller=other, currency="USD", began_at=timezone.now())
    DunningNotice.objects.create(
        case=case,
        step="reminder",
        days_late=3,
        overdue=Decimal(40),
        owed=Decimal(40),
        sent_to="late@example.com",
    )


def _reconciled() -> None:
    """A provider's statement with a break, a day that is signed off, and a file whose columns nobody has chosen."""
    source = provider_source(ProviderFactory(code="charging"))
    handed_in(source, [["2026-01-05", "", "T-1", "", "3.00", "done"]])
    SignOff.objects.create(
        source=source, first_day=date(2025, 12, 1), last_day=date(2025, 12, 31), prepared_by="Ada", signed_by="Bob",
        created_at=timezone.now(), figures={"lines": 1, "total": "3.00"},
    )  # fmt: skip
    unread = StatementSourceFactory(columns={}, currency="EUR")
    reconciliation.hand_in(source=unread, name="new.csv", content=b"When;What\n2026-01-05;3.00\n", by=None)


def _settled_by_people(shop: Shop) -> None:
    """What staff asked for, saved, chose and said, and how they sign in."""
    owner, now = UserFactory(staff="super_admin"), timezone.now()
    UserFactory(staff="finance")
    asked(owner, shop.reseller)
    view = SavedView.objects.create(owner=owner, list_name="commerce.order", title="Mine", columns=["status"])
    view.groups.set(owner.groups.all())
    FirstView.objects.create(user=owner, list_name="commerce.order", view=view)
    words = {"event": "welcome_user", "channel": "email", "language": "en"}
    MessageTemplate.objects.create(**words, subject="Welcome", body="Hello {username}")
    MessagePreference.objects.create(user=owner, event="approval_waiting", channel="sms", wanted=True)
    Broadcast.objects.create(
        subject="Late", text="Deliveries are late.", reason="A provider is down", key=uuid4(),
        author=owner, status=Broadcast.Status.DONE,
    )  # fmt: skip
    report = Report.objects.create(title="Mine", dataset="orders", owner=owner)
    ReportColumn.objects.create(report=report, column="number")
    ReportFilter.objects.create(report=report, column="reference", value="A")
    ReportRun.objects.create(
        kind="pack", key="sales_by_day", title="Sales by day", format="pdf", zone="UTC", language="en", user=owner,
        asked={"first": "2025-01-01", "last": "2025-01-31"}, status=ReportRun.Status.DONE, file_name="sales.pdf",
        stated={"lines": [["Rows", "1"]], "sums": [["Total", "1"]],
                "proofs": [{"label": "Ties", "ties": True, "lines": [["1", "1"]]}]},
    )  # fmt: skip
    _by_themselves(owner)
    factor = SecondFactor.objects.create(user=agent(), secret="JBSWY3DPEHPK3PXP")
    RecoveryCode.objects.create(factor=factor, digest="d")
    SignInSession.objects.create(user=owner, agent="Firefox", expires_at=now + timedelta(days=1))
    consents.say(customer=CustomerFactory(), purpose="offers_sms", given=True, how="on the phone")


def _by_themselves(owner: User) -> None:
    """A report that runs every day, and a time it did."""
    schedule = ReportSchedule(
        title="Sales every day", owner=owner, kind="pack", key="sales_by_day", zone="UTC", language="en",
        formats=["pdf"], addresses="ann@example.org",
    )  # fmt: skip
    schedules.save(schedule=schedule, people=[owner], wants_cost=False)
    run = ScheduleRun.objects.create(
        schedule=schedule, due_at=timezone.now(), status=ScheduleRun.Status.SENT, error="Late", reason="Asked for",
        skipped="Ann: works here no more.",
    )  # fmt: skip
    tell("ann@example.org", "scheduled_report", {"report": "Sales"}, about=run, by=["email"])
    ReportRun.objects.filter(user=owner).update(occasion=run)


def _papers() -> None:
    """A paper of every kind."""
    order = bought()
    invoice = invoice_of(order)
    settlement.refund(order_id=order.pk, amount=Decimal(1), reason="Late")
    invoices.credit(invoice=invoice, reason="Late")
    receipts.of_order(order_id=order.pk)
    today = timezone.localdate()
    period = statement_papers.days(today.replace(day=1), today)
    statement_papers.issue(account=wallet_of(ResellerFactory(funds=100)), period=period)
    DocumentBatch.objects.create(
        kind="statement", month=date(2026, 1, 1), zone="UTC", problems=["Nova: late"]
    )


def _quote() -> Quote:
    product = player_product()
    return quotes.create_quote(buyer=buyer(), product_id=product.pk, amount=None, quantity=1)


def _operations() -> FailedTask:
    from axes.models import AccessAttempt, AccessLog

    now = timezone.now()
    AccessAttempt.objects.create(username="somebody", ip_address="192.0.2.7", failures_since_start=3)
    AccessLog.objects.create(username="somebody", ip_address="192.0.2.7")
    Announcement.objects.create(title="Closed on Friday")
    QuickLink.objects.create(title="Status", url="https://status.example.com/")
    ApiRequest.objects.create(
        request_id="r-1", method="POST", path="/api/topup/", status=201, milliseconds=7, created_at=now
    )
    tell("sara@example.com", "welcome_user", {"username": "sara"})
    CheckRun.objects.create(kind="ledger", asked_by="the schedule", asked_at=now)
    return failed_tasks.keep(
        name="core.forget", task_id="1", args=(), kwargs={}, error=ValueError("No such thing")
    )
