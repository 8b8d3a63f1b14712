"""A small file of recsh's own, such as the settings: read whole, unless it turns out to be a pipe, a device or as large as no such file is;
and whether a file's times tell it from what it will be.

Leaves out: what stands in it (see `config`, `catalog`), and writing (see `paths`).
"""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

LARGEST = 8 << 20  # bytes: some ten thousand names of catalogs
FRESH_NS = 2_000_000_000  # a file written to less than so long ago may change again without its time changing


def read_small(path: Path, most: int = LARGEST) -> bytes:
    """All of it. Raises `OSError` for a file that is not there, cannot be read, is not regular, or has more than `most` bytes."""
    # subtle: without O_NONBLOCK, opening a pipe waits for somebody to write to it.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most:,} bytes", str(path))
    return data


def settled(*times_ns: int) -> bool:
    """Whether a file that changed at these times can be known again by them: one written twice within a tick of the clock has the same both times."""
    return time.time_ns() - max(times_ns) > FRESH_NS
