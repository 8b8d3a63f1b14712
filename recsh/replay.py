"""What another ranking would have been worth, from a log of what was shown, with which probability, and how it was judged (off-policy).

An example is one judged line of one answer: reward r, 1 for a like and 0 for a dislike (`(worth + 1) / 2` in between), logged with probability p of
being among those shown; the other ranking shows it with probability q; its weight is w = q / p. With n examples, and the mean m(x) of a guessed
reward g over what the other ranking shows for request x:

    ips     sum(w r) / n                              unbiased, if all that q shows had a chance of being shown (Horvitz & Thompson 1952)
    snips   sum(w r) / sum(w)                         self-normalised: a little bias for much less noise (Swaminathan & Joachims 2015)
    dr      (sum(m(x)) + sum(w (r - g))) / n          doubly robust: the guess carries, the log corrects it (Dudík, Langford & Li 2011)

g of an item is its mean reward in all other answers, drawn towards the mean of all; never from the answer it is used on, so that it cannot know
the reward it guesses. Each item is taken by itself: that a neighbour in the list changes how it is judged is left out, and so is that people judge
the first lines rather than the last. A log without exploration (all p are 1) says nothing of what was not shown: then only what both show counts.

Leaves out: the log (see `feedback`), asking for the other ranking (handed in).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, to_builtins

from recsh.significance import ratio_interval
from recsh.types import Event, Impression, Verdict

ENOUGH = 30  # examples in effect, below which no estimate is to be trusted
PRIOR = 5.0  # judgements that the mean of all counts for, in the guess of one item's reward
JUDGING = (Verdict.LIKE, Verdict.DISLIKE, Verdict.SKIP, Verdict.RATING)

Policy = Callable[[Impression], Mapping[str, float]]
"""The other ranking: item id -> probability of being among those shown for this request (together as many as were shown then)."""


class Estimate(Struct, frozen=True):
    """A mean reward, its 95% bootstrap interval over answers, and `gain` over the logged ranking with the interval of that."""

    value: float
    low: float
    high: float
    gain: float = 0.0
    gain_low: float = 0.0
    gain_high: float = 0.0


class Replay(Struct, frozen=True):
    """`answers` with judged lines and these `examples`; `logged` the mean reward of what was shown. `effective` is the number of equally
    weighted examples that would be as sure (Kish 1965), `overlap` the share of the examples that the other ranking shows too. An estimate is None
    where the log cannot give it; `warnings` say why, or how little the others are worth."""

    answers: int
    examples: int
    logged: Estimate | None = None
    ips: Estimate | None = None
    snips: Estimate | None = None
    dr: Estimate | None = None
    effective: float = 0.0
    overlap: float = 0.0
    explored: bool = False
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return to_builtins(self)


def rewards(impressions: Iterable[Impression], events: Iterable[Event]) -> dict[str, dict[str, float]]:
    """{impression id: {item id: reward 0..1}} of the lines that were judged; of several verdicts on one line the newest counts."""
    shown = {i.id: {s.item_id for s in i.shown} for i in impressions}
    out: dict[str, dict[str, float]] = {}
    for event in sorted(events, key=lambda e: (e.at, e.id)):
        if event.verdict in JUDGING and event.impression is not None and event.thing.id in shown.get(event.impression, ()):
            out.setdefault(event.impression, {})[event.thing.id] = (event.worth + 1) / 2
    return out


def replay(impressions: Sequence[Impression], events: Sequence[Event], policy: Policy, *, seed: int = 0) -> Replay:
    """The mean reward of another ranking, estimated from the log. `policy` is asked once for each answer that has a judged line."""
    judged = rewards(impressions, events)
    used = [i for i in impressions if judged.get(i.id)]
    if not used:
        return Replay(0, 0, warnings=("no answer in the log has a verdict: like or dislike what is shown, and ask again",))
    guess = _guesses(judged)
    n: list[float] = []  # of each answer: examples, and the sums of
    r_, w_, ww_, wr_, dr_ = [], [], [], [], []  # reward, weight, weight squared, weighted reward, the doubly robust sum
    shared, explored = 0, False
    for impression in used:
        verdicts, chances = judged[impression.id], policy(impression)
        lines = [(s, verdicts[s.item_id]) for s in {s.item_id: s for s in impression.shown}.values() if s.item_id in verdicts]
        weights = [max(0.0, chances.get(s.item_id, 0.0)) / min(1.0, max(s.propensity, 1e-6)) for s, _ in lines]
        explored = explored or any(s.propensity < 1 for s in impression.shown)
        shared += sum(w > 0 for w in weights)
        total = sum(chances.values())
        mean = sum(q * guess(impression.id, item) for item, q in chances.items()) / total if total else 0.0
        n.append(len(lines))
        r_.append(sum(r for _, r in lines))
        w_.append(sum(weights))
        ww_.append(sum(w * w for w in weights))
        wr_.append(sum(w * r for w, (_, r) in zip(weights, lines, strict=True)))
        dr_.append(len(lines) * mean + sum(w * (r - guess(impression.id, s.item_id)) for w, (s, r) in zip(weights, lines, strict=True)))
    effective = sum(w_) ** 2 / sum(ww_) if sum(ww_) else 0.0
    logged = _estimate(r_, n, r_, n, seed)
    snips = _estimate(wr_, w_, r_, n, seed) if sum(w_) else None
    ips, dr = (_estimate(wr_, n, r_, n, seed), _estimate(dr_, n, r_, n, seed)) if explored else (None, None)
    examples = int(sum(n))
    return Replay(len(used), examples, logged, ips, snips, dr, effective, shared / examples, explored, tuple(_warnings(effective, examples, explored)))


def _warnings(effective: float, examples: int, explored: bool) -> Iterable[str]:
    if not explored:
        yield "the log was made without exploration: only what both rankings show can be judged, nothing that is new in this one; --explore mends that"
    if effective < ENOUGH:
        yield f"{effective:.0f} examples in effect, of {examples}: too few to tell ({ENOUGH} are the least)"


def _guesses(judged: Mapping[str, Mapping[str, float]]) -> Callable[[str, str], float]:
    """(impression id, item id) -> the item's mean reward in the other answers, drawn towards the mean of those by `PRIOR` judgements of it."""
    sums: dict[str, list[float]] = {}
    for verdicts in judged.values():
        for item, reward in verdicts.items():
            entry = sums.setdefault(item, [0.0, 0])
            entry[0] += reward
            entry[1] += 1
    total, count = sum(s for s, _ in sums.values()), sum(c for _, c in sums.values())

    def guess(impression: str, item: str) -> float:
        own = judged[impression]
        rest = count - len(own)
        prior = (total - sum(own.values())) / rest if rest else 0.5
        reward, times = sums.get(item, (0.0, 0))
        if item in own:
            reward, times = reward - own[item], times - 1
        return (reward + PRIOR * prior) / (times + PRIOR)

    return guess


def _estimate(above: Sequence[float], below: Sequence[float], r: Sequence[float], n: Sequence[float], seed: int) -> Estimate:
    """sum(above) / sum(below), and its gain over sum(r) / sum(n), the same answers drawn for both."""
    value, before = sum(above) / sum(below), sum(r) / sum(n)
    low, high = ratio_interval(above, below, seed=seed)
    if below is n or list(below) == list(n):
        gain = ratio_interval([a - b for a, b in zip(above, r, strict=True)], n, seed=seed)
    else:  # of two ratios with different denominators: linearised about their values
        scale = sum(below) / sum(n)
        moved = [(a - value * b) / scale - (x - before * y) + (value - before) * y for a, b, x, y in zip(above, below, r, n, strict=True)]
        gain = ratio_interval(moved, n, seed=seed)
    return Estimate(value, low, high, value - before, *gain)


class Past(Struct, frozen=True):
    """The log as it was before the moment `at`, for reading: so that an answer can be asked for again with what was known when it was given, and
    not with the verdicts that it earned."""

    all_events: Sequence[Event]
    all_impressions: Sequence[Impression]
    all_marks: Sequence[Any]
    at: float

    def events(self, catalog: str | None = None, *, limit: int | None = None, each: int | None = None) -> list[Event]:
        """As of the log, but that `each` cuts nothing: what one import or session counts is bounded all the same (see `floods`)."""
        return self._before(self.all_events, catalog, limit)

    def impressions(self, catalog: str | None = None, *, limit: int | None = None, each: int | None = None) -> list[Impression]:
        """As of the log, but for `each`."""
        return self._before(self.all_impressions, catalog, limit)

    def marks(self, catalog: str | None = None) -> list[Any]:
        """As of the log; a mark without a catalog is for all."""
        return [m for m in self.all_marks if m.at < self.at and (catalog is None or m.catalog in (None, catalog))]

    def stamp(self, catalog: str | None = None) -> tuple[float]:
        """The moment: it is another log at another one."""
        return (self.at,)

    def _before(self, things: Sequence[Any], catalog: str | None, limit: int | None) -> list[Any]:
        found = [x for x in things if x.at < self.at and (catalog is None or x.catalog == catalog)]
        return found if limit is None else found[max(0, len(found) - limit) :]
