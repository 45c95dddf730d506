"""Every string in every language: nothing left out, nothing guessed, and no placeholder lost on the way."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
FOLDERS = ("locale", "locale/unfold")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%\(\w+\)\.\d+f|%[sd]|\{\w+\}")
# Where strings stand that people see.
SOURCES = ("analytics", "commerce", "core", "project", "templates", "manage.py", "pyproject.toml")


def catalogue(language: str, folder: str = "locale") -> polib.POFile:
    return polib.pofile(str(settings.BASE_DIR / folder / language / "LC_MESSAGES" / "django.po"))


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(language: str, folder: str) -> None:
    entries = [entry for entry in catalogue(language, folder) if not entry.obsolete]
    assert [entry.msgid for entry in entries if entry.fuzzy or not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_lost_or_made_up(language: str) -> None:
    wrong = [
        entry.msgid
        for entry in catalogue(language)
        if entry.msgstr and placeholders(entry.msgstr) != placeholders(entry.msgid)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_of_ours_takes_the_place_of_the_name_of_a_month(language: str) -> None:
    """Django looks such names up among ours first: a column called “May” renamed the month on every page."""
    with translation.override(None):
        months = {str(name) for name in (*MONTHS.values(), *MONTHS_3.values())}
    taken = {entry.msgid for entry in catalogue(language) if not entry.obsolete and not entry.msgctxt}
    assert taken & months == set()


def _key(entry: polib.POEntry) -> tuple[str, str]:
    """One word may stand for two things, told apart by their context."""
    return entry.msgctxt or "", entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_compiled_is_what_was_written(language: str) -> None:
    written = catalogue(language)
    compiled = polib.mofile(written.fpath.removesuffix("po") + "mo")  # type: ignore[attr-defined]
    assert {_key(entry): entry.msgstr for entry in compiled} == {
        _key(entry): entry.msgstr for entry in written.translated_entries()
    }


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed: apt-get install gettext")
def test_no_string_is_missing_from_the_catalogues(tmp_path: Path) -> None:
    """What `makemessages` finds now is what the catalogues have."""
    for name in SOURCES:
        source = settings.BASE_DIR / name
        if source.is_dir():
            shutil.copytree(
                source, tmp_path / name, ignore=shutil.ignore_patterns("demo", "migrations", "static")
            )
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "fa", "--no-location", "-v", "0"]
    subprocess.run(
        command, cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": ""}
    )

    found = {entry.msgid for entry in polib.pofile(str(tmp_path / "locale/fa/LC_MESSAGES/django.po"))}
    assert found - {entry.msgid for entry in catalogue("fa")} == set()
