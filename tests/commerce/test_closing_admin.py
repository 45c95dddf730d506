"""Closing months by hand: the checklist, what stops it, and who sees what of a closed month."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.closing_settings import ClosingPage
from commerce.models import ClosedMonth
from commerce.services import closing
from core.exceptions import Conflict, InvalidInput
from core.models import Approval
from core.site_settings import save
from tests.commerce.closing_world import BEFORE, close, inside, make_books
from tests.commerce.test_money_rules import guards_off, run
from tests.factories import UserFactory
from tests.factories_orders import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_books()


def page(name: str, *args: object, by: str = "finance", **data: str) -> Any:
    browser = Browser()
    browser.force_login(UserFactory(staff=by))
    url = reverse(f"admin:{name}", args=args)
    return browser.post(url, {"_form_submitted": "True", **data}) if data else browser.get(url)


class TestInTheAdmin:
    def test_the_checklist_leads_to_the_dialog_that_closes_the_month(self, shop: Shop) -> None:
        said = page("closing-checklist").content.decode()
        assert reverse("admin:commerce_closedmonth_close_month") in said
        data = {"reason": "All is booked", "month": BEFORE.first.isoformat()}
        assert "HX-Redirect" in page("commerce_closedmonth_close_month", **data)
        closed = ClosedMonth.objects.get()
        shown = page("commerce_closedmonth_change", closed.pk).content.decode()
        assert closed.digest in shown and "$100.00" in shown

    def test_a_dialog_left_open_closes_no_other_month(self, shop: Shop) -> None:
        close(BEFORE)
        data = {"reason": "All is booked", "month": BEFORE.first.isoformat()}
        answer = page("commerce_closedmonth_close_month", **data)
        assert "each once" in str(answer.context["form"].errors["month"])
        assert ClosedMonth.objects.count() == 1

    def test_what_is_open_has_to_be_seen_and_is_kept(self, shop: Shop) -> None:
        order = shop.order()
        with guards_off():
            run(
                f"UPDATE commerce_hold SET created_at = '{inside(BEFORE).isoformat()}' WHERE order_id = '{order.pk}'"
            )
        with pytest.raises(InvalidInput) as refused:
            close(BEFORE)
        assert refused.value.code == "open_items"
        closed = closing.close(year=BEFORE.year, month=BEFORE.month, reason="All is booked", seen=True)
        assert closed.open_items == {"holds": 1}

    def test_what_the_settings_name_stops_it(self, shop: Shop) -> None:
        order = shop.order()
        with guards_off():
            run(
                f"UPDATE commerce_hold SET created_at = '{inside(BEFORE).isoformat()}' WHERE order_id = '{order.pk}'"
            )
        save(ClosingPage, {"blocking": ["holds"]}, user=None)
        with pytest.raises(Conflict) as refused:
            closing.close(year=BEFORE.year, month=BEFORE.month, reason="All is booked", seen=True)
        assert refused.value.code == "open_items"

    def test_costs_are_for_those_who_see_them(self, shop: Shop) -> None:
        closed = close(BEFORE)
        run("SET LOCAL session_replication_role = replica")
        run(
            'UPDATE commerce_closedmonth SET figures = figures || \'[{"is_test": false, "currency": "USD",'
            ' "kind": "cost", "debits": "4321.00", "credits": "0.00", "balance": "-4321.00"}]\''
        )
        run("SET LOCAL session_replication_role = DEFAULT")
        assert "4,321.00" in page("commerce_closedmonth_change", closed.pk).content.decode()
        assert "4,321.00" not in page("commerce_closedmonth_change", closed.pk, by="support").content.decode()

    def test_reopening_waits_for_another_person(self, shop: Shop) -> None:
        closed = close(BEFORE)
        page("commerce_closedmonth_reopen", closed.pk, reason="A fee was forgotten")
        closed.refresh_from_db()
        assert closed.is_closed and Approval.objects.filter(kind="month.reopen", status="pending").exists()
