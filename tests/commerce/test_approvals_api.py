"""What waits for a second person, by the API: seen by staff who may, decided by nobody."""

import pytest

from commerce.models import Reseller
from core import site_settings
from core.backoffice.importing.resource import importers
from core.models import Approval, User
from core.services import approvals
from tests.commerce.second_person import api, asked, expired, fund, wallet
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
LIST = "/api/approvals/"


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    site_settings.forget()


@pytest.fixture
def reseller() -> Reseller:
    return ResellerFactory(funds=100)


def test_whoever_asked_sees_what_became_of_it(ann: User, bob: User, reseller: Reseller) -> None:
    sent = api(ann).post(f"/api/sellers/{reseller.pk}/increase_credit/", {"amount": "20000"}, format="json")
    path = f"{LIST}{sent.json()['approval']}/"
    shown = api(ann).get(path).json()
    assert (shown["status"], shown["amount"], shown["requested_by"]["name"]) == (
        "pending",
        "20000.00",
        "Ann Lee",
    )
    assert {"label": "Balance", "before": "$100.00", "after": "$20,100.00"} in shown["changes"]
    assert "payload" not in shown
    approvals.refuse(approval_id=sent.json()["approval"], by=bob, note="No such wire")
    shown = api(ann).get(path).json()
    assert (shown["status"], shown["note"], shown["decided_by"]["id"]) == ("refused", "No such wire", bob.pk)


def test_the_list_is_filtered_as_it_is_shown(ann: User, reseller: Reseller) -> None:
    late = expired(asked(ann, reseller))
    fresh = asked(ann, reseller, lambda one: fund(one, reference="B-2"))
    client = api(ann)
    for status, wanted in (("expired", late), ("pending", fresh)):
        found = client.get(LIST, {"status": status, "kind": "wallet.fund"}).json()["results"]
        assert [(one["id"], one["status"]) for one in found] == [(wanted.pk, status)]
    assert client.get(LIST, {"kind": "wallet.adjust"}).json()["results"] == []
    for wrong in ({"status": "maybe"}, {"kind": "x"}):
        assert client.get(LIST, wrong).status_code == 400
    assert client.get(f"{LIST}99999999999999999999999/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("tail", ["", "{id}/", "{id}/approve/", "{id}/refuse/"])
def test_nothing_is_decided_by_the_api(
    ann: User, bob: User, reseller: Reseller, method: str, tail: str
) -> None:
    approval = asked(ann, reseller)
    for person in (ann, bob):
        path = LIST + tail.format(id=approval.pk)
        answer = getattr(api(person), method)(path, {"status": "approved"}, format="json")
        assert answer.status_code in (404, 405)
    approval.refresh_from_db()
    assert (approval.status, wallet(reseller).balance) == ("pending", 100)


def test_nothing_is_decided_by_a_file() -> None:
    labels = {name.partition("_")[0] for name in importers}
    assert Approval._meta.label_lower not in labels
    assert {"commerce.account", "commerce.transfer", "commerce.order"}.isdisjoint(labels)
