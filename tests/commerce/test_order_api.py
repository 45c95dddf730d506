"""`/api/orders/{id}/` and `/api/orders/statistics/`: changing, delivering and counting orders."""

from typing import Any

import pytest
from django.test import Client as Http
from django.utils import timezone

from commerce.models import ApiKey, Delivery, Order, Reseller
from commerce.services import fulfilment
from core.models import Event
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, refreshed, shipped_order
from tests.factories_orders import make_shop, process
from tests.factories_parties import key_for

pytestmark = pytest.mark.django_db
URL = "/api/orders/"
ICCID = "8988211000000123458"


def caller(reseller: Reseller | None, **key: Any) -> Http:
    assert reseller is not None
    return Http(headers={"Authorization": f"Api-Key {key_for(reseller, **key)}"})


def staff(role: str = "moderator") -> Http:
    http = Http()
    http.force_login(UserFactory(staff=role))
    return http


def send(http: Http, method: str, path: str, body: Any) -> Any:
    return getattr(http, method)(f"{URL}{path}", body, content_type="application/json")


class TestChanging:
    def test_notes_and_address_change_while_the_parcel_is_pending(self) -> None:
        order, _delivery = shipped_order()
        fulfilment.deliver(order.pk)
        wanted = {"notes": "Ring twice", "delivery_address": "2 Broad Street"}

        answer = send(caller(order.reseller), "put", f"{order.pk}/", wanted)

        assert answer.status_code == 200, answer.json()
        assert answer.json()["notes"] == "Ring twice"
        assert answer.json()["delivery"]["delivery_address"] == "2 Broad Street"
        told = Event.objects.get(kind="order.changed")
        assert told.data == {"fields": ["notes", "delivery_address"]}

    def test_once_begun_it_stays_as_it_is(self) -> None:
        shop = make_shop()
        order = shop.order()
        process(order)

        answer = send(caller(shop.reseller), "put", f"{order.pk}/", {"notes": "Late"})

        assert (answer.status_code, answer.json()["code"]) == (409, "not_pending")
        assert refreshed(order).notes == ""

    @pytest.mark.parametrize(("shipped", "code"), [(True, "required"), (False, "not_shipped")])
    def test_an_address_belongs_to_a_shipped_order_alone(self, shipped: bool, code: str) -> None:
        order = shipped_order()[0] if shipped else make_shop().order()
        body = {"notes": ""} if shipped else {"delivery_address": "2 Broad Street"}

        answer = send(caller(order.reseller), "put", f"{order.pk}/", body)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert list(answer.json()["errors"]) == ["delivery_address"]

    @pytest.mark.parametrize("path", ["", "cancel/"])
    def test_a_key_that_may_only_read_changes_nothing(self, path: str) -> None:
        order = make_shop().order()
        http = caller(order.reseller, scopes=["read"])

        answer = send(http, "post" if path else "put", f"{order.pk}/{path}", {"notes": "x"})

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")

    def test_somebody_elses_order_is_not_found(self) -> None:
        foreign = make_shop().order()
        http = caller(make_shop().reseller)

        assert send(http, "put", f"{foreign.pk}/", {}).status_code == 404
        assert send(http, "patch", f"{foreign.pk}/status/", {"status": "confirmed"}).status_code == 404
        assert send(http, "post", f"{foreign.pk}/assign-delivery/", {"courier": "x"}).status_code == 404


class TestDelivering:
    @pytest.fixture
    def order(self) -> Order:
        order, _delivery = shipped_order()
        fulfilment.deliver(order.pk)
        return refreshed(order)

    def test_staff_take_a_parcel_to_its_activation(self, order: Order) -> None:
        http, path = staff(), f"{order.pk}/status/"
        colleague = UserFactory(staff="support")
        assigned = send(
            http, "post", f"{order.pk}/assign-delivery/", {"courier": "Bikes", "assignee": colleague.pk}
        )
        send(http, "patch", path, {"status": "confirmed"})
        send(http, "patch", path, {"status": "dispatched", "tracking_number": "TR-1"})
        send(http, "patch", path, {"status": "delivered", "note": "At the door"})
        answer = send(http, "patch", path, {"status": "activated", "iccid": ICCID})

        assert assigned.json()["delivery"]["courier"] == "Bikes"
        shown = answer.json()
        assert (shown["status"], shown["payment_status"]) == ("fulfilled", "captured")
        assert (shown["delivery"]["status"], shown["delivery"]["iccid"]) == ("activated", ICCID)
        assert shown["delivery"]["tracking_number"] == "TR-1"
        assert Delivery.objects.get(order=order).assignee == colleague

    def test_a_step_that_does_not_follow_is_a_conflict(self, order: Order) -> None:
        answer = send(staff(), "patch", f"{order.pk}/status/", {"status": "delivered"})

        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")

    def test_cancelled_cancels_a_parcel_and_any_order_not_begun(self, order: Order) -> None:
        plain = make_shop().order()
        body = {"status": "cancelled", "note": "The buyer moved"}

        assert send(staff(), "patch", f"{order.pk}/status/", body).status_code == 403
        parcel = send(staff("admin"), "patch", f"{order.pk}/status/", body)
        other = send(staff("admin"), "patch", f"{plain.pk}/status/", body)

        assert (parcel.json()["delivery"]["status"], parcel.json()["status"]) == ("cancelled", "failed")
        assert (other.status_code, other.json()["status"]) == (200, "cancelled")

    def test_an_order_that_is_not_shipped_has_no_steps(self) -> None:
        order = make_shop().order()

        for method, path, body in (
            ("patch", "status/", {"status": "confirmed"}),
            ("post", "assign-delivery/", {"courier": "Bikes"}),
        ):
            answer = send(staff(), method, f"{order.pk}/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (409, "no_delivery")

    @pytest.mark.parametrize("role", ["auditor", "support"])
    def test_only_those_who_may_move_deliveries_do(self, order: Order, role: str) -> None:
        for http in (staff(role), caller(order.reseller)):
            moved = send(http, "patch", f"{order.pk}/status/", {"status": "confirmed"})
            assigned = send(http, "post", f"{order.pk}/assign-delivery/", {"courier": "Bikes"})
            assert (moved.status_code, assigned.status_code) == (403, 403)

    def test_what_makes_no_sense_is_named(self, order: Order) -> None:
        status = send(staff(), "patch", f"{order.pk}/status/", {"status": "lost"})
        stranger = {"courier": "Bikes", "assignee": UserFactory().pk}
        assignee = send(staff(), "post", f"{order.pk}/assign-delivery/", stranger)

        assert (status.status_code, list(status.json()["errors"])) == (400, ["status"])
        assert (assignee.status_code, assignee.json()["code"]) == (400, "unknown_assignee")


class TestStatistics:
    def test_orders_are_counted_by_status_source_network_and_day(self) -> None:
        shop = make_shop()
        shop.delivered()
        shop.order(quantity=2)
        found = staff("auditor").get(f"{URL}statistics/").json()

        today = timezone.now().date().isoformat()
        network = shop.product.brand.name
        both = {"count": 2, "amounts": {"USD": "30.00"}}
        assert (found["end_date"], found["count"], found["amounts"]) == (today, 2, {"USD": "30.00"})
        assert found["by_status"] == [
            {"status": "created", "count": 1, "amounts": {"USD": "20.00"}},
            {"status": "fulfilled", "count": 1, "amounts": {"USD": "10.00"}},
        ]
        assert found["by_source"] == [{"source": "reseller_client", **both}]
        assert found["by_network"] == [{"network": network, **both}]
        assert found["by_day"] == [{"day": today, **both}]

    def test_a_reseller_sees_its_own_and_test_mode_counts_nowhere(self) -> None:
        shop = make_shop()
        shop.order()
        make_shop().order()
        place(product=shop.product, by=buyer(shop.reseller, is_test=True), recipient={})

        assert caller(shop.reseller).get(f"{URL}statistics/").json()["count"] == 1
        test_key = caller(shop.reseller, mode=ApiKey.Mode.TEST)
        assert test_key.get(f"{URL}statistics/").json()["count"] == 0
        assert staff("auditor").get(f"{URL}statistics/").json()["count"] == 2

    def test_the_range_and_the_source_narrow_it(self) -> None:
        shop = make_shop()
        shop.order()
        http = caller(shop.reseller)

        earlier = http.get(f"{URL}statistics/", {"start_date": "2020-01-01", "end_date": "2020-12-31"})
        buyers = http.get(f"{URL}statistics/", {"source": "app_user"})

        assert (earlier.json()["count"], earlier.json()["by_day"]) == (0, [])
        assert buyers.json()["count"] == 0

    @pytest.mark.parametrize(
        "query",
        [
            {"start_date": "yesterday"},
            {"end_date": "9999-12-31"},
            {"start_date": "2025-02-01", "end_date": "2025-01-01"},
            {"start_date": "2020-01-01", "end_date": "2025-01-01"},
            {"source": "nonsense"},
        ],
    )
    def test_a_range_that_makes_no_sense_is_refused(self, query: dict[str, str]) -> None:
        assert caller(make_shop().reseller).get(f"{URL}statistics/", query).status_code == 400

    def test_who_may_not_see_orders_gets_no_statistics(self) -> None:
        http = Http()
        http.force_login(UserFactory())

        assert http.get(f"{URL}statistics/").status_code == 403
