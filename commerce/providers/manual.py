"""Delivered by staff: the order waits in the admin until a person says what became of it."""

from django.utils.translation import gettext_lazy as _

from commerce.providers.base import Adapter, Call, Outcome, Result, providers


@providers.register("manual")
class ManualAdapter(Adapter):
    """Nothing is sent anywhere. Shipped products go this way; their delivery's steps decide them."""

    title = _("By hand")
    by_hand = True

    def submit(self, call: Call) -> Result:
        return Result(Outcome.PENDING)

    def status(self, call: Call) -> Result:
        return Result(Outcome.PENDING)
