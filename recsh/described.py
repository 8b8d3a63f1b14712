"""What GGUFs said of themselves, remembered in the cache folder: a vocabulary of 150,000 words takes a tenth of a second to read past, and a list
of twenty models has twenty.

A file is known by its path, size and time of change. What is damaged is not remembered, it is looked at again. Leaves out: reading headers
(see `weights`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from msgspec import to_builtins

from recsh import paths, weights
from recsh.errors import StoreError
from recsh.footprint import Shape
from recsh.types import Mode
from recsh.weights import Weights

FORMAT = 1  # changes when `Weights` does
MOST = 500  # files that are remembered, the newest


class Described:
    """`describe` with a memory; `save()` keeps it for the next run. Raises what `weights.describe` raises."""

    def __init__(self, describe: Callable[[Path], Weights] = weights.describe) -> None:
        self._describe = describe
        self._known = _read()
        self._changed = False

    def __call__(self, path: Path) -> Weights:
        try:
            info = path.stat()
        except OSError:
            return self._describe(path)  # which says what is wrong
        key = f"{path.absolute()} {info.st_size} {info.st_mtime_ns}"
        try:
            return _weights(path, self._known[key])
        except (KeyError, TypeError, ValueError):
            found = self._describe(path)
            self._known.pop(key, None)
            self._known[key] = {**to_builtins(found, enc_hook=str), "path": ""}
            self._changed = True
            return found

    def save(self) -> None:
        """Write down what is new. A cache that cannot be written only costs time."""
        if not self._changed:
            return
        newest = dict(list(self._known.items())[-MOST:])
        try:
            paths.write_private(_file(), json.dumps({"format": FORMAT, "files": newest}))
            self._changed = False
        except StoreError:
            return


def _file() -> Path:
    return paths.cache_dir() / "weights.json"


def _read() -> dict[str, dict]:
    try:
        value = json.loads(_file().read_text(encoding="utf-8"))
        return dict(value["files"]) if value["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _weights(path: Path, kept: dict) -> Weights:
    return Weights(**{**kept, "path": path, "mode": Mode(kept["mode"]), "shape": Shape(**kept["shape"])})
