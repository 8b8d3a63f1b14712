"""What was removed from the log, removed wherever else recsh wrote it: conversations on disk, lines typed in them, what was learned from it.

    log ─► Removed (sessions, texts) ─► talks/*.json · chat_history · cache/adapters/* · if all went, data/adapters/*

A conversation of which anything was removed goes as a whole. Everything here is rewritten or deleted as files are: what a file system or a backup
keeps of deleted files is theirs. Leaves out: the log (see `feedback`), what the person wrote to files elsewhere.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from recsh import paths, talks, tuned
from recsh.errors import StoreError
from recsh.feedback import Log
from recsh.removal import Criteria, Removed
from recsh.typed import Lines

STALE_SECONDS = 60  # age at which a half-written file was left behind by a process that died


def forget(log: Log, what: Criteria) -> tuple[int, int]:
    """(entries removed from the log, conversations removed from the data folder). Raises `StoreError`."""
    removed = log.remove(what)
    if what.empty:
        return 0, 0
    _unlearn()
    if what.everything and not what.given and not what.ids:
        tuned.remove_all()
    return removed.count, _talks(what, removed)


def _talks(what: Criteria, removed: Removed) -> int:
    """Remove the conversations, and the lines typed in them; how many conversations."""
    alone = what.everything and not what.given and not what.ids
    gone: set[str] = set()
    said: set[str] = set(removed.texts)
    sessions = removed.sessions | ({what.session} if what.session else set())
    for path in sorted(talks.folder().glob("*.json")):
        about = _read(path)
        if not (alone or path.stem in sessions or _only_here(what, path, about)):
            continue
        said |= {line for line in about.get("said", ()) if isinstance(line, str)}
        gone.add(path.stem)
        with suppress(FileNotFoundError):
            _unlink(path)
    for part in talks.folder().glob("*.part"):
        with suppress(FileNotFoundError):
            if alone or time.time() - part.stat().st_mtime > STALE_SECONDS:
                _unlink(part)
    lines = Lines(paths.data_dir() / "chat_history")
    if alone:
        with suppress(FileNotFoundError):
            _unlink(lines.path)
    else:
        lines.drop(gone | sessions, said)
    return len(gone)


def _only_here(what: Criteria, path: Path, about: dict[str, Any]) -> bool:
    """Whether a conversation of which the log may have nothing is meant: saved before that day, about that catalog, or about that item."""
    if what.ids or what.session is not None or what.source is not None:
        return False
    tests = []
    if what.before is not None:
        with suppress(OSError):
            tests.append(path.stat().st_mtime < what.before)
    if what.catalog is not None:
        tests.append(_key(about.get("catalog")) == what.catalog)
    if what.item is not None:
        tests.append(what.item in _strings(about))
    return bool(tests) and all(tests)


def _key(name: object) -> str:
    """What the log calls the catalog that a conversation was opened by."""
    from recsh.catalog import lookup
    from recsh.errors import CatalogError

    try:
        return lookup(str(name)).key
    except CatalogError:
        return str(name)


def _strings(value: object) -> set[str]:
    if isinstance(value, dict):
        return {s for v in value.values() for s in _strings(v)}
    if isinstance(value, list):
        return {s for v in value for s in _strings(v)}
    return {value} if isinstance(value, str) else set()


def _read(path: Path) -> dict[str, Any]:
    """What a conversation's file says; nothing if it is damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be removed: {error.strerror}", "look at its permissions, or remove it by hand") from error


def _unlearn() -> None:
    """Throw away what was learned from the log and is made anew from it."""
    for path in (paths.cache_dir() / "adapters").glob("*"):
        with suppress(OSError):
            path.unlink()
