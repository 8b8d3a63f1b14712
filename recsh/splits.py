"""Ratings -> what is known and what is to be foretold. Pure functions of arrays, a rating a place.

    last      each person's last rating is foretold from all before it (leave-last-out)
    by_time   everything after a moment is foretold from everything before it, for people who have a before

A thing that one person rated twice counts the first time: to foretell it afterwards would be no art. Leaves out: reading ratings (see `ratings`),
measuring (see `heldout`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy


class Split(Struct, frozen=True):
    """Which ratings are known and which foretold, bool (ratings,); those that are neither may not be looked at."""

    train: "numpy.ndarray"
    test: "numpy.ndarray"


def last(users: "numpy.ndarray", items: "numpy.ndarray", times: "numpy.ndarray", usable: "numpy.ndarray | None" = None) -> Split:
    """Leave-last-out: of each person with two things or more, the last usable one (by time; of equal times the last in the file).

    `users`, `items` are int (ratings,), `times` any numbers; `usable` bool (ratings,): what may be foretold, say only what was liked. What a
    person rated after that one is neither known nor foretold.
    """
    import numpy

    users, fresh = numpy.asarray(users), _first(users, items, times)
    order = numpy.lexsort((numpy.arange(len(users)), times, users))
    order = order[fresh[order]]
    place = numpy.arange(len(order))
    able = numpy.ones(len(users), dtype=bool) if usable is None else numpy.asarray(usable)
    people, at = numpy.unique(users[order], return_inverse=True)
    start = numpy.full(len(people), len(order))
    numpy.minimum.at(start, at, place)
    chosen = numpy.full(len(people), -1)
    numpy.maximum.at(chosen, at[able[order]], place[able[order]])
    # Someone whose usable one is the very first has no history, and someone without any is there for the others to learn from.
    chosen[chosen <= start] = -1
    train, test = numpy.zeros(len(users), dtype=bool), numpy.zeros(len(users), dtype=bool)
    test[order[chosen[chosen >= 0]]] = True
    train[order[(place < chosen[at]) | (chosen[at] < 0)]] = True
    return Split(train, test)


def by_time(
    users: "numpy.ndarray", items: "numpy.ndarray", times: "numpy.ndarray", usable: "numpy.ndarray | None" = None, share: float = 0.8
) -> Split:
    """A cut in time: the first `share` of all ratings are known; of the later ones, the usable ones of people who are known are foretold."""
    import numpy

    users, times, fresh = numpy.asarray(users), numpy.asarray(times), _first(users, items, times)
    before = times <= numpy.quantile(times, share)
    train = fresh & before
    able = numpy.ones(len(users), dtype=bool) if usable is None else numpy.asarray(usable)
    return Split(train, fresh & ~before & able & numpy.isin(users, users[train]))


def _first(users: "numpy.ndarray", items: "numpy.ndarray", times: "numpy.ndarray") -> "numpy.ndarray":
    """Which ratings are a person's first of that thing, bool (ratings,)."""
    import numpy

    order = numpy.lexsort((numpy.arange(len(users)), times, items, users))
    again = (numpy.diff(numpy.asarray(users)[order]) == 0) & (numpy.diff(numpy.asarray(items)[order]) == 0)
    out = numpy.ones(len(order), dtype=bool)
    out[order[1:][again]] = False
    return out
