import argparse
import json
import sys
from collections.abc import Callable

from tests.bench import world


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="How fast Topline is on this machine."
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="orders, bulk, ledger, admin, reports (all of them by default), beside, packs or faults",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--orders", type=int, default=100_000, help="past orders for ledger, admin and reports"
    )
    parser.add_argument("--rate", type=float, default=10.0, help="orders a second while faults are injected")
    parser.add_argument(
        "--here",
        action="store_true",
        help="the database of the settings, filled already, instead of an own one",
    )
    options = parser.parse_args()
    if options.names == ["faults"]:
        from tests.bench import faults

        return faults.run(options)
    if options.here:
        world.use_settings()
    else:
        world.open_database("topline_bench")

    # Django's settings read the environment, which is set only now.
    from tests.bench import beside, measures, packs, pages, reports

    known: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
        "orders": measures.orders,
        "bulk": measures.bulk,
        "ledger": pages.ledger,
        "admin": pages.admin,
        "reports": reports.reports,
        "beside": beside.beside,
        "packs": packs.packs,
    }
    usual = [name for name in known if name not in ("beside", "packs")]
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    figures: dict[str, float] = {}
    for name in options.names or usual:
        print(f"measuring {name} …", file=sys.stderr)  # noqa: T201
        figures |= known[name](options)
    text = (
        json.dumps(figures, indent=2)
        if options.json
        else "\n".join(f"{k:32} {v:,.3f}" for k, v in figures.items())
    )
    print(text)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
