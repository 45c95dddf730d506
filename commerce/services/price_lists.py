"""Price lists: exactly one is the default."""

from django.db import transaction

from commerce.models import PriceList


@transaction.atomic
def save_price_list(price_list: PriceList) -> PriceList:
    """Save a list; where it is the default now, the one that was no longer is. History tells both."""
    if price_list.is_default:
        others = PriceList.objects.select_for_update().filter(is_default=True).exclude(pk=price_list.pk)
        for other in others:
            other.is_default = False
            other.save()
    price_list.save()
    return price_list
