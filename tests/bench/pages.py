"""What has to stay fast when there is a lot: the proof of the ledger and the order lists of the admin."""

import argparse
import io
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.admin import site
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.services.period import last_days
from commerce.models import Order
from commerce.services.proof import prove
from core.models import User

TIMES = 5
LIST = "/admin/commerce/order/"


def ledger(options: argparse.Namespace) -> dict[str, float]:
    seed(options.orders)
    started = time.perf_counter()
    proof = prove()
    assert proof.right, [check.name for check in proof.checks if check.count]
    slowest = {f"check_{check.name}_s": check.seconds for check in proof.checks if check.seconds > 0.5}
    return {
        "check_ledger_s": time.perf_counter() - started,
        "check_ledger_orders": Order.objects.count(),
        **slowest,
    }


def admin(options: argparse.Namespace) -> dict[str, float]:
    """Server time of a whole page in milliseconds, and its number of queries."""
    seed(options.orders)
    settings.ALLOWED_HOSTS = ["*"]
    owner, _ = User.objects.get_or_create(
        username="bench", defaults={"email": "bench@example.com", "is_staff": True, "is_superuser": True}
    )
    http = Client()
    http.force_login(owner)
    order = Order.objects.order_by("-created_at")[1000]
    pages = {
        "open": LIST,
        "by_status": f"{LIST}?status__exact=failed",
        "unknown": f"{LIST}?status__exact=unknown",
        "by_number": f"{LIST}?q={order.order_number}",
        "by_recipient": f"{LIST}?q={order.recipient_key}".replace("+", "%2B"),
        "deep": f"{LIST}?p=100",
        "order": f"{LIST}{order.pk}/change/",
        "index": "/admin/",
    }
    figures: dict[str, float] = {"admin_orders": Order.objects.count()}
    for name, url in pages.items():
        http.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert http.get(url).status_code == 200, url
        figures[f"admin_{name}_queries"] = len(queries)
        figures[f"admin_{name}_ms"] = _milliseconds(lambda url=url: http.get(url))
    return figures | _every_page(http) | _palette(http, order) | _dashboard(http)


def _every_page(http: Client) -> dict[str, float]:
    """Each registered list, its newest object and that object's history: every figure, and the worst of each kind."""
    figures: dict[str, float] = {}
    for model in sorted(site._registry, key=lambda model: model._meta.label_lower):
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages = {"list": reverse(f"admin:{name}_changelist")}
        if (newest := model._default_manager.order_by("-pk").first()) is not None:
            pages["page"] = reverse(f"admin:{name}_change", args=[newest.pk])
            pages["history"] = reverse(f"admin:{name}_history", args=[newest.pk])
        for kind, url in pages.items():
            if http.get(url).status_code != 200:
                continue
            with CaptureQueriesContext(connection) as queries:
                http.get(url)
            # Read before the next request empties the log.
            figures[f"{kind}_{name}_queries"] = len(queries)
            figures[f"{kind}_{name}_ms"] = _milliseconds(lambda url=url: http.get(url))
    for kind in ("list", "page", "history"):
        for unit in ("ms", "queries"):
            of_kind = [v for k, v in figures.items() if k.startswith(f"{kind}_") and k.endswith(f"_{unit}")]
            figures[f"worst_{kind}_{unit}"] = max(of_kind)
    return figures


def _palette(http: Client, order: Order) -> dict[str, float]:
    """The command palette asked for what people type: a number, a phone, a name."""
    terms = {
        "number": order.order_number,
        "recipient": order.recipient_key,
        "name": "mobile",
        "nothing": "zzzzzz",
    }
    url = reverse("admin:search")
    return {
        f"palette_{kind}_ms": _milliseconds(lambda term=term: http.get(url, {"s": term}))
        for kind, term in terms.items()
    }


def _dashboard(http: Client) -> dict[str, float]:
    """The first page and its JSON where nothing is kept, and how long all its days take to be computed."""

    def cold(url: str) -> None:
        cache.clear()
        assert http.get(url).status_code == 200, url

    started = time.perf_counter()
    call_command("rebuild_rollups", verbosity=0, stdout=io.StringIO())
    return {
        "rebuild_rollups_s": time.perf_counter() - started,
        "index_ms": _milliseconds(lambda: cold("/admin/")),
        "index_7_days_ms": _milliseconds(lambda: cold(f"/admin/?start_date={last_days(7).first}")),
        "dashboard_api_ms": _milliseconds(lambda: cold("/api/dashboard/")),
        "analytics_overview_ms": _milliseconds(lambda: cold("/api/analytics/dashboard/overview/")),
    }


def _milliseconds(step: Callable[[], Any]) -> float:
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def seed(orders: int) -> None:
    """The demo business in the bench's database, unless it is there."""
    if Order.objects.exclude(category_code="bench").exists():
        return
    call_command("seed_demo", orders=orders, resellers=max(25, orders // 50), verbosity=0)
