"""What takes long to make anew in every process, kept in the cache folder in the form that Python reads fastest.

    table("same", sources, make)        what `make()` returned when a process first asked, as long as its sources are the same
    save(path, value), load(path)       a value, and None for a file that is not there, or not whole

Values are of Python's plain kinds (`marshal`, which reads a table five times as fast as it is made of words). A file that is damaged is known by its
checksum and made again; who could write others there could change recsh itself. Leaves out: compiled catalogs (see `index`).
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from recsh import paths
from recsh.errors import StoreError

T = TypeVar("T")


def load(path: Path) -> Any:
    """The value in a file; None where there is none."""
    with suppress(OSError, ValueError, EOFError, TypeError):
        content = path.read_bytes()
        if content[:4] == crc32(content[4:]).to_bytes(4, "little"):
            return marshal.loads(memoryview(content)[4:])
    return None


def save(path: Path, value: Any) -> None:
    """Write it, all or nothing; where nothing can be written nothing is kept."""
    content = marshal.dumps(value)
    with suppress(StoreError):
        paths.write_private(path, crc32(content).to_bytes(4, "little") + content)


def table(name: str, sources: Sequence[Path], make: Callable[[], T]) -> T:
    """What `make()` returns of some files, its own module among them."""
    stats = [sys.hexversion, *((s.name, found.st_size, found.st_mtime_ns) for s in sources for found in [s.stat()])]
    path = paths.cache_dir() / f"{name}-{crc32(repr(stats).encode()):08x}.table"
    if (kept := load(path)) is not None:
        return kept  # type: ignore[no-any-return]
    made = make()
    with suppress(OSError):
        for older in path.parent.glob(f"{name}-*.table"):
            older.unlink(missing_ok=True)
    save(path, made)
    return made
