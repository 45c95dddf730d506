"""The same request ten thousand times, and a gateway that tells everything three times in any order."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import local
from typing import Any
from uuid import UUID

from django.conf import settings
from standardwebhooks.webhooks import Webhook

from commerce.models import Order, Payment, Transfer
from commerce.services.buyers import buyer_by_customer
from commerce.services.catalogue_reading import read_version
from commerce.services.order_rows import OrderRequest
from commerce.services.orders import place_order
from core.actors import SYSTEM
from core.ids import uuid7, webhook_secret
from tests.bench.buyers import Link
from tests.factories_parties import CustomerFactory

AT_ONCE = 64
SENDERS = 16


def identical(port: int, key: str, product: int, times: int) -> dict[str, Any]:
    """One request, `times` times, sixty-four at a time."""
    body = {"product": product, "recipient": {"player_id": "7070000"}}
    before = Order.objects.count()
    mine = local()

    def send(_number: int) -> tuple[str, str]:
        if not hasattr(mine, "link"):
            mine.link = Link(port)
        status, answer = mine.link.post(
            "/api/orders/", body, key, **{"Idempotency-Key": "ten-thousand-times"}
        )
        return status, json.dumps(answer, sort_keys=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(send, range(times)))
    statuses: Counter[str] = Counter()
    for (status, _answer), count in answers.items():
        statuses[status] += count
    return {
        "requests": times,
        "statuses": dict(statuses),
        "answers": len(answers),
        "orders": Order.objects.count() - before,
    }


def webhooks(port: int, product: int, payments: int) -> dict[str, Any]:
    """Each payment told three times, shuffled; a tenth contradicted, a tenth of all forged."""
    rng = random.Random(5)
    ours, theirs = settings.PAYMENT_WEBHOOK_SECRETS[0], webhook_secret()
    ids = _unpaid(product, payments)
    calls = [(str(pk), "success", f"msg_{pk}", ours) for pk in ids for _ in range(3)]
    calls += [(str(pk), "failed", f"not_{pk}", ours) for pk in rng.sample(ids, payments // 10)]
    forged = [
        (str(pk), rng.choice(("success", "failed")), f"forged_{uuid7()}", theirs)
        for pk in rng.choices(ids, k=len(calls) // 9)
    ]
    calls += forged
    rng.shuffle(calls)
    mine = local()

    def send(call: tuple[str, str, str, str]) -> tuple[bool, str]:
        identity, status, message, secret = call
        if not hasattr(mine, "link"):
            mine.link = Link(port)
        raw, now = json.dumps({"transaction_id": identity, "status": status}), datetime.now(UTC)
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(message, now, raw),
        }
        return secret is theirs, mine.link.send("/api/payment/webhook/", raw.encode(), headers)[0]

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = Counter(pool.map(send, calls))
    return {
        "messages": len(calls),
        "forged": len(forged),
        "statuses": {
            status: count for (is_forged, status), count in sorted(answers.items()) if not is_forged
        },
        "statuses_of_forged": {
            status: count for (is_forged, status), count in sorted(answers.items()) if is_forged
        },
        "wrong": _wrong(ids),
    }


def _unpaid(product: int, many: int) -> list[UUID]:
    customer = CustomerFactory(full_name="Storm")
    ids = []
    for number in range(many):
        buyer = buyer_by_customer(customer, actor=SYSTEM, currency="USD", catalogue_version=read_version())
        answer = place_order(
            buyer=buyer,
            request=OrderRequest(product_id=product, recipient={"player_id": f"60{number:05}000"}),
            present=lambda row: {"order_number": row["order_number"], "id": str(row["id"])},
        )
        ids.append(Payment.objects.get(order_id=answer.order_id).pk)
    return ids


def _wrong(ids: list[UUID]) -> int:
    """Payments whose money moved other than once where they were paid, or at all where they failed."""
    wrong = 0
    for payment in Payment.objects.filter(pk__in=ids):
        moved = Transfer.objects.filter(payment=payment).count()
        wrong += moved != {"completed": 1, "failed": 0}.get(payment.status, -1)
    return wrong
