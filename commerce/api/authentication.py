"""Who calls: a reseller's server by its key, or a person by a token; and the party they buy for."""

from contextlib import suppress
from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from simple_history.models import HistoricalRecords

from commerce.models import CatalogueVersion, Customer, Membership
from commerce.services.buyers import Buyer, buyer_by_customer, buyer_by_reseller
from commerce.services.held_buyers import held_buyer, read_buyer
from core.actors import actor_for_user, forget_actor, set_actor
from core.api_settings import api_rules
from core.exceptions import NotAllowed
from core.request_context import client_ip

KEYWORD = b"api-key"
MAX_KEY_LENGTH = 200


class KeyHolder:
    """The user of a request made with a key: signed in, but nobody's account and with no staff rights."""

    is_authenticated = True
    is_anonymous = False
    is_staff = False
    is_superuser = False
    is_active = True
    pk = None
    id = None

    def __init__(self, buyer: Buyer) -> None:
        self.buyer = buyer

    def __str__(self) -> str:
        return self.buyer.actor.label

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_perms(self, perms: Any, obj: object = None) -> bool:
        return False


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key tl_live_…`: one query gives the key, its reseller, wallets and the catalogue's number.

    A view that `confirms_buyers` gets one for a POST whom this process holds, without a query.
    """

    def authenticate(self, request: Request) -> tuple[KeyHolder, Buyer] | None:
        key = _key(request)
        if key is None:
            return None
        view = (request.parser_context or {}).get("view")
        may_be_held = request.method == "POST" and getattr(view, "confirms_buyers", False)
        buyer = held_buyer(key, address=client_ip()) if may_be_held else None
        return _signed_in(buyer or read_buyer(key, address=client_ip()))

    def authenticate_header(self, request: Request) -> str:
        return 'Api-Key realm="api"'


def _key(request: Request) -> str | None:
    """What the header has for a key; None where it is no header of ours. Raises AuthenticationFailed."""
    parts = get_authorization_header(request).split()
    if not parts or parts[0].lower() != KEYWORD:
        return None
    if len(parts) != 2 or len(parts[1]) > MAX_KEY_LENGTH:
        raise AuthenticationFailed(
            _("Send the header as “Authorization: Api-Key <key>”."), code="invalid_api_key"
        )
    return parts[1].decode("ascii", "replace")


def _signed_in(buyer: Buyer | None) -> tuple[KeyHolder, Buyer]:
    if buyer is None:
        raise AuthenticationFailed(
            _("This API key is not valid, or not from this address."), code="invalid_api_key"
        )
    if buyer.is_test and not api_rules().sandbox:
        raise AuthenticationFailed(_("Test keys do not work for now."), code="sandbox_closed")
    set_actor(buyer.actor)
    _name_no_user_in_history()
    return KeyHolder(buyer), buyer


def confirmed_buyer(request: Request) -> Buyer:
    """The caller who was held in memory, read now. Raises AuthenticationFailed where the key is valid no more."""
    forget_actor()
    holder, buyer = _signed_in(read_buyer(_key(request) or "", address=client_ip()))
    request.user, request.auth = cast(Any, holder), buyer
    return buyer


def _name_no_user_in_history() -> None:
    """A key is nobody's account, so simple-history must not take its holder for a user; events name the key."""
    with suppress(AttributeError):
        del HistoricalRecords.context.request


class SignedIn(IsAuthenticated):
    """Signed in; and where only something is read, with a key that may read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        if isinstance(request.auth, Buyer) and request.method in SAFE_METHODS:
            request.auth.require_reading()
        return True


def buyer_of(request: Request) -> Buyer | None:
    """The party this caller buys for; None for staff and for users without one. Read once a request."""
    if isinstance(request.auth, Buyer):
        return request.auth
    kept = request.__dict__
    if "_buyer" not in kept:
        kept["_buyer"] = _buyer_of_user(request)
    return kept["_buyer"]  # type: ignore[no-any-return]


def require_buyer(request: Request) -> Buyer:
    """The party this caller buys for.

    Raises:
        NotAllowed: `no_party`.
    """
    buyer = buyer_of(request)
    if buyer is None:
        raise NotAllowed(
            "no_party", _("Your account belongs to no reseller and no customer, so it cannot buy.")
        )
    return buyer


def _buyer_of_user(request: Request) -> Buyer | None:
    user = request.user
    if not user.is_authenticated:
        return None
    actor = actor_for_user(user)
    membership = Membership.objects.filter(user=user).first()
    if membership:
        actor = type(actor)("reseller", actor.id, actor.label)
        viewer = membership.role == Membership.Role.VIEWER
        return buyer_by_reseller(membership.reseller_id, actor=actor, user=user, reading=viewer)
    customer = Customer.objects.filter(user=user).first()
    if customer is None:
        return None
    version = CatalogueVersion.objects.values_list("version", flat=True).first() or 0
    actor = type(actor)("customer", str(customer.pk), customer.full_name)
    return buyer_by_customer(
        customer, actor=actor, currency=settings.BASE_CURRENCY, catalogue_version=version
    )
