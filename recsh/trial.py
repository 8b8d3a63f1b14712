"""Whether one set of opinions tells liked rows from disliked ones better than another, on verdicts that neither has seen.

The area under the ROC curve (AUC): the share of pairs of a liked and a disliked row in which the liked one has the higher score, ties counting half,
each pair by the product of its weights. Rows are compared within a stratum only, as scores of two kinds of question are not alike. How sure a
difference is, a paired bootstrap over verdicts says (Efron 1979). Pure. Leaves out: where scores come from (see `tune`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy

DRAWS = 2000


class Trial(Struct, frozen=True):
    """`before` and `after`: two areas, 0..1, `better` how probable it is that the second is larger, `beyond_chance` that it is above a half, and
    how many `pairs` that rests on. Without pairs the areas are a half and nothing is probable."""

    before: float
    after: float
    better: float
    beyond_chance: float
    pairs: int


def tried(before: Sequence[float], after: Sequence[float], yes: Sequence[bool], weights: Sequence[float], strata: Sequence[Hashable], *, seed: int = 0, draws: int = DRAWS) -> Trial:
    """Compare scores `before` and `after` of the same verdicts."""
    import numpy

    liked, others = (numpy.flatnonzero(numpy.array(yes, dtype=bool) == side) for side in (True, False))
    same = numpy.array([[strata[i] == strata[j] for j in others] for i in liked], dtype=float).reshape(len(liked), len(others))
    pairs = int(same.sum())
    if not pairs:
        return Trial(0.5, 0.5, 0.0, 0.0, 0)
    wins = [_wins(scores, liked, others) * same for scores in (before, after)]
    weight = numpy.array(weights, dtype=float)
    was, now = (_area(won, same, weight[liked], weight[others]) for won in wins)
    rng = numpy.random.default_rng(seed)
    better = beyond = 0.0
    used = 0
    for _ in range(draws):
        drawn = weight * rng.multinomial(len(weight), numpy.full(len(weight), 1 / len(weight)))
        if not drawn[liked] @ same @ drawn[others]:  # a draw of one side alone
            continue
        a, b = (_area(won, same, drawn[liked], drawn[others]) for won in wins)
        used += 1
        better += _above(b, a)
        beyond += _above(b, 0.5)
    return Trial(was, now, better / max(1, used), beyond / max(1, used), pairs)


def area(scores: Sequence[float], yes: Sequence[bool], weights: Sequence[float], strata: Sequence[Hashable]) -> float:
    """The area alone; a half without pairs."""
    return tried(scores, scores, yes, weights, strata, draws=0).after


def _wins(scores: Sequence[float], liked: numpy.ndarray, others: numpy.ndarray) -> numpy.ndarray:
    import numpy

    values = numpy.array(scores, dtype=float)
    difference = values[liked][:, None] - values[others][None, :]
    return (difference > 0) + 0.5 * (difference == 0)


def _area(won: numpy.ndarray, same: numpy.ndarray, liked: numpy.ndarray, others: numpy.ndarray) -> float:
    return float(liked @ won @ others) / float(liked @ same @ others)


def _above(a: float, b: float) -> float:
    """1 if `a` is above `b`, half if they are equal but for rounding, else 0."""
    return 0.5 if abs(a - b) < 1e-12 else float(a > b)
