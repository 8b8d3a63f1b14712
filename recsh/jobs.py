"""Several pieces of work at a time, results in order: questions of a batch whose answers come from a server.

One piece runs at a time, and while it waits for the server another one does: nothing else of recsh has to know of threads.
Leaves out: the waiting itself (see `engine.wire`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # pieces begun for each that runs, so that one slow piece does not stop the others
PATIENCE = 2.0  # seconds for pieces under way to end after a stop


def in_order(items: Iterable[T], work: Callable[[T], R], jobs: int, *, turn: AbstractContextManager[Any], stop: Callable[[], None]) -> Iterator[R]:
    """`work` of each item, in their order, `jobs` under way at a time. Items are taken when there is a hand free for them.

    `work` runs while its thread holds `turn`, and may let go of it to wait; `stop()` ends what is under way when nobody wants it any more.
    What an item or its work raises is raised in its place.
    """
    source, taking = iter(items), threading.Lock()
    room = threading.Semaphore(jobs * AHEAD)
    changed = threading.Condition()
    found: dict[int, Callable[[], R]] = {}
    taken, over = 0, False

    def one() -> bool:
        nonlocal taken, over
        room.acquire()
        with taking:
            if over:
                return False
            number = taken
            try:
                item = next(source)
                taken += 1
            except BaseException as error:  # noqa: BLE001  raised again where the result is waited for
                over = True
                put(number, _raising(error))
                return False
        try:
            with turn:
                result = work(item)
            put(number, lambda: result)
        except BaseException as error:  # noqa: BLE001  the same
            put(number, _raising(error))
        return True

    def put(number: int, result: Callable[[], R]) -> None:
        with changed:
            found[number] = result
            changed.notify()

    def run() -> None:
        while one():
            pass

    threads = [threading.Thread(target=run, name=f"recsh-job-{n}", daemon=True) for n in range(jobs)]
    for thread in threads:
        thread.start()
    number = 0
    try:
        while True:
            with changed:
                changed.wait_for(lambda: number in found)  # noqa: B023  it is waited for here
                result = found.pop(number)
            room.release()
            try:
                value = result()
            except StopIteration:
                return
            yield value
            number += 1
    finally:
        over = True
        stop()
        for _ in threads:
            room.release()
        for thread in threads:
            thread.join(PATIENCE)


def _raising(error: BaseException) -> Callable[[], R]:
    def again() -> R:
        raise error

    return again
