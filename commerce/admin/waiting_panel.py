"""What waits for a second person, on the page of the reseller it concerns."""

from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Account, Reseller
from core.admin.approvals import amount_of, title_of
from core.backoffice.panels import Panel, panels
from core.backoffice.parts import Column, Table
from core.models import Approval

SHOWN = 5


@panels.register("reseller-waiting")
class WaitingForSomebody(Panel):
    """Nothing at all is drawn where nothing waits."""

    model = "commerce.reseller"
    title = gettext_lazy("Waits for a second person")
    permission = "core.view_approval"
    position = 5
    template = "admin/core/approval/panel.html"

    def get_context(self, request: HttpRequest, obj: Reseller) -> dict[str, Any]:
        wallets = Account.objects.filter(reseller=obj).annotate(text=Cast("pk", CharField()))
        its = Q(subject_kind=Reseller._meta.label_lower, subject_id=str(obj.pk))
        its |= Q(subject_kind=Account._meta.label_lower, subject_id__in=wallets.values("text"))
        waiting = Approval.objects.filter(its, status=Approval.Status.PENDING).select_related("requested_by")
        table = Table(
            _("Number"), _("What"), Column(_("Amount"), money=True), Column(_("Asked by"), wide=True)
        )
        for one in waiting[:SHOWN]:
            link = reverse("admin:core_approval_change", args=[one.pk])
            table.add(f"A{one.pk}", title_of(one), amount_of(one), one.requested_by, link=link)
        return {"table": table}
