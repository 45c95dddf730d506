"""A product's list price, on each of its paths: the form, putting back from history, a file. The API only reads it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.approval_settings import ApprovalPage
from commerce.models import Product
from commerce.services import product_prices
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, NotAllowed
from core.models import Approval, User
from core.services import approvals
from tests.commerce.imports import csv_of, handed_in, imported, signed_in
from tests.commerce.second_person import api, as_if_old, asked, dialog, expired
from tests.factories import UserFactory
from tests.factories_catalog import BrandFactory, PriceListFactory, PriceRuleFactory, ProductFactory

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "admin"
NONE = dict.fromkeys(("offers-TOTAL_FORMS", "offers-INITIAL_FORMS"), "0")


@pytest.fixture(autouse=True)
def _default_limits() -> Iterator[None]:
    site_settings.forget()
    yield
    site_settings.forget()


@pytest.fixture
def product() -> Product:
    return old(ProductFactory(price=Decimal(100)))


def old(product: Product) -> Product:
    """It was there long before today."""
    as_if_old(product)
    return product


def post(by: User, product: Product | None, **values: Any) -> str:
    """What is read after saving the form."""
    names = (*product_prices.PRICED, "brand_id", "name", "sku", "position", "max_quantity")
    form = {name.removesuffix("_id"): getattr(product, name) for name in names} if product else {}
    form = {
        name: value for name, value in {**form, **NONE, "active": "on", **values}.items() if value is not None
    }
    url = reverse("admin:commerce_product_add")
    if product:
        url = reverse("admin:commerce_product_change", args=[product.pk])
    browser = Browser()
    browser.force_login(by)
    answer = browser.post(url, form, follow=True)
    assert "errorlist" not in answer.content.decode()
    return " ".join(str(message) for message in answer.context["messages"])


def changed(by: User, product: Product, **values: Any) -> Product:
    fresh = Product.objects.get(pk=product.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    with acting_as(actor_for_user(by)):
        return product_prices.save_product(product=fresh)


# The form


def test_the_form_saves_everything_but_the_price(ann: User, bob: User, product: Product) -> None:
    told = post(ann, product, price="1.00", name="Smaller pack")
    assert "Smaller pack" in told
    assert ": List price $100.00 → $1.00" in told
    assert "Everything else was saved." in told
    product.refresh_from_db()
    assert (product.price, product.name) == (100, "Smaller pack")
    approval = Approval.objects.get()
    assert (approval.kind, approval.limit) == ("product.price", "50 %")
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=ann)
    approvals.approve(approval_id=approval.pk, by=bob)
    product.refresh_from_db()
    assert product.price == 1
    newest = product.history.latest()  # type: ignore[attr-defined]
    assert newest.price == 1


def test_where_only_the_price_was_typed_nothing_is_told_to_be_saved(ann: User, product: Product) -> None:
    told = post(ann, product, price="1.00")
    assert "second person" in told
    assert "saved" not in told
    assert "successfully" not in told


def test_within_the_limit_it_is_saved(ann: User, product: Product) -> None:
    assert "successfully" in post(ann, product, price="50.00")
    product.refresh_from_db()
    assert product.price == 50
    assert not Approval.objects.exists()


def test_a_new_product_waits_for_nobody(ann: User) -> None:
    values = {"denomination": "fixed", "currency": "USD", "price": "0.50", "price_percent": "100"}
    more = {"name": "Pack", "sku": "NEW-1", "position": "0", "max_quantity": "1"}
    assert "successfully" in post(ann, None, brand=str(BrandFactory().pk), **values, **more)
    made = Product.objects.get()
    assert made.price == Decimal("0.50")
    # From then on it has a price to be compared with.
    with pytest.raises(ApprovalNeeded):
        changed(ann, made, price=Decimal(1))


def test_what_a_price_is_made_of_waits_together(ann: User, bob: User, product: Product) -> None:
    ranged = {"denomination": "range", "minimum": "5.00", "maximum": "50.00", "step": "5.00"}
    told = post(ann, product, **ranged, price_percent="10", price=None)
    assert "Denomination Fixed → Range" in told
    product.refresh_from_db()
    assert (product.denomination, product.minimum, product.price) == ("fixed", None, 100)
    approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    product.refresh_from_db()
    assert (product.denomination, product.minimum, product.price_percent) == ("range", 5, 10)


@pytest.mark.parametrize(
    ("held", "wanted", "moved"),
    [
        ({"price": 100}, {"price": 40}, 60),
        ({"price": 40}, {"price": 100}, 150),
        ({"price": 100}, {"price": 100, "maximum": 5}, 0),
        ({"price": 100, "face_value": 100}, {"price": 100, "face_value": 400}, 75),
        ({"price": 100, "face_value": 100}, {"price": 150, "face_value": 150}, 50),
        ({"price": 100}, {"price": 100, "currency": "EUR"}, product_prices.BEYOND),
        ({"ranged": True, "price_percent": 100}, {"ranged": True, "price_percent": 30}, 70),
        ({"ranged": True, "maximum": 500}, {"ranged": True, "maximum": 900}, 0),
    ],
)
def test_how_far_a_list_price_moves(held: dict[str, Any], wanted: dict[str, Any], moved: int) -> None:
    def built(values: dict[str, Any]) -> Product:
        numbers = {k: Decimal(v) if type(v) is int else v for k, v in values.items()}
        return ProductFactory.build(brand=None, **numbers)

    assert product_prices.moved_percent(built(held), built(wanted)) == moved


def test_another_brand_whose_rules_are_cheaper_is_another_price(
    ann: User, bob: User, product: Product
) -> None:
    near, far = BrandFactory(), BrandFactory(name="Far")
    for brand, percent in ((near, 60), (far, 10)):
        PriceRuleFactory(price_list=PriceListFactory(), brand=brand, kind="percent", percent=Decimal(percent))
    changed(ann, product, brand=near)
    told = post(ann, product, brand=str(far.pk), name="Renamed")
    assert f"Brand {near} → Far" in told
    product.refresh_from_db()
    assert (product.brand, product.name) == (near, "Renamed")
    rows = [["sku", "brand"], [product.sku, far.code]]
    assert handed_in(signed_in("admin"), "product", csv_of(rows)).refused == 1
    approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    product.refresh_from_db()
    assert product.brand == far


# Steps


def test_a_price_lowered_step_by_step_waits(ann: User, product: Product) -> None:
    changed(ann, product, price=Decimal(70))
    changed(ann, product, price=Decimal(50))
    with pytest.raises(ApprovalNeeded):
        changed(ann, product, price=Decimal(49))
    with pytest.raises(ApprovalNeeded):
        changed(ann, product, price=Decimal(100))


def test_steps_in_a_file_and_on_the_form_are_one(ann: User, product: Product) -> None:
    admin = signed_in("admin")
    run = handed_in(admin, "product", csv_of([["sku", "price"], [product.sku, "60"]]))
    imported(admin, "product", run)
    with pytest.raises(ApprovalNeeded):
        changed(ann, product, price=Decimal(40))
    run = handed_in(admin, "product", csv_of([["sku", "price"], [product.sku, "45"]]))
    assert run.refused == 1


# Other paths


def test_a_file_with_a_price_above_the_limit_is_refused_by_row(product: Product) -> None:
    near = old(ProductFactory(price=Decimal(100)))
    admin = signed_in("admin")
    rows = [["sku", "price", "name"], [product.sku, "1", "One"], [near.sku, "90", "Two"]]
    run = handed_in(admin, "product", csv_of(rows))
    assert (run.refused, run.changed) == (1, 1)
    assert "second person" in str(run.result["problems"])
    imported(admin, "product", run, only_good="yes")
    product.refresh_from_db()
    near.refresh_from_db()
    assert (product.price, near.price) == (100, 90)


def test_a_file_that_was_checked_is_held_to_the_limit_again(product: Product) -> None:
    admin = signed_in("admin")
    run = handed_in(admin, "product", csv_of([["sku", "price"], [product.sku, "90"]]))
    site_settings.save(ApprovalPage, {"price_percent": "5"}, user=None)
    imported(admin, "product", run)
    product.refresh_from_db()
    assert product.price == 100


def test_a_price_is_put_back_by_two(ann: User, bob: User, product: Product) -> None:
    product.price = Decimal(10)
    product.save()
    old(product)
    number = product.history.latest().pk  # type: ignore[attr-defined]
    browser = Browser()
    browser.force_login(ann)
    url = reverse("admin:commerce_product_restore", args=[product.pk])
    data = {"_form_submitted": "True", "fields_back": ["price"], "reason": "A slip"}
    browser.post(f"{url}?change=product-{number}", data)
    product.refresh_from_db()
    assert product.price == 10
    approval = Approval.objects.get()
    assert approval.reason == "A slip"
    approvals.approve(approval_id=approval.pk, by=bob)
    product.refresh_from_db()
    assert product.price == 100


def test_the_api_changes_no_product(ann: User, product: Product) -> None:
    for verb in ("post", "put", "patch"):
        answer = getattr(api(ann), verb)(f"/api/products/{product.pk}/", {"price": "1.00"}, format="json")
        assert answer.status_code == 405


def test_what_the_product_does_by_itself_waits_for_nobody(product: Product) -> None:
    product.price = Decimal(1)
    product_prices.save_product(product=product)
    product.refresh_from_db()
    assert product.price == 1


# The decision


def lowered(product: Product, by: User) -> Approval:
    return asked(by, None, lambda _none: changed(by, product, price=Decimal(5)))  # type: ignore[arg-type]


def test_expired_stale_and_gone_are_refused(ann: User, bob: User, product: Product) -> None:
    late = expired(lowered(product, ann))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=late.pk, by=bob)
    assert refused.value.code == "approval_expired"
    stale = lowered(product, ann)
    changed(bob, product, price=Decimal(99))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=stale.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert "List price: $100.00 → $99.00" in refused.value.message
    product.delete()
    with pytest.raises(Conflict):
        approvals.approve(approval_id=stale.pk, by=bob)


def test_it_is_compared_alike_in_every_language(ann: User, product: Product) -> None:
    approval = lowered(product, ann)
    bob = UserFactory(staff="admin", language="fa")
    assert dialog(bob, approval, "approve", note="").status_code == 200
    product.refresh_from_db()
    assert product.price == 5
