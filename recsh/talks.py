"""Conversations on disk: one JSON file each in the data folder, named by its ULID, readable by its owner only, the newest kept.

Leaves out: what stands in them (see `repl`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from recsh import paths
from recsh.errors import StoreError, UsageError
from recsh.regex import regex

MOST = 100  # conversations kept
VERSION = 1
TYPED = ("said", "ask", "context", "query")  # keys of what a person wrote
_NAME = regex(r"[0-9A-Z]{26}")


def folder() -> Path:
    """Where they are."""
    return paths.data_dir() / "talks"


def saved() -> list[str]:
    """Their ids, the one saved last first."""
    found = []
    for path in folder().glob("*.json"):
        try:
            if _NAME.fullmatch(path.stem):
                found.append((path.stat().st_mtime_ns, path.stem))
        except OSError:  # another process took it away
            continue
    return [name for _, name in sorted(found, reverse=True)]


def save(name: str, value: Mapping[str, Any]) -> None:
    """Write one, and let go of the oldest beyond `MOST`. Raises `StoreError`."""
    paths.write_private(folder() / f"{name}.json", json.dumps({"version": VERSION, **value}, ensure_ascii=True))
    for old in saved()[MOST:]:
        (folder() / f"{old}.json").unlink(missing_ok=True)


def masked(value: Any, mask: Callable[[str], str], typed: bool = False) -> Any:
    """A conversation with what was typed in it as `mask` leaves it."""
    if isinstance(value, Mapping):
        return {k: masked(v, mask, k in TYPED) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(v, mask, typed) for v in value]
    return mask(value) if typed and isinstance(value, str) else value


def load(name: str | None = None) -> tuple[str, dict[str, Any]]:
    """(id, what was saved) of the newest, or of the one whose id is, or begins with, `name`. Raises `UsageError` if there is none or there are
    several, `StoreError` if it cannot be read."""
    every = saved()
    if name is not None:
        every = [n for n in every if n.startswith(name.strip().upper())] if name.strip() else []
        if len(every) > 1:
            raise UsageError(f"--session {name}: {len(every)} conversations begin so", f"more of it, for example {every[0]}")
    if not every:
        if name is None:
            raise UsageError("there is no conversation to continue", "recsh chat")
        raise UsageError(f"--session {name}: there is no such conversation", "--continue takes up the newest")
    path = folder() / f"{every[0]}.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["version"] != VERSION:
            raise ValueError(f"version {value['version']}")
        return every[0], value
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "recsh chat   begins a new conversation") from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(every[0], error) from error


def beginning(name: str) -> str:
    """What was said first in a conversation; empty where it cannot be read."""
    try:
        return str(load(name)[1]["talk"]["parts"][0]["said"])
    except (StoreError, UsageError, LookupError, TypeError):
        return ""


def damaged(name: str, error: object) -> StoreError:
    """The error for a file that this never wrote."""
    return StoreError(f"{folder() / f'{name}.json'}: damaged: {error}", "delete that file, or begin anew: recsh chat")
