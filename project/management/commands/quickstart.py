import json
import shlex
import signal
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from project.embedded import CannotStart
from project.migrating import migrate_all
from project.processes import leave_by_exit_on_signals, wait_until
from project.server import parts
from project.settings.data import EMBEDDED, EMBEDDED_SERVERS
from project.supervisor import Supervisor

READY_SECONDS = 60
ANY_ADDRESS = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104  # nosec B104
PEOPLE = ("owner", "admin", "moderator", "finance", "support", "auditor")


class Command(BaseCommand):
    help = "Start the whole product with demo data: migrate, seed, web server, worker and scheduler, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--orders", type=int, default=20_000, help="How many past orders a first start makes."
        )

    def handle(self, *_args: Any, host: str, port: int, orders: int, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "quickstart makes accounts with known passwords; it does not run in production."
            )
        refuse_taken_port(host, port)
        leave_by_exit_on_signals()
        # Started in the background, a shell has us ignore what Ctrl-C sends.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        forget_metrics()
        base_url = f"http://{'localhost' if host in ANY_ADDRESS else host}:{port}"
        self._say("Preparing the database …")
        migrate_all()
        self._say("Loading the demo business …")
        call_command("seed_demo", orders=orders, stdout=self.stdout)
        access = write_access(base_url)
        supervisor = Supervisor(parts(host, port), look_after=look_after_servers, say=self._say)
        try:
            look_after_servers()
            supervisor.start()
            self._wait_for(f"{base_url}/health/", supervisor)
            self._say(welcome(access))
            supervisor.keep_running()
        except KeyboardInterrupt:
            self._say("Stopping …")
        finally:
            # A second Ctrl-C, or one that was passed on as well, must not break the stopping off.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()

    def _wait_for(self, url: str, supervisor: Supervisor) -> None:
        web = supervisor.parts[0]
        wait_until(lambda: web.is_down() or answers(url), seconds=READY_SECONDS, every=0.1)
        if web.is_down() or not answers(url):
            raise CommandError(f"The web server does not answer at {url}.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def look_after_servers() -> None:
    """The embedded servers are ours to start again, whatever ended them."""
    # What is forked from us next must not share a connection with us.
    connections.close_all()
    gone = {
        "postgres": EMBEDDED_SERVERS["postgres"] and not EMBEDDED.postgres_pid(),
        "valkey": EMBEDDED_SERVERS["valkey"] and not EMBEDDED.valkey_pid(),
    }
    if any(gone.values()):
        try:
            EMBEDDED.start(**gone)
        except CannotStart as error:
            sys.stderr.write(f"{error}\n")


def forget_metrics() -> None:
    """Figures of the processes of an earlier start."""
    for old in settings.METRICS_DIR.glob("*.db"):
        old.unlink()


def refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} cannot be used ({error.strerror}). Choose another --port."
            ) from error


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # nosec B310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def write_access(base_url: str) -> dict[str, Any]:
    """The demo's log-ins and keys, in var/demo.json for us alone to read. What an earlier start wrote stays valid."""
    from commerce.services import demo

    file = settings.VAR_DIR / "demo.json"
    kept = read_access(file)
    access: dict[str, Any] = {**kept, **demo.credentials(kept), "base_url": base_url}
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps(access, indent=2, default=str) + "\n")
    return access


def read_access(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def welcome(access: dict[str, Any]) -> str:
    from commerce.services import demo

    users = access["users"]
    log_ins = [f"  {name:<10} {users[name]['username']} / {users[name]['password']}" for name in PEOPLE]
    body = json.dumps(demo.sample_topup())
    return "\n".join(
        [
            "",
            f"Topline runs at {access['base_url']}/admin/ — Ctrl-C stops it. Log in as",
            *log_ins,
            "",
            "Place an order as a reseller's server does:",
            "",
            f"  curl -X POST {access['base_url']}/api/topup/ \\",
            f"    -H 'Authorization: Api-Key {access['reseller']['api_key']}' \\",
            "    -H 'Content-Type: application/json' \\",
            f"    -d {shlex.quote(body)}",
            "",
            f"The API: {access['base_url']}/api/docs/ · all log-ins and keys: {settings.VAR_DIR / 'demo.json'}",
        ]
    )
