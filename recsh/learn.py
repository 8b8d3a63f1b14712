"""How much each signal of the ranking is worth to this person, learned from the log of answers and verdicts.

    ranker = fit(log.impressions("music"), log.events("music"))
    score = sum(ranker.multipliers().get(name, 1.0) * share for name, share in candidate.features.items())

A verdict is an example: P(like) = sigmoid(a + sum_k theta_k x_k + c log2(rank + 1)), where x_k is what signal k added to the score, less its
mean over that answer (an easy question is no merit of its signals), and the last term is what being shown high is worth, which is learned here
and never ranked by. All theta_k start at the same `SLOPE`, which is the order without learning; what is learned is by how much each should be
multiplied. Everything is fitted anew from the log each time: the result depends on nothing but the log, in whatever order it is given.

Leaves out: drawing from what is uncertain (see `explore`), learning from vectors (see `adapter`), where the log is kept (see `feedback`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh.floods import ITEM_CAP, capped, later, shares
from recsh.logistic import posterior, probability
from recsh.types import Event, Impression, Source, Verdict

if TYPE_CHECKING:
    import numpy

# What may be learned about, and its multiplier before anything is: 1 for what makes the score, 0 for what waits to prove itself.
PRIOR: Mapping[str, float] = {
    Source.TEXT: 1.0, Source.VECTOR: 1.0, Source.FACET: 1.0, Source.NEIGHBOUR: 1.0, Source.KNOWLEDGE: 1.0, "popular": 1.0, "lean": 1.0,
    Source.TASTE: 1.0, Source.COLLAB: 1.0, Source.RERANKER: 1.0, Source.MODEL: 1.0, Source.NOVELTY: 0.0, Source.ADAPTER: 0.0,
}  # fmt: skip
SIGNALS = tuple(PRIOR)

# The prior's scales. On a grid (SLOPE 3 to 8, SPREAD .3 to 1, SPREAD_NEW .03 to .3), over five sorts of simulated people (tests/test_learn.py has
# such), larger spreads gained more NDCG@10 after 100 verdicts and lost more where the order was right as it was: these gain nine tenths of
# the most and lose .025 there at most.
SLOPE = 5.0  # log-odds of a like between a score of 0 and one of 1
SPREAD = 0.6  # how far from 1 a multiplier may well be (standard deviation)
SPREAD_NEW = 0.1  # the same of what starts at 0, whose raw values are larger than shares are
SPREAD_BASE = 1.5  # of the log-odds of a like for the mean row of an answer
SPREAD_RANK = 0.3  # of the log-odds that a doubling of the rank costs

WEAK = 0.1  # what a row counts as not liked that was passed over for a liked one below it (Joachims 2002)
HALF_LIFE = 200  # verdicts after which an older one counts half; of a flood only some count (see `floods`)
NEWEST = 6 * HALF_LIFE  # older verdicts would count less than 1/64
CLIP = 1 / 3  # least propensity: nothing counts more than three times for having been shown by chance (ten times learned slower than no weights at all)


class Examples(Struct, frozen=True, eq=False):
    """What the log says, a row an example: `impression` its answer's place in the sequence given, `item` the item's id, `x` (n, signals) what
    each signal added, `centre` (n, signals) the mean of that over the answer, `rank` (n,), `liked` (n,) 0 or 1, `weight` (n,) above 0.
    `verdicts` is how many of them are verdicts; the rest was passed over."""

    impression: tuple[int, ...]
    item: tuple[str, ...]
    x: numpy.ndarray
    centre: numpy.ndarray
    rank: numpy.ndarray
    liked: numpy.ndarray
    weight: numpy.ndarray
    verdicts: int = 0

    def __len__(self) -> int:
        return len(self.item)


def matrix(features: Iterable[Mapping[str, float]]) -> numpy.ndarray:
    """Features as rows, (n, signals) in the order of `SIGNALS`; absent ones, and what is no number, 0."""
    import numpy

    none = (0.0,) * len(SIGNALS)
    rows = numpy.fromiter(chain.from_iterable(map(f.get, SIGNALS, none) for f in features), dtype=numpy.float64).reshape(-1, len(SIGNALS))
    return numpy.clip(numpy.nan_to_num(rows), -1.0, 1.0)


def examples(impressions: Sequence[Impression], events: Sequence[Event]) -> Examples:
    """The examples in a log.

    The newest verdict on a row of an answer is one: liked if its worth is above 0, counted by how far from 0 it is (a like 1, a skip .3, a
    rating of 4 .5; a 3 not at all). A row above the lowest liked one that nothing was said about was looked at and passed over: not liked, by
    `WEAK`. Rows below were perhaps not looked at. A verdict fades with those that came after it, and an item, a conversation and a day count
    no more than their caps, so that no flood of verdicts moves more than so much. Shown by chance with probability p counts 1/p (inverse
    propensity; Schnabel et al. 2016), normalised to the effective number of examples (Kish 1965).
    """
    import numpy

    at = {impression.id: i for i, impression in enumerate(impressions) if impression.shown}
    touched: set[tuple[int, str]] = set()
    newest: dict[tuple[int, str], Event] = {}
    for event in sorted(events, key=lambda e: (e.at, e.id, e.impression or "", e.thing.id, e.verdict, e.value or 0.0)):
        if event.impression not in at:
            continue
        key = at[event.impression], event.thing.id
        touched.add(key)
        if event.verdict not in (Verdict.CONSUMED, Verdict.NOTE):
            newest.pop(key, None)  # so that the dictionary is in the order of the newest verdicts
            newest[key] = event
    said = [(key, event) for key, event in newest.items() if event.worth]
    places = {i: {shown.item_id: n for n, shown in enumerate(impressions[i].shown)} for (i, _), _ in said}
    said = [(key, event) for key, event in said if key[1] in places[key[0]]]
    behind = later([event for _, event in said])
    said, behind = [s for s, n in zip(said, behind, strict=True) if n < NEWEST], [n for n in behind if n < NEWEST]

    base = numpy.array([abs(e.worth) for _, e in said]) * 0.5 ** (numpy.array(behind) / HALF_LIFE)
    base = base * capped(base.tolist(), [(e.catalog, key[1]) for key, e in said], ITEM_CAP)
    base = base * shares(base.tolist(), [e for _, e in said])

    rows = [(i, places[i][item], event.worth > 0, weight) for ((i, item), event), weight in zip(said, base.tolist(), strict=True)]
    verdicts = len(rows)
    lowest: dict[int, tuple[int, float]] = {}
    for i, n, liked, weight in rows:
        if liked:
            lowest[i] = max(lowest.get(i, (-1, 0.0)), (n, weight))
    for i, (last, weight) in sorted(lowest.items()):
        rows += [(i, n, False, WEAK * weight) for n, shown in enumerate(impressions[i].shown[:last]) if (i, shown.item_id) not in touched]

    used = [*places]
    sizes = numpy.array([len(impressions[i].shown) for i in used], dtype=numpy.int64)
    starts = numpy.concatenate([[0], numpy.cumsum(sizes)]).astype(numpy.int64)[:-1]
    table = matrix([shown.features for i in used for shown in impressions[i].shown])
    means = numpy.add.reduceat(table, starts) / sizes[:, None] if rows else matrix([])
    place = {i: n for n, i in enumerate(used)}
    answer = numpy.array([place[i] for i, *_ in rows], dtype=numpy.int64)
    shown = [impressions[i].shown[n] for i, n, _, _ in rows]
    weight = numpy.array([w for *_, w in rows])
    chance = 1.0 / numpy.clip(numpy.nan_to_num([s.propensity for s in shown]), CLIP, 1.0)
    if rows:
        chance *= (weight @ chance) / (weight @ chance**2)
    return Examples(
        tuple(i for i, *_ in rows),
        tuple(s.item_id for s in shown),
        table[starts[answer] + [n for _, n, _, _ in rows]] if rows else matrix([]),
        means[answer],
        numpy.array([max(1, s.rank) for s in shown], dtype=numpy.float64),
        numpy.array([float(liked) for _, _, liked, _ in rows]),
        weight * chance,
        verdicts,
    )


class Ranker(Struct, frozen=True, eq=False):
    """What was learned: `mean` (signals,) and `covariance` (signals, signals) of the multipliers, in the order of `SIGNALS`. `evidence` is how
    many verdicts it rests on, `likes` how many of them were liked, `base` the log-odds of a like for a row of the mean shares `centre` (signals,)
    at the first rank, `rank` what a doubling of rank + 1 adds to them."""

    mean: numpy.ndarray
    covariance: numpy.ndarray
    centre: numpy.ndarray
    evidence: int = 0
    likes: int = 0
    base: float = 0.0
    rank: float = 0.0

    def multipliers(self) -> dict[str, float]:
        """Signal -> what its share of the score is multiplied by. Nothing below 0 but novelty: a signal that misleads is left out, not turned
        round; that someone wants what is known is a taste of its own."""
        return dict(zip(SIGNALS, cut(self.mean).tolist(), strict=True))

    def sample(self, rng: numpy.random.Generator, scale: float = 1.0) -> dict[str, float]:
        """Multipliers drawn from what they may be (Thompson 1933), `scale` times as far from their means; 0 gives `multipliers`."""
        return dict(zip(SIGNALS, self.draws(rng, 1, scale)[0].tolist(), strict=True))

    def draws(self, rng: numpy.random.Generator, samples: int, scale: float = 1.0) -> numpy.ndarray:
        """The same many times, (samples, signals)."""
        import numpy

        root = numpy.linalg.cholesky(self.covariance)
        return cut(self.mean + scale * rng.standard_normal((samples, len(SIGNALS))) @ root.T)

    def probability(self, features: Mapping[str, float], among: Sequence[Mapping[str, float]] = ()) -> float:
        """P(like) of a row with these features at the first rank; `among` are the features of all rows of its answer, if they are known."""
        centre = matrix(among).mean(axis=0) if among else self.centre
        return float(probability(self.base + SLOPE * (matrix([features])[0] - centre) @ self.mean))

    def summary(self) -> dict[str, Any]:
        """What was learned, for JSON: of each signal the multiplier, what it was before, and how uncertain it is (standard deviation)."""
        spread = self.covariance.diagonal() ** 0.5
        signals = {
            str(name): {"multiplier": round(m, 4), "before": PRIOR[name], "mean": round(float(mean), 4), "sd": round(float(sd), 4)}
            for (name, m), mean, sd in zip(self.multipliers().items(), self.mean, spread, strict=True)
        }
        return {"verdicts": self.evidence, "likes": self.likes, "rank": round(self.rank, 4), "signals": signals}


def cut(multipliers: numpy.ndarray) -> numpy.ndarray:
    """Multipliers (..., signals) as they are used: none below 0 but novelty's."""
    import numpy

    return numpy.where([name == Source.NOVELTY for name in SIGNALS], multipliers, numpy.maximum(multipliers, 0.0))


def fit(impressions: Sequence[Impression], events: Sequence[Event], *, prior: Mapping[str, float] = {}) -> Ranker:
    """Learn from a log. `prior` gives other multipliers to start from (`{"adapter": adapter.weight}`). Nothing in the log: the prior."""
    return learn(examples(impressions, events), prior=prior)


def learn(seen: Examples, *, prior: Mapping[str, float] = {}) -> Ranker:
    """Learn from examples; see `fit`."""
    import numpy

    before = numpy.array([prior.get(name, m) for name, m in PRIOR.items()])
    spread = numpy.maximum(SPREAD * abs(before), SPREAD_NEW)
    # Columns: the signals in multiplier's units, then the base, then the rank.
    mean = numpy.concatenate([before, [0.0, 0.0]])
    precision = 1.0 / numpy.concatenate([spread, [SPREAD_BASE, SPREAD_RANK]]) ** 2
    x = numpy.column_stack([SLOPE * (seen.x - seen.centre), numpy.ones(len(seen)), numpy.log2(seen.rank + 1.0) - 1.0])
    theta, covariance = posterior(x, seen.liked, seen.weight, mean, precision)
    k = len(SIGNALS)
    centre = (seen.weight @ seen.centre) / seen.weight.sum() if len(seen) else numpy.zeros(k)
    likes = int(seen.liked.sum())
    return Ranker(theta[:k], covariance[:k, :k], centre, seen.verdicts, likes, float(theta[k]), float(theta[k + 1]))
