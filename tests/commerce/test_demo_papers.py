"""The demo has papers to look at, and they are right."""

import pytest

from commerce.models import Document, Order
from commerce.services.proof import prove

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_business")]


def test_there_is_one_of_each_kind_and_the_books_are_right() -> None:
    refunded = Order.objects.filter(customer__isnull=False, is_test=False, refunded_amount__gt=0).exists()
    kinds = {*Document.Kind.values} if refunded else {*Document.Kind.values} - {"credit_note"}
    assert set(Document.objects.values_list("kind", flat=True)) == kinds
    assert prove().right
