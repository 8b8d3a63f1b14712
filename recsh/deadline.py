"""A moment after which somebody is interrupted: what has to be stopped is stopped from a thread of its own.

Leaves out: what stopping means (see `engine.Engine.interrupt`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

AGAIN = 0.02  # seconds between two calls


class Deadline:
    """Within it, `stop` is called once `at` (seconds of `time.perf_counter`; None for never) has passed, and again until the end: a call that was
    about to begin at that moment must not run on. `passed` says whether it was."""

    def __init__(self, at: float | None, stop: Callable[[], None]) -> None:
        self._at = at
        self._stop = stop
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def passed(self) -> bool:
        """Whether the moment is over."""
        return self._at is not None and time.perf_counter() >= self._at

    def __enter__(self) -> Self:
        if self._at is not None:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        assert self._at is not None
        if self._done.wait(max(0.0, self._at - time.perf_counter())):
            return
        while not self._done.wait(AGAIN):
            self._stop()
