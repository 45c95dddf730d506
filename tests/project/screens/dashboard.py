"""The first page: each figure beside what SQL gives."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.urls import reverse
from django.utils.formats import date_format

from analytics.services import company_days, rollups
from commerce.models import Brand, Client, Customer, Order, Reseller
from core.money import format_money
from tests.project.screens.desk import Desk, Screen, shows
from tests.project.screens.ledger import DAYS, ledger


def _index(desk: Desk, **query: Any) -> Screen:
    cache.clear()
    rollups.refresh()
    return desk.see("admin:index", **query)


def _money(amount: Decimal) -> str:
    return format_money(amount, "USD")


def _count(desk: Desk, label: str) -> str:
    return _index(desk).card("The company").facts[label]


@shows("total users")
def users(desk: Desk) -> None:
    assert _count(desk, "Customers").split()[0] == f"{Customer.objects.count():,}"


@shows("total resellers")
def resellers(desk: Desk) -> None:
    active = Reseller.objects.filter(status="active").count()
    assert _count(desk, "Resellers") == f"{Reseller.objects.count():,} {active:,} active"


@shows("total clients")
def clients(desk: Desk) -> None:
    assert _count(desk, "Clients of resellers") == f"{Client.objects.count():,}"


@shows("sim orders")
def sim_orders(desk: Desk) -> None:
    today = company_days.today()
    sims = Order.objects.filter(product__brand__category__code="sim", is_test=False)
    month = sims.filter(created_at__gte=company_days.begin(today.replace(day=1))).count()
    day = sims.filter(created_at__gte=company_days.begin(today)).count()
    assert _count(desk, "SIM orders this month") == f"{month:,} {day:,} today"


@shows("revenue")
def revenue(desk: Desk) -> None:
    whole = sum(ledger("0").values())
    page = _index(desk)
    figure = next(link for link in page.tree.find_class("tl-figure") if "Revenue" in link.text_content())
    assert whole > 0 and _money(whole) in figure.text_content()


@shows("sales trends", "chart with its table")
def trends(desk: Desk) -> None:
    by_day = ledger("(o.created_at AT TIME ZONE 'UTC')::date")
    page = _index(desk, start_date=str(company_days.today() - timedelta(days=DAYS - 1)))
    rows = page.card("Daily revenue").rows
    assert len(rows) == DAYS and len(page.tree.find_class("tl-bar")) >= DAYS
    shown = {row[0]: row[2] for row in rows}
    for day, amount in by_day.items():
        told = next((text for name, text in shown.items() if date_format(day, " j M ") in name), "")
        assert told == _money(amount), f"{day}: {told} instead of {amount}"
    week = _index(desk, start_date=str(company_days.today() - timedelta(days=6)))
    assert len(week.card("Daily revenue").rows) == 7


@shows("top resellers")
def top_resellers(desk: Desk) -> None:
    best = sorted(ledger("o.reseller_id").items(), key=lambda one: (one[0] is None, -one[1]))
    card = _index(desk).card("Top resellers")
    wanted = [(pk, amount) for pk, amount in best if pk is not None][: len(card.rows)]
    assert wanted
    for row, (pk, amount) in zip(card.rows, wanted, strict=True):
        assert Reseller.objects.get(pk=pk).business_name in row[0] and row[2] == _money(amount)
    assert reverse("admin:commerce_reseller_change", args=[wanted[0][0]]) in card.links


@shows("revenue distribution")
def distribution(desk: Desk) -> None:
    by_brand = ledger("o.brand_id")
    card = _index(desk).card("Revenue by brand")
    largest = sorted(by_brand.items(), key=lambda one: -one[1])[:3]
    for pk, amount in largest:
        row = next(row for row in card.rows if Brand.objects.get(pk=pk).name in row[0])
        assert row[2] == _money(amount)
        assert row[1] == f"{amount / sum(by_brand.values()) * 100:.1f} %"
    assert len(card.part.xpath(".//circle")) == len(card.rows)


@shows("latest orders")
def latest_orders(desk: Desk) -> None:
    newest = Order.objects.order_by("-created_at", "-id")[:8]
    card = _index(desk).card("Latest orders")
    assert [row[0] for row in card.rows] == [order.order_number for order in newest]
    assert reverse("admin:commerce_order_change", args=[newest[0].pk]) in card.links


@shows("recent registrations")
def registrations(desk: Desk) -> None:
    newest = Customer.objects.order_by("-created_at", "-id")[:6]
    card = _index(desk).card("Latest registrations")
    links = [link for link in card.links if "/change/" in link]
    assert links == [reverse("admin:commerce_customer_change", args=[one.pk]) for one in newest]


@shows("reseller activities")
def reseller_activities(desk: Desk) -> None:
    reseller = Reseller.objects.filter(status="active").latest("id")
    desk.act(reseller, "suspend", reason="Asked for it")
    card = _index(desk).card("Resellers lately")
    first = card.part.xpath(".//li")[0]
    assert reseller.business_name in first.text_content() and "Changed" in first.text_content()


@shows("sidebar", "header", "theme toggle")
def layout(desk: Desk) -> None:
    page = _index(desk)
    sidebar = {link.get("href") for link in page.part("nav-sidebar").part.iter("a")}
    for model in ("order", "reseller", "client", "customer", "transaction", "supportticket", "delivery"):
        assert reverse(f"admin:commerce_{model}_changelist") in sidebar
    assert reverse("admin:password_change") in page.links and "logout" in page.text
    assert "adminTheme" in page.text, "Nothing switches between dark and light"
