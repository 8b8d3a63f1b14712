"""A taste that may be shown to others: how often what has each tag was liked and disliked, with noise that hides any single item.

    shared(newest verdicts, facets of the catalog, epsilon) -> counts that are epsilon-differentially private (Dwork, McSherry, Nissim & Smith 2006)

The unit is an item: two logs are neighbours if one has all that was said of one more item. An item changes at most `MOST` counts by one each (its
newest verdict counts, on one side, its first `MOST` facets in the catalog's order; which those are depends on the item alone), so the L1 sensitivity is
`MOST`, and each count gets noise of its own,

    P(noise = n) = (1 - p) / (1 + p) * p^|n|,   p = exp(-epsilon / MOST)

the two-sided geometric ("discrete Laplace") distribution (Ghosh, Roughgarden & Sundararajan 2009). Whoever changes their mind about an item does what
taking one away and adding one does, and is protected by 2 epsilon. Drawn exactly, in whole numbers, from the system's source of randomness (Canonne,
Kamath & Steinke 2020, algorithms 1 and 2): there is no floating-point number whose last bits could tell the count (Mironov 2012), and no seed.

Every facet that is counted gets noise, liked ever or never: which are in the output depends on noisy counts alone. The catalog and its facets are
taken for known. Pure but for randomness. Leaves out: the budget (see `feedback`), the command (see `cli.sharing`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil, exp, log

from msgspec import Struct

from recsh.types import Event

MOST = 3  # facets that one item counts for
FALSE = 1.0  # facets that are shown by noise alone, on average at most

Facet = tuple[str, str]  # column, folded key
Below = Callable[[int], int]  # n -> a whole number in 0..n-1, each as probable


class Count(Struct, frozen=True):
    """One facet as it is shown: noisy counts of items liked and disliked, which may be below 0."""

    column: str
    key: str
    liked: int
    disliked: int


class Shared(Struct, frozen=True):
    """`counts` the most telling first; `threshold` is what |liked| or |disliked| has to reach to be shown, `scale` the noise's (its standard deviation is
    about 1.4 times that)."""

    epsilon: Fraction
    scale: Fraction
    threshold: int
    facets: int
    counts: tuple[Count, ...]


def shared(events: Sequence[Event], order: Sequence[Facet], facets_of: Callable[[Event], Iterable[Facet]], epsilon: Fraction, below: Below = secrets.randbelow) -> Shared:
    """What may be shown of these verdicts of one catalog (oldest first). `order` are the facets to count, chosen and
    ordered by the catalog alone; `facets_of` those of an
    event's item. `epsilon` above 0."""
    scale = MOST / epsilon
    true = clipped(events, order, facets_of)
    least = threshold(2 * len(order), scale)
    counts = []
    for facet in order:
        liked, disliked = (true.get((facet, side), 0) + discrete_laplace(scale, below) for side in (True, False))
        if max(liked, disliked) >= least:
            counts.append(Count(*facet, liked, disliked))
    return Shared(epsilon, scale, least, len(order), tuple(sorted(counts, key=lambda c: (-max(c.liked, c.disliked), c.column, c.key))))


def clipped(events: Sequence[Event], order: Sequence[Facet], facets_of: Callable[[Event], Iterable[Facet]]) -> dict[tuple[Facet, bool], int]:
    """(facet, liked) -> of how many items, each counted for `MOST` facets at most, and on the side of its newest verdict."""
    place = {facet: n for n, facet in enumerate(order)}
    newest = {e.thing.id: e for e in events if e.worth}
    out: dict[tuple[Facet, bool], int] = {}
    for event in newest.values():
        own = sorted({f for f in facets_of(event) if f in place}, key=lambda f: place[f])[:MOST]
        for facet in own:
            out[facet, event.worth > 0] = out.get((facet, event.worth > 0), 0) + 1
    return out


def threshold(counts: int, scale: Fraction) -> int:
    """The least value that of so many counts of 0 noise alone lifts `FALSE` to on average: P(noise >= n) = p^n / (1 + p)."""
    p = exp(-1 / float(scale))
    return max(1, ceil(log(max(1, counts) / FALSE / (1 + p)) * float(scale)))


# --- exact noise -----------------------------------------------------------------------------------------------------


def discrete_laplace(scale: Fraction, below: Below = secrets.randbelow) -> int:
    """A whole number n with probability proportional to exp(-|n| / scale)."""
    t, s = scale.numerator, scale.denominator  # the noise is floor(x / s) of a geometric x of rate 1 / t
    while True:
        u = below(t)
        if not _bernoulli_exp(u, t, below):
            continue
        v = 0
        while _bernoulli_exp(1, 1, below):
            v += 1
        size = (u + t * v) // s
        if below(2):
            return size
        if size:  # else 0 would be drawn twice as often
            return -size


def _bernoulli_exp(a: int, b: int, below: Below) -> bool:
    """True with probability exp(-a / b), a in 0..b."""
    k = 1
    while below(b * k) < a:  # each time with probability a / (b k): the odd ones among the runs sum to the exponential's series
        k += 1
    return k % 2 == 1


def as_dict(out: Shared, catalog: str, labels: Mapping[Facet, str], day: str) -> dict[str, object]:
    """What is shared, as JSON, with all that is needed to know what it hides."""
    return {
        "recsh_taste": 1, "catalog": catalog, "day": day,
        "privacy": {
            "definition": "differential privacy", "epsilon": float(out.epsilon), "unit": "all that was said of one item, there or not there",
            "mechanism": "discrete Laplace", "scale": float(out.scale), "sensitivity": MOST, "facets": out.facets, "threshold": out.threshold,
        },
        "facets": [{"column": c.column, "label": labels.get((c.column, c.key), c.key), "liked": c.liked, "disliked": c.disliked} for c in out.counts],
    }  # fmt: skip
