"""Settings that a second person looks at, on each of their paths: the page, the API, and putting a change back."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.approval_settings import ApprovalPage, ApprovalSettings
from commerce.site_settings import PricingPage
from core import site_settings
from core.exceptions import Conflict, NotAllowed
from core.models import Approval, SiteSettings, User
from core.services import approvals
from core.site_settings import as_dict, load
from tests.commerce.second_person import api
from tests.factories import UserFactory
from tests.factories_catalog import ProductFactory

pytestmark = pytest.mark.django_db
# What both people are.
ROLE = "super_admin"


@pytest.fixture(autouse=True)
def _nothing_kept() -> Any:
    site_settings.forget()
    yield
    site_settings.forget()


def post(by: User, page: Any, **values: Any) -> Any:
    browser = Browser()
    browser.force_login(by)
    given = {**as_dict(load(page, fresh=True)), **values}
    sent = {name: "on" if value is True else value for name, value in given.items() if value is not False}
    return browser.post(reverse("admin:settings-page", args=[page.key]), sent, follow=True)


def in_force(page: Any) -> Any:
    return load(page, fresh=True)


@pytest.mark.parametrize(
    "values",
    [
        {"active": False},
        {"funding": "10000.01"},
        {"price_percent": "51"},
        {"commission_points": "5.01"},
        {"rates": "EUR 1.1"},
    ],
)
def test_nobody_eases_the_approvals_alone(ann: User, bob: User, values: dict[str, Any]) -> None:
    answer = post(ann, ApprovalPage, **values)
    assert "waits for a second person" in answer.content.decode()
    assert in_force(ApprovalPage) == ApprovalSettings()
    approval = Approval.objects.get()
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=ann)
    approvals.approve(approval_id=approval.pk, by=bob, note="Agreed")
    now = in_force(ApprovalPage)
    assert {name: str(getattr(now, name)) for name in values} == {
        name: str(value) for name, value in values.items()
    }


def test_stricter_is_always_possible_and_then_back_is_easier(ann: User, bob: User) -> None:
    post(ann, ApprovalPage, funding="5", roles=["super_admin"])
    assert in_force(ApprovalPage).funding == 5
    number = SiteSettings.history.latest("history_id").history_id
    browser = Browser()
    browser.force_login(ann)
    url = reverse("admin:settings-restore", args=[ApprovalPage.key, number])
    browser.post(url, {"_form_submitted": "True", "reason": "A slip"})
    assert in_force(ApprovalPage).funding == 5
    assert Approval.objects.get().kind == "settings.approvals"


def test_where_nobody_else_could_decide_it_is_their_own_business(ann: User) -> None:
    UserFactory(staff="finance")
    post(ann, ApprovalPage, active=False)
    assert in_force(ApprovalPage).active is False


def test_fees_above_the_limit_wait_on_the_page_and_by_the_api(ann: User, bob: User) -> None:
    ProductFactory(price=Decimal(10))
    assert "waits for a second person" in post(ann, PricingPage, service_fee="6").content.decode()
    answer = api(ann).patch("/api/settings/", {"pricing": {"tax_percent": "51"}}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (202, "approval required")
    assert in_force(PricingPage).service_fee == in_force(PricingPage).tax_percent == 0
    fee = Approval.objects.order_by("pk").first()
    assert fee is not None
    approvals.approve(approval_id=fee.pk, by=bob)
    assert in_force(PricingPage).service_fee == 6


def test_fees_raised_step_by_step_wait(ann: User) -> None:
    ProductFactory(price=Decimal(10))
    for fee in ("3", "5", "7"):
        post(ann, PricingPage, service_fee=fee)
    assert in_force(PricingPage).service_fee == 5


def test_a_change_that_somebody_made_meanwhile_is_not_made_again(ann: User, bob: User) -> None:
    ProductFactory(price=Decimal(10))
    post(ann, PricingPage, service_fee="6")
    site_settings.save(PricingPage, {"service_fee": Decimal(6)}, user=None)
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
    assert refused.value.code == "state_changed"
