"""What each facet is worth to a person, where any verdict may be wrong: what all of them say together.

    worths([{"rock", "loud"}, {"jazz"}], [1.0, -0.5], usual)        {"rock": 0.08, "loud": 0.08, "jazz": -0.05}: a like, and half a dislike

A verdict y is 1 or -1, counts `weight`, and follows to `SHARE` from what the item has; the rest is what no facet says, and slips:

    y = base + sum over f of value(f) (x(f) - usual(f)) + noise        value(f) ~ N(0, SHARE spread(f)), noise ~ N(0, (1 - SHARE) / weight), base ~ N(0, BASE)

x(f) is 1 if the item has f; of ranges of numbers it has those near its own a little. spread(f) is the same for all facets, but less for those that more
than `COMMON` of the rows have; over what an item has it sums to 1 on the average, or less where that is not much (`FEW`). Returned is the mean of the posterior: Bayesian linear regression
(Bishop 2006, 3.3), a Gaussian process over what the items have (Rasmussen & Williams 2006, 2.1). Facets that go together share what is said of them
instead of each taking all of it. `SHARE` is small: a person's clean verdicts would bear a greater one, by which fifty are worth a hundredth more, and
wrong ones cost a tenth of the gain more (measured).

Pure. Leaves out: what a verdict counts (see `taste`), whether a taste turned (see `turning`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

SHARE = 0.3  # of what is said that follows from the facets
FEW = 4.0  # spreads of facets that an item has at least: who is known by one tag alone is not known by all of it
BASE = 0.1  # how far from even, squared, somebody's likes and dislikes usually are
COMMON = 0.25  # share of the rows from which a facet says less: nobody likes a language
WIDTH = 0.14  # how far a range of numbers reaches into others (standard deviation), in shares of the rows
_STEPS = 200  # of conjugate gradients; 10 to 40 are usual
_CLOSE = 1e-9  # a residual so much smaller than the verdicts is none

Facet = Hashable


def worths(
    facets: Sequence[Collection[Facet]], weights: Sequence[float], usual: Callable[[Facet], float], near: Mapping[Facet, Mapping[Facet, float]] = {}
) -> dict[Facet, float]:
    """Facet -> its value, about -1..1: how much sooner than another an item that has it is liked. `facets` of the items judged, `weights` what the
    verdicts count, likes above 0 and dislikes below; `usual` the share of the catalog's rows that has a facet. `near` says for a range how much it
    has of which ranges, itself among them (see `ranges`); those have values too, judged or not."""
    import numpy

    place: dict[Facet, int] = {}
    at: list[int] = []
    of: list[int] = []
    much: list[float] = []
    for n, some in enumerate(facets):
        for f in some:
            for g, part in near[f].items() if f in near else ((f, 1.0),):
                at.append(n)
                of.append(place.setdefault(g, len(place)))
                much.append(part)
    if not place:
        return {}
    mean = numpy.zeros(len(place))
    for g, k in place.items():
        mean[k] = sum(usual(f) * near[f][g] for f in near[g]) if g in near else usual(g)
    spread = numpy.minimum(1.0, COMMON / numpy.maximum(mean, COMMON))
    value = _posterior((numpy.array(at), numpy.array(of), numpy.array(much)), mean, spread, numpy.array(weights, dtype=float))
    return {f: float(sum(part * value[place[g]] for g, part in near[f].items())) if f in near else float(value[k]) for f, k in place.items()}


def _posterior(has: tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray], mean: numpy.ndarray, spread: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """The values (facets,). `has`: item, facet, how much; solved over the verdicts by conjugate gradients (Hestenes & Stiefel 1952), as there may be
    thousands of them that have a few facets each."""
    import numpy

    at, of, much = has
    count, root = len(weights), numpy.sqrt(numpy.abs(weights))

    def down(pull: numpy.ndarray) -> numpy.ndarray:
        return spread * (numpy.bincount(of, much * pull[at], len(mean)) - mean * pull.sum())

    def along(value: numpy.ndarray) -> numpy.ndarray:
        return numpy.bincount(at, much * value[of], count) - mean @ value

    sizes = numpy.bincount(at, spread[of] * much * (much - 2 * mean[of]), count) + spread @ mean**2  # of x - usual, squared
    scale = SHARE / max(float(sizes.mean()), FEW)

    def times(z: numpy.ndarray) -> numpy.ndarray:
        return root * (scale * along(down(root * z)) + BASE * (root @ z)) + (1 - SHARE) * z

    left = root * numpy.sign(weights)
    z, step, size = numpy.zeros(count), left, float(left @ left)
    enough = _CLOSE**2 * size
    for _ in range(_STEPS):
        if size <= enough:
            break
        moved = times(step)
        length = size / float(step @ moved)
        z, left = z + length * step, left - length * moved
        before, size = size, float(left @ left)
        step = left + size / before * step
    return scale * down(root * z)


def ranges(shares: Sequence[float]) -> list[list[float]]:
    """How much a number in each range of a column is in each of them, the squares of a row 1: a bell over the rows between their middles. `shares`
    of the rows that are in each, ascending."""
    import numpy

    middles = numpy.array([*accumulate(shares)]) - numpy.array(shares) / 2
    bell = numpy.exp(-(((middles[:, None] - middles) / WIDTH) ** 2) / 2)
    return (bell / numpy.linalg.norm(bell, axis=1, keepdims=True)).tolist()
