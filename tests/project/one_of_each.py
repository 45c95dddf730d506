"""One row of every model of the admin, on top of the demo business: what a fresh one does not have."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from commerce.models import Delivery, Order, Quote, WebhookMessage
from commerce.services import consents, fulfilment, order_messages, phone_numbers, quotes
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
from tests.factories_fulfilment import buyer, place, place_for_customer, player_product, shipped_order
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_parties import ClientFactory, CustomerFactory, MembershipFactory, key_for
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
    factor = SecondFactor.objects.create(user=agent(), secret="JBSWY3DPEHPK3PXP")
    RecoveryCode.objects.create(factor=factor, digest="d")
    SignInSession.objects.create(user=owner, agent="Firefox", expires_at=now + timedelta(days=1))
    consents.say(customer=CustomerFactory(), purpose="offers_sms", given=True, how="on the phone")


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
