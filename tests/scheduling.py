"""Who runs what, where several processes share the tests: whole files, the long ones first.

A file's fixtures are made once then, not once a process, and no long file is left alone at the end.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# They use one running product between them; the last one ends it. Of the browser's, one needs no product.
ONE_PRODUCT = ("tests/browser/", "tests/project/test_quickstart.py")
NO_PRODUCT = "tests/browser/test_script_payloads.py"
# Minutes, or tens of seconds, in this order; the others are a few seconds each.
LONGEST = (
    "tests/browser/test_pages.py",
    *ONE_PRODUCT,
    "tests/project/test_rights.py",
    "tests/commerce/test_live_orders.py",
    NO_PRODUCT,
    "tests/project/test_fuzz.py",
    "tests/project/test_script_payloads.py",
    "tests/commerce/test_access_matrix.py",
    "tests/commerce/test_bad_input.py",
    "tests/project/test_embedded.py",
    "tests/commerce/test_worker.py",
    "tests/commerce/test_list_documents.py",
    "tests/commerce/test_large_imports.py",
)


def longest_first(items: list[pytest.Item], root: Path) -> None:
    """Sorts files, and leaves the order inside of each."""
    items.sort(key=lambda item: _place(item.path.relative_to(root).as_posix()))


def _place(file: str) -> int:
    if file in LONGEST:
        return LONGEST.index(file)
    return next((place for place, long in enumerate(LONGEST) if file.startswith(long)), len(LONGEST))


class WholeFiles(LoadScopeScheduling):
    """xdist's own, but that the users of the one product stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ONE_PRODUCT[0] if file.startswith(ONE_PRODUCT) and file != NO_PRODUCT else file
