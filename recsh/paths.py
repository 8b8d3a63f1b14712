"""Where recsh keeps things: functions, never constants, so that `RECSH_HOME` counts at the moment of the call.

    config  settings (config.toml)          RECSH_HOME/config
    data    catalogs.json, the log, models  RECSH_HOME/data
    cache   compiled indexes, safe to delete  RECSH_HOME/cache
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from recsh.errors import StoreError
from recsh.folder import make_private


def _home(kind: str) -> Path:
    if home := os.environ.get("RECSH_HOME"):
        return Path(home).expanduser() / kind
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_dir")("recsh", appauthor=False))


def config_dir() -> Path:
    return _home("config")


def data_dir() -> Path:
    return _home("data")


def cache_dir() -> Path:
    return _home("cache")


def private(folder: Path) -> Path:
    """The folder, made if it is not there with all above it that is not, for its owner only whatever the umask says; one of recsh's own that others
    may look into is closed to them. Raises `StoreError` if it cannot be made."""
    try:
        made = [folder, *folder.parents]
        for missing in reversed([f for f in made if not f.exists()]):
            missing.mkdir(exist_ok=True, mode=0o700)
        if not folder.is_dir():
            raise NotADirectoryError(20, os.strerror(20))
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}", "set RECSH_HOME to a folder that can be written") from error
    if within := [own for own in (config_dir(), data_dir(), cache_dir()) if own in made]:
        for own in {folder, *within}:
            make_private(own, 0o700)
    return folder


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner reads, all or nothing (a new file renamed into place). Raises `StoreError`."""
    private(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_native_id()}.part")
    try:
        part.unlink(missing_ok=True)  # left by a process of the same number that died, with whatever permissions; or a link to elsewhere
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreError(f"{path}: {error.strerror}", "free some space, or set RECSH_HOME to another folder") from error


def bundled(*parts: str) -> Path:
    """A file that ships with recsh: inside the installed package, or in the source tree beside it."""
    here = Path(__file__).parent
    inside = here / "bundle" / Path(*parts)
    return inside if inside.exists() else here.parent / Path(*parts)
