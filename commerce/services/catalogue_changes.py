"""Writing the catalogue and its prices from files: many rows at once, each with its history."""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from commerce.models import Brand, NumberPrefix
from core.exceptions import InvalidInput
from core.history import current_reason, origin_columns

BATCH = 500


@transaction.atomic
def save_many[Row: models.Model](
    model: type[Row], *, added: Sequence[Row], changed: Sequence[tuple[Row, list[str]]]
) -> None:
    """Add and change checked rows with as few statements as possible; history tells who and why.

    Raises:
        IntegrityError: one of them clashes; none is written.
    """
    reason, user = current_reason() or ("", None)
    noted: dict[str, Any] = {
        "default_user": user,
        "default_change_reason": reason,
        "batch_size": BATCH,
        "custom_historical_attrs": origin_columns(),
    }
    if added:
        bulk_create_with_history(list(added), model, **noted)
    if not changed:
        return
    fields = sorted({name for _row, names in changed for name in names})
    if any(field.name == "updated_at" for field in model._meta.fields):
        now = timezone.now()
        for row, _names in changed:
            row.updated_at = now  # type: ignore[attr-defined]
        fields.append("updated_at")
    bulk_update_with_history([row for row, _names in changed], model, fields, **noted)


@transaction.atomic
def set_prefixes(*, brand: Brand, prefixes: Sequence[str]) -> None:
    """The digits by which the brand's numbers are recognised are these and no others.

    Raises:
        InvalidInput: a prefix is another brand's.
    """
    wanted = set(prefixes)
    taken = (
        NumberPrefix.objects.filter(prefix__in=wanted).exclude(brand=brand).select_related("brand").first()
    )
    if taken is not None:
        raise prefix_taken(taken)
    held = set(brand.number_prefixes.values_list("prefix", flat=True))
    brand.number_prefixes.filter(prefix__in=held - wanted).delete()
    NumberPrefix.objects.bulk_create(
        [NumberPrefix(brand=brand, prefix=prefix) for prefix in sorted(wanted - held)]
    )


def prefix_taken(taken: NumberPrefix) -> InvalidInput:
    from django.utils.translation import gettext as _

    text = _("The prefix %(prefix)s belongs to “%(brand)s”.") % {"prefix": taken.prefix, "brand": taken.brand}
    return InvalidInput("duplicate", text, field="number_prefixes")
