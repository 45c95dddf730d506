"""Serializer fields that take exactly what they say: REST framework's own accept numbers as text and `1e2` as
money.
"""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.exceptions import InvalidInput
from core.money import parse_amount


class StrictCharField(serializers.CharField):
    """Text; a number or a truth value is refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


@extend_schema_field(
    {"type": "string", "format": "decimal", "pattern": r"^\d{1,10}(\.\d{1,2})?$", "example": "10.50"}
)
class AmountField(serializers.Field[Decimal, Any, str, Any]):
    """An amount above zero in a currency, as a decimal string (a JSON number is taken too)."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return parse_amount(data, currency=self.currency, field=self.field_name or "amount")
        except InvalidInput as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"
