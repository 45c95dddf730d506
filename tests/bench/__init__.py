"""How fast the product is, as ratios against pgbench on the same server in the same minute.

`uv run python -m tests.bench [--json] [--orders N] [--seconds S] [NAME …]`. Nothing here passes or fails: a machine's
speed is its own. Each figure is measured in alternating rounds, so that a noisy neighbour hurts both sides alike.
"""
