"""Work at a time, results in order: whatever order it ends in, whatever fails, and whoever stops listening."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from recsh.jobs import AHEAD, in_order


def waiting(turn: threading.Lock, event: threading.Event) -> None:
    """Wait as a request does: without the turn."""
    turn.release()
    event.wait(20)
    turn.acquire()


def test_results_come_in_order_though_the_first_ends_last() -> None:
    turn, others = threading.Lock(), threading.Event()

    def work(n: int) -> int:
        assert turn.locked()
        if n == 0:
            waiting(turn, others)
        if n == 7:
            others.set()
        return n * n

    assert list(in_order(range(40), work, 3, turn=turn, stop=lambda: None)) == [n * n for n in range(40)]
    assert not turn.locked()


def test_as_many_at_a_time_as_asked_for_and_one_that_runs() -> None:
    turn, all_here = threading.Lock(), threading.Barrier(4, timeout=20)
    running = 0

    def work(n: int) -> int:
        nonlocal running
        running += 1
        assert running == 1  # only one has its turn
        running -= 1
        turn.release()
        if n < 4:
            all_here.wait()  # passes only with four under way
        turn.acquire()
        return n

    assert list(in_order(range(9), work, 4, turn=turn, stop=lambda: None)) == list(range(9))


@pytest.mark.parametrize("fault", [ValueError("no"), KeyboardInterrupt()])
def test_a_fault_is_raised_in_its_place(fault: BaseException) -> None:
    def work(n: int) -> int:
        if n == 3:
            raise fault
        return n

    stopped: list[bool] = []
    results = in_order(range(10), work, 2, turn=threading.Lock(), stop=lambda: stopped.append(True))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(type(fault)):
        next(results)
    assert stopped == [True]


def test_a_source_that_fails_fails_behind_what_it_gave() -> None:
    def source() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("gone")

    results = in_order(source(), lambda n: n, 3, turn=threading.Lock(), stop=lambda: None)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(results)
    assert list(in_order([], lambda n: n, 3, turn=threading.Lock(), stop=lambda: None)) == []


def test_what_is_under_way_is_stopped_when_nobody_listens_any_more() -> None:
    """And no more is taken from a source without an end than is worth beginning."""
    turn, stop = threading.Lock(), threading.Event()
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for n in iter(int, 1):
            taken.append(n)
            yield len(taken) - 1

    def work(n: int) -> int:
        if n > 0:
            waiting(turn, stop)
        return n

    results: Iterator[int] = in_order(endless(), work, 2, turn=turn, stop=stop.set)
    assert next(results) == 0
    close: Callable[[], None] = results.close  # type: ignore[attr-defined]
    close()
    assert stop.is_set() and len(taken) <= 2 * AHEAD + 1
    assert not [t for t in threading.enumerate() if t.name.startswith("recsh-job")]
