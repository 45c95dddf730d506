"""A brand in another category is sold by that category's rules: on the form and in a file, by two where prices jump."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.models import Brand, Category
from commerce.services import brand_categories, catalogue
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, NotAllowed
from core.models import Approval, User
from core.services import approvals
from tests.commerce.imports import csv_of, handed_in, signed_in
from tests.commerce.second_person import as_if_old
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "admin"


@pytest.fixture(autouse=True)
def _as_always() -> Iterator[None]:
    site_settings.forget()
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def brand() -> Brand:
    made: Brand = BrandFactory(category=CategoryFactory(name="Dear", code="dear"))
    ProductFactory(brand=made)
    as_if_old(made)
    return made


def category_at(percent: int, **values: str) -> Category:
    category: Category = CategoryFactory(**values)
    PriceRuleFactory(
        price_list=PriceListFactory(), category=category, kind="percent", percent=Decimal(percent)
    )
    return category


def moved(by: User, brand: Brand, category: Category) -> None:
    fresh = Brand.objects.get(pk=brand.pk)
    fresh.category = category
    with acting_as(actor_for_user(by)):
        brand_categories.save_brand(fresh)


def test_the_form_saves_the_rest_and_the_category_waits(ann: User, bob: User, brand: Brand) -> None:
    cheap = category_at(10, name="Cheap", code="cheap")
    parts = ("recipient_fields", "number_prefixes")
    form = {f"{part}-{name}_FORMS": "0" for part in parts for name in ("TOTAL", "INITIAL")}
    form |= {
        "name": "Renamed",
        "code": brand.code,
        "category": str(cheap.pk),
        "position": "0",
        "active": "on",
    }
    browser = Browser()
    browser.force_login(ann)
    answer = browser.post(reverse("admin:commerce_brand_change", args=[brand.pk]), form, follow=True)
    told = " ".join(str(message) for message in answer.context["messages"])
    assert "Renamed" in told
    assert "Category Dear → Cheap, Moves a price by up to – → 90 %" in told
    brand.refresh_from_db()
    assert (brand.name, brand.category.name) == ("Renamed", "Dear")
    approval = Approval.objects.get()
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=ann)
    approvals.approve(approval_id=approval.pk, by=bob)
    brand.refresh_from_db()
    assert brand.category == cheap


def test_a_file_is_refused_by_row(brand: Brand) -> None:
    cheap = category_at(10, name="Cheap", code="cheap")
    rows = [["code", "category"], [brand.code, cheap.code]]
    run = handed_in(signed_in("admin"), "brand", csv_of(rows))
    assert run.refused == 1
    assert "second person" in str(run.result["problems"])


def test_steps_within_a_day_are_one_and_a_stale_wish_is_refused(ann: User, bob: User, brand: Brand) -> None:
    moved(ann, brand, category_at(60, name="Near", code="near"))
    far = category_at(40, name="Far", code="far")
    with pytest.raises(ApprovalNeeded) as needed:
        moved(ann, brand, far)
    with acting_as(actor_for_user(ann)):
        approval = approvals.ask(needed.value)
    Brand.objects.filter(pk=brand.pk).update(category=CategoryFactory(name="Else", code="else"))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "state_changed"
