"""A customer's data as a file, for those who ask what is kept of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from commerce.models import Customer
from commerce.services import privacy
from core.backoffice import pages


@pages.page("customers/<str:object_id>/data/", name="customer-data", permission="commerce.take_customer_data")
def customer_data(request: HttpRequest, object_id: str) -> HttpResponse:
    """Changes nothing, and is written down."""
    if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 18):
        raise Http404
    customer = get_object_or_404(Customer.objects.select_related("user"), pk=int(object_id), erased_at=None)
    day = timezone.localdate()
    return HttpResponse(
        privacy.data_of(customer=customer),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="customer-{customer.pk}-{day:%Y-%m-%d}.zip"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
