"""Measures against values worked by hand and against implementations of their own."""

from __future__ import annotations

from math import isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.metrics import coverage, diversity, f1, gini, hit, measures, mrr, ndcg, precision, recall

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
    for name, measure in measures().items():
        value = measure(ranked, relevant)
        assert 0 <= value <= 1 + 1e-12, name
        assert relevant or value == 0


@given(LISTS, SETS.filter(bool))
def test_the_best_order_scores_one(ranked: list[str], relevant: set[str]) -> None:
    best = sorted(relevant) + [r for r in ranked if r not in relevant]
    assert ndcg(best, relevant, 10) == pytest.approx(1) and mrr(best, relevant) == 1 and recall(best, relevant, 10) == 1


RANKED = st.lists(IDS, max_size=14)  # with repeats
GRADES = st.dictionaries(IDS, st.integers(1, 4), min_size=1, max_size=6)


def once(ranked: list[str]) -> list[str]:
    """A list as other libraries take it: what comes again moved far away, its place taken by something unknown."""
    return [r if r not in ranked[:i] else f"again {i}" for i, r in enumerate(ranked)]


@settings(max_examples=150, deadline=None)
@given(RANKED, GRADES, st.integers(1, 12))
def test_against_ir_measures(ranked: list[str], grades: dict[str, int], k: int) -> None:
    """Graded, with repeats and short lists: trec_eval's own numbers (through ir-measures)."""
    import ir_measures
    from ir_measures import RR, P, R, Success, nDCG

    run = {"q": {r: float(-i) for i, r in enumerate(once(ranked))}} if ranked else {"q": {"nothing": 0.0}}
    found = {str(m): v for m, v in ir_measures.calc_aggregate([P @ k, R @ k, Success @ k, RR, nDCG @ k], {"q": grades}, run).items()}
    ours = {f"P@{k}": precision(ranked, grades, k), f"R@{k}": recall(ranked, grades, k), f"Success@{k}": hit(ranked, grades, k), "RR": mrr(ranked, grades), f"nDCG@{k}": ndcg(ranked, grades, k)}
    assert ours == pytest.approx(found, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(RANKED, GRADES, st.integers(1, 12))
def test_against_scikit_learn(ranked: list[str], grades: dict[str, int], k: int) -> None:
    """NDCG of graded lists, and precision, recall and F1 of "shown among the first k" as a class."""
    from sklearn.metrics import f1_score, ndcg_score, precision_score, recall_score

    shown = once(ranked)
    rest = [r for r in grades if r not in shown]
    every = shown + [f"nothing {i}" for i in range(k)] + rest  # a list may be short; what it lacks must not be found at its end
    true, score = [[grades.get(r, 0) for r in every]], [[-i for i in range(len(every))]]
    assert ndcg(ranked, grades, k) == pytest.approx(ndcg_score(true, score, k=k, ignore_ties=True), abs=1e-9)
    top = [int(i < min(k, len(shown))) for i in range(len(every))]
    wanted = [int(g > 0) for g in true[0]]
    assert recall(ranked, grades, k) == pytest.approx(recall_score(wanted, top))
    if len(shown) >= k:  # of a short list, precision over what it has would be another measure
        assert precision(ranked, grades, k) == pytest.approx(precision_score(wanted, top))
        assert f1(ranked, grades, k) == pytest.approx(f1_score(wanted, top))


def test_cuts_are_what_was_asked_for() -> None:
    assert [*measures()] == ["P@5", "P@10", "R@5", "R@10", "R@50", "F1@5", "F1@10", "H@10", "MRR", "NDCG@10"]
    assert [*measures((3, 1), None)] == ["P@1", "P@3", "R@1", "R@3", "F1@1", "F1@3", "H@3", "MRR", "NDCG@3"]
    assert measures((1, 2))["P@2"](["a", "b"], {"b"}) == 0.5 and measures((1, 2))["P@1"](["a", "b"], {"b"}) == 0


def test_coverage_and_diversity_by_hand() -> None:
    assert coverage([["a", "b"], ["b"]], 8) == 0.25 and coverage([], 8) == coverage([["a"]], 0) == 0
    assert diversity([1, 2, 4], lambda a, b: 1 / abs(a - b)) == pytest.approx(1 - (1 + 1 / 2 + 1 / 3) / 3)
    assert diversity([1], lambda a, b: 0.0) is None


def test_gini_of_known_spreads() -> None:
    assert gini([3, 3, 3, 3], 4) == 0 and gini([], 4) == gini([0, 0], 4) == 0
    assert gini([5], 10) == pytest.approx(0.9) == gini([0, 5, 0], 10)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 5))
def test_gini_is_half_the_relative_mean_difference(counts: list[int], never: int) -> None:
    """The definition over all pairs; rows that were never shown count, whether they are listed or not."""
    every = counts + [0] * never
    n, total = len(every), sum(every)
    naive = sum(abs(a - b) for a in every for b in every) / (2 * n * total) if total else 0.0
    assert gini(counts, n) == pytest.approx(naive) == gini([c for c in counts if c], n)
