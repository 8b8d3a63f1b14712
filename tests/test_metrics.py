"""Measures against values worked by hand and against implementations of their own."""

from __future__ import annotations

from math import isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.metrics import MEASURES, f1, hit, interval, mrr, ndcg, precision, recall

IDS = st.sampled_from("abcdefghij")
LISTS = st.lists(IDS, max_size=10, unique=True)
SETS = st.sets(IDS, max_size=6)


def test_worked_by_hand() -> None:
    """a and c of {a, c, x} at ranks 1 and 3: DCG 1 + 1/2, ideal 1 + 1/log2(3) + 1/2."""
    ranked, relevant = ["a", "b", "c", "d"], {"a", "c", "x"}
    assert precision(ranked, relevant, 2) == 0.5 and precision(ranked, relevant, 4) == 0.5 and precision(ranked, relevant, 10) == 0.2
    assert recall(ranked, relevant, 1) == 1 / 3 and recall(ranked, relevant, 4) == 2 / 3
    assert f1(ranked, relevant, 4) == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))
    assert hit(["b", "a"], relevant, 1) == 0 and hit(["b", "a"], relevant, 2) == 1
    assert mrr(["b", "d", "c"], relevant) == 1 / 3 and mrr(["b", "d", "c"], relevant, 2) == 0
    assert ndcg(ranked, relevant, 4) == pytest.approx(1.5 / (1 + 0.63092975 + 0.5))
    assert ndcg(["b", "a"], {"a": 2.0, "b": 1.0}, 10) == pytest.approx((1 + 2 * 0.63092975) / (2 + 0.63092975))


def other_ndcg(ranked: list[str], relevant: set[str], k: int) -> float:
    def dcg(gains: list[int]) -> float:
        return sum(g * log(2) / log(i + 2) for i, g in enumerate(gains[:k]))

    ideal = dcg([1] * len(relevant))
    return dcg([int(r in relevant) for r in ranked]) / ideal if ideal else 0.0


@settings(max_examples=200, deadline=None)
@given(LISTS, SETS, st.integers(1, 12))
def test_against_other_implementations(ranked: list[str], relevant: set[str], k: int) -> None:
    both = len({*ranked[:k]} & relevant)
    assert precision(ranked, relevant, k) == both / k
    assert recall(ranked, relevant, k) == (both / len(relevant) if relevant else 0)
    assert isclose(f1(ranked, relevant, k), 2 * both / (k + len(relevant)) if relevant else 0, abs_tol=1e-12)
    assert hit(ranked, relevant, k) == (both > 0)
    places = [i for i, r in enumerate(ranked, 1) if r in relevant]
    assert mrr(ranked, relevant) == (1 / places[0] if places else 0)
    assert isclose(ndcg(ranked, relevant, k), other_ndcg(ranked, relevant, k), abs_tol=1e-12)


@settings(max_examples=200, deadline=None)
@given(st.lists(IDS, max_size=15), SETS)
def test_every_measure_is_in_bounds_whatever_comes(ranked: list[str], relevant: set[str]) -> None:
    """Repeated ids count once; an empty set of relevant ones gives 0."""
    for name, measure in MEASURES.items():
        value = measure(ranked, relevant)
        assert 0 <= value <= 1 + 1e-12, name
        assert relevant or value == 0


@given(LISTS, SETS.filter(bool))
def test_the_best_order_scores_one(ranked: list[str], relevant: set[str]) -> None:
    best = sorted(relevant) + [r for r in ranked if r not in relevant]
    assert ndcg(best, relevant, 10) == pytest.approx(1) and mrr(best, relevant) == 1 and recall(best, relevant, 10) == 1


def test_the_interval_holds_the_mean_and_narrows() -> None:
    values = [0.0, 1.0] * 50
    low, high = interval(values)
    assert 0.38 < low < 0.5 < high < 0.62  # normal approximation: 0.5 ± 1.96 * 0.05
    wider = interval(values[:20])
    assert wider[1] - wider[0] > high - low
    narrow = interval(values, level=0.5)
    assert low < narrow[0] < narrow[1] < high


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_interval_lies_in_the_range_of_the_values_and_is_the_same_again(values: list[float]) -> None:
    low, high = interval(values, samples=100)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert interval(values, samples=100) == (low, high)


def test_odd_intervals() -> None:
    assert interval([]) == (0.0, 0.0) and interval([0.3]) == pytest.approx((0.3, 0.3))
