"""Foretelling held-out ratings: full ranking, history left out, the same measures as for requests."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.errors import UsageError
from recsh.heldout import measure_ratings, people, top
from recsh.splits import Split, last


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, -1.0, float("nan")]), min_size=1, max_size=12), st.sets(st.integers(0, 11), max_size=4), st.integers(1, 12))
def test_the_top_with_ties(scores: list[float], without: set[int], k: int) -> None:
    """Equal scores in order of position, whatever is cut off; what is left out or no number never stands in a list."""
    without = {n for n in without if n < len(scores)}
    naive = sorted((n for n, s in enumerate(scores) if n not in without and s == s), key=lambda n: -scores[n])[:k]
    assert top(numpy.array(scores, dtype=numpy.float32), sorted(without), k).tolist() == naive


def test_the_scores_are_left_as_they_were() -> None:
    scores = numpy.array([1.0, 2.0])
    assert top(scores, [1], 2).tolist() == [0] and scores.tolist() == [1.0, 2.0]


USERS, ITEMS, WORTHS = numpy.array([7, 7, 7, 9, 9, 4]), numpy.array([0, 1, 2, 2, 3, 0]), numpy.array([1.0, -1.0, 0.5, 1.0, 1.0, 1.0])


def test_people_have_a_history_and_something_to_foretell() -> None:
    split = last(USERS, ITEMS, numpy.arange(6.0))
    assert people(USERS, ITEMS, WORTHS, split) == [(7, {0: 1.0, 1: -1.0}, {2}), (9, {2: 1.0}, {3})]


def test_methods_are_measured_on_the_whole_catalog(music) -> None:
    """One that knows, one that ranks in order of the file (history left out: the wanted row 2 comes first, row 3 third), and one that knows nothing."""
    split, rows = last(USERS, ITEMS, numpy.arange(6.0)), music.index.rows
    asked: list[dict[int, float]] = []

    def oracle(history):
        asked.append(history)
        return (numpy.arange(rows) == (2 if 0 in history else 3)).astype(numpy.float32)

    seen: list[tuple[str, int, int]] = []
    methods = {"oracle": oracle, "order": lambda history: -numpy.arange(rows, dtype=float), "nothing": lambda history: numpy.full(rows, numpy.nan)}
    found = {s.name: s for s in measure_ratings(methods, USERS, ITEMS, WORTHS, split, music.index, progress=lambda *done: seen.append(done))}
    assert asked == [{0: 1.0, 1: -1.0}, {2: 1.0}] and seen == [("people", 0, 2), ("people", 1, 2)]
    assert found["oracle"].mean("NDCG@10") == 1 and found["order"].values["MRR"] == [1.0, pytest.approx(1 / 3)] and found["nothing"].mean("R@50") == 0
    assert [i.n for i in found["order"].lists[1]] == [0, 1, 3, *range(4, 11)] and found["nothing"].lists == [[], []]
    assert len(measure_ratings(methods, USERS, ITEMS, WORTHS, split, music.index, most=1)[0].ms) == 1


def test_nobody_to_foretell_for_is_said(music) -> None:
    nothing = numpy.zeros(6, dtype=bool)
    with pytest.raises(UsageError, match="nobody"):
        measure_ratings({}, USERS, ITEMS, WORTHS, Split(~nothing, nothing), music.index)
