"""Resellers, clients, customers, keys and numbers in the admin."""

import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from commerce.models import ApiKey, Client, Customer, PhoneNumber, Reseller
from commerce.services import api_keys, ledger, phone_numbers
from tests.factories import UserFactory
from tests.factories_parties import (
    ClientFactory,
    CustomerFactory,
    MembershipFactory,
    ResellerFactory,
    key_for,
)

pytestmark = pytest.mark.django_db
NEW = {
    "business_name": "Nova",
    "contact_person": "Sara",
    "email": "Office@Nova.example",
    "phone": "(415) 555-2671",
    "country": "us",
    "currency": "USD",
    "commission_rate": "2.50",
}


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(UserFactory(staff=role))
    return browser


def dialog(browser: Browser, model: str, obj: Any, action: str, **data: Any) -> Any:
    url = reverse(f"admin:commerce_{model}_{action}", args=[obj.pk])
    return browser.post(url, {"_form_submitted": "True", **data})


def balance(reseller: Reseller) -> Any:
    return ledger.wallet_for(party=reseller, currency="USD").balance


def test_a_reseller_is_opened_with_its_wallets_and_tidy_details() -> None:
    answer = signed_in("admin").post(reverse("admin:commerce_reseller_add"), NEW)
    assert answer.status_code == 302, answer.context["errors"]
    reseller = Reseller.objects.get()
    assert (reseller.email, reseller.phone, reseller.country) == ("office@nova.example", "+14155552671", "US")
    assert (reseller.status, reseller.accounts.count()) == (Reseller.Status.PENDING, 2)


def test_the_form_says_what_is_wrong_beside_the_field() -> None:
    ResellerFactory(email="office@nova.example")
    answer = signed_in("admin").post(reverse("admin:commerce_reseller_add"), {**NEW, "phone": "12"})
    assert set(answer.context["adminform"].form.errors) == {"phone", "email"}
    answer = signed_in("admin").post(reverse("admin:commerce_reseller_add"), NEW)
    assert set(answer.context["adminform"].form.errors) == {"email"}


def test_changing_details_cannot_touch_money_or_status() -> None:
    reseller = ResellerFactory(funds=5)
    url = reverse("admin:commerce_reseller_change", args=[reseller.pk])
    sent = {**NEW, "status": "closed", "currency": "EUR", "wallet_balance": "900", "balance": "900"}
    assert signed_in("admin").post(f"{url}?edit=1", sent).status_code == 302
    reseller.refresh_from_db()
    assert (reseller.business_name, reseller.status, reseller.currency) == ("Nova", "active", "USD")
    assert balance(reseller) == 5


def test_the_page_shows_wallet_orders_keys_and_history_in_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    reseller = ResellerFactory(funds=1234)
    secret = key_for(reseller)
    ClientFactory(reseller=reseller, name="Ada Lovelace")
    MembershipFactory(reseller=reseller)
    browser = signed_in("super_admin")
    url = reverse("admin:commerce_reseller_change", args=[reseller.pk])
    browser.get(url)
    with django_assert_max_num_queries(22):
        page = browser.get(url).content.decode()
    for text in ("$1,234.00", "Ada Lovelace", secret[:12], "Wallet funded", "API key issued"):
        assert text in page
    assert secret not in page


@pytest.mark.parametrize(
    ("role", "money", "keys"),
    [("finance", True, False), ("moderator", False, False), ("auditor", True, True)],
)
def test_the_page_shows_each_role_what_it_may_see(role: str, money: bool, keys: bool) -> None:
    reseller = ResellerFactory(funds=1234)
    secret = key_for(reseller)
    page = signed_in(role).get(reverse("admin:commerce_reseller_change", args=[reseller.pk])).content.decode()
    assert ("$1,234.00" in page) is money
    assert (secret[:12] in page) is keys


def test_the_list_shows_balances_by_one_join(django_assert_max_num_queries: Any) -> None:
    ResellerFactory.create_batch(5, funds=77)
    browser = signed_in("finance")
    url = reverse("admin:commerce_reseller_changelist")
    browser.get(url)
    with django_assert_max_num_queries(12):
        page = browser.get(url, {"q": "Reseller"}).content.decode()
    assert page.count("$77.00") == 10


def test_money_dialogs_need_the_right_and_a_reason() -> None:
    reseller = ResellerFactory()
    finance = signed_in("finance")
    refused = dialog(finance, "reseller", reseller, "fund", amount="50")
    assert "HX-Redirect" not in refused.headers
    assert balance(reseller) == 0
    funded = dialog(
        finance, "reseller", reseller, "fund", amount="50", reason="Bank", external_reference="B1"
    )
    assert "HX-Redirect" in funded.headers, funded.content.decode()
    twice = dialog(finance, "reseller", reseller, "fund", amount="50", reason="Bank", external_reference="B1")
    assert "HX-Redirect" not in twice.headers
    dialog(finance, "reseller", reseller, "adjust", direction="debit", amount="20", reason="Fee")
    dialog(finance, "reseller", reseller, "set_limit", limit="100", reason="Trusted")
    assert ledger.wallet_for(party=reseller, currency="USD").available == 130
    for role in ("admin", "moderator", "support", "auditor"):
        assert (
            dialog(signed_in(role), "reseller", reseller, "fund", amount="5", reason="x").status_code == 403
        )
    assert balance(reseller) == 30


def test_a_get_of_a_dialog_changes_nothing() -> None:
    reseller = ResellerFactory()
    url = reverse("admin:commerce_reseller_suspend", args=[reseller.pk])
    assert signed_in("admin").get(url, {"_form_submitted": "True", "reason": "x"}).status_code == 200
    reseller.refresh_from_db()
    assert reseller.status == Reseller.Status.ACTIVE


def test_status_dialogs_offer_only_what_is_possible() -> None:
    reseller = ResellerFactory()
    moderator = signed_in("moderator")
    assert dialog(moderator, "reseller", reseller, "activate", reason="x").status_code == 409
    assert "HX-Redirect" in dialog(moderator, "reseller", reseller, "suspend", reason="Fraud").headers
    assert dialog(moderator, "reseller", reseller, "close", reason="x").status_code == 403
    assert "HX-Redirect" in dialog(signed_in("admin"), "reseller", reseller, "close", reason="Left").headers
    reseller.refresh_from_db()
    assert reseller.status == Reseller.Status.CLOSED
    page = (
        signed_in("admin").get(reverse("admin:commerce_reseller_change", args=[reseller.pk])).content.decode()
    )
    assert "edit=1" not in page


def test_a_key_is_shown_once_and_can_be_rotated_and_revoked() -> None:
    reseller, admin = ResellerFactory(), signed_in("admin")
    wishes = {"name": "Shop", "mode": "test", "scopes": ["read", "order"], "allowed_ips": "203.0.113.0/24\n"}
    shown = dialog(admin, "reseller", reseller, "issue_key", **wishes)
    (secret,) = re.findall(r"tl_test_[\w-]{32,}", shown.content.decode())[:1]
    key = ApiKey.objects.get()
    assert (key.name, key.mode, key.allowed_ips) == ("Shop", "test", ["203.0.113.0/24"])
    assert "no-store" in shown.headers["Cache-Control"]
    pages = [
        reverse("admin:commerce_apikey_changelist"),
        reverse("admin:commerce_apikey_change", args=[key.pk]),
    ]
    for url in (*pages, reverse("admin:commerce_reseller_change", args=[reseller.pk])):
        text = admin.get(url).content.decode()
        assert secret not in text
        assert key.digest not in text
    assert "tl_test_" in dialog(admin, "apikey", key, "rotate_key", hours="1").content.decode()
    assert dialog(admin, "apikey", key, "rotate_key", hours="1").status_code == 409
    assert "HX-Redirect" in dialog(admin, "apikey", key, "revoke_key", reason="Leaked").headers
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert (
        dialog(signed_in("auditor"), "apikey", ApiKey.objects.first(), "revoke_key", reason="x").status_code
        == 403
    )


def test_a_bad_key_wish_is_shown_in_the_dialog() -> None:
    answer = dialog(
        signed_in("admin"),
        "reseller",
        ResellerFactory(),
        "issue_key",
        name="x",
        mode="live",
        scopes=["read"],
        allowed_ips="nowhere",
    )
    assert "203.0.113.0/24" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_clients_are_added_changed_and_blocked() -> None:
    reseller, admin = ResellerFactory(), signed_in("admin")
    sent = {
        "reseller": reseller.pk,
        "name": "Ada",
        "email": "ADA@x.example",
        "phone": "4155552671",
        "monthly_limit": "5",
    }
    assert admin.post(reverse("admin:commerce_client_add"), sent).status_code == 302
    client = Client.objects.get()
    assert (client.email, client.phone) == ("ada@x.example", "+14155552671")
    url = reverse("admin:commerce_client_change", args=[client.pk])
    assert admin.post(url, {**sent, "name": "Grace", "status": "suspended"}).status_code == 302
    assert "HX-Redirect" in dialog(signed_in("moderator"), "client", client, "block", reason="Unpaid").headers
    assert dialog(signed_in("support"), "client", client, "unblock", reason="x").status_code == 403
    client.refresh_from_db()
    assert (client.name, client.status) == ("Grace", Client.Status.SUSPENDED)


def test_a_customers_identity_is_masked_and_kept_by_an_empty_answer() -> None:
    customer = CustomerFactory(
        date_of_birth="1999-04-12", id_document_number="P1234567890", phone="+2348031234567"
    )
    admin, url = signed_in("admin"), reverse("admin:commerce_customer_change", args=[customer.pk])
    for address in (url, f"{url}?edit=1"):
        page = admin.get(address).content.decode()
        assert "1999-04-12" not in page
        assert "P1234567890" not in page
        assert "7890" in page
    sent = {"full_name": "New name", "email": customer.email, "phone": customer.phone, "country": "NG"}
    assert admin.post(url, sent).status_code == 302
    customer.refresh_from_db()
    assert (customer.full_name, customer.id_document_number) == ("New name", "P1234567890")
    assert (customer.date_of_birth, customer.phone) == ("1999-04-12", "+2348031234567")
    history = admin.get(reverse("admin:commerce_customer_history", args=[customer.pk])).content.decode()
    assert "1999-04-12" not in history
    assert (
        "HX-Redirect" in dialog(signed_in("moderator"), "customer", customer, "block", reason="Fraud").headers
    )
    customer.refresh_from_db()
    assert customer.status == Customer.Status.BLOCKED


def test_numbers_and_memberships_have_pages() -> None:
    reseller = ResellerFactory()
    saved = phone_numbers.save_number(owner=reseller, number="+14155552671", label="Mum")
    member = MembershipFactory(reseller=reseller)
    admin = signed_in("admin")
    for model, obj in (("phonenumber", saved), ("membership", member)):
        assert admin.get(reverse(f"admin:commerce_{model}_changelist")).status_code == 200
        assert admin.get(reverse(f"admin:commerce_{model}_change", args=[obj.pk])).status_code == 200
    assert (
        admin.post(reverse("admin:commerce_phonenumber_delete", args=[saved.pk]), {"post": "yes"}).status_code
        == 302
    )
    assert not PhoneNumber.objects.exists()
    staff = UserFactory(staff="support")
    sent = {"reseller": reseller.pk, "user": staff.pk, "role": "owner"}
    assert admin.post(reverse("admin:commerce_membership_add"), sent).status_code == 200


def test_nothing_of_a_party_can_be_erased() -> None:
    owner = signed_in("super_admin")
    key, _secret = api_keys.issue(reseller=ResellerFactory(), name="x")
    for model, obj in (
        ("reseller", key.reseller), ("client", ClientFactory()), ("customer", CustomerFactory()), ("apikey", key)
    ):  # fmt: skip
        assert (
            owner.post(reverse(f"admin:commerce_{model}_delete", args=[obj.pk]), {"post": "yes"}).status_code
            == 403
        )


def test_the_palette_finds_parties() -> None:
    ResellerFactory(business_name="Zephyr Mobile")
    found = signed_in("support").get(reverse("admin:search"), {"s": "zeph"}).content.decode()
    assert "Zephyr Mobile" in found
