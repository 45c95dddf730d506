"""History as people read it: who, when, from where, before and after; put back where that is safe, else refused."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.models import Brand, PriceRule, Product, Provider, Reseller
from core.models import Event, User
from core.site_settings import load, settings_pages
from tests.factories import UserFactory
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    OfferFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProductFactory,
    ProviderFactory,
    RecipientFieldFactory,
)
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/history/"
QUERIES = 25


def signed_in(role: str, **user: Any) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(UserFactory(staff=role, **user))
    return client


def history(client: Client, obj: Any) -> str:
    return client.get(address(obj, "history")).content.decode()


def address(obj: Any, view: str) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{view}", args=[obj.pk])


def rename(client: Client, brand: Brand, name: str, **more: Any) -> None:
    inlines = {
        f"{prefix}-{count}": 0
        for prefix in ("recipient_fields", "number_prefixes")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    sent = {"name": name, "code": brand.code, "category": brand.category_id, "position": 0, "active": "on"}
    answer = client.post(address(brand, "change"), sent | inlines | more)
    assert answer.status_code == 302, answer.context["errors"]


def undo_links(page: str) -> list[str]:
    return [
        link.replace("&amp;", "&") for link in re.findall(r'hx-get="([^"]+/history/restore/[^"]+)"', page)
    ]


def put_back(client: Client, link: str, *fields: str, reason: str = "By mistake") -> Any:
    return client.post(link, {"_form_submitted": "True", "fields_back": fields, "reason": reason})


def test_a_change_says_who_when_from_where_before_and_after():
    brand, client = BrandFactory(name="Old name"), signed_in("admin", first_name="Ada", last_name="Byron")
    rename(client, brand, "New name")
    page = history(client, brand)
    for words in ("Old name", "New name", "Ada Byron", "Back office", "192.0.2.9", "Name"):
        assert words in page
    row = Brand.history.first()
    assert (row.history_source, row.history_address) == ("admin", "192.0.2.9")
    assert row.history_request in page


def test_values_are_shown_as_people_know_them():
    first, second = CategoryFactory(code="one", name="Games"), CategoryFactory(code="two", name="Mobile data")
    product = ProductFactory(brand=BrandFactory(category=first), price=Decimal("10.00"), currency="USD")
    product.price, product.active, product.denomination = Decimal("1234.50"), False, "range"
    product.save()
    product.brand.category = second
    product.brand.save()
    page = history(signed_in("admin"), product)
    for words in ("$10.00", "$1,234.50", "Yes", "No", "Fixed", "Range"):
        assert words in page, words
    page = history(signed_in("admin"), product.brand)
    assert "Games" in page
    assert "Mobile data" in page


def test_an_event_and_the_rows_it_wrote_are_one_entry():
    reseller, client = ResellerFactory(), signed_in("admin")
    url = address(reseller, "suspend")
    client.post(url, {"_form_submitted": "True", "reason": "Did not pay"})
    page = history(client, reseller)
    assert page.count("Suspended</strong>") == 1
    assert "Did not pay" in page
    row = Reseller.history.first()
    assert row.history_request == Event.objects.get(kind="reseller.suspended").request_id
    assert undo_links(page) == [], "a status is never put back from history"


def test_secrets_are_never_shown():
    customer = CustomerFactory()
    customer.id_document_number, customer.city = "P-123456789", "Paris"
    customer.save()
    page = history(signed_in("super_admin"), customer)
    assert "Paris" in page
    assert "P-123456789" not in page
    provider = ProviderFactory()
    Provider.objects.filter(pk=provider.pk).update(options={"api_key": "hush-hush"})
    assert "hush-hush" not in history(signed_in("super_admin"), provider)


def test_what_a_product_costs_us_is_for_those_who_see_costs():
    offer = OfferFactory(cost=Decimal("7.31"))
    offer.cost, offer.provider_sku = Decimal("8.47"), "OTHER-SKU"
    offer.save()
    product_page = history(signed_in("moderator"), offer.product)
    assert signed_in("moderator").get(address(offer.product, "history")).status_code == 403
    assert "8.47" not in product_page
    finance = history(signed_in("finance"), offer.product)
    assert "7.31" in finance
    assert "8.47" in finance


def test_lines_of_a_price_list_are_in_its_history():
    rule = PriceRuleFactory(price_list=PriceListFactory(), percent=Decimal("95"), kind="percent")
    rule.percent = Decimal("90.5")
    rule.save()
    page = history(signed_in("admin"), rule.price_list)
    assert "Price rule" in page
    assert "90.5" in page


def test_a_name_is_put_back_with_a_reason():
    brand, client = BrandFactory(name="Right"), signed_in("admin")
    rename(client, brand, "Wrong")
    (link,) = undo_links(history(client, brand))
    assert "Right" in client.get(link).content.decode()
    answer = put_back(client, link, "name")
    assert "HX-Redirect" in answer, answer.content.decode()
    brand.refresh_from_db()
    assert brand.name == "Right"
    assert Brand.history.first().history_change_reason == "By mistake"
    event = Event.objects.get(kind="history.restored")
    assert (event.subject_id, event.data["fields"]) == (str(brand.pk), ["name"])
    assert "Put back" in history(client, brand)


def test_only_the_chosen_fields_go_back():
    brand, client = BrandFactory(name="Right", code="right"), signed_in("admin")
    rename(client, brand, "Wrong", description="Wanted")
    (link,) = undo_links(history(client, brand))
    put_back(client, link, "name")
    brand.refresh_from_db()
    assert (brand.name, brand.description) == ("Right", "Wanted")


def test_a_reason_is_asked_for_and_a_field_that_is_not_of_the_change_is_refused():
    brand, client = BrandFactory(name="Right"), signed_in("admin")
    rename(client, brand, "Wrong")
    (link,) = undo_links(history(client, brand))
    for answer in (put_back(client, link, "name", reason=""), put_back(client, link, "code")):
        assert answer.status_code == 200
        assert "HX-Redirect" not in answer
    brand.refresh_from_db()
    assert brand.name == "Wrong"


def test_a_field_changed_again_since_is_not_put_back():
    brand, client = BrandFactory(name="First"), signed_in("admin")
    rename(client, brand, "Second")
    (link,) = undo_links(history(client, brand))
    rename(client, brand, "Third")
    answer = put_back(client, link, "name")
    assert "changed again since" in answer.content.decode()
    brand.refresh_from_db()
    assert brand.name == "Third"


def test_a_value_that_is_no_longer_allowed_is_refused_with_the_forms_words():
    brand, client = BrandFactory(name="A brand", code="wanted"), signed_in("admin")
    rename(client, brand, "A brand", code="other")
    BrandFactory(code="wanted")
    (link,) = undo_links(history(client, brand))
    answer = put_back(client, link, "code").content.decode()
    assert "cannot be put back" in answer
    assert "already exists" in answer
    brand.refresh_from_db()
    assert brand.code == "other"


def test_a_row_it_pointed_to_that_is_gone_is_a_refusal():
    gone, brand = CategoryFactory(code="gone"), BrandFactory()
    Brand.objects.filter(pk=brand.pk).update(category=gone)
    brand.refresh_from_db()
    brand.save()
    client = signed_in("admin")
    rename(client, brand, brand.name, category=CategoryFactory().pk)
    gone.delete()
    link = undo_links(history(client, brand))[0]
    answer = put_back(client, link, "category").content.decode()
    assert "cannot be put back" in answer


def test_a_price_rule_and_a_recipient_field_are_put_back_on_their_parents_page():
    rule = PriceRuleFactory(price_list=PriceListFactory(), percent=Decimal("95"), kind="percent")
    rule.percent = Decimal("90")
    rule.save()
    client = signed_in("admin")
    (link,) = undo_links(history(client, rule.price_list))
    assert "HX-Redirect" in put_back(client, link, "percent")
    assert PriceRule.objects.get(pk=rule.pk).percent == Decimal("95")
    asked = RecipientFieldFactory(label="Player id")
    asked.label = "Wrong"
    asked.save()
    (link,) = undo_links(history(client, asked.brand))
    assert "HX-Redirect" in put_back(client, link, "label")
    asked.refresh_from_db()
    assert asked.label == "Player id"


def test_a_partys_plain_fields_go_back_through_its_service():
    reseller, client = ResellerFactory(city="Paris"), signed_in("admin")
    reseller.city, reseller.commission_rate = "Lyon", reseller.commission_rate + 1
    reseller.save()
    (link,) = undo_links(history(client, reseller))
    assert "ommission" not in client.get(link).content.decode(), "money is never put back"
    assert "HX-Redirect" in put_back(client, link, "city")
    reseller.refresh_from_db()
    assert reseller.city == "Paris"
    assert Event.objects.filter(kind="reseller.changed").exists()


@pytest.mark.parametrize("role", ["auditor", "finance"])
def test_those_who_only_look_are_offered_nothing_and_refused(role):
    brand = BrandFactory(name="Right")
    rename(signed_in("admin"), brand, "Wrong")
    client = signed_in(role)
    page = history(client, brand)
    assert "Wrong" in page
    assert undo_links(page) == []
    link = address(brand, "restore") + f"?change=brand-{Brand.history.first().history_id}"
    assert client.get(link).status_code == 403
    assert put_back(client, link, "name").status_code == 403
    brand.refresh_from_db()
    assert brand.name == "Wrong"


def test_a_change_of_another_object_cannot_be_named():
    brand, other, client = BrandFactory(), BrandFactory(name="Right"), signed_in("admin")
    rename(client, other, "Wrong")
    number = Brand.history.first().history_id
    for wrong in (f"brand-{number}", "brand-x", "user-1", "", "brand-99999999999999999999", "brand-1;drop"):
        assert put_back(client, address(brand, "restore") + f"?change={wrong}", "name").status_code == 404


@pytest.mark.parametrize("role", ["moderator", "support"])
def test_history_is_for_those_who_read_what_happened(role):
    client = signed_in(role)
    assert client.get(address(BrandFactory(), "history")).status_code == 403
    assert client.get(PEOPLE).status_code == 403


def test_by_person_kind_day_and_source():
    ada, brand, product = UserFactory(staff="admin", first_name="Ada"), BrandFactory(), ProductFactory()
    client = Client()
    client.force_login(ada)
    rename(client, brand, "By Ada")
    rename(signed_in("admin", first_name="Bob"), product.brand, "By Bob")
    auditor = signed_in("auditor")

    def shown(**query: Any) -> str:
        page = auditor.get(PEOPLE, query).content.decode()
        return page[page.index('aria-label="Changes"') :]

    everything = shown()
    assert "By Ada" in everything
    assert "By Bob" in everything
    hers = shown(person=ada.pk)
    assert "By Ada" in hers
    assert "By Bob" not in hers
    assert "By Ada" in shown(person=ada.pk, kind="commerce.brand", source="admin")
    assert "By Ada" not in shown(person=ada.pk, kind="commerce.product")
    assert "By Ada" not in shown(source="api")
    assert "By Ada" not in shown(until_day="2020-01-01")
    assert "By Ada" in shown(since=timezone.localdate().isoformat())


@pytest.mark.parametrize(
    "query",
    [
        "person=abc", "person=99999999999999", "kind=nothing.here", "source=moon", "since=yesterday",
        "since=2026-02-01&until_day=2026-01-01", "since=0001-01-01", "until=now", "until=2026-01-01",
        "until=2026-01-01T00:00:00Z~999999999", "until=9999-12-31T23:59:59Z", "until=%00", "kind=%00",
    ],
)  # fmt: skip
def test_nothing_typed_into_the_address_breaks_it(query):
    client, brand = signed_in("auditor"), BrandFactory()
    assert client.get(f"{PEOPLE}?{query}").status_code in (200, 400)
    assert client.get(f"{address(brand, 'history')}?{query}").status_code in (200, 400)


def test_a_person_reads_only_of_what_they_may_see():
    person = UserFactory(staff="support", first_name="Grace")
    owner = signed_in("super_admin")
    owner.post(address(person, "deactivate"), {"_form_submitted": "True", "reason": "Left us"})
    assert "Left us" in signed_in("auditor").get(PEOPLE).content.decode()
    finance = signed_in("finance")
    assert "Left us" not in finance.get(PEOPLE).content.decode()
    event = Event.objects.get(kind="user.deactivated")
    assert finance.get(address(event, "change")).status_code in (302, 403)
    assert "Left us" not in finance.get(address(event, "change"), follow=True).content.decode()


def test_pages_are_bounded_whatever_there_is(django_assert_max_num_queries):
    brand = BrandFactory()
    for number in range(95):
        brand.name = f"Name {number:03}"
        brand.save()
    PriceRuleFactory(price_list=PriceListFactory())
    ProductFactory(brand=brand)
    client = signed_in("auditor")
    client.get(PEOPLE)
    with django_assert_max_num_queries(QUERIES):
        page = client.get(PEOPLE)
    seen: list[str] = []
    url = address(brand, "history")
    for _turn in range(4):
        with django_assert_max_num_queries(QUERIES):
            page = client.get(url).content.decode()
        seen += re.findall(r"<ins><bdi>(Name \d+)", page)
        older = re.search(r'href="(\?until=[^"]+)"', page)
        if older is None:
            break
        url = address(brand, "history") + older[1].replace("&amp;", "&")
    assert seen == [f"Name {number:03}" for number in reversed(range(95))]


def test_rows_of_one_moment_are_neither_lost_nor_told_twice():
    brand, at = BrandFactory(), timezone.now()
    for number in range(90):
        brand.name, brand._history_date = f"Name {number:03}", at
        brand.save()
    client, url, seen = signed_in("auditor"), address(brand, "history"), []
    for _turn in range(5):
        page = client.get(url).content.decode()
        seen += re.findall(r"<ins><bdi>(Name \d+)", page)
        older = re.search(r'href="(\?until=[^"]+)"', page)
        if older is None:
            break
        url = address(brand, "history") + older[1].replace("&amp;", "&")
    assert sorted(seen) == [f"Name {number:03}" for number in range(90)]


def test_a_persons_page_leads_to_what_they_did():
    person = UserFactory(staff="admin")
    page = signed_in("auditor").get(address(person, "change")).content.decode()
    assert f"{PEOPLE}?person={person.pk}" in page


def test_an_old_versions_form_leads_to_the_page():
    product = ProductFactory()
    version = Product.history.first().history_id
    answer = signed_in("admin").get(f"{address(product, 'history')}{version}/")
    assert answer["Location"] == address(product, "history")


def test_a_settings_page_is_put_back_by_its_form():
    client = signed_in("super_admin")
    page = settings_pages.get("branding")
    url = reverse("admin:settings-page", args=["branding"])
    form = client.get(url).context["form"]
    sent = {name: value for name in form.fields if (value := form[name].value()) is not None}
    before = load(page, fresh=True).name
    client.post(url, sent | {"name": "Other"})
    assert load(page, fresh=True).name == "Other"
    shown = client.get(url).content.decode()
    (link,) = re.findall(r'hx-get="([^"]+/restore/)"', shown)
    auditor = signed_in("auditor")
    assert auditor.post(link, {"_form_submitted": "True", "reason": "No"}).status_code == 403
    assert "restore" not in auditor.get(url).content.decode()
    answer = client.post(link, {"_form_submitted": "True", "reason": "A slip"})
    assert "HX-Redirect" in answer, answer.content.decode()
    assert load(page, fresh=True).name == before
    assert "A slip" in client.get(url).content.decode()
    again = client.post(link, {"_form_submitted": "True", "reason": "A slip"})
    assert "changed again since" in again.content.decode()
    assert User.objects.exists()
