"""`POST /api/payment/webhook/`: what a gateway tells us, believed only with its signature (Standard
Webhooks).
"""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from standardwebhooks.webhooks import Webhook

from commerce.api.parsing import Body
from commerce.api.schema_parts import answers, example
from commerce.services.payments import STATUSES, handle_webhook
from core.api_settings import api_rules
from core.exceptions import DomainError, InvalidInput

log = logging.getLogger(__name__)

MAX_HEADER = 1000
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
DONE = {"message": "Transaction and order status updated."}


class Unsigned(DomainError):
    """No signature of ours fits; an API key or a session would not do either."""

    status = 401
    auth_header = "Signature"


class WebhookView(APIView):
    """A payment's outcome: `success` pays its order and starts delivery, `failed` cancels it."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    # A gateway that catches up after an outage sends in bursts; what it is refused it would only send again.
    throttle_classes: list[Any] = []

    @extend_schema(
        operation_id="payment_webhook",
        auth=[],
        parameters=[
            OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)
            for name in HEADERS
        ],
        request=inline_serializer(
            "PaymentWebhook",
            {"transaction_id": serializers.UUIDField(), "status": serializers.ChoiceField(STATUSES)},
        ),
        responses=answers(
            {
                200: example(
                    inline_serializer("PaymentWebhookDone", {"message": serializers.CharField()}), DONE
                )
            },
            400,
            401,
            404,
            409,
            signed_in=False,
        ),
    )
    def post(self, request: Request) -> Response:
        raw = read_limited(request._request)
        message_id = verified(raw, request)
        body = Body(request.data)
        transaction_id = body.uuid("transaction_id")
        status = body.text("status", most=20, required=True)
        body.finish()
        if transaction_id is None:
            raise InvalidInput("required", _("This field is required."), field="transaction_id")
        handle_webhook(message_id=message_id, transaction_id=transaction_id, status=status)
        return Response(DONE)


def read_limited(request: HttpRequest) -> bytes:
    """The body as it was signed.

    Raises:
        DomainError: 413 above what the API settings allow.
    """
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdigit() or int(declared[:12]) > api_rules().webhook_kilobytes * 1024:
        raise too_large()
    try:
        return request.body
    except RequestDataTooBig as error:
        raise too_large() from error


def too_large() -> DomainError:
    text = _("The body is too large: at most %(most)d KB.") % {"most": api_rules().webhook_kilobytes}
    return DomainError("body_too_large", text, status=413)


def verified(raw: bytes, request: Request) -> str:
    """The id of a message signed within the last five minutes with a secret of ours: PAYMENT_WEBHOOK_SECRETS or those
    of the API settings.

    Raises:
        Unsigned: otherwise, whatever the library made of the headers.
    """
    headers = {name: request.headers.get(name, "") for name in HEADERS}
    if all(0 < len(value) <= MAX_HEADER for value in headers.values()):
        for secret in _secrets():
            if _signed_with(secret, raw, headers):
                return headers["webhook-id"][:200]
    raise Unsigned("invalid_signature", _("The signature of this message is missing, wrong or too old."))


def _secrets() -> list[str]:
    try:
        kept = api_rules().payment_webhook_secret.reveal().split(",")
    except ValueError:
        log.error("the secret of payment webhooks was encrypted with a key that is gone: set it again")
        kept = []
    return [*settings.PAYMENT_WEBHOOK_SECRETS, *filter(None, (one.strip() for one in kept))]


def _signed_with(secret: str, raw: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(raw, headers, json_parse=False)
    except Exception:  # hostile headers and bytes make the library raise what it likes
        return False
    return True


urlpatterns = [path("api/payment/webhook/", WebhookView.as_view(), name="api-payment-webhook")]
