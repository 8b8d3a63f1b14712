"""What facets are worth: against the same regression solved the other way round, over the facets, by numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsh.worths import BASE, COMMON, FEW, SHARE, ranges, worths


def solved(facets: Sequence[Mapping[str, float]], weights: Sequence[float], usual: Mapping[str, float]) -> dict[str, float]:
    """The mean of the posterior by the normal equations: `facets` of each item, and how much of them it has."""
    names = sorted({f for some in facets for f in some})
    x = numpy.array([[some.get(f, 0.0) for f in names] for some in facets])
    mean = numpy.array([usual[f] for f in names])
    spread = numpy.minimum(1.0, COMMON / mean)
    x = x - mean
    prior = SHARE * spread / max((x**2 @ spread).mean(), FEW)
    x, prior = numpy.column_stack([x, numpy.ones(len(x))]), numpy.append(prior, BASE)
    precision = numpy.abs(weights) / (1 - SHARE)
    found = numpy.linalg.solve((x.T * precision) @ x + numpy.diag(1 / prior), x.T @ (precision * numpy.sign(weights)))
    return dict(zip(names, found, strict=False))


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.floats(0.01, 1.0), st.booleans()), min_size=1, max_size=30))
def test_the_values_are_those_of_bayesian_linear_regression(said: list[tuple[set[str], float, bool]]) -> None:
    usual = {f: 0.05 * (n + 1) for n, f in enumerate("abcdefgh")}
    facets, weights = [some for some, _, _ in said], [w if good else -w for _, w, good in said]
    assert worths(facets, weights, usual.__getitem__) == pytest.approx(solved([dict.fromkeys(some, 1.0) for some in facets], weights, usual), abs=1e-6)


def test_thousands_of_verdicts_are_solved_as_well() -> None:
    rng = numpy.random.default_rng(0)
    usual = {f"f{n}": 0.6 / (n + 1) for n in range(60)}
    facets = [{f for f, share in usual.items() if rng.uniform() < share} | {"f59"} for _ in range(3000)]
    weights = rng.uniform(0.05, 1.0, 3000) * rng.choice((-1.0, 1.0), 3000)
    assert worths(facets, weights.tolist(), usual.__getitem__) == pytest.approx(solved([dict.fromkeys(some, 1.0) for some in facets], weights.tolist(), usual), abs=1e-5)


def test_nothing_judged_is_worth_nothing() -> None:
    assert worths([], [], lambda f: 0.1) == {} and worths([set()], [1.0], lambda f: 0.1) == {}


def test_a_verdict_that_contradicts_the_others_changes_little() -> None:
    """How much sooner rock is liked than jazz: of two verdicts one wrong one takes all, of twenty less than a fifth."""

    def lead(count: int, wrong: int) -> float:
        said = [1.0, -1.0] * (count // 2)
        found = worths([{"rock"}, {"jazz"}] * (count // 2), [-w if n < wrong else w for n, w in enumerate(said)], lambda f: 0.3)
        return found["rock"] - found["jazz"]

    assert lead(2, 1) == pytest.approx(0, abs=1e-9) and lead(20, 0) > lead(2, 0) > 0
    assert 0.8 * lead(20, 0) < lead(20, 1) < lead(20, 0)


def test_what_goes_together_shares_what_is_said_of_it() -> None:
    together = worths([{"rock", "loud"}, {"jazz"}] * 5, [1.0, -1.0] * 5, lambda f: 0.2)
    assert together["rock"] == pytest.approx(together["loud"]) and together["rock"] < -together["jazz"] < 2 * together["rock"]


def test_what_most_rows_have_says_less() -> None:
    value = worths([{"rock", "english"}, {"jazz", "welsh"}] * 5, [1.0, -1.0] * 5, {"rock": 0.1, "jazz": 0.1, "english": 0.8, "welsh": 0.2}.__getitem__)
    assert 0 < 3 * value["english"] < value["rock"] and value["welsh"] < 0


def test_a_range_is_near_its_neighbours() -> None:
    shares = [0.1, 0.2, 0.2, 0.2, 0.2, 0.1]
    rows = numpy.array(ranges(shares))
    assert (rows**2).sum(axis=1) == pytest.approx(1) and (rows.argmax(axis=1) == range(6)).all()
    near = {n: dict(enumerate(row)) for n, row in enumerate(rows.tolist())}
    value = worths([{1}, {4}] * 3, [1.0, -1.0] * 3, lambda f: shares[f], near)
    assert value[1] > value[2] > 0 > value[3] > value[4] and value[0] > 0 > value[5], "what nobody judged is judged by what is next to it"
    mean = {str(g): float(sum(s * row[g] for s, row in zip(shares, rows, strict=True))) for g in range(6)}
    basis = solved([{str(g): part for g, part in enumerate(rows[n])} for n in (1, 4)] * 3, [1.0, -1.0] * 3, mean)
    assert [value[n] for n in range(6)] == pytest.approx(rows @ [basis[str(g)] for g in range(6)], abs=1e-6)
