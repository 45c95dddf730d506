"""What commerce keeps for a time; see `core.retention_settings`."""

from datetime import datetime

from commerce.models import OrderMessage, Payment, VerificationCode, WebhookMessage
from core.retention_settings import forgetters


@forgetters.register("codes")
def forget_codes(before: datetime) -> None:
    VerificationCode.objects.filter(created_at__lt=before).delete()


@forgetters.register("messages")
def forget_messages(before: datetime) -> None:
    """That something was sent, when and by whom stays."""
    sent = OrderMessage.objects.filter(created_at__lt=before).exclude(status=OrderMessage.Status.QUEUED)
    sent.exclude(body="", address="", subject="").update(body="", address="", subject="")


@forgetters.register("payment_replies")
def forget_payment_replies(before: datetime) -> None:
    paid = Payment.objects.exclude(status=Payment.Status.PENDING).filter(created_at__lt=before)
    paid.exclude(payment_gateway_response={}).update(payment_gateway_response={})
    WebhookMessage.objects.filter(received_at__lt=before).exclude(body={}).update(body={})
