"""Candidates and the model's verdicts -> the order a person sees: fusion, duplicates folded, diversity.

Scores are in 0..1. Leaves out: where signals come from (see `retrieve`, `engine`), learning their weights from feedback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from recsh.text import fold
from recsh.types import Candidate, Source

ODDS = 99.0  # of a model whose word is law
CERTAIN = 30.0  # log-odds that are taken for certainty; float32 cannot tell more
_EDITION = re.compile(
    r"\s*[\(\[][^()\[\]]*\b(?:re-?master(?:ed)?|re-?issue|deluxe|edition|version|mono|stereo|explicit|clean|bonus|anniversary|radio edit|single)\b[^()\[\]]*[\)\]]"
    r"|\s+-\s+(?:\d{4}\s+)?(?:re-?master(?:ed)?|single version|album version|radio edit|mono|stereo)\b.*$",
    re.I,
)


def with_model(candidates: Sequence[Candidate], verdicts: Mapping[int, float], weight: float, multiplier: float = 1.0) -> list[Candidate]:
    """Fuse the model's log-odds of yes (position in the index -> log-odds) into the scores; best first.

    Log-odds are spread over 0..1 between the least and the most convincing row of this shortlist, so that a model which says yes to
    everything, or to nothing, still only orders. A row without a verdict keeps its retrieval score scaled by 1 - weight. `multiplier` is what
    was learned of the model: the odds weight : 1 - weight are multiplied by it.
    """
    if not verdicts or weight <= 0:
        return list(candidates)
    odds = min(weight / max(1e-9, 1 - weight), ODDS)
    weight = weight if multiplier == 1.0 else multiplier * odds / (1 + multiplier * odds)
    verdicts = {n: _bounded(v) for n, v in verdicts.items()}
    low, high = min(verdicts.values()), max(verdicts.values())
    spread = max(high - low, 1e-9)
    out = []
    for c in candidates:
        opinion = (verdicts[c.item.n] - low) / spread if c.item.n in verdicts else 0.0
        signals = {**c.signals, Source.MODEL: opinion} if c.item.n in verdicts else c.signals
        shares = {name: (1 - weight) * share for name, share in c.shares.items()} | ({Source.MODEL: weight * opinion} if opinion else {})
        features = {**c.features, Source.MODEL: odds * opinion} if opinion else c.features
        out.append(replace(c, score=(1 - weight) * c.score + weight * opinion, signals=signals, shares=shares, features=features))
    return sorted(out, key=lambda c: -c.score)


def _bounded(log_odds: float) -> float:
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


def likeness(a: Candidate, b: Candidate) -> float:
    """How alike two items are, 0..1: the same creator counts half, shared tags (Jaccard) the other half."""
    tags_a, tags_b = {*map(fold, a.item.tags)}, {*map(fold, b.item.tags)}
    shared = len(tags_a & tags_b) / len(tags_a | tags_b) if tags_a | tags_b else 0.0
    same = bool(a.item.creator) and fold(a.item.creator) == fold(b.item.creator)
    return 0.5 * same + 0.5 * shared


def diversify(candidates: Sequence[Candidate], limit: int, diversity: float) -> list[Candidate]:
    """Maximal marginal relevance (Carbonell & Goldstein 1998): next is the one with the highest
    (1 - diversity) * score - diversity * (likeness to the most alike one chosen). 0 keeps the order; 1 is diversity alone."""
    if diversity <= 0:
        return list(candidates[:limit])
    rest, chosen = list(candidates), []
    nearest = [0.0] * len(rest)
    while rest and len(chosen) < limit:
        i = max(range(len(rest)), key=lambda j: (1 - diversity) * rest[j].score - diversity * nearest[j])
        best = rest.pop(i)
        nearest.pop(i)
        chosen.append(best)
        nearest = [max(n, likeness(best, c)) for n, c in zip(nearest, rest, strict=True)]
    return chosen
