"""A folder that many processes share: its lock, its privacy, and names in it that outlive a power cut.

The lock is held alone or shared (flock on the folder itself, so that no file is left behind) and given back by the system when a process dies.
Where there are no such locks (Windows, some network folders) it is always got. Leaves out: threads, which have to keep apart by themselves.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CHANGE_PATIENCE = 10.0  # seconds that a change of a small file waits for others
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.05  # seconds between two attempts


def pauses() -> Iterator[float]:
    """Seconds to wait before each further attempt: longer and longer, and by chance, so that those who wait do not meet again."""
    import random

    pause = FIRST_PAUSE
    while True:
        yield pause * (0.5 + random.random())
        pause = min(2 * pause, LONGEST_PAUSE)


class FolderLock:
    """One process's handle on the lock of a folder; the folder may come into being later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None

    @contextmanager
    def held(self, *, alone: bool, patience: float) -> Iterator[None]:
        """Hold the lock. Raises `TimeoutError` if others kept it for `patience` seconds."""
        got = self._got(alone, time.monotonic() + patience)
        try:
            yield
        finally:
            if got and self._handle is not None:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _got(self, alone: bool, end: float) -> bool:
        """Whether the lock is held now; False where there is none."""
        if fcntl is None:
            return False
        try:
            if self._handle is None:
                self._handle = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # not there yet, or not to be listed
            return False
        for pause in pauses():
            try:
                fcntl.flock(self._handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError from None
                time.sleep(pause)
            except OSError:  # a file system without them
                break
        return False


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder alone while one of its files is read, changed and put back, so that two who do that at once lose nothing. Where it is
    not got, for want of patience or of locks, the change is made all the same."""
    lock = FolderLock(folder)
    try:
        with ExitStack() as held:
            try:
                held.enter_context(lock.held(alone=True, patience=CHANGE_PATIENCE))
            except TimeoutError:
                pass
            yield
    finally:
        lock.close()


def make_private(path: Path, mode: int) -> None:
    """Take away what others may do with a file or folder, if it is there and ours."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
    except OSError:
        pass


def sync(folder: Path) -> None:
    """Have a folder's entries on disk: a file whose name is not there is lost with all its bytes."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # a file system that cannot
        pass
    finally:
        os.close(handle)
