"""The first page: what each role sees of it, where its figures lead, and what it says when there is nothing."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from analytics.services import company_days, rollups
from commerce.models import Order, Provider, SupportTicket
from commerce.services import floats
from core.models import FailedTask
from tests.analytics.shop_days import move, rewrite
from tests.commerce.second_person import asked
from tests.factories import UserFactory
from tests.factories_fulfilment import sandbox
from tests.factories_orders import fail, make_shop, process
from tests.factories_parties import CustomerFactory, ResellerFactory
from tests.factories_support import ticket

pytestmark = pytest.mark.django_db
INDEX = "/admin/"
ROLES = ("super_admin", "admin", "moderator", "finance", "support", "auditor")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role))
    return client


def page(role: str = "super_admin", **query: Any) -> str:
    answer = signed_in(role).get(INDEX, query)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "This could not be shown now" not in text
    return text


def card(text: str, title: str) -> str:
    """The part of the page under a heading."""
    at = text.index(f">{title}</h2>")
    return text[at : text.index("</section>", at)]


def links(text: str) -> set[str]:
    return {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', text)}


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_business_is_told_what_to_do_next(role: str) -> None:
    text = page(role)
    assert escape("Issue a key on a reseller's page and place one.") in text
    assert "Nothing waits for you." in text
    assert "Once an order is delivered, its day shows here." in text


def test_figures_stand_beside_the_period_before() -> None:
    shop = make_shop(funds=1000)
    for days in (1, 2, 40):
        move(shop.delivered(), days)
    rollups.refresh()
    text = page()
    assert "$20.00" in text
    assert "+100\N{NO-BREAK SPACE}%" in text
    assert shop.product.name in card(text, "Top 5 products")
    assert shop.reseller.business_name in card(text, "Most active buyers")
    assert shop.product.brand.name in card(text, "Revenue by brand")


@pytest.mark.parametrize(("role", "sees"), [("finance", True), ("support", False), ("moderator", False)])
def test_margin_is_for_those_who_may_see_cost(role: str, sees: bool) -> None:
    move(make_shop().delivered(), 1)
    assert ("Margin" in page(role)) is sees


def test_a_chart_has_its_figures_as_a_table() -> None:
    move(make_shop().delivered(), 1)
    text = page()
    chart = text[text.index("tl-chart__table") :]
    day = company_days.today() - timedelta(days=1)
    assert f"{day.day} " in chart
    assert "$10.00" in chart[: chart.index("</table>")]
    assert 'class="tl-chart" aria-hidden="true"' in text


def test_a_single_day_is_told_by_the_hour_and_today_beside_yesterday_by_now() -> None:
    shop = make_shop()
    shop.delivered()
    move(shop.delivered(), 1, 0)
    text = page(start_date=str(company_days.today()))
    assert "Revenue by hour" in text
    assert "yesterday by this hour" in text
    assert "00:00 – 00:59" in text


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"start_date": "junk"}, "tl-start", "Give a date"),
        ({"end_date": "2025-02-30"}, "tl-end", "Give a date"),
        ({"start_date": "2025-03-02", "end_date": "2025-03-01"}, "tl-start", "exchange the two"),
    ],
)
def test_days_that_cannot_be_read_stay_to_be_put_right(query: dict[str, str], field: str, words: str) -> None:
    text = page(**query)
    given = text[text.index(f'id="{field}"') :]
    assert 'aria-invalid="true"' in given[: given.index(">")]
    assert next(iter(query.values())) in text
    assert words in text
    assert "The last 30 days are shown." in text


@pytest.mark.parametrize("role", ROLES)
def test_every_figure_leads_to_a_page_its_reader_may_open(role: str) -> None:
    shop = make_shop(funds=1000)
    move(shop.delivered(), 1)
    fail(shop.order())
    CustomerFactory()
    ResellerFactory(status="pending")
    ticket()
    SupportTicket.objects.update(due_at=timezone.now() - timedelta(hours=1))
    client = signed_in(role)
    text = client.get(INDEX).content.decode()
    main = text[text.index('id="content-main"') :]
    found = {link for link in links(main[: main.index("</main>")]) if link.startswith(("/admin/", "/api/"))}
    assert len(found) > 8
    for link in found:
        answer = client.get(link)
        assert answer.status_code == 200, link


def test_a_figure_leads_to_the_orders_it_counted() -> None:
    shop = make_shop(funds=1000)
    failed = shop.order()
    fail(failed)
    move(shop.delivered(), 1)
    move(shop.order(), 60)
    client = signed_in("support")
    statuses = card(client.get(INDEX).content.decode(), "Orders by status")
    [link] = [link for link in links(statuses) if "status__exact=failed" in link]
    listed = client.get(link).content.decode()
    assert failed.order_number in listed
    assert listed.count("TL-") < 12
    for other in Order.objects.exclude(pk=failed.pk):
        assert other.order_number not in listed


def test_the_exports_take_the_days_of_the_page() -> None:
    shop = make_shop()
    order = move(shop.delivered(), 1)
    old = move(shop.delivered(), 20)
    day = company_days.today()
    client = signed_in("finance")
    days = {"start_date": str(day - timedelta(days=6)), "end_date": str(day)}
    text = client.get(INDEX, days).content.decode()
    exports = {link for link in links(text) if link.startswith("/api/export/")}
    assert {link.partition("?")[0] for link in exports} == {"/api/export/orders/", "/api/export/failures/"}
    [link] = [link for link in exports if "orders" in link]
    answer = client.get(link, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    taken = b"".join(answer).decode()
    assert order.order_number in taken
    assert old.order_number not in taken


def test_what_waits_for_a_person_is_said_and_leads_there() -> None:
    shop = make_shop(funds=1000)
    stuck = shop.order()
    process(stuck)
    rewrite(stuck, created_at=timezone.now() - timedelta(minutes=30))
    rewrite(shop.order(), status="unknown")
    ticket()
    SupportTicket.objects.update(due_at=timezone.now() - timedelta(hours=1))
    now = timezone.now()
    FailedTask.objects.create(name="t", task_id="1", fingerprint="f", first_at=now, last_at=now)
    ResellerFactory(status="pending")
    asked(UserFactory(staff="finance"), shop.reseller)
    text = card(page(), "Needs attention")
    for words in (
        "1 change waits for a second person",
        "1 order waits for more than ten minutes",
        "1 order of unknown outcome, $10.00 at risk",
        "1 ticket is overdue",
        "1 task in the background failed",
        "1 reseller waits to be activated",
    ):
        assert words in text
    # Support has nothing to do with tasks.
    assert "in the background" not in card(page("support"), "Needs attention")
    assert "second person" not in card(page("support"), "Needs attention")


def test_a_low_float_is_said_to_those_who_see_costs() -> None:
    provider = sandbox()
    Provider.objects.filter(pk=provider.pk).update(low_float=Decimal("999999999"))
    assert floats.watch() == 1
    assert "Our float at" in card(page("finance"), "Needs attention")
    assert "Our float at" not in card(page("support"), "Needs attention")


def test_a_provider_that_does_not_answer_is_left_out() -> None:
    provider = sandbox()
    Provider.objects.filter(pk=provider.pk).update(low_float=Decimal(5), adapter="gone")
    assert floats.watch() == 0
    assert floats.low_floats() == []


def test_the_feed_tells_of_registrations_and_resellers() -> None:
    shop = make_shop()
    customer = CustomerFactory()
    text = page("finance")
    assert customer.full_name in card(text, "Latest registrations")
    lately = card(text, "Resellers lately")
    assert shop.reseller.business_name in lately
    assert "$100.00" in lately
    assert "$100.00" not in card(page("moderator"), "Resellers lately")


def test_no_visitor_costs_more_queries_than_a_page_may() -> None:
    shop = make_shop(funds=1000)
    for _ in range(3):
        move(shop.delivered(), 1)
    CustomerFactory.create_batch(3)
    rollups.refresh()
    client = signed_in("finance")
    client.get(INDEX)
    cache.clear()
    with CaptureQueriesContext(connection) as cold:
        client.get(INDEX)
    with CaptureQueriesContext(connection) as warm:
        client.get(INDEX)
    for most, captured in ((29, cold), (10, warm)):
        asked = [query["sql"][:120] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(asked) <= most, "\n".join(asked)


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = page()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.parametrize("day", ["2026-02-31", "junk", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_finds_nothing_in_a_list(day: str) -> None:
    order = make_shop().order()
    answer = signed_in("support").get("/admin/commerce/order/", {"created_at_from": day})
    assert answer.status_code == 200
    assert order.order_number not in answer.content.decode()


def test_nothing_is_kept_in_the_words_of_who_asked_first() -> None:
    CustomerFactory()
    make_shop()
    page()
    client = signed_in("super_admin")
    client.cookies["django_language"] = "fa"
    text = client.get(INDEX).content.decode()
    assert 'dir="rtl"' in text
    assert {key for key in (f"index-registrations:{code}" for code in ("en", "fa")) if cache.get(key)} == {
        "index-registrations:en",
        "index-registrations:fa",
    }
