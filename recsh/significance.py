"""How sure a mean is, and whether two ways of answering the same requests really differ.

Everything is drawn from a seed, so that a report can be made again. Leaves out: what was measured (see `metrics`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy

LEVEL = 0.95
BOOTSTRAPS = 1000  # enough for the ends of a 95% interval to be steady in the second digit
FLIPS = 10_000  # p values are then sure to about .002 at .05
_CELLS = 4_000_000  # numbers drawn at a time, 32 MB


class Difference(Struct, frozen=True):
    """`mean` of one thing less that of another over the same requests, its 95% bootstrap interval, and the probability `p` of a difference as large
    if the two were exchangeable. `held` is p after Holm's correction, where several were tested together."""

    mean: float
    low: float
    high: float
    p: float
    held: float | None = None

    @property
    def sign(self) -> int:
        """1 or -1 if it is significant at .05 (after the correction, if there was one), else 0."""
        p = self.p if self.held is None else self.held
        return 0 if p >= 0.05 or not self.mean else 1 if self.mean > 0 else -1


def interval(values: Sequence[float], *, level: float = LEVEL, samples: int = BOOTSTRAPS, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean (Efron 1979); (0, 0) for no values."""
    return ratio_interval(values, [1.0] * len(values), level=level, samples=samples, seed=seed) if len(values) else (0.0, 0.0)


def ratio_interval(
    above: "Sequence[float] | numpy.ndarray", below: "Sequence[float] | numpy.ndarray", *, level: float = LEVEL, samples: int = BOOTSTRAPS, seed: int = 0
) -> tuple[float, float]:
    """The same of sum(above) / sum(below), pairs drawn together. A draw whose sum below is 0 says nothing and is left out; (0, 0) if all are."""
    import numpy

    a, b = numpy.asarray(above, dtype=float), numpy.asarray(below, dtype=float)
    rng, n = numpy.random.default_rng(seed), len(a)
    found: list[numpy.ndarray] = []
    step = max(1, _CELLS // max(n, 1))
    for at in range(0, samples, step):
        drawn = rng.integers(n, size=(min(step, samples - at), n))
        under = b[drawn].sum(axis=1)
        found.append(a[drawn].sum(axis=1)[under != 0] / under[under != 0])
    ratios = numpy.concatenate(found)
    if not len(ratios):
        return 0.0, 0.0
    low, high = numpy.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def compare(a: Sequence[float], b: Sequence[float], *, seed: int = 0, flips: int = FLIPS) -> Difference:
    """`a` less `b`, request by request (equal lengths).

    p by the paired randomisation test, two-sided (Fisher 1935; Smucker, Allan & Carterette 2007): the share of random exchanges of a and b
    within requests whose mean difference is at least as large, the observed one counted among them.
    """
    import numpy

    d = numpy.asarray(a, dtype=float) - numpy.asarray(b, dtype=float)
    if not len(d):
        return Difference(0.0, 0.0, 0.0, 1.0)
    low, high = interval(d, seed=seed)
    rng = numpy.random.default_rng(seed)
    moved = d[d != 0]  # exchanging equals changes nothing
    as_large, step = 0, max(1, _CELLS // max(len(moved), 1))
    for at in range(0, flips, step):
        signs = rng.integers(0, 2, size=(min(step, flips - at), len(moved)), dtype=numpy.int8) * 2 - 1
        as_large += int((abs(signs @ moved) >= abs(moved.sum()) - 1e-12).sum())
    return Difference(float(d.mean()), low, high, (1 + as_large) / (1 + flips))


def holm(ps: Sequence[float]) -> list[float]:
    """p values of tests made together, corrected so that one false find in all of them is no likelier than said (Holm 1979)."""
    out, worst = [0.0] * len(ps), 0.0
    for place, i in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[i]))
        out[i] = worst
    return out
