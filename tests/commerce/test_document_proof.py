"""What is wrong with papers, however it came to be, is seen by the judge."""

import pytest

from tests.commerce.test_money_rules import guards_off, run, wrong
from tests.factories_documents import bought, invoice_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "lost",
    [
        "UPDATE commerce_document SET amount = amount + 1",
        "UPDATE commerce_document SET tax = tax + 0.01",
        "DELETE FROM commerce_documenttransfer WHERE id IN (SELECT min(id) FROM commerce_documenttransfer)",
        "DELETE FROM commerce_document",
        "INSERT INTO commerce_documenttransfer (document_id, transfer_id, turn)"
        " SELECT (SELECT max(id) FROM commerce_document), min(transfer_id), 1 FROM commerce_documenttransfer",
    ],
)
def test_with_the_guards_off_the_judge_sees_it(lost: str) -> None:
    for _number in range(2):
        invoice_of(bought())
    assert not wrong()
    # References are looked at now, and not when what they refer to is gone.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with guards_off():
        run(lost)
        assert wrong() == {"documents"}
