"""Candidates and the model's verdicts -> the order a person sees: fusion, duplicates folded, diversity.

Scores are in 0..1. Leaves out: where signals come from (see `retrieve`, `engine`), learning their weights from feedback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

from msgspec.structs import replace

from recsh.regex import regex
from recsh.text import fold
from recsh.types import Candidate, Source

ODDS = 99.0  # of a model whose word is law
CERTAIN = 30.0  # log-odds that are taken for certainty; float32 cannot tell more
_EDITION = regex(
    r"\s*[\(\[][^()\[\]]*\b(?:re-?master(?:ed)?|re-?issue|deluxe|edition|version|mono|stereo|explicit|clean|bonus|anniversary|radio edit|single)\b[^()\[\]]*[\)\]]"
    r"|\s+-\s+(?:\d{4}\s+)?(?:re-?master(?:ed)?|single version|album version|radio edit|mono|stereo)\b.*$",
    re.I,
    cues=("(", "[", "-"),
)


def with_verdicts(candidates: Sequence[Candidate], verdicts: Mapping[int, float], weight: float, multiplier: float = 1.0) -> list[Candidate]:
    """Fuse the model's log-odds of yes (position in the index -> log-odds) into the scores; best first.

    Log-odds are spread over 0..1 between the least and the most convincing row of this shortlist, so that a model which says yes to
    everything, or to nothing, still only orders.
    """
    verdicts = {n: bounded(v) for n, v in verdicts.items()}
    low, high = min(verdicts.values(), default=0.0), max(verdicts.values(), default=0.0)
    spread = max(high - low, 1e-9)
    return with_opinions(candidates, {n: (v - low) / spread for n, v in verdicts.items()}, weight, multiplier)


def with_opinions(
    candidates: Sequence[Candidate], opinions: Mapping[int, float], weight: float, multiplier: float = 1.0, source: Source = Source.MODEL
) -> list[Candidate]:
    """Fuse what a model thinks of rows (position in the index -> 0..1) into the scores as signal `source`; best first.

    A row without an opinion keeps its score scaled by 1 - weight. `multiplier` is what was learned of the source: the odds weight : 1 - weight are
    multiplied by it.
    """
    if not opinions or weight <= 0:
        return list(candidates)
    odds = min(weight / max(1e-9, 1 - weight), ODDS)
    weight = share(weight, multiplier)
    out = []
    for c in candidates:
        opinion = opinions.get(c.item.n, 0.0)
        signals = {**c.signals, source: opinion} if c.item.n in opinions else c.signals
        shares = {name: (1 - weight) * share for name, share in c.shares.items()} | ({source: weight * opinion} if opinion else {})
        features = {**c.features, source: odds * opinion} if opinion else c.features
        out.append(replace(c, score=(1 - weight) * c.score + weight * opinion, signals=signals, shares=shares, features=features))
    return sorted(out, key=lambda c: -c.score)


def share(weight: float, multiplier: float = 1.0) -> float:
    """The part of a score that the model decides, 0..1, after what was learned of it."""
    odds = multiplier * min(weight / max(1e-9, 1 - weight), ODDS)
    return weight if multiplier == 1.0 else odds / (1 + odds)


def bounded(log_odds: float) -> float:
    """Log-odds of a certainty are infinite, and no number at all is no opinion in favour."""
    return max(-CERTAIN, min(CERTAIN, log_odds)) if log_odds == log_odds else -CERTAIN


def identity(candidate: Candidate) -> tuple[str, str]:
    """What makes two rows the same thing: title without edition notes, and creator."""
    title = candidate.item.title
    return fold(_EDITION.sub("", title)) or fold(title), fold(candidate.item.creator)


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best-scored row of each thing: remasters and re-issues folded. A bare title without creator is never folded away."""
    seen: set[tuple[str, str]] = set()
    out = []
    for c in candidates:
        key = identity(c)
        if key[1] and key in seen:
            continue
        seen.add(key)
        out.append(c)
    return out


Traits = tuple[str, frozenset[str]]
"""What likeness goes by: creator and tags, folded."""


def traits(c: Candidate) -> Traits:
    """Of one candidate; folding takes longer than comparing."""
    return fold(c.item.creator), frozenset(map(fold, c.item.tags))


def likeness(a: Candidate, b: Candidate) -> float:
    """How alike two items are, 0..1: the same creator counts half, shared tags (Jaccard) the other half."""
    return _likeness(traits(a), traits(b))


def _likeness(a: Traits, b: Traits) -> float:
    every = len(a[1] | b[1])
    return 0.5 * (bool(a[0]) and a[0] == b[0]) + (0.5 * len(a[1] & b[1]) / every if every else 0.0)


def diversify(candidates: Sequence[Candidate], limit: int, diversity: float) -> list[Candidate]:
    """Maximal marginal relevance (Carbonell & Goldstein 1998): next is the one with the highest
    (1 - diversity) * score - diversity * (likeness to the most alike one chosen). 0 keeps the order; 1 is diversity alone."""
    if diversity <= 0:
        return list(candidates[:limit])
    rest, chosen = [(c, traits(c)) for c in candidates], []
    nearest = [0.0] * len(rest)
    while rest and len(chosen) < limit:
        i = max(range(len(rest)), key=lambda j: (1 - diversity) * rest[j][0].score - diversity * nearest[j])
        best, about = rest.pop(i)
        nearest.pop(i)
        chosen.append(best)
        nearest = [max(n, _likeness(about, other)) for n, (_, other) in zip(nearest, rest, strict=True)]
    return chosen


def contenders(candidates: Sequence[Candidate], limit: int, part: float, diversity: float = 0.0) -> list[Candidate]:
    """Those that a model with this `part` of the score can bring among the `limit` that `diversify` shows, best first as given.

    A row of score s is worth at most (1 - diversity) ((1 - part) s + part) to it, one of those that would be shown without the model, the last of which
    has z, at least (1 - diversity) (1 - part) z - diversity * likeness. Where the first is less, the row stays behind whatever the model says of any.
    """
    shown = distinct(candidates)[:limit]
    if len(shown) < limit or not 0 < part < 1 or diversity >= 1:
        return list(candidates)
    likest = 0.0
    if diversity > 0:
        likest = max((_likeness(a, b) for a, b in combinations(map(traits, candidates), 2)), default=0.0)
    bar = shown[-1].score - (part + diversity / (1 - diversity) * likest) / (1 - part)
    return [c for c in candidates if c.score >= bar]
