"""Settings of the person and of the product, keys, and what every page has."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from commerce.models import ApiKey, Order
from commerce.site_settings import PricingPage
from core import site_settings
from core.branding_settings import BrandingPage
from core.messages.alerts import alert
from core.models import Approval, Message
from tests.commerce.second_person import dialog
from tests.factories import PASSWORD, UserFactory
from tests.factories_orders import make_shop
from tests.factories_parties import ResellerFactory, key_for
from tests.factories_support import picture
from tests.project.screens.desk import Desk, Screen, shows


def _save(desk: Desk, key: str, **values: Any) -> None:
    url = reverse("admin:settings-page", args=[key])
    form = {
        name: value
        for name, value in Screen(desk.get(url)).form.items()
        if name not in ("logo", "remove_logo")
    }
    answer = desk.post(url, {**form, **values})
    assert answer.status_code == 302, Screen(answer).words
    site_settings.forget()


def _waiting(page: str) -> Approval:
    return Approval.objects.get(status=Approval.Status.PENDING, subject_id=page)


@shows("settings: own account")
def own_password(desk: Desk) -> None:
    page = desk.see("admin:password_change")
    new = "quite another long password"
    given = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert set(given) <= set(page.form)
    assert desk.post(reverse("admin:password_change"), given).status_code == 302
    desk.user.refresh_from_db()
    assert desk.user.check_password(new)


@shows("settings: accounts")
def accounts(desk: Desk) -> None:
    colleague = UserFactory(staff="support")
    desk.act(colleague, "set_role", role="finance", reason="New job")
    assert colleague.role == "finance" and colleague.has_perm("commerce.refund_order")


@shows("settings: templates")
def templates(desk: Desk) -> None:
    listed = Screen(desk.get(reverse("admin:message-templates")))
    assert "Order confirmation" in listed.words and "Verification code" in listed.words
    url = reverse("admin:message-template", args=["verification_code"])
    text = "{name}, your code is {code}."
    assert desk.post(f"{url}?channel=sms&language=en", {"body": text, "do": "save"}).status_code == 302
    assert "Sara Ahmadi, your code is 482915." in Screen(desk.get(f"{url}?channel=sms&language=en")).words


@shows("settings: preferences")
def preferences(desk: Desk) -> None:
    url = reverse("admin:inbox-preferences")
    assert "Admin alert" in Screen(desk.get(url)).words
    assert desk.post(url, {"wanted": ["admin_alerts:email"]}).status_code == 302
    alert(what="The disk is full")
    assert not Message.objects.filter(user=desk.user, channel="inbox").exists()
    assert Message.objects.filter(user=desk.user, channel="email", subject="The disk is full").exists()


@shows("settings: pricing")
def pricing(desk: Desk) -> None:
    _save(desk, "pricing", service_fee="1.50", delivery_fee="3.00", tax_percent="10")
    # Fees of every price: a second person looks at them.
    assert "HX-Redirect" in dialog(UserFactory(staff="super_admin"), _waiting("pricing"), "approve")
    values = site_settings.load(PricingPage, fresh=True)
    assert (str(values.service_fee), str(values.delivery_fee)) == ("1.50", "3.00")
    order = make_shop(funds=100).order()
    charged = tuple(str(amount) for amount in (order.price, order.service_fee, order.delivery_fee, order.tax))
    assert charged == ("10.00", "1.50", "0.00", "1.15")
    assert "1.50" in Screen(desk.get(reverse("admin:settings-page", args=["pricing"]))).card("Changes").words


@shows("settings: keys")
def keys(desk: Desk) -> None:
    reseller = ResellerFactory()
    secret = key_for(reseller)
    page = desk.list(ApiKey, reseller__id__exact=reseller.pk)
    key = ApiKey.objects.get(reseller=reseller)
    assert page.keys == {str(key.pk)} and str(key) in page.words
    assert secret not in page.text and secret not in desk.object(key).text


@shows("settings: new key")
def new_key(desk: Desk) -> None:
    reseller = ResellerFactory(funds=10)
    url = reverse("admin:commerce_reseller_issue_key", args=[reseller.pk])
    form = Screen(desk.get(url)).form
    given = {"name": "Shop server", "mode": "live", "scopes": ["read"]}
    answer = desk.post(url, {**form, "_form_submitted": "True", **given})
    secret = Screen(answer).part("dialog-secret").words
    asked = Client().get("/api/wallet/", headers={"authorization": f"Api-Key {secret}"})
    assert asked.status_code == 200 and ApiKey.objects.get(reseller=reseller).name == "Shop server"


@shows("settings: key revoked")
def revoked(desk: Desk) -> None:
    reseller = ResellerFactory()
    secret = key_for(reseller)
    desk.act(ApiKey.objects.get(reseller=reseller), "revoke_key", reason="Leaked")
    assert Client().get("/api/wallet/", headers={"authorization": f"Api-Key {secret}"}).status_code == 401


@shows("settings: logo")
def logo(desk: Desk) -> None:
    _save(desk, "branding", logo=SimpleUploadedFile("logo.png", picture(), "image/png"))
    assert site_settings.load(BrandingPage, fresh=True).logo.startswith("data:image/png;base64,")
    pictures = [one.get("src") for one in desk.see("admin:index").tree.iter("img")]
    assert any((src or "").startswith("data:image/png") for src in pictures)
    _forget(desk)


@shows("settings: theme")
def theme(desk: Desk) -> None:
    _save(desk, "branding", name="Brightline", primary_color="#aa3355")
    page = desk.see("admin:index")
    assert "Brightline" in page.text and "--color-primary-" in page.text
    _forget(desk)


def _forget(desk: Desk) -> None:
    """What a process keeps of a page must not reach the next test."""
    site_settings.forget()


@shows("search everything")
def search(desk: Desk) -> None:
    order = Order.objects.latest("created_at")
    found = Screen(desk.get(reverse("admin:search"), s=order.order_number))
    assert reverse("admin:commerce_order_change", args=[order.pk]) in found.links
    pages = Screen(desk.get(reverse("admin:search"), s="Resell"))
    assert reverse("admin:commerce_reseller_changelist") in pages.links
