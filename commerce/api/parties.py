"""Who may see and change which party, in one place for all paths."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.api.authentication import buyer_of
from commerce.models import Membership, Reseller
from commerce.models.resellers import ResellerQuerySet
from commerce.services.buyers import Buyer, buyer_by_reseller
from core.actors import current_actor
from core.exceptions import NotAllowed, NotFound
from core.models import User


def visible_resellers(request: Request) -> ResellerQuerySet:
    """Itself for a reseller, all for staff who may see resellers, none for anybody else."""
    buyer = buyer_of(request)
    if buyer is not None:
        return Reseller.objects.filter(pk=buyer.reseller_id or 0)
    return (
        Reseller.objects.all() if request.user.has_perm("commerce.view_reseller") else Reseller.objects.none()
    )


def is_test(request: Request) -> bool:
    """Whether the caller sees the test mode's money and orders: a test key does."""
    buyer = buyer_of(request)
    return buyer is not None and buyer.is_test


def sees_money(request: Request) -> bool:
    """A party sees its own wallet; staff need the right to see wallets."""
    return buyer_of(request) is not None or request.user.has_perm("commerce.view_account")


def require_money(request: Request) -> None:
    """Raises NotAllowed `permission_denied` for staff without the right to see wallets."""
    if not sees_money(request):
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))


def require_permission(request: Request, permission: str) -> None:
    """Raises NotAllowed `permission_denied`."""
    if not request.user.has_perm(permission):
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))


def staff_user(request: Request) -> User:
    """Who is signed in, where a permission was just checked: only users have any.

    Raises:
        NotAllowed: `permission_denied`.
    """
    if not isinstance(request.user, User):
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))
    return request.user


def may_change(request: Request, reseller: Reseller, permission: str = "commerce.change_reseller") -> None:
    """Staff with the permission, or an owner of the reseller, signed in as a person.

    Raises:
        NotAllowed: `permission_denied`.
    """
    if request.user.has_perm(permission):
        return
    owners = Membership.objects.filter(reseller=reseller, role=Membership.Role.OWNER)
    if request.user.pk is None or not owners.filter(user_id=request.user.pk).exists():
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))


def seller_buyer(request: Request, reseller: Reseller, permission: str) -> Buyer:
    """The reseller as a buyer: the caller itself, or staff with the permission on its behalf.

    Raises:
        NotAllowed: `permission_denied`. NotFound: where it went meanwhile.
    """
    buyer = buyer_of(request)
    if buyer is not None:
        return buyer
    require_permission(request, permission)
    buyer = buyer_by_reseller(reseller.pk, actor=current_actor(), user=staff_user(request))
    if buyer is None:
        raise NotFound("not_found", _("There is no such seller."))
    return buyer
