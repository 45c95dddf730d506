"""What all staff see while the API is closed, and on the first page while brands are out of service."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.operations_settings import OperationsPage, closed_words, operations, outage_words
from core.api_settings import api_rules
from core.backoffice.banners import Banner, banners


@banners.register("operations")
def of_operations(request: HttpRequest) -> Iterator[Banner]:
    rules = operations()
    link = ""
    if request.user.has_perm(OperationsPage.permission):
        link = reverse("admin:settings-page", args=[OperationsPage.key])
    if rules.maintenance:
        yield Banner(closed_words(), "danger", "engineering", link, _("Operations"))
    if not api_rules().api_open:
        yield Banner(_("The API is closed."), "danger", "api")
    down = rules.in_force() if request.path == reverse("admin:index") else []
    if down and request.user.has_perm("commerce.view_brand"):
        told = "; ".join(outage_words(one) for one in down)
        text = _("Out of service: %(brands)s") % {"brands": told}
        yield Banner(text, "warning", "do_not_disturb_on", link, _("Operations"))
