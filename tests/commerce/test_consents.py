"""What customers agree to and take back is written down, and the newest counts."""

import pytest
from django.test import Client
from django.urls import reverse

from commerce.models import Consent
from commerce.services import consents
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
OFFERS = Consent.Purpose.OFFERS_EMAIL


def test_the_newest_counts_and_every_one_stays():
    customer = CustomerFactory()
    assert not consents.agreed(customer, OFFERS)
    consents.say(customer=customer, purpose=OFFERS, given=True, how="At registration", version="2026-05")
    assert consents.agreed(customer, OFFERS)
    consents.say(customer=customer, purpose=OFFERS, given=False, how="By e-mail")
    assert not consents.agreed(customer, OFFERS)
    consents.say(customer=customer, purpose=OFFERS, given=True, how="On the phone", version="2026-11")
    assert customer.consents.count() == 3
    kinds = Event.objects.filter(subject_id=str(customer.pk)).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["customer.consented", "customer.consent_withdrawn", "customer.consented"]


def test_what_says_nothing_new_is_refused():
    customer = CustomerFactory()
    with pytest.raises(Conflict):
        consents.say(customer=customer, purpose=OFFERS, given=False, how="On the phone")
    consents.say(customer=customer, purpose=OFFERS, given=True, how="On the phone", version="1")
    with pytest.raises(Conflict):
        consents.say(customer=customer, purpose=OFFERS, given=True, how="On the phone", version="1")
    consents.say(customer=customer, purpose=OFFERS, given=True, how="On the phone", version="2")
    with pytest.raises(InvalidInput):
        consents.say(customer=customer, purpose="moon", given=True, how="On the phone")
    with pytest.raises(InvalidInput):
        consents.say(customer=customer, purpose=OFFERS, given=False, how=" ")


def test_staff_write_it_down_on_the_customers_page():
    customer, client = CustomerFactory(), Client()
    client.force_login(UserFactory(staff="support"), backend="core.authentication.EmailOrUsernameBackend")
    url = reverse("admin:commerce_customer_consent", args=[customer.pk])
    sent = {"_form_submitted": "True", "purpose": OFFERS, "how": "On the phone", "version": "2026-05"}
    assert "HX-Redirect" in client.post(url, sent).headers
    page = client.get(reverse("admin:commerce_customer_change", args=[customer.pk])).content.decode()
    assert "Offers by e-mail" in page
    assert "On the phone" in page
    url = reverse("admin:commerce_customer_withdraw", args=[customer.pk])
    assert "HX-Redirect" not in client.post(url, sent | {"purpose": "terms"}).headers
    assert "HX-Redirect" in client.post(url, sent).headers
    assert not consents.agreed(customer, OFFERS)
