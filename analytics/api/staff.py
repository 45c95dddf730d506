"""Who may ask for the company's figures: staff with the right, signed in as a person."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.api.authentication import buyer_of
from commerce.api.parties import require_permission
from core.exceptions import NotAllowed

SEE_COST = "commerce.see_cost"


def require_staff(request: Request, permission: str) -> None:
    """Raises NotAllowed `permission_denied` for keys, parties, and staff without the permission."""
    if not request.user.is_staff or buyer_of(request) is not None:
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))
    require_permission(request, permission)
