"""Whether somebody's taste turned round: how probable it is that each of their verdicts is still of the taste they have now.

    still(facets, worths)      [0.31, 0.31, ..., 1.0]: oldest first, as the verdicts are given

A long memory averages wrong verdicts away, and is deaf to a taste that turns; a short one hears it, and believes every slip. So nothing is
forgotten until the newest verdicts contradict the older ones more than wrong verdicts would. Verdicts y (their mean 0, their spread 1) are taken
as those of a Gaussian process over what the items have (Rasmussen & Williams 2006, 2.7 and 5.4), K the inner products of their facets:

    same taste      y ~ N(0, s K + (1 - s) I)       the mean over s in `SHARES`: with any number of slips
    turned c ago    y ~ N(0, s K_c + (1 - s) I)     over s in `CLEAR`; K_c: K, and 0 between the last c verdicts and those before
    P(c) = ODDS/n R(c) / (1 + ODDS/n sum of R)      R(c) = (L(c) / L(same))^SHARP, over n places of change (Fearnhead 2006, a single change)

A verdict still counts as far as no change came after it. Only places are tried that leave as much before as after, in the last `WINDOW` verdicts.

Pure. Leaves out: what the verdicts then add up to, and how they fade besides (see `taste`).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

PLACES = (10, 12, 14, 16, 18, 20, 25, 32, 40, 50, 60)  # verdicts since the change; fewer say too little
WINDOW = 2 * PLACES[-1]
CLEAR = (0.85,)  # shares of what is said that follow from the facets: only of who speaks as clearly is it believed that he turned
SHARES = (0.05, 0.15, 0.3, 0.5, 0.7, *CLEAR)
COMMON = 0.25  # share of the items from which what they have says less of how alike they are
ODDS = 1.0  # of a change against none, before anything is known
SHARP = 1.5  # power of the likelihoods: who hesitates pays for both mistakes (measured)


def still(facets: Sequence[Collection[Hashable]], worths: Sequence[float]) -> list[float]:
    """How probable it is that no change came after each verdict, oldest first; 1 where there is nothing to go by. `facets` of the items judged,
    `worths` what the verdicts are worth, likes above 0 and dislikes below."""
    import numpy

    out = numpy.ones(len(worths))
    count = min(len(worths), WINDOW)
    places = [c for c in PLACES if 2 * c <= count]
    said = numpy.array(worths[-count:] if count else [], dtype=float)
    if not places or said.min() >= 0 or said.max() <= 0:  # who only ever likes contradicts nothing
        return out.tolist()
    said = (said - said.mean()) / said.std()
    alike = _alike(facets[-count:])
    if alike is None:
        return out.tolist()
    evidence = numpy.array([_evidence(_parted(alike, c), said, CLEAR) for c in places]) - _evidence(alike, said, SHARES)
    odds = ODDS / len(places) * numpy.exp(numpy.minimum(SHARP * evidence, 500.0))
    changed = odds / (1 + odds.sum())
    for c, probability in zip(places, changed, strict=True):
        out[: len(out) - c] -= probability
    return numpy.clip(out, 0.0, 1.0).tolist()


def _alike(facets: Sequence[Collection[Hashable]]) -> numpy.ndarray | None:
    """K, its mean diagonal 1: inner products of facets, each less its mean, so that what all have in common says nothing, and less of what many
    have. None if all are alike."""
    import numpy

    place = {f: i for i, f in enumerate(dict.fromkeys(f for some in facets for f in some))}
    has = numpy.zeros((len(facets), len(place)))
    for row, some in zip(has, facets, strict=True):
        row[[place[f] for f in some]] = 1.0
    mean = has.mean(axis=0)
    has = (has - mean) * numpy.sqrt(COMMON / numpy.maximum(mean, COMMON))
    out = has @ has.T
    size = float(out.trace()) / len(facets)
    return out / size if size > 1e-9 else None


def _parted(alike: numpy.ndarray, since: int) -> numpy.ndarray:
    out = alike.copy()
    out[:-since, -since:] = out[-since:, :-since] = 0.0
    return out


def _evidence(alike: numpy.ndarray, said: numpy.ndarray, shares: Sequence[float]) -> float:
    """log of the mean over these shares of N(said; 0, share alike + (1 - share) I), but for a constant."""
    import numpy

    spreads, axes = numpy.linalg.eigh(alike)
    some = numpy.array(shares)[:, None]
    variances = some * numpy.maximum(spreads, 0.0) + 1 - some
    logs = -0.5 * ((axes.T @ said) ** 2 / variances + numpy.log(variances)).sum(axis=1)
    return float(logs.max() + numpy.log(numpy.exp(logs - logs.max()).mean()))
