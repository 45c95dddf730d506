"""What commerce watches: orders on their way."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Order
from core.backoffice.health import DANGER, WARNING, Health, HealthCheck, fine, health_checks
from core.backoffice.parts import Fact

MOST_COUNTED = 10_000
STUCK_AFTER = timedelta(minutes=15)
WAITS_TOO_LONG = timedelta(minutes=2)


@health_checks.register("orders")
class OrdersInFlight(HealthCheck):
    title, icon, position = gettext_lazy("Orders on their way"), "local_shipping", 100
    link = ("admin:commerce_order_changelist", "commerce.view_order")

    def run(self) -> Health:
        now = timezone.now()
        flying = _count(status="processing")
        stuck = _count(status="processing", created_at__lt=now - STUCK_AFTER)
        unknown = _count(status="unknown")
        late = _count(status="created", payment_status="held", created_at__lt=now - WAITS_TOO_LONG)
        facts = [
            Fact(_("With providers"), flying),
            Fact(_("Longer than a quarter of an hour"), stuck),
            Fact(_("Paid and not begun"), late),
            Fact(_("Of unknown outcome"), unknown),
        ]
        if late:
            return Health(DANGER, _("Waiting"), facts, _("Paid orders are not begun: look at the workers."))
        if stuck or unknown:
            return Health(WARNING, _("Some are stuck"), facts, _("Look at the desk of unknown outcomes."))
        return fine(*facts)


def _count(**wanted: object) -> str | int:
    number = len(Order.objects.filter(**wanted).order_by().values_list("pk")[: MOST_COUNTED + 1])
    return number if number <= MOST_COUNTED else f"{MOST_COUNTED:,}+"
