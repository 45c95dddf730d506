import pytest
from django.db import connection

from commerce.models import Customer
from commerce.services import customers
from commerce.services.customers import Registration
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


def registered(**values: str) -> Customer:
    given = {"username": "player", "email": "P@x.example", "password": PASSWORD, **values}
    return customers.register(Registration(**given))


def test_registering_makes_a_user_and_a_waiting_customer() -> None:
    customer = registered(
        phone_number="(415) 555-2671", date_of_birth="1999-04-12", preferred_game="PUBG Mobile"
    )
    assert customer.status == Customer.Status.PENDING_VERIFICATION
    assert (customer.email, customer.phone, customer.date_of_birth) == (
        "p@x.example",
        "+14155552671",
        "1999-04-12",
    )
    assert customer.user is not None
    assert customer.user.check_password(PASSWORD)
    assert not customer.user.is_staff


def test_a_birth_date_is_encrypted_and_in_no_history() -> None:
    customer = registered(date_of_birth="1999-04-12")
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_of_birth FROM commerce_customer WHERE id = %s", [customer.pk])
        assert "1999" not in cursor.fetchone()[0]
    assert "1999-04-12" not in str(list(customer.history.values())) + str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "PLAYER"}, "username"),
        ({"email": "p@X.example"}, "email"),
        ({"password": "12345"}, "password"),
        ({"phone_number": "12"}, "phone_number"),
        ({"phone_number": "+14155552671"}, "phone_number"),
        ({"date_of_birth": "12.04.1999"}, "date_of_birth"),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth"),
        ({"username": "with space"}, "username"),
    ],
)
def test_a_bad_registration_names_the_field_and_leaves_nothing(values: dict[str, str], field: str) -> None:
    registered(phone_number="+14155552671")
    with pytest.raises(InvalidInput) as refused:
        registered(**{"username": "second", "email": "second@x.example", **values})
    assert field in refused.value.errors
    assert Customer.objects.count() == 1


def test_a_changed_phone_has_to_be_verified_again() -> None:
    customer = CustomerFactory(phone="+14155552671")
    Customer.objects.filter(pk=customer.pk).update(phone_verified_at=customer.created_at)
    customer = customers.change_customer(customer=customer, values={"phone": "+14155552672"})
    assert customer.phone_verified_at is None


def test_blocking_and_unblocking() -> None:
    customer = customers.block(customer=CustomerFactory(), reason="Fraud")
    assert (customer.status, customer.status_reason) == (Customer.Status.BLOCKED, "Fraud")
    with pytest.raises(Conflict):
        customers.block(customer=customer, reason="Fraud")
    assert customers.unblock(customer=customer, reason="Cleared").status == Customer.Status.ACTIVE


def test_unblocking_is_no_way_around_verification() -> None:
    waiting = CustomerFactory(status=Customer.Status.PENDING_VERIFICATION)
    with pytest.raises(Conflict):
        customers.unblock(customer=waiting, reason="Let in")
    customers.block(customer=waiting, reason="Fraud")
    unblocked = customers.unblock(customer=waiting, reason="Cleared")
    assert unblocked.status == Customer.Status.PENDING_VERIFICATION
    customers.block(customer=waiting, reason="Fraud")
    Customer.objects.filter(pk=waiting.pk).update(email_verified_at=waiting.created_at)
    assert customers.unblock(customer=waiting, reason="Cleared").status == Customer.Status.ACTIVE


def test_the_newest_block_tells_what_was_before() -> None:
    customer = CustomerFactory(status=Customer.Status.PENDING_VERIFICATION)
    customers.block(customer=customer, reason="Fraud")
    customers.unblock(customer=customer, reason="Cleared")
    Customer.objects.filter(pk=customer.pk).update(status=Customer.Status.ACTIVE)
    customers.block(customer=customer, reason="Fraud")
    assert customers.unblock(customer=customer, reason="Cleared").status == Customer.Status.ACTIVE
