"""What will be needed soon, made in another thread meanwhile: weights, which llama.cpp loads without Python.

Leaves out: what is made, and stopping it; a process that leaves does not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """The value of `make()`, which begins at once, or once `after` has ended, however it ends."""

    def __init__(self, make: Callable[[], T], after: Ahead[Any] | None = None) -> None:
        self._make: Callable[[], T] | None = make
        self._after = after
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="recsh-ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        make, after, self._make, self._after = self._make, self._after, None, None  # who owns this may own them: nothing is to hold the other for ever
        if after:
            after._thread.join()
        try:
            self._value = make() if make else None
        except BaseException as error:  # noqa: BLE001  it is raised where the value is asked for
            self._error = error

    def result(self) -> T:
        """Wait for it. Raises what making it raised."""
        self._thread.join()
        if self._error:
            raise self._error
        return self._value  # type: ignore[return-value]
