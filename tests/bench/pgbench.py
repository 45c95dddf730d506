"""The limit: pgbench calling the very function the API calls, with a row as the API makes it."""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from django.utils import timezone

from commerce.services import catalogue, orders
from commerce.services.buyers import buyer_by_key
from commerce.services.order_rows import OrderRequest, build_row
from commerce.services.order_view import present
from project.wheels import bin_dir
from tests.bench.world import World


@dataclass(frozen=True, slots=True)
class Limit:
    """What the database alone does: orders a second, and how long 99 of 100 calls take at most."""

    per_second: float
    p99_ms: float


def limit(world: World, *, clients: int, seconds: float) -> Limit:
    """Orders placed by the SQL function alone."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, key in enumerate(world.keys):
            file = Path(folder) / f"{number}.sql"
            file.write_text(_script(world, key))
            files += ["-f", str(file)]
        command = [
            str(bin_dir() / "pgbench"),
            "-n",
            "-c",
            str(clients),
            "-j",
            "2",
            "-T",
            str(max(1, round(seconds))),
            "--log",
            f"--log-prefix={folder}/calls",
        ]
        done = subprocess.run(
            [*command, *files, os.environ["DATABASE_URL"]], capture_output=True, text=True, check=False
        )
        p99_ms = _p99_ms(Path(folder))
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return Limit(float(found[1]), p99_ms)


def _p99_ms(folder: Path) -> float:
    """Of every call in the logs, whose third column is its time in microseconds."""
    lines = (line for file in folder.glob("calls.*") for line in file.read_text().splitlines())
    taken = [int(line.split()[2]) for line in lines]
    return quantiles(taken, n=100)[98] / 1000


def _script(world: World, key: str) -> str:
    """One call, its ids and keys drawn by the database."""
    buyer = buyer_by_key(key, address=None)
    assert buyer is not None
    row = build_row(
        buyer,
        OrderRequest(world.product, {"player_id": "51234000"}),
        catalogue.current(buyer.catalogue_version),
        timezone.now(),
    )
    body, event = orders.as_json(present(row)), orders.as_json(orders._event(buyer.actor, row))
    drawn = "jsonb_build_object('id', gen_random_uuid(), 'order_number', left(gen_random_uuid()::text, 18))"
    arguments = [
        f"{_text(json.dumps(json.loads(orders.as_json(row))))}::jsonb || {drawn}",
        _text(event) + "::jsonb",
        _text(buyer.scope),
        "gen_random_uuid()::text",
        _text("0" * 64),
        "202",
        _text(body) + "::jsonb",
    ]
    return f"SELECT outcome FROM commerce_place_order({', '.join(arguments)});\n"


def _text(value: str) -> str:
    # pgbench takes a colon before a letter for a variable; none of ours is one.
    return "'" + value.replace("'", "''") + "'"
