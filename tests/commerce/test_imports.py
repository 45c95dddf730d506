"""Files in and out: what a row may do, what a person sees before anything is written, and who may."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from commerce.models import (
    Account,
    Brand,
    Category,
    Client,
    Customer,
    NumberPrefix,
    PriceList,
    PriceRule,
    Product,
    Reseller,
)
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.importing.resource import importers
from core.models import Event
from tests.commerce.imports import (
    NOUNS,
    PRODUCTS,
    counts,
    csv_of,
    exported,
    handed_in,
    imported,
    rows_of,
    signed_in,
    upload,
    url,
    xlsx_of,
)
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    NumberPrefixFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProductFactory,
    RecipientFieldFactory,
)
from tests.factories_parties import ClientFactory, CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db

KINDS = ["csv", "xlsx"]
FILES = [(noun, 0) for noun in NOUNS] + [("brand", 1), ("pricelist", 1)]


def made_of_everything() -> None:
    """Rows with all that a column can hold, formulas and quotes among them."""
    category = CategoryFactory(name='Games, "all" of them')
    brand = BrandFactory(category=category, description="=1+1\nsecond line", country="US")
    NumberPrefixFactory(brand=brand, prefix="1202")
    NumberPrefixFactory(brand=brand, prefix="1305")
    RecipientFieldFactory(brand=brand, pattern=r"[0-9]{4,}", help_text="'=quoted")
    product = ProductFactory(brand=brand, name="@500", sku="0012", ingame_amount=500)
    ProductFactory(brand=brand, ranged=True, price_percent=Decimal("98.125"), active=False)
    prices = PriceListFactory(description="-5 % for all")
    PriceRuleFactory(price_list=prices, product=product, kind="fixed", fixed_price=Decimal("9.90"))
    PriceRuleFactory(price_list=prices, brand=brand, valid_from=timezone.now(), tax_percent=Decimal("7.5"))
    PriceRuleFactory(price_list=prices, category=category, percent=Decimal("97.5"), kind="percent")
    reseller = ResellerFactory(price_list=prices, phone="+12025550123", commission_rate=Decimal("2.50"))
    nameless = ResellerFactory(business_name="No address", email=None)
    ClientFactory(reseller=reseller, email="", phone="", name="=Shop")
    ClientFactory(reseller=nameless, phone="+12025550124")
    CustomerFactory(address="1 Main St\nFloor 2", country="US")


# Round trips


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("noun", "resource"), FILES)
def test_what_is_exported_and_imported_again_changes_nothing(noun: str, resource: int, kind: str) -> None:
    made_of_everything()
    client = signed_in()
    data = exported(client, noun, kind, resource)
    run = handed_in(client, noun, data, f"table.{kind}", resource)
    assert run.problems == [] and run.differences == []
    assert counts(run) == (0, 0, len(rows_of(data, kind)) - 1, 0)
    assert run.unchanged > 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_file_can_be_imported(kind: str) -> None:
    client = signed_in()
    wanted = [
        "category",
        "brand",
        "recipientfield",
        "product",
        "pricelist",
        "pricerule",
        "reseller",
        "client",
    ]
    for name in [*wanted, "customer"]:
        noun, resource = {"recipientfield": ("brand", 1), "pricerule": ("pricelist", 1)}.get(name, (name, 0))
        sample = client.get(url(noun, "sample", key=f"commerce.{name}", kind=kind))
        assert sample.status_code == 200
        run = handed_in(client, noun, sample.content, f"sample.{kind}", resource)
        assert (name, run.problems, run.new) == (name, [], 2)
        assert imported(client, noun, run).status == "done"
        again = handed_in(client, noun, sample.content, f"sample.{kind}", resource)
        assert counts(again) == (0, 0, 2, 0)
    assert NumberPrefix.objects.filter(brand__code="sample-mobile").count() == 2
    assert Reseller.objects.get(email="sample-one@example.com").accounts.count() == 2


# What is shown before anything is written


def test_nothing_is_written_before_the_person_says_so() -> None:
    brand = BrandFactory(code="pubg")
    old = ProductFactory(brand=brand, sku="A", name="Old", price=Decimal(5))
    ProductFactory(brand=brand, sku="C", name="Same", price=Decimal(7))
    client = signed_in()
    rows = [
        PRODUCTS,
        ["A", "New name", "pubg", "5.00"],
        ["B", "Added", "pubg", "6"],
        ["C", "Same", "pubg", "7"],
    ]
    run = handed_in(client, "product", csv_of(rows))
    assert counts(run) == (1, 1, 1, 0)
    assert run.differences[0]["changes"] == [["name", "Old", "New name"]]
    page = client.get(url("product", "run", run_id=run.pk)).content.decode()
    assert "<del>Old</del>" in page and "<ins>New name</ins>" in page
    old.refresh_from_db()
    assert old.name == "Old" and not Product.objects.filter(sku="B").exists()
    imported(client, "product", run)
    old.refresh_from_db()
    added = Product.objects.get(sku="B")
    assert (old.name, added.price, added.active, added.max_quantity) == ("New name", Decimal(6), True, 10)


def test_history_tells_who_imported_it_and_from_which_file() -> None:
    brand = BrandFactory(code="pubg")
    product = ProductFactory(brand=brand, sku="A", price=Decimal(1))
    reseller = ResellerFactory(email="r@example.com")
    client = signed_in()
    run = handed_in(
        client, "product", csv_of([PRODUCTS, ["A", "x", "pubg", "1"], ["B", "y", "pubg", "1"]]), "july.csv"
    )
    imported(client, "product", run)
    rows = [["email", "business_name"], ["r@example.com", "Renamed"]]
    imported(client, "reseller", handed_in(client, "reseller", csv_of(rows), "shops.csv"))
    for history, reason in (
        (product.history.first(), "Import of july.csv"),
        (Product.objects.get(sku="B").history.get(), "Import of july.csv"),
        (reseller.history.first(), "Import of shops.csv"),
    ):
        assert history.history_change_reason == reason
        assert history.history_user_id == run.user_id
    assert Product.objects.get(sku="A").history.count() == 2
    assert Event.objects.get(kind="import.finished", data__file="july.csv").actor_id == str(run.user_id)


def test_the_corrected_file_imports_the_rest() -> None:
    BrandFactory(code="pubg")
    client = signed_in()
    good = [["A", "a", "pubg", "1"], ["B", "b", "pubg", "2"]]
    run = handed_in(client, "product", csv_of([PRODUCTS, *good, ["C", "c", "pubg", "-3"]]))
    imported(client, "product", run, only_good="yes")
    run = handed_in(client, "product", csv_of([PRODUCTS, *good, ["C", "c", "pubg", "3"]]))
    assert counts(run) == (1, 0, 2, 0)
    assert imported(client, "product", run).new == 1


# The same rules as on the forms


@pytest.mark.parametrize(
    ("noun", "header", "row", "column"),
    [
        ("product", [*PRODUCTS, "denomination"], ["A", "a", "pubg", "1", "weekly"], "denomination"),
        ("product", ["sku", "name", "brand", "denomination", "minimum", "maximum", "step"],
         ["A", "a", "pubg", "range", "10", "5", "1"], "maximum"),
        ("product", [*PRODUCTS, "active"], ["A", "a", "pubg", "1", "perhaps"], "active"),
        ("product", PRODUCTS, ["A", "a", "pubg", "1e3"], "price"),
        ("product", PRODUCTS, ["A", "a", "pubg", "1,250.00"], "price"),
        ("product", PRODUCTS, ["A", "a", "pubg", "9" * 30], "price"),
        ("product", [*PRODUCTS, "position"], ["A", "a", "pubg", "1", "99999999999"], "position"),
        ("product", [*PRODUCTS, "currency"], ["A", "a", "pubg", "1", "XXX"], "currency"),
        ("category", ["code", "name"], ["two words", "x"], "code"),
        ("brand", ["code", "name", "category", "country"], ["b", "b", "games", "USA"], "country"),
        ("brand", ["code", "name", "category", "number_prefixes"], ["b", "b", "games", "12a"], "number_prefixes"),
        ("brand", ["code", "name", "category", "number_prefixes"], ["b", "b", "games", "1999"], "number_prefixes"),
        ("pricelist", ["code", "name", "is_default", "active"], ["x", "x", "yes", "no"], "active"),
        ("reseller", ["email", "business_name", "contact_person"], ["nonsense", "x", "y"], "email"),
        ("reseller", ["email", "business_name", "contact_person", "phone"], ["a@b.co", "x", "y", "12"], "phone"),
        ("reseller", ["email", "business_name", "contact_person", "commission_rate"],
         ["a@b.co", "x", "y", "101"], "commission_rate"),
        ("reseller", ["email", "business_name", "price_list"], ["old@example.com", "x", "none"], "price_list"),
        ("reseller", ["email", "business_name", "currency"], ["old@example.com", "x", "EUR"], "currency"),
        ("client", ["reseller", "name"], ["nobody@example.com", "x"], "reseller"),
        ("client", ["reseller", "name", "monthly_limit"], ["old@example.com", "x", "-1"], "monthly_limit"),
        ("customer", ["email", "full_name", "phone"], ["c@example.com", "x", "+12025550177"], "phone"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_its_column(
    noun: str, header: list[str], row: list[str], column: str
) -> None:
    BrandFactory(code="pubg", category=CategoryFactory(code="games"))
    NumberPrefixFactory(brand=BrandFactory(name="Other"), prefix="1999")
    ResellerFactory(email="old@example.com", currency="USD")
    CustomerFactory(phone="+12025550177")
    run = handed_in(signed_in(), noun, csv_of([header, row]))
    assert run.refused == 1
    assert column in [name for name, _text in run.problems[0]["errors"]], run.problems


def test_money_and_secrets_are_in_no_file() -> None:
    for resource in importers.values():
        columns = set(resource().columns)
        assert not columns & {
            "id", "balance", "held", "credit_limit", "status", "cost", "cost_percent", "offers", "user",
            "date_of_birth", "id_document_number", "created_by", "api_key", "current_usage",
        }  # fmt: skip


def test_a_reseller_from_a_file_is_opened_as_on_its_form() -> None:
    rows = [["email", "business_name", "contact_person"], ["New@Example.com", "New", "Ann"]]
    client = signed_in()
    imported(client, "reseller", handed_in(client, "reseller", csv_of(rows)))
    reseller = Reseller.objects.get()
    assert (reseller.email, reseller.status) == ("new@example.com", "pending")
    assert reseller.created_by is not None
    wallets = Account.objects.filter(reseller=reseller)
    assert {(wallet.is_test, wallet.balance, wallet.credit_limit) for wallet in wallets} == {
        (False, Decimal(0), Decimal(0)),
        (True, Decimal(0), Decimal(0)),
    }
    assert Event.objects.filter(kind="reseller.opened").count() == 1


def test_the_new_default_list_takes_it_from_the_old_one() -> None:
    old = PriceListFactory(is_default=True)
    client = signed_in()
    rows = [["code", "name", "is_default"], ["gold", "Gold", "yes"]]
    imported(client, "pricelist", handed_in(client, "pricelist", csv_of(rows)))
    old.refresh_from_db()
    assert not old.is_default and PriceList.objects.get(code="gold").is_default


def test_a_column_that_is_not_in_the_file_stays_as_it_is() -> None:
    customer = CustomerFactory(email="c@example.com", city="Boston", id_document_number="X123")
    client = signed_in()
    rows = [["email", "full_name"], ["c@example.com", "Renamed"]]
    imported(client, "customer", handed_in(client, "customer", csv_of(rows)))
    customer.refresh_from_db()
    assert (customer.full_name, customer.city, customer.id_document_number) == ("Renamed", "Boston", "X123")
    assert customer.email_verified_at == Customer.objects.get().email_verified_at


def test_the_same_row_twice_is_told_with_the_row_of_the_first() -> None:
    BrandFactory(code="pubg")
    rows = [PRODUCTS, ["A", "a", "pubg", "1"], ["B", "b", "pubg", "1"], ["A", "again", "pubg", "2"]]
    run = handed_in(signed_in(), "product", csv_of(rows))
    assert run.refused == 1
    assert run.problems[0]["row"] == 4 and "Row 2 has the same" in run.problems[0]["errors"][0][1]


def test_rules_of_one_scope_at_different_times_are_told_apart() -> None:
    prices = PriceListFactory(code="gold")
    now = timezone.now().replace(microsecond=0)
    PriceRuleFactory(price_list=prices, kind="percent", percent=90)
    later = PriceRuleFactory(price_list=prices, kind="percent", percent=80, valid_from=now)
    client = signed_in()
    head = ["price_list", "product", "brand", "category", "valid_from", "valid_until", "kind", "percent"]
    rows = [head, ["gold", "", "", "", now.isoformat(), "", "percent", "75"]]
    imported(client, "pricelist", handed_in(client, "pricelist", csv_of(rows), resource=1))
    later.refresh_from_db()
    assert later.percent == 75 and PriceRule.objects.count() == 2


def test_several_that_a_row_could_mean_are_not_guessed_at() -> None:
    reseller = ResellerFactory(email="r@example.com")
    for plan in ("a", "b"):
        ClientFactory(reseller=reseller, name="Shop", email="", phone="", plan_type=plan)
    rows = [["reseller", "name", "plan_type"], ["r@example.com", "Shop", "c"]]
    run = handed_in(signed_in(), "client", csv_of(rows))
    assert "one by one" in run.problems[0]["errors"][0][1]


# Who may


@pytest.mark.parametrize("role", ["super_admin", "admin", "moderator", "finance", "support", "auditor"])
@pytest.mark.parametrize("noun", NOUNS)
def test_importing_is_for_those_who_may_add_and_change(noun: str, role: str) -> None:
    client = signed_in(role)
    may = role in ("super_admin", "admin")
    table = client.get(reverse(f"admin:commerce_{noun}_changelist")).content.decode()
    assert (url(noun) in table) == may
    assert url(noun, "export") in table
    assert client.get(url(noun)).status_code == (200 if may else 403)
    assert (upload(client, noun, b"code\nx\n").status_code != 403) == may
    assert client.get(url(noun, "export")).status_code == 200
    sample = url(noun, "sample", key=f"commerce.{noun}", kind="csv")
    assert client.get(sample).status_code == (200 if may else 403)


@pytest.mark.parametrize("noun", NOUNS)
def test_nobody_without_a_right_exports(noun: str) -> None:
    client = signed_in("support")
    from core.models import User

    User.objects.get().groups.clear()
    assert client.get(url(noun, "export")).status_code == 403
    assert client.post(url(noun, "export"), {"format": "0", "resource": "0"}).status_code == 403


def test_an_import_is_seen_by_whoever_handed_it_in() -> None:
    BrandFactory(code="pubg")
    run = handed_in(signed_in(), "product", csv_of([PRODUCTS, ["A", "a", "pubg", "1"]]))
    stranger, owner = signed_in(), signed_in("super_admin")
    assert stranger.get(url("product", "run", run_id=run.pk)).status_code == 404
    confirm = url("product", "run_verb", run_id=run.pk, verb="confirm")
    assert stranger.post(confirm).status_code == 404
    assert signed_in("support").post(confirm).status_code == 403
    assert owner.get(url("product", "run", run_id=run.pk)).status_code == 200
    assert owner.get(url("category", "run", run_id=run.pk)).status_code == 404
    assert owner.get(confirm).status_code == 405
    assert Product.objects.count() == 0


def test_no_other_admin_offers_it() -> None:
    offering = {
        model._meta.label_lower
        for model, view in admin.site._registry.items()
        if hasattr(view, "import_action")
    }
    assert offering == {f"commerce.{noun}" for noun in NOUNS}
    assert all(isinstance(admin.site._registry[model], ImportExportAdmin) for model in _models())
    assert set(importers) == offering | {"commerce.recipientfield", "commerce.pricerule"}
    for noun in ("order", "account", "transfer", "apikey", "payment"):
        for view in ("import", "export", "process_import"):
            with pytest.raises(NoReverseMatch):
                url(noun, view)


def _models() -> list[Any]:
    return [Category, Brand, Product, PriceList, Reseller, Client, Customer]


def test_a_list_with_the_buttons_stays_cheap() -> None:
    ProductFactory.create_batch(3)
    client = signed_in()
    client.get(reverse("admin:commerce_product_changelist"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(reverse("admin:commerce_product_changelist"))
    assert len(queries) <= 12


def test_an_export_holds_what_the_list_shows() -> None:
    ProductFactory(sku="A", active=True)
    ProductFactory(sku="B", active=False)
    data = exported(signed_in("auditor"), "product", "csv", query="?active__exact=1")
    assert [row[0] for row in rows_of(data, "csv")[1:]] == ["A"]
    assert Event.objects.get(kind="list.exported").data == {"rows": 1, "format": "csv"}


def test_numbers_of_an_xlsx_are_numbers_and_a_sku_stays_text() -> None:
    ProductFactory(sku="00012", price=Decimal("1250.50"))
    head, row = rows_of(exported(signed_in(), "product", "xlsx"), "xlsx")
    cells = dict(zip(head, row, strict=True))
    assert cells["price"] == 1250.5 and cells["sku"] == "00012"


def test_an_xlsx_with_numbers_dates_and_gaps_is_read() -> None:
    BrandFactory(code="pubg")
    rows = [PRODUCTS, [60, "Sixty", "pubg", 4.99], [None] * 4, ["B", "b", "PUBG", 5]]
    run = handed_in(signed_in(), "product", xlsx_of(rows), "table.XLSX")
    assert counts(run) == (1, 0, 0, 1) and run.problems[0]["row"] == 4
    assert ["price", "", "4.99"] in run.differences[0]["changes"]


def test_semicolons_and_tabs_are_read_too() -> None:
    BrandFactory(code="pubg")
    for delimiter in ";\t":
        rows = [PRODUCTS, ["A", "a, b", "pubg", "1"]]
        assert handed_in(signed_in(), "product", csv_of(rows, delimiter=delimiter)).new == 1
