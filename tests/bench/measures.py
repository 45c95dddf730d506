"""Placing orders: through HTTP, and by the SQL function alone, in turns."""

import argparse
from statistics import median

from tests.bench import load, pgbench, world
from tests.bench.server import serving

CLIENTS = 8
BULK_CLIENTS = 4
BULK_LINES = 200


def orders(options: argparse.Namespace) -> dict[str, float]:
    """Single orders: many resellers, and one hot one."""
    made = world.make()
    http, hot, limit, p99 = [], [], [], []
    with serving() as port:
        many = load.order_requests(made.keys, made.product)
        one = load.order_requests(made.keys[:1], made.product)
        load.run(port, CLIENTS, 1.0, many)
        for _ in range(options.rounds):
            limit.append(pgbench.limit(made, clients=CLIENTS, seconds=options.seconds))
            round_ = load.run(port, CLIENTS, options.seconds, many)
            assert not round_.refused, f"{round_.refused} orders were refused"
            http.append(round_.per_second)
            p99.append(round_.percentile(0.99))
            hot.append(load.run(port, CLIENTS, options.seconds, one).per_second)
    ratios = [a / b.per_second for a, b in zip(http, limit, strict=True)]
    return {
        "single_order_ratio": median(ratios),
        "single_order_per_s": median(http),
        "pgbench_per_s": median(one.per_second for one in limit),
        "p99_ms_at_8": median(p99),
        # The database's own, with as many clients: what no server in front of it can be below.
        "pgbench_p99_ms_at_8": median(one.p99_ms for one in limit),
        "hot_reseller_ratio": median(a / b for a, b in zip(hot, http, strict=True)),
    }


def bulk(options: argparse.Namespace) -> dict[str, float]:
    """Two hundred lines a call."""
    made = world.make()
    rates = []
    with serving() as port:
        requests = load.bulk_requests(made.keys, made.product, BULK_LINES)
        load.run(port, BULK_CLIENTS, 1.0, requests)
        for _ in range(options.rounds):
            round_ = load.run(port, BULK_CLIENTS, options.seconds, requests)
            assert not round_.refused, f"{round_.refused} calls were refused"
            rates.append(round_.per_second * BULK_LINES)
    return {"bulk_orders_per_s": median(rates)}
