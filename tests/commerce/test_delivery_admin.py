"""Deliveries in the admin: steps shown as steps, handed over, moved many at once, cancelled by those who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from commerce.admin.delivery_filters import ParcelPaginator
from commerce.models import Delivery, Order
from commerce.services import deliveries, esims, fulfilment
from commerce.services.deliveries import Step
from core.models import Event
from tests.commerce.test_esims import CODE, ICCID, esim_order
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, refreshed, shipped_order

pytestmark = pytest.mark.django_db
D, S = Delivery.Status, Order.Status
LIST = "/admin/commerce/delivery/"


def signed_in(client, role="admin"):
    user = UserFactory(staff=role)
    client.force_login(user)
    return user


def act(client, delivery, name, **data):
    url = reverse(f"admin:commerce_delivery_{name}", args=[delivery.pk])
    return client.post(url, {"_form_submitted": "True", **data})


def bulk(client, name, rows, url=LIST, **data):
    chosen = {
        "_form_submitted": "True",
        "action": name,
        "_selected_action": [str(row.pk) for row in rows],
        "index": "0",
    }
    return client.post(url, {**chosen, "apply": "1", **data}, follow=True)


@pytest.fixture
def parcels() -> list[Delivery]:
    order, first = shipped_order()
    made = [first]
    for _number in range(2):
        more = place(
            product=order.product, by=buyer(), delivery_address="2 Side Street", delivery_city="Lagos"
        )
        made.append(more.delivery)
    for parcel in made:
        fulfilment.deliver(parcel.order_id)
    return made


def page(client, delivery):
    return client.get(reverse("admin:commerce_delivery_change", args=[delivery.pk]))


def test_the_page_shows_the_way_with_who_and_when(client, parcels):
    user = signed_in(client)
    act(client, parcels[0], "confirm")
    text = page(client, parcels[0]).text
    assert text.count("tl-stage--ahead") == 3 and text.count('aria-current="step"') == 1
    assert user.get_full_name() in text and "Checked; it is packed" in text


def test_a_cancelled_delivery_ends_where_it_was_cancelled(client, parcels):
    signed_in(client)
    act(client, parcels[0], "confirm")
    act(client, parcels[0], "cancel", reason="The buyer moved away")
    text = page(client, parcels[0]).text
    assert "tl-stage--ended" in text and "tl-stage--ahead" not in text and "The buyer moved away" in text


@pytest.mark.parametrize(
    ("steps", "offered"),
    [
        ((), {"confirm", "take", "assign", "correct_address", "cancel"}),
        ((Step(D.CONFIRMED),), {"dispatch_it", "take", "assign", "cancel"}),
        ((Step(D.CONFIRMED), Step(D.DISPATCHED, courier="Post")), {"delivered", "take", "assign", "cancel"}),
        ((Step(D.CONFIRMED), Step(D.DISPATCHED, courier="Post"), Step(D.DELIVERED)), {"activate"}),
    ],
)
def test_only_what_is_possible_next_is_offered(client, parcels, steps, offered):
    signed_in(client)
    for step in steps:
        deliveries.move(order_id=parcels[0].order_id, step=step)
    text = page(client, parcels[0]).text
    names = ("confirm", "dispatch_it", "delivered", "activate", "cancel", "take", "assign", "correct_address")
    names += ("show_code", "send_code")
    shown = {
        name for name in names if reverse(f"admin:commerce_delivery_{name}", args=[parcels[0].pk]) in text
    }
    assert shown == offered


def test_who_sees_to_it_and_where_it_goes(client, parcels):
    me = signed_in(client, "moderator")
    colleague, support = UserFactory(staff="moderator"), UserFactory(staff="support")
    act(client, parcels[0], "take")
    act(client, parcels[1], "assign", assignee=str(colleague.pk), courier="Bike", tracking_number="B-7")
    assert "HX-Redirect" not in act(client, parcels[2], "assign", assignee=str(support.pk)).headers
    act(client, parcels[2], "correct_address", delivery_address="9 New Road", city="Accra")
    first, second, third = (Delivery.objects.get(pk=parcel.pk) for parcel in parcels)
    assert first.assignee == me
    assert (second.assignee, second.courier, second.delivery_tracking_number) == (colleague, "Bike", "B-7")
    assert (third.assignee, third.delivery_address, third.city) == (None, "9 New Road", "Accra")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("assignee=mine", [0]),
        ("assignee=nobody", [1, 2]),
        ("courier=Bike", [1]),
        ("city=Lagos", [1, 2]),
        ("city=Nowhere", []),
        ("assignee=nonsense", []),
        ("status__exact=confirmed", [0]),
        ("q=B-7", [1]),
        (f"q={ICCID[:4]}+{ICCID[4:]}", [2]),
    ],
)
def test_the_list_is_filtered(client, parcels, query, found):
    me = signed_in(client)
    deliveries.assign(order_id=parcels[0].order_id, courier="", assignee=me)
    deliveries.move(order_id=parcels[0].order_id, step=Step(D.CONFIRMED))
    deliveries.assign(order_id=parcels[1].order_id, courier="Bike", tracking_number="B-7")
    Delivery.objects.filter(pk=parcels[2].pk).update(iccid=ICCID)
    text = client.get(f"{LIST}?{query}").text
    assert [place for place, one in enumerate(parcels) if one.order.order_number in text] == found


@pytest.mark.parametrize(("bound", "counted"), [(2, 2), (9, 3)])
def test_parcels_are_counted_without_their_orders_where_that_is_enough(parcels, bound, counted):
    rows = Delivery.objects.filter(order__is_test=False)
    paginator = ParcelPaginator(rows, 2)
    paginator.bound = bound
    with CaptureQueriesContext(connection) as asked:
        assert (paginator.count, paginator.has_more_than_counted) == (counted, bound < 3)
    assert sum("commerce_order" in query["sql"] for query in asked) == (bound > 3)


def test_a_filtered_list_counts_its_own(parcels):
    paginator = ParcelPaginator(Delivery.objects.filter(order__is_test=False, status=D.ACTIVATED), 2)
    paginator.bound = 1
    assert paginator.count == 0


def test_a_wrong_iccid_is_told_in_the_dialog(client, parcels):
    signed_in(client, "moderator")
    deliveries.move(order_id=parcels[0].order_id, step=Step(D.CONFIRMED))
    answer = act(client, parcels[0], "dispatch_it", courier="Post", iccid=ICCID[:-1] + "1")
    assert "ask for 8" in answer.text
    assert Delivery.objects.get(pk=parcels[0].pk).status == D.CONFIRMED


def test_a_cancelled_deliverys_sim_may_go_to_somebody_else(parcels):
    for parcel in parcels[:2]:
        deliveries.move(order_id=parcel.order_id, step=Step(D.CONFIRMED))
    sent = Step(D.DISPATCHED, courier="Post", iccid=ICCID)
    deliveries.move(order_id=parcels[0].order_id, step=sent)
    deliveries.move(order_id=parcels[0].order_id, step=Step(D.CANCELLED, reason="Lost"))
    assert deliveries.move(order_id=parcels[1].order_id, step=sent).iccid == ICCID


# Rights ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["moderator", "support", "finance", "auditor"])
def test_cancelling_releases_money_so_moving_is_not_enough(client, parcels, role):
    signed_in(client, role)
    assert act(client, parcels[0], "cancel", reason="x").status_code == 403
    bulk(client, "cancel_chosen", parcels, reason="x")
    bulk(client, "cancel_chosen", [p.order for p in parcels], url="/admin/commerce/order/", reason="x")
    url = f"/api/orders/{parcels[0].order_id}/status/"
    api = APIClient()
    api.force_login(UserFactory(staff=role))
    assert api.patch(url, {"status": "cancelled", "note": "x"}, format="json").status_code == 403
    assert not Delivery.objects.filter(status=D.CANCELLED).exists()


def test_a_moderator_moves_by_the_api_and_an_admin_cancels(parcels):
    url = f"/api/orders/{parcels[0].order_id}/status/"
    api = APIClient()
    api.force_login(UserFactory(staff="moderator"))
    assert api.patch(url, {"status": "confirmed"}, format="json").status_code == 200
    api.force_login(UserFactory(staff="admin"))
    assert api.patch(url, {"status": "cancelled", "note": "Lost"}, format="json").status_code == 200
    order = refreshed(parcels[0].order)
    assert (order.status, order.payment_status) == (S.FAILED, "released")


# Many at once ---------------------------------------------------------------------------------------------------


def test_many_are_confirmed_assigned_dispatched_and_cancelled(client, parcels):
    me = signed_in(client)
    deliveries.move(order_id=parcels[0].order_id, step=Step(D.CONFIRMED))
    answer = bulk(client, "confirm_chosen", parcels)
    assert "2 rows done." in answer.text and "1 refused" in answer.text
    bulk(client, "assign_chosen", parcels, assignee=str(me.pk), courier="Bike")
    bulk(client, "dispatch_chosen", parcels[:2])
    bulk(client, "cancel_chosen", parcels[2:], reason="Out of stock")
    told = list(Delivery.objects.order_by("pk").values_list("status", "courier", "assignee"))
    assert told == [(D.DISPATCHED, "Bike", me.pk)] * 2 + [(D.CANCELLED, "Bike", me.pk)]


def test_a_part_of_many_is_answered_row_by_row(client, parcels):
    signed_in(client)
    chosen = [parcel.pk for parcel in parcels]
    data = {"action": "dispatch_chosen", "_selected_action": chosen, "apply": "1", "courier": "Post"}
    data["_form_submitted"] = "True"
    deliveries.move(order_id=parcels[0].order_id, step=Step(D.CONFIRMED))
    answer = client.post(LIST, data, headers={"X-Bulk-Part": "1"}).json()
    assert answer["done"] == 1 and len(answer["refused"]) == 2
    assert parcels[1].order.order_number in {one["row"] for one in answer["refused"]}
    assert "cannot become" in answer["refused"][0]["why"]


# eSIM -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def esim() -> Delivery:
    order = esim_order()
    return order.delivery


def test_an_esim_is_activated_shown_and_sent(client, esim):
    user = signed_in(client)
    assert "Begins with LPA" in client.get(reverse("admin:commerce_delivery_activate", args=[esim.pk])).text
    wrong = act(client, esim, "activate", iccid=ICCID, activation_code="12345")
    assert "LPA:1$rsp.example.com$ABCD-1234" in wrong.text
    act(client, esim, "activate", iccid=ICCID, activation_code=CODE)
    text = page(client, esim).text
    assert "rsp.example.com" in text and CODE not in text
    dialog = client.get(reverse("admin:commerce_delivery_show_code", args=[esim.pk]))
    assert CODE not in dialog.text and not Event.objects.filter(kind="esim.shown").exists()
    shown = act(client, esim, "show_code")
    assert (
        CODE in shown.text
        and "data:image/svg+xml" in shown.text
        and "no-store" in shown.headers["Cache-Control"]
    )
    assert Event.objects.get(kind="esim.shown").actor_label == user.get_full_name()
    assert "HX-Redirect" in act(client, esim, "send_code", to="buyer").headers
    assert "Activation code sent by e-mail" in page(client, esim).text


@pytest.mark.parametrize(
    ("role", "show", "send"),
    [("moderator", 200, 403), ("support", 403, 200), ("finance", 403, 403), ("auditor", 403, 403)],
)
def test_who_may_show_and_send_a_code(client, esim, role, show, send):
    deliveries.move(order_id=esim.order_id, step=Step(D.ACTIVATED, iccid=ICCID, activation_code=CODE))
    signed_in(client, role)
    assert act(client, esim, "show_code").status_code == show
    assert act(client, esim, "send_code", to="buyer").status_code == send
    assert esims.has_code(refreshed(esim.order))


def test_pages_and_list_ask_little(client, parcels, django_assert_max_num_queries):
    signed_in(client, "super_admin")
    # The sidebar's figures are kept for a while.
    client.get(LIST)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).status_code == 200
    with django_assert_max_num_queries(25):
        assert page(client, parcels[0]).status_code == 200


def test_why_many_were_moved_is_kept_with_each(client, parcels):
    signed_in(client, "moderator")
    bulk(client, "confirm_chosen", parcels, reason="Before the holiday")
    assert Event.objects.filter(kind="delivery.moved", data__reason="Before the holiday").count() == 3


def test_each_row_that_is_refused_is_named(client, parcels):
    signed_in(client, "moderator")
    bulk(client, "confirm_chosen", parcels[:1])
    text = bulk(client, "confirm_chosen", parcels).text
    assert "2 rows done" in text
    assert f"1 refused: It is “confirmed” already. ({parcels[0].order.order_number})" in text
