"""The command palette over everything: by what people have in hand, within their rights, unbreakable."""

import pytest
from django.test import Client
from django.urls import reverse

from commerce.models import Order
from core.models import User
from tests.factories import UserFactory
from tests.factories_catalog import BrandFactory, ProductFactory, RecipientFieldFactory
from tests.factories_orders import make_shop
from tests.factories_parties import ClientFactory, CustomerFactory, ResellerFactory
from tests.factories_support import ticket

pytestmark = pytest.mark.django_db
SEARCH = "/admin/search/"
QUERIES = 14


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role))
    return client


def found(client: Client, term: str) -> str:
    answer = client.get(SEARCH, {"s": term})
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def order_to(kind: str, recipient: str, **values) -> Order:
    shop = make_shop()
    RecipientFieldFactory(brand=shop.product.brand, key="to", kind=kind, label="To")
    return shop.order(recipient={"to": recipient}, **values)


@pytest.fixture
def order() -> Order:
    return order_to("msisdn", "+905321234567", reference="SHOP-77-x")


@pytest.mark.parametrize(
    "spelled", ["+905321234567", "905321234567", "00905321234567", "+90 532 123 45 67", "+90 (532) 123-4567"]
)
def test_an_order_is_found_by_its_recipients_phone_however_it_is_spelled(order, spelled):
    assert page_of(order) in found(signed_in("support"), spelled)


def test_an_order_is_found_by_number_reference_and_id(order):
    client = signed_in("support")
    for term in (order.order_number, order.order_number.lower()[:8], "SHOP-77", str(order.pk)):
        assert page_of(order) in found(client, term), term


@pytest.mark.parametrize(("kind", "key"), [("email", "gamer@example.com"), ("player_id", "51234567")])
def test_an_order_is_found_by_the_recipients_address_or_player_id(kind, key):
    order = order_to(kind, key)
    client = signed_in("support")
    assert page_of(order) in found(client, key)
    assert page_of(order) in found(client, key.upper())


def test_parties_are_found_by_name_address_and_phone():
    client = signed_in("admin")
    reseller = ResellerFactory(
        business_name="Nova Top-ups", email="office@nova.example", phone="+14155552671"
    )
    end = ClientFactory(name="Clara Oswald", email="clara@example.com", phone="+14155552672")
    buyer = CustomerFactory(full_name="Şule Öz", email="sule@example.com", phone="+14155552673")
    for obj, terms in (
        (reseller, ["nova top", "OFFICE@nova", "+1 415 555 2671", "14155552671"]),
        (end, ["clara o", "Clara@", "+14155552672"]),
        (buyer, ["şule", "sule@ex", "0014155552673"]),
    ):
        for term in terms:
            assert page_of(obj) in found(client, term), term


def test_a_phone_finds_all_whose_it_is():
    reseller, buyer = ResellerFactory(phone="+14155552671"), CustomerFactory(phone="+14155552679")
    page = found(signed_in("admin"), "+1 415 555 267")
    assert page_of(reseller) in page
    assert page_of(buyer) in page


def test_tickets_brands_products_and_pages_are_found():
    client, case = signed_in("admin"), ticket()
    brand, product = BrandFactory(name="PUBG Mobile"), ProductFactory(name="60 UC", sku="PUBG-60")
    for obj, term in ((case, case.ticket_number), (brand, "pubg"), (product, "pubg-60"), (product, "60 uc")):
        assert page_of(obj) in found(client, term), term
    assert reverse("admin:commerce_order_changelist") in found(client, "orders")


@pytest.mark.parametrize("role", User.Role.values)
def test_each_role_finds_what_it_may_open_and_nothing_else(role, order):
    client = signed_in(role)
    people = User.objects.get(pk=client.session["_auth_user_id"])
    things = {
        "commerce.view_order": (order, order.order_number),
        "commerce.view_reseller": (ResellerFactory(business_name="Findable one"), "findable"),
        "commerce.view_customer": (CustomerFactory(full_name="Findable two"), "findable"),
        "commerce.view_supportticket": ((case := ticket()), case.ticket_number),
        "commerce.view_brand": (BrandFactory(name="Findable three"), "findable"),
    }
    for permission, (thing, term) in things.items():
        assert (page_of(thing) in found(client, term)) == people.has_perm(permission), permission
    for link in set(found_links(found(client, "ings"))):
        assert client.get(link).status_code == 200, link


def found_links(page: str) -> list[str]:
    import re

    return re.findall(r'<a href="([^"]+)"', page)


@pytest.mark.parametrize(
    "term",
    [
        "\x00\x00", "a\x00b", "x" * 10_000, "+" * 200, "9" * 5_000, "%", "%%", "_%_", "\\\\", "\\'", "'\"`;--",
        "🙂🙃", "٠١٢٣٤٥", "१२३४", "²³", "1e9", "-1", "+0", "00", "T-999999999999999999", "TL-", "\ud83d",
        "a@", "@@", "<script>alert(1)</script>", "{{ 7*7 }}", "{% load x %}", "\u202e\u0000\u202e", "../../etc",
        "00000000-0000-0000-0000-000000000000", "f" * 32, "(((((", "[a-z]*", "\r\n\r\n", "NULL", "tl-\u0130\u0131",
    ],
)  # fmt: skip
def test_whatever_is_typed_is_answered(term, order):
    client = signed_in("super_admin")
    answer = client.get(SEARCH, {"s": term.encode("utf-8", "surrogatepass")})
    assert answer.status_code in (200, 400)
    assert b"<script>alert" not in answer.content


def test_percent_and_underscore_mean_themselves(order):
    ResellerFactory(business_name="Anybody")
    page = found(signed_in("super_admin"), "%y")
    assert "Nothing is found" in page
    assert "Nothing is found" in found(signed_in("super_admin"), "__")


def test_where_nothing_is_found_it_says_what_can_be_searched():
    page = found(signed_in("support"), "qqzzqq")
    assert "Nothing is found" in page
    assert "orders by number, reference, recipient" in page
    assert "tickets by number" in page


def test_the_empty_palette_says_what_this_person_can_search():
    page = signed_in("auditor").get("/admin/").content.decode()
    hint = page[page.index('id="command-hint"') :][:1500]
    for words in ("orders by number", "resellers, clients and customers", "brands and products", "pages by"):
        assert words in hint
    assert 'role="dialog"' in page


def test_it_asks_few_questions(order, django_assert_max_num_queries):
    client = signed_in("super_admin")
    found(client, "warm")
    with django_assert_max_num_queries(QUERIES):
        found(client, "+905321234567")


def test_its_own_answer_does_not_make_it_ask_again(order):
    """The answer announces `search` to the page; a field that listened to that would ask for ever."""
    client = signed_in("support")
    announced = client.get(SEARCH, {"s": "anything"})["HX-Trigger"]
    page = client.get("/admin/").content.decode()
    field = page[page.index('id="search-input-command"') :][:2500]
    trigger = field[field.index('hx-trigger="') + 12 :].partition('"')[0]
    assert announced not in [one.split()[0] for one in trigger.split(",")]


def test_what_an_order_lacks_leaves_no_gap_in_its_line(order):
    order.recipient_key = ""
    order.save(update_fields=["recipient_key"])
    page = found(signed_in("support"), order.order_number)
    assert f"· {order.brand_name} {order.product_name} ·" in page
    assert "·  ·" not in page
