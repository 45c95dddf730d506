"""How often a server looks for garbage in cycles.

Python walks everything there is whenever enough objects were made: with all of the product loaded that stops every
thread of a process for 150 ms, and the small walks before it cost an order 4 % of its time.
"""

import gc

from django.urls import get_resolver

# Objects made and not yet freed, young collections, middle ones. What a request leaves in cycles is a few hundred
# objects, so that some megabytes may wait; Python's own 2,000 is reached every tenth request.
THRESHOLDS = 25_000, 20, 20


def settle() -> None:
    """What is loaded by now stays: it is never walked again. Load what the first request would, too."""
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
