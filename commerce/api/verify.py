"""`/api/verify/email/` and `/api/verify/phone/`: buyers prove that an address or a number is theirs, by a code.

Only the caller's own is ever asked about, so an answer says nothing about anybody else.
"""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import verify_schema as schema
from commerce.api.customers import own_profile
from commerce.api.parsing import Body
from commerce.models import Customer
from commerce.services import verification
from commerce.services.order_view import rfc3339
from commerce.services.verification import VERIFIED, Channel
from core.api.throttles import CallerThrottle, WritingThrottle


class VerifyEmailView(APIView):
    """Without a code one is sent; with it the contact is verified."""

    throttle_classes = [CallerThrottle, WritingThrottle]
    channel = Channel.EMAIL

    @extend_schema(**schema.EMAIL)
    def post(self, request: Request) -> Response:
        customer = own_profile(request)
        body = Body(request.data)
        if "code" not in body.data:
            return self._send(customer)
        code = body.text("code", most=20, required=True)
        body.finish()
        return Response(
            self._shown(verification.enter_code(customer=customer, channel=self.channel, code=code))
        )

    def _send(self, customer: Customer) -> Response:
        sent = verification.send_code(customer=customer, channel=self.channel)
        told = {"status": "code_sent", "channel": self.channel.value, "expires_at": rfc3339(sent.expires_at)}
        return Response(told, status=202)

    def _shown(self, customer: Customer) -> dict[str, Any]:
        return {
            "status": "verified",
            "channel": self.channel.value,
            "verified_at": rfc3339(getattr(customer, VERIFIED[self.channel])),
            "account_status": customer.status,
        }


class VerifyPhoneView(VerifyEmailView):
    """The same by text message."""

    channel = Channel.PHONE

    @extend_schema(**schema.PHONE)
    def post(self, request: Request) -> Response:
        return super().post(request)


urlpatterns = [
    path("api/verify/email/", VerifyEmailView.as_view(), name="api-verify-email"),
    path("api/verify/phone/", VerifyPhoneView.as_view(), name="api-verify-phone"),
]
