"""`manage.py quickstart`: one command, and the printed curl's order is delivered."""

import json
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.conf import settings

from project.processes import wait_until
from tests.product import Product

ROLES = {"owner", "admin", "moderator", "finance", "support", "auditor"}


def ask(product: Product, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
    """As the demo's reseller."""
    request = urllib.request.Request(
        product.base + path,
        data=None if body is None else body.encode(),
        headers={
            "Authorization": f"Api-Key {product.access['reseller']['api_key']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status, json.load(response)


@pytest.mark.worker
def test_one_command_starts_everything_and_ctrl_c_stops_it(product: Product) -> None:
    access = product.access
    assert stat.S_IMODE((product.folder / "demo.json").stat().st_mode) == 0o600
    assert set(access["users"]) == ROLES
    assert set(access["reseller"]) == {"username", "password", "seller_id", "api_key", "test_api_key"}
    assert access["payment_webhook_secret"].startswith("whsec_")
    assert access["base_url"] == product.base
    for user in access["users"].values():
        assert f"{user['username']} / {user['password']}" in product.output

    body = (
        next(line for line in product.output.splitlines() if "-d '" in line).partition("-d '")[2].rstrip("'")
    )
    status, answer = ask(product, "/api/topup/", body)
    assert status == 201
    assert answer["message"] == "Top-up order created successfully."
    order = f"/api/orders/{answer['transaction_id']}/"
    delivered = wait_until(lambda: ask(product, order)[1]["status"] == "fulfilled", seconds=20, every=0.2)
    assert delivered, product.output

    second = subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--port", str(product.port)],
        cwd=settings.BASE_DIR,
        env=product.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "Choose another --port" in second.stderr
    assert "Traceback" not in second.stderr

    # Ctrl-C reaches us from the terminal and once more from whoever started us.
    product.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(30) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{product.base}/health/", timeout=2)


def test_production_is_not_for_trying_out(process_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "quickstart"],
        cwd=settings.BASE_DIR,
        env=process_environment | {"DJANGO_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "does not run in production" in done.stderr
