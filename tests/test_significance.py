"""Intervals and tests against theory, exact enumeration and another library, and against the promise of their level."""

from __future__ import annotations

from itertools import product

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.significance import Difference, compare, holm, interval, ratio_interval


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
    assert ratio_interval([1.0, 2.0], [0.0, 0.0]) == (0.0, 0.0)


def test_the_interval_of_a_ratio_agrees_with_scipy() -> None:
    from scipy.stats import bootstrap

    rng = numpy.random.default_rng(3)
    below = rng.uniform(1, 3, 60)
    above = below * 0.4 + rng.normal(0, 0.2, 60)
    theirs = bootstrap((above, below), lambda a, b: a.sum() / b.sum(), paired=True, vectorized=False, n_resamples=2000, method="percentile", random_state=1).confidence_interval
    assert ratio_interval(above, below, samples=4000) == pytest.approx((theirs.low, theirs.high), abs=0.006)


@pytest.mark.parametrize("seed", range(4))
def test_p_is_that_of_all_exchanges(seed: int) -> None:
    """Ten requests have 1024 ways to exchange a and b: drawn ones find the share of those at least as large."""
    rng = numpy.random.default_rng(seed)
    a, b = rng.uniform(0, 1, 10), rng.uniform(0, 0.7, 10)
    d = a - b
    exact = numpy.mean([abs(numpy.dot(s, d)) >= abs(d.sum()) - 1e-12 for s in product((-1, 1), repeat=10)])
    assert compare(a, b).p == pytest.approx(exact, abs=0.02)


def test_equal_answers_do_not_differ() -> None:
    same = compare([0.5, 1.0, 0.0], [0.5, 1.0, 0.0])
    assert (same.mean, same.low, same.high, same.p, same.sign) == (0, 0, 0, 1.0, 0) and compare([], []).p == 1.0


def test_a_false_find_is_as_rare_as_promised() -> None:
    """Two ways that are the same but for noise: p < .05 in about one of twenty of 300 experiments (4 standard deviations: 0 to 0.10)."""
    rng = numpy.random.default_rng(0)
    found = [compare(*rng.uniform(0, 1, (2, 30)), flips=400).p < 0.05 for _ in range(300)]
    assert 0 < numpy.mean(found) < 0.10


def test_a_real_difference_is_found_and_signed() -> None:
    rng = numpy.random.default_rng(1)
    base = rng.uniform(0, 0.8, 100)
    better = compare(base + rng.uniform(0, 0.1, 100), base)
    assert better.sign == 1 and better.low > 0 and compare(base, base + 0.05).sign == -1
    assert Difference(0.1, 0.0, 0.2, 0.01, held=0.2).sign == 0, "what the correction does not hold is not marked"


def test_holm_by_hand() -> None:
    """Of three: the least times 3, the next times 2, the last as it is, never less than one before it."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06]) and holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]
