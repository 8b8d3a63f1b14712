"""A part for chance in the order, so that what is uncertain gets found out: Thompson sampling, and how probable it made what was shown.

    lot = draw(ranker, 0.2, numpy.random.default_rng(seed), judged)     # judged: how often each candidate has been judged
    order = numpy.argsort(-lot.scores(features), kind="stable")
    chance = propensities(features, ranker, 0.2, limit=5, rng=numpy.random.default_rng(seed + 1), judged=judged, shown=order[:5])

`explore` is 0 (none: the learned order, always the same) to 1 (multipliers as uncertain as the log leaves them, and items by what nothing but
a verdict can tell). Leaves out: learning (see `learn`), who is left out after the order is made (duplicates, diversity).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from recsh.learn import SIGNALS, SLOPE, Ranker, matrix

if TYPE_CHECKING:
    import numpy

ITEM_SPREAD = 1.0 / SLOPE  # how far an item's worth may be from its score (standard deviation): one in log-odds of a like
SAMPLES = 200


class Draw(Struct, frozen=True, eq=False):
    """One draw: `multipliers` as `Ranker.multipliers`, `effects` (n,) what is added to each candidate's score."""

    multipliers: Mapping[str, float]
    effects: numpy.ndarray

    def scores(self, features: Sequence[Mapping[str, float]]) -> numpy.ndarray:
        """The scores of these candidates (n,), higher is better; not bound to 0..1."""
        return matrix(features) @ [self.multipliers[name] for name in SIGNALS] + self.effects


def _spreads(explore: float, judged: Sequence[int]) -> numpy.ndarray:
    """How far each item's score is drawn from what its signals say, (n,): less the more often it was judged, as the spread of a mean."""
    import numpy

    return explore * ITEM_SPREAD / numpy.sqrt(1.0 + numpy.asarray(judged, dtype=numpy.float64))


def draw(ranker: Ranker, explore: float, rng: numpy.random.Generator, judged: Sequence[int]) -> Draw:
    """Multipliers and items' worths drawn from what they may be, `explore` times as far from the most probable. `judged` (n,) counts the
    verdicts there are on each candidate. 0 gives what was learned and no effects."""
    return Draw(ranker.sample(rng, explore), _spreads(explore, judged) * rng.standard_normal(len(judged)))


def propensities(
    features: Sequence[Mapping[str, float]],
    ranker: Ranker,
    explore: float,
    limit: int,
    *,
    rng: numpy.random.Generator,
    judged: Sequence[int] | None = None,
    shown: Sequence[int] = (),
    samples: int = SAMPLES,
) -> numpy.ndarray:
    """How probable it was that each candidate would be among the first `limit`, (n,) in 0..1: the share of `samples` draws in which it is.

    Candidates at the positions `shown` were drawn at least once, and so get 1 / samples at the least. Without exploration it is 1 for the
    first and 0 for the others.
    """
    import numpy

    table = matrix(features)
    judged = numpy.zeros(len(table)) if judged is None else judged
    samples = samples if explore > 0 else 1
    scores = ranker.draws(rng, samples, explore) @ table.T + _spreads(explore, judged) * rng.standard_normal((samples, len(table)))
    first = numpy.argsort(-scores, axis=1, kind="stable")[:, :limit]
    out = numpy.bincount(first.ravel(), minlength=len(table)) / samples
    if explore > 0:
        at = numpy.asarray(shown, dtype=numpy.int64)
        out[at] = numpy.maximum(out[at], 1.0 / samples)
    return out
