"""Held-out ratings: what is known and what is foretold, against a slow and plain account of the same rules."""

from __future__ import annotations

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.splits import by_time, last

RATINGS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5), st.booleans()), min_size=1, max_size=25)


def arrays(rows) -> tuple[numpy.ndarray, ...]:
    users, items, times, usable = (numpy.array(column) for column in zip(*rows, strict=True))
    return users, items, times.astype(float), usable.astype(bool)


def fresh(rows) -> dict[int, list[int]]:
    """Each person's ratings in order of time, then of the file, things rated again left out."""
    out: dict[int, list[int]] = {}
    for i in sorted(range(len(rows)), key=lambda i: (rows[i][2], i)):
        if rows[i][1] not in {rows[j][1] for j in out.get(rows[i][0], [])}:
            out.setdefault(rows[i][0], []).append(i)
    return out


@settings(max_examples=200, deadline=None)
@given(RATINGS)
def test_leave_last_out(rows) -> None:
    train, test = set(), set()
    for places in fresh(rows).values():
        chosen = max((at for at, i in enumerate(places) if rows[i][3]), default=0)
        train |= set(places[:chosen] if chosen else places)
        test |= {places[chosen]} if chosen else set()
    users, items, times, usable = arrays(rows)
    split = last(users, items, times, usable)
    assert set(numpy.flatnonzero(split.test).tolist()) == test and set(numpy.flatnonzero(split.train).tolist()) == train


@settings(max_examples=200, deadline=None)
@given(RATINGS, st.floats(0, 1))
def test_a_cut_in_time(rows, share: float) -> None:
    users, items, times, usable = arrays(rows)
    cut = numpy.quantile(times, share)
    first = {i for places in fresh(rows).values() for i in places}
    train = {i for i in first if times[i] <= cut}
    test = {i for i in first - train if usable[i] and users[i] in {users[j] for j in train}}
    split = by_time(users, items, times, usable, share)
    assert set(numpy.flatnonzero(split.test).tolist()) == test and set(numpy.flatnonzero(split.train).tolist()) == train


def test_nothing_foretold_is_known() -> None:
    """One who rated a thing twice is not asked to foretell the second time."""
    users, items, times = numpy.zeros(3, int), numpy.array([1, 2, 1]), numpy.array([1.0, 2.0, 3.0])
    split = last(users, items, times)
    assert split.train.tolist() == [True, False, False] and split.test.tolist() == [False, True, False]


def test_equal_times_go_by_the_file() -> None:
    assert last(numpy.zeros(3, int), numpy.arange(3), numpy.zeros(3)).test.tolist() == [False, False, True]
