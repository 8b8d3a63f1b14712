"""Held-out ratings: several methods foretell from each person's history what the person rated later, ranking the whole catalog.

A method is a function from a person's history (position in the catalog -> worth, -1..1) to a score for every row. What is in the history is left
out of the ranking. Leaves out: how ratings are split (see `splits`), the methods (see `collab`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from recsh import metrics
from recsh.errors import UsageError
from recsh.evaluate import Progress, Scores
from recsh.labelled import Labelled, sample
from recsh.splits import Split

if TYPE_CHECKING:
    import numpy

    from recsh.index import Index
    from recsh.types import Item

Method = Callable[[Mapping[int, float]], "numpy.ndarray"]


def people(users: "numpy.ndarray", items: "numpy.ndarray", worths: "numpy.ndarray", split: Split) -> list[tuple[int, dict[int, float], frozenset[int]]]:
    """(user, history, what is to be foretold) of everyone who has both, in order of user."""
    known, wanted = dict(_grouped(users, split.train)), dict(_grouped(users, split.test))
    return [
        (user, {int(items[i]): float(worths[i]) for i in known[user]}, frozenset(int(items[i]) for i in places))
        for user, places in wanted.items()
        if user in known
    ]


def _grouped(users: "numpy.ndarray", mask: "numpy.ndarray") -> "Iterator[tuple[int, numpy.ndarray]]":
    """(user, places of that user's ratings in the mask)."""
    import numpy

    places = numpy.flatnonzero(mask)
    places = places[numpy.argsort(numpy.asarray(users)[places], kind="stable")]
    if len(places):
        found, starts = numpy.unique(numpy.asarray(users)[places], return_index=True)
        yield from zip(map(int, found), numpy.split(places, starts[1:]), strict=True)


def top(scores: "numpy.ndarray", without: "numpy.ndarray | list[int]", k: int) -> "numpy.ndarray":
    """Positions of the k highest scores, best first, equal ones in order of position; `without` and what is no number are left out."""
    import numpy

    scores = numpy.where(numpy.isnan(scores), -numpy.inf, scores).astype(float)
    scores[without] = -numpy.inf
    if k < len(scores):
        # subtle: of rows as good as the last to be taken, argpartition takes any; all of them stand for election here.
        at_least = numpy.partition(scores, len(scores) - k)[len(scores) - k]
        rows = numpy.flatnonzero(scores >= at_least)
    else:
        rows = numpy.arange(len(scores))
    rows = rows[numpy.argsort(-scores[rows], kind="stable")][:k]
    return rows[scores[rows] > -numpy.inf]


def measure_ratings(
    methods: Mapping[str, Method],
    users: "numpy.ndarray",
    items: "numpy.ndarray",
    worths: "numpy.ndarray",
    split: Split,
    index: "Index",
    *,
    measures: Mapping[str, metrics.Measure] | None = None,
    k: int = max(metrics.CUTS),
    most: int | None = None,
    progress: Progress = lambda *_: None,
) -> list[Scores]:
    """Every method over the same people (at most `most`, evenly spread): full ranking of the catalog, history left out.

    `users` and `items` (positions in the catalog) int (ratings,), `worths` float (ratings,) in -1..1. The methods may have learned from `split.train`
    only. The first `k` items of each list are kept for what lists are like. Raises `UsageError` if there is nobody to foretell anything for.
    """
    chosen = sample(people(users, items, worths, split), most)
    if not chosen:
        raise UsageError("the ratings leave nobody to foretell anything for: it needs people with two ratings or more, at different times", "--split last")
    measures = measures or metrics.measures()
    reach = max([metrics.DEEP, k, *(int(name.partition("@")[2] or 0) for name in measures)])
    out = [Scores(name, measures) for name in methods]
    known: dict[int, Item] = {}
    for number, (_, history, wanted) in enumerate(chosen):
        progress("people", number, len(chosen))
        request = Labelled("", frozenset(map(str, wanted)), {str(n): 1.0 for n in wanted})
        for scores, method in zip(out, methods.values(), strict=True):
            begun = time.perf_counter()
            ranked = top(method(history), [*history], reach).tolist()
            scores.ms.append((time.perf_counter() - begun) * 1000)
            scores.add([str(n) for n in ranked], request)
            known |= {i.n: i for i in index.items([n for n in ranked[:k] if n not in known])}
            scores.lists.append([known[n] for n in ranked[:k]])
    return out
