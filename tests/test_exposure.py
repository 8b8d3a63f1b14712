"""What lists are like, worked by hand on a shelf of five."""

from __future__ import annotations

import math

import numpy
import pytest

from recsh.exposure import Written, describe, popularity_by, popularity_in, popularity_of, spread, written
from recsh.types import Cause, Column, Item, Role, Unmatched

A, B, C, D, E = (Item(n, i, t, "Someone", tags) for n, (i, t, tags) in enumerate([("a", "One", ("x",)), ("b", "Two", ("x",)), ("c", "Three", ("y",)), ("d", "One (Remastered)", ("x",)), ("e", "Five", ("z",))]))


def test_popularity_in_bits_and_places() -> None:
    """Counts 3, 0, 0, 1, NaN: with one more each, of nine interactions four are with the first."""
    found = popularity_of(numpy.array([3.0, 0.0, -2.0, 1.0, numpy.nan]), "column sales")
    assert found.bits.tolist() == pytest.approx([-math.log2(4 / 9), *[-math.log2(1 / 9)] * 2, -math.log2(2 / 9), -math.log2(1 / 9)])
    assert found.place.tolist() == pytest.approx([0.9, 0.3, 0.3, 0.7, 0.3]) and found.place.mean() == pytest.approx(0.5) and found.known


def test_without_a_column_exposure_is_all_there_is(shelf) -> None:
    columns = (Column("id", Role.ID), Column("title", Role.TITLE), Column("sold", Role.NUMBER, unit="count"))
    catalog = shelf(["id", "title", "sold"], [["a", "One", 5], ["b", "Two", 0]], columns)
    assert popularity_in(catalog.index).source == "column sold" and popularity_in(catalog.index).place.tolist() == [0.75, 0.25]
    assert popularity_in(shelf(["id", "title"], [["a", "One"]], columns[:2]).index) is None
    shown = popularity_by([[A, B], [A]], 3)
    assert not shown.known and shown.bits.tolist() == pytest.approx([1.0, -math.log2(2 / 6), -math.log2(1 / 6)])


def test_lists_by_hand() -> None:
    """Two lists cut at 3 of a catalog of ten. One holds a remaster of what it holds already."""
    texts = [Written(2, (Cause.NO_MATCH, Cause.DUPLICATE)), Written(4, (Cause.AMBIGUOUS, Cause.NO_MATCH))]
    found = describe([[A, C, D, E], [A, B]], texts, 10, 3, popularity_of(numpy.arange(10.0), "column n"))
    assert found["coverage"] == 0.4 and found["short"] == 0.5 and found["repeats"] == pytest.approx(1 / 5)
    # a-c and c-d share the creator only (0.5), a-d all (0), a-b all (0)
    assert found["diversity"]["mean"] == pytest.approx(((0.5 + 0.0 + 0.5) / 3 + 0.0) / 2)
    assert found["popularity"]["mean"] == pytest.approx(((0.05 + 0.25 + 0.35) / 3 + (0.05 + 0.15) / 2) / 2)
    assert (found["suggestions"], found["off_catalog"], found["duplicates"]) == (10, 0.2, 0.1)
    assert found["gini"] == pytest.approx(sum((2 * i - 11) * x for i, x in enumerate([0] * 6 + [1, 1, 1, 2], 1)) / (10 * 5))


def test_what_cannot_be_said_is_none() -> None:
    found = describe([[], []], [], 10, 5, None)
    assert found["diversity"] is found["novelty"] is found["popularity"] is found["off_catalog"] is None and found["short"] == 1 and found["repeats"] == 0
    assert found["novelty_by"] == "exposure" and spread([]) is None


def test_the_same_row_again_is_a_repeat() -> None:
    assert describe([[A, A, B, B]], [], 10, 4, None)["repeats"] == 0.5


def test_what_was_written_is_counted() -> None:
    assert written(3, [Unmatched("x", Cause.NO_MATCH), Unmatched("y", Cause.EXCLUDED)]) == Written(3, (Cause.NO_MATCH, Cause.EXCLUDED))
