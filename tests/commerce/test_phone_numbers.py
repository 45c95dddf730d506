import pytest

from commerce.services import phone_numbers
from core.exceptions import InvalidInput
from tests.factories_catalog import BrandFactory, NumberPrefixFactory
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
NUMBER = "+14155552671"


def test_the_operator_is_found_by_the_longest_prefix() -> None:
    NumberPrefixFactory(prefix="1")
    operator = NumberPrefixFactory(prefix="1415").brand
    saved = phone_numbers.save_number(owner=ResellerFactory(), number="(415) 555-2671", label=" Mum ")
    assert (saved.number, saved.label, saved.operator) == (NUMBER, "Mum", operator)


def test_a_number_is_saved_once_per_owner() -> None:
    reseller = ResellerFactory()
    phone_numbers.save_number(owner=reseller, number=NUMBER)
    phone_numbers.save_number(owner=ResellerFactory(), number=NUMBER)
    phone_numbers.save_number(owner=CustomerFactory(), number=NUMBER)
    with pytest.raises(InvalidInput) as refused:
        phone_numbers.save_number(owner=reseller, number="415 555 2671")
    assert refused.value.code == "duplicate"
    assert "number" in refused.value.errors


def test_changing_and_deleting() -> None:
    saved = phone_numbers.save_number(owner=ResellerFactory(), number=NUMBER)
    brand = BrandFactory()
    saved = phone_numbers.change_number(saved=saved, number="+14155552672", operator=brand)
    assert (saved.number, saved.operator) == ("+14155552672", brand)
    phone_numbers.delete_number(saved=saved)
    assert not type(saved).objects.exists()


@pytest.mark.parametrize("number", ["", "12", "phone", "٠٩١٢", "+1 415 555 2671 9999 99"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        phone_numbers.save_number(owner=ResellerFactory(), number=number)
    assert "number" in refused.value.errors
