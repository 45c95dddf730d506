"""`manage.py quickstart`: one command, and the printed curl's order is delivered."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from commerce.models import Order
from project.processes import wait_until

ROLES = {"owner", "admin", "moderator", "finance", "support", "auditor"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """A running quickstart with a folder of its own, on the test's database."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        command = [sys.executable, "manage.py", "quickstart", "--port", str(self.port), "--orders", "60"]
        self.environment = environment | {"VAR_DIR": str(folder)}
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    @property
    def access(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "demo.json").read_text()))

    def post(self, path: str, body: str, key: str) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            f"http://localhost:{self.port}{path}",
            data=body.encode(),
            headers={"Authorization": f"Api-Key {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)


@pytest.fixture
def product(tmp_path: Path, process_environment: dict[str, str]) -> Iterator[Product]:
    started = Product(tmp_path, process_environment)
    ready = wait_until(
        lambda: "Ctrl-C stops it" in started.output or started.process.poll() is not None, seconds=180
    )
    assert ready, started.output
    assert started.process.poll() is None, started.output
    yield started
    started.process.kill()
    started.process.wait()


@pytest.mark.worker
def test_one_command_starts_everything_and_ctrl_c_stops_it(product: Product) -> None:
    access = product.access
    assert stat.S_IMODE((product.folder / "demo.json").stat().st_mode) == 0o600
    assert set(access["users"]) == ROLES
    assert set(access["reseller"]) == {"username", "password", "seller_id", "api_key", "test_api_key"}
    assert access["payment_webhook_secret"].startswith("whsec_")
    assert access["base_url"] == f"http://localhost:{product.port}"
    for user in access["users"].values():
        assert f"{user['username']} / {user['password']}" in product.output

    body = (
        next(line for line in product.output.splitlines() if "-d '" in line).partition("-d '")[2].rstrip("'")
    )
    status, answer = product.post("/api/topup/", body, access["reseller"]["api_key"])
    assert status == 201
    assert answer["message"] == "Top-up order created successfully."
    delivered = Order.objects.filter(pk=answer["transaction_id"], status=Order.Status.FULFILLED)
    assert wait_until(delivered.exists, seconds=20, every=0.2), product.output

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
        urllib.request.urlopen(f"http://localhost:{product.port}/health/", timeout=2)


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
