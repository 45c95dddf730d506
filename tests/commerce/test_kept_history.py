"""The business's history is kept by the audit chain: imports, erasures and the demo included."""

import pytest
from django.db import transaction

from commerce.models import Brand, Customer, Product, Reseller
from commerce.services import privacy
from commerce.services.fulfilment import deliver
from core.models import Event, KeptHistory
from core.services import audit_chain, audit_proof
from core.tasks import run_import
from tests.commerce.imports import PRODUCTS, csv_of, handed_in, imported, signed_in
from tests.commerce.known_person import known_person
from tests.core.test_audit_chain import behind_our_back, found
from tests.factories_catalog import BrandFactory
from tests.factories_fulfilment import buyer, place, player_product

pytestmark = pytest.mark.django_db


def test_an_import_is_kept_by_few_records() -> None:
    BrandFactory(code="pubg")
    lines = [[f"S{number}", "x", "pubg", "1"] for number in range(700)]
    client = signed_in()
    run = handed_in(client, "product", csv_of([PRODUCTS, *lines]))
    while run.status != run.Status.DONE:
        run_import(str(run.pk), run.generation)
        run.refresh_from_db()
        if run.status == run.Status.CHECKED:
            run = imported(client, "product", run)
    kept = KeptHistory.objects.filter(table_name="commerce_historicalproduct")
    assert [len(one.ids) for one in kept.order_by("id")] == [500, 200]
    audit_chain.run()
    assert found() == {}
    behind_our_back(
        "UPDATE commerce_historicalproduct SET price = 2 WHERE history_id = %s", kept.latest("id").ids[9]
    )
    [result] = [one for one in audit_proof.prove().results if one.count]
    assert result.findings[0][0] == f"Product: change {kept.latest('id').ids[9]}"


def test_an_order_pays_nothing_for_it() -> None:
    product, by = player_product(), buyer()
    before = KeptHistory.objects.count()
    assert deliver(place(product=product, by=by).pk)
    assert KeptHistory.objects.count() == before


def test_a_customer_is_erased_and_the_history_holds() -> None:
    customer, _order = known_person()
    audit_chain.run()
    assert found() == {}
    privacy.erase(customer=customer, reason="They asked for it")
    audit_chain.run()
    assert found() == {}
    told = Event.objects.get(kind="history.erased")
    assert (told.subject_id, int(told.data["rows"]) > 3) == (str(customer.pk), True)
    row = Customer.history.filter(id=customer.pk).latest("history_id")
    for change, question in {
        "UPDATE commerce_historicalcustomer SET full_name = 'Somebody else'": "history",
        "UPDATE commerce_historicalcustomer SET city = 'Paris'": "history",
        "UPDATE commerce_historicalcustomer SET history_date = now()": "history",
        "DELETE FROM commerce_historicalcustomer": "history_gone",
    }.items():
        with transaction.atomic():
            behind_our_back(f"{change} WHERE history_id = %s", row.history_id)
            assert found() == {question: 1}, change
            transaction.set_rollback(True)
    assert found() == {}


@pytest.mark.usefixtures("demo_business")
def test_the_demo_is_kept() -> None:
    audit_chain.run()
    outcome = audit_proof.prove()
    assert [one.name for one in outcome.results if one.count] == []
    assert outcome.figures["changes"] > Product.objects.count()


def test_managers_of_history_are_of_one_class_a_kind_of_query() -> None:
    """Django's history app makes a class, from all methods of a queryset, for each row it writes."""
    assert type(Reseller().history) is type(Reseller().history) is type(Brand.history)
    assert Reseller.history.model is not Brand.history.model
    assert Reseller().history.instance is not None and Brand.history.instance is None
