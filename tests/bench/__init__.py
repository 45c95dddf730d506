"""How fast the product is, as ratios against pgbench on the same server in the same minute.

`uv run python -m tests.bench [--json] [--orders N] [--seconds S] [NAME …]`; `faults` is a drill of another kind, see
`faults.py`. Nothing else here passes or fails: a machine's speed is its own. Each figure is measured in alternating
rounds, so that a noisy neighbour hurts both sides alike.
"""
