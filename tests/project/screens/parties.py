"""Resellers and their clients."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone

from commerce.models import Account, Client, Order, Reseller
from core.exceptions import DomainError
from core.money import format_money
from tests.factories_catalog import PriceListFactory
from tests.factories_fulfilment import buyer as _buyer
from tests.factories_fulfilment import place, player_product
from tests.factories_parties import ClientFactory, ResellerFactory
from tests.project.screens.desk import Desk, Screen, shows
from tests.project.screens.ledger import DAYS, ledger

NEW = {
    "business_name": "Ridge Mobile",
    "contact_person": "Ana Silva",
    "email": "Ana@Ridge.example",
    "country": "US",
}


def _reseller() -> Reseller:
    """The one with most orders of those that may order."""
    pk = (
        Order.objects.values_list("reseller")
        .filter(reseller__status="active")
        .annotate(n=Sum("quantity"))
        .order_by("-n")[0][0]
    )
    return Reseller.objects.get(pk=pk)


def _refused(reseller: Reseller, **request: Any) -> str:
    """Why an order of this reseller is not taken."""
    product = player_product()
    try:
        place(product=product, by=_buyer(reseller), **request)
    except DomainError as error:
        return error.code
    return ""


@shows("resellers", "resellers: status")
def table(desk: Desk) -> None:
    ResellerFactory(business_name="Aa Suspended", status="suspended")
    page = desk.list(Reseller)
    assert page.keys == {str(pk) for pk in Reseller.objects.values_list("pk", flat=True)}
    row = next(row for row in page.rows if any("Aa Suspended" in cell for cell in row))
    assert "Suspended" in row and format_money(Decimal(0), "USD") in row


@shows("resellers: search")
def search(desk: Desk) -> None:
    wanted = _reseller()
    for term in (wanted.business_name[:8].lower(), wanted.email[:10], wanted.phone):
        found = desk.list(Reseller, q=term).keys
        assert str(wanted.pk) in found and len(found) < Reseller.objects.count()
    assert desk.list(Reseller, q="no such name").keys == set()


@shows("resellers: filter")
def filters(desk: Desk) -> None:
    ResellerFactory(status="suspended")
    desk.narrowed(Reseller, Q(status="suspended"), status__exact="suspended")
    priced = ResellerFactory(price_list=PriceListFactory())
    desk.narrowed(Reseller, Q(price_list=priced.price_list_id), price_list__id__exact=priced.price_list_id)
    today = timezone.now().date()
    desk.narrowed(Reseller, Q(created_at__date=today), created_at_from=str(today), created_at_to=str(today))


@shows("resellers: balance")
def by_balance(desk: Desk) -> None:
    rich = ResellerFactory(funds=987_654)
    below = {
        str(pk)
        for pk in Reseller.objects.with_wallet().filter(wallet_balance__lt=0).values_list("pk", flat=True)
    }
    assert desk.list(Reseller, balance_from="987654", balance_to="987654").keys == {str(rich.pk)}
    assert desk.list(Reseller, wallet_state="negative").keys == below


@shows("resellers: pages")
def pages(desk: Desk) -> None:
    ResellerFactory.create_batch(60)
    first, second = desk.list(Reseller).keys, desk.list(Reseller, p="2").keys
    assert len(first) == 50 and first.isdisjoint(second)
    assert len(first | second) == Reseller.objects.count()


@shows("reseller: add")
def add(desk: Desk) -> None:
    page = desk.see("admin:commerce_reseller_add")
    assert reverse("admin:commerce_reseller_add") in desk.list(Reseller).links
    url = reverse("admin:commerce_reseller_add")
    refused = desk.post(url, {**page.form, **NEW, "email": "not one"})
    assert refused.status_code == 200 and "email" in refused.context["adminform"].form.errors
    assert desk.post(url, {**page.form, **NEW}).status_code == 302
    added = Reseller.objects.get(email="ana@ridge.example")
    assert (added.business_name, added.created_by) == ("Ridge Mobile", desk.user)
    assert Account.objects.filter(reseller=added, kind="wallet").exists()


@shows("reseller: edit")
def edit(desk: Desk) -> None:
    reseller = _reseller()
    page = desk.object(reseller, edit="1")
    assert page.form["business_name"] == reseller.business_name and page.form["email"] == reseller.email
    url = reverse("admin:commerce_reseller_change", args=[reseller.pk]) + "?edit=1"
    answer = desk.post(url, {**page.form, "city": "Elsewhere"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    reseller.refresh_from_db()
    assert reseller.city == "Elsewhere"


@shows("reseller: suspend", "modal")
def suspend(desk: Desk) -> None:
    reseller = _reseller()
    url = reverse("admin:commerce_reseller_suspend", args=[reseller.pk])
    dialog = Screen(desk.client.get(url, headers={"hx-request": "true"}))
    assert dialog.part("dialog").part.get("role") == "dialog" and "New orders are refused" in dialog.words
    unsaid = desk.post(url, {"_form_submitted": "True", "reason": ""})
    assert "required" in unsaid.content.decode() and "HX-Redirect" not in unsaid.headers
    desk.be("moderator").act(reseller, "suspend", reason="Unpaid")
    assert (reseller.status, reseller.status_reason) == ("suspended", "Unpaid")
    assert _refused(reseller)


@shows("reseller: activate")
def activate(desk: Desk) -> None:
    reseller = ResellerFactory(status="pending", funds=1000)
    desk.act(reseller, "activate", reason="Papers are here")
    assert reseller.status == "active" and not _refused(reseller)


@shows("resellers: suspend many")
def suspend_many(desk: Desk) -> None:
    several = list(Reseller.objects.filter(status="active")[:2])
    desk.act_on_many(several, "bulk_suspend", reason="Holiday")
    assert {one.status for one in several} == {"suspended"}


@shows("reseller: delete")
def close(desk: Desk) -> None:
    reseller = ResellerFactory()
    answer = desk.get(reverse("admin:commerce_reseller_delete", args=[reseller.pk]))
    assert answer.status_code == 403, "Its books would go with it"
    desk.act(reseller, "close", reason="Gave up")
    assert reseller.status == "closed" and not reseller.api_keys.filter(revoked_at=None).exists()


@shows("reseller: limits")
def limits(desk: Desk) -> None:
    reseller = ResellerFactory()
    desk.be("finance").act(reseller, "set_limit", limit="250", reason="Good payer")
    wallet = Account.objects.get(reseller=reseller, kind="wallet", is_test=False)
    assert (wallet.credit_limit, wallet.available) == (250, 250)


@shows("reseller: revenue")
def revenue(desk: Desk) -> None:
    # Of those who bought lately: the one with most orders may have had a month without.
    lately = {pk: amount for pk, amount in ledger("o.reseller_id").items() if pk}
    reseller = Reseller.objects.filter(currency="USD", pk__in=lately).latest("id")
    cache.clear()
    page = desk.object(reseller)
    card = page.card("Revenue")
    wanted = lately[reseller.pk]
    assert format_money(wanted, reseller.currency) in card.words
    assert len(card.rows) == DAYS, "A row for each day of the chart"
    wallet = Account.objects.get(reseller=reseller, kind="wallet", is_test=False, currency=reseller.currency)
    assert format_money(wallet.balance, wallet.currency) in page.words


@shows("reseller: logs")
def logs(desk: Desk) -> None:
    reseller = _reseller()
    edit(desk)
    words = desk.see("admin:commerce_reseller_history", reseller.pk).words
    assert "Elsewhere" in words and desk.user.get_full_name() in words


@shows("reseller: activity")
def activity(desk: Desk) -> None:
    reseller = _reseller()
    desk.act(reseller, "suspend", reason="Unpaid bills")
    page = desk.object(reseller)
    assert "Unpaid bills" in page.part("happened").words
    newest = Order.objects.filter(reseller=reseller).order_by("-created_at", "-id").first()
    assert newest and newest.order_number in page.part("orders").rows[0][0]
    assert page.part("wallet").rows and page.part("keys").rows


@shows("reseller: clients")
def clients_of_reseller(desk: Desk) -> None:
    client = ClientFactory(name="Newest of all")
    page = desk.object(client.reseller)
    assert [row[0] for row in page.part("clients").rows] == ["Newest of all"]
    assert reverse("admin:commerce_client_change", args=[client.pk]) in page.part("clients").links
    listed = f"{reverse('admin:commerce_client_changelist')}?reseller__id__exact={client.reseller_id}"
    assert listed in page.part("clients").links


@shows("clients")
def clients(desk: Desk) -> None:
    shown = desk.list(Client).keys
    of = Client.objects.filter(pk__in=shown).values_list("reseller", flat=True).distinct().count()
    assert len(shown) == min(50, Client.objects.count()) and of > 1


@shows("clients: by reseller")
def clients_by_reseller(desk: Desk) -> None:
    client = ClientFactory()
    desk.narrowed(Client, Q(reseller=client.reseller_id), reseller__id__exact=client.reseller_id)


@shows("clients: by status")
def clients_by_status(desk: Desk) -> None:
    ClientFactory(status="suspended")
    desk.narrowed(Client, Q(status="suspended"), status__exact="suspended")


@shows("clients: by plan")
def clients_by_plan(desk: Desk) -> None:
    ClientFactory(plan_type="Gold")
    desk.narrowed(Client, Q(plan_type="Gold"), plan="Gold")


@shows("client: override", "client: end override")
def override(desk: Desk) -> None:
    client = ClientFactory(monthly_limit=10)
    until = (timezone.now() + timedelta(days=3)).date()
    desk.be("finance").act(client, "override_limit", limit="99", until=str(until), reason="Fair")
    assert client.limit_now == 99 and client.is_overridden
    desk.act(client, "end_override", reason="Over")
    assert client.limit_now == 10


@shows("client", "client: plan")
def client_details(desk: Desk) -> None:
    reseller = _reseller()
    client = Client.objects.filter(orders__isnull=False).first() or ClientFactory(reseller=reseller)
    Client.objects.filter(pk=client.pk).update(plan_type="Silver", monthly_limit=40)
    page = desk.object(client)
    newest = client.orders.order_by("-created_at", "-id")[:25]
    assert [
        row[0].startswith(order.order_number)
        for row, order in zip(page.part("orders").rows, newest, strict=True)
    ]
    assert "Silver" in page.words and "40" in page.words and client.get_status_display() in page.words
    assert client.reseller.business_name in page.words


@shows("client: block", "client: unblock")
def block(desk: Desk) -> None:
    client = ClientFactory(reseller=ResellerFactory(funds=1000))
    desk.be("moderator").act(client, "block", reason="Fraud")
    assert (client.status, client.status_reason) == ("suspended", "Fraud")
    assert "client" in _refused(client.reseller, client_id=client.pk)
    desk.act(client, "unblock", reason="Proven innocent")
    assert client.status == "active"
    assert not _refused(client.reseller, client_id=client.pk)


@shows("client: upgrade")
def upgrade(desk: Desk) -> None:
    client = ClientFactory(plan_type="Basic", monthly_limit=5)
    desk.act(client, "change_plan", plan_type="Premium", monthly_limit="500", reason="Grew")
    assert (client.plan_type, client.monthly_limit) == ("Premium", 500)


@shows("clients: block many")
def block_many(desk: Desk) -> None:
    several = ClientFactory.create_batch(2)
    desk.act_on_many(several, "bulk_block", reason="Fraud")
    assert {one.status for one in several} == {"suspended"}
