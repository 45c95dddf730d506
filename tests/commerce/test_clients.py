import pytest
from django.utils import timezone

from commerce.models import Client
from commerce.services import clients
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_parties import ClientFactory, ResellerFactory

pytestmark = pytest.mark.django_db


def test_adding_a_client_keeps_its_details_tidy() -> None:
    reseller = ResellerFactory(country="US")
    client = clients.add_client(
        reseller=reseller, values={"name": "Ada", "email": "ADA@x.example", "phone": "(415) 555-2671"}
    )
    assert (client.email, client.phone, client.status) == (
        "ada@x.example",
        "+14155552671",
        Client.Status.ACTIVE,
    )
    assert Event.objects.filter(kind="client.added", subject_id=str(client.pk)).exists()


def test_blocking_takes_a_reason_and_a_change() -> None:
    client = ClientFactory()
    with pytest.raises(InvalidInput):
        clients.block(client=client, reason="")
    client = clients.block(client=client, reason="Unpaid")
    assert (client.status, client.status_reason) == (Client.Status.SUSPENDED, "Unpaid")
    with pytest.raises(Conflict):
        clients.block(client=client, reason="Unpaid")
    assert clients.unblock(client=client, reason="Paid").status == Client.Status.ACTIVE


def test_a_limit_below_what_was_ordered_is_refused() -> None:
    client = ClientFactory(current_usage=3, usage_month=timezone.now().date().replace(day=1))
    with pytest.raises(InvalidInput) as refused:
        clients.change_client(client=client, values={"monthly_limit": 2})
    assert "monthly_limit" in refused.value.errors
    assert clients.change_client(client=client, values={"monthly_limit": 3}).monthly_limit == 3


def test_the_count_of_the_month_is_nobodys_to_write() -> None:
    client = ClientFactory()
    Client.objects.filter(pk=client.pk).update(current_usage=7)
    clients.change_client(client=client, values={"name": "Grace"})
    client.refresh_from_db()
    assert (client.name, client.current_usage) == ("Grace", 7)
    with pytest.raises(InvalidInput):
        clients.change_client(client=client, values={"current_usage": 0})
