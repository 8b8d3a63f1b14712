"""Measures of a ranked list against what is relevant: pure functions of lists.

`ranked` is a list of ids, best first; `relevant` a set of ids; `k` a cut. Every measure is in 0..1, higher is better; an id that is repeated counts once.
An empty `relevant` gives 0 everywhere: such a request cannot be answered rightly and should not be in a test set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import log2
from random import Random


def _found(ranked: Sequence[str], relevant: Collection[str], k: int) -> int:
    """How many different relevant ids stand among the first k: what comes twice counts once."""
    return sum(r in relevant for r in {*ranked[:k]})


def precision(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Relevant among the first k, over k (a short list is not excused)."""
    return _found(ranked, relevant, k) / k


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of all relevant that stand among the first k."""
    return _found(ranked, relevant, k) / len({*relevant}) if relevant else 0.0


def f1(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Harmonic mean of precision and recall at k; 0 if both are."""
    p, r = precision(ranked, relevant, k), recall(ranked, relevant, k)
    return 2 * p * r / (p + r) if p + r else 0.0


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 if any relevant stands among the first k."""
    return float(any(r in relevant for r in ranked[:k]))


def mrr(ranked: Sequence[str], relevant: Collection[str], k: int | None = None) -> float:
    """1 / rank of the first relevant; 0 if there is none (among the first k)."""
    return next((1 / i for i, r in enumerate(ranked[:k], 1) if r in relevant), 0.0)


def ndcg(ranked: Sequence[str], relevant: Collection[str] | Mapping[str, float], k: int) -> float:
    """Normalised discounted cumulative gain, gain = grade (1 for a plain set), discount log2(rank + 1) (Järvelin & Kekäläinen 2002)."""
    grades = relevant if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1.0)
    best = sum(g / log2(i + 1) for i, g in enumerate(sorted(grades.values(), reverse=True)[:k], 1))
    first = {r: i for i, r in reversed([*enumerate(ranked[:k], 1)])}
    return sum(grades.get(r, 0.0) / log2(i + 1) for r, i in first.items()) / best if best else 0.0


def interval(values: Sequence[float], *, level: float = 0.95, samples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean (Efron 1979)."""
    if not values:
        return 0.0, 0.0
    random = Random(seed)
    means = sorted(sum(random.choices(values, k=len(values))) / len(values) for _ in range(samples))
    cut = int((1 - level) / 2 * samples)
    return means[cut], means[samples - 1 - cut]


MEASURES: Mapping[str, Callable[[Sequence[str], Collection[str]], float]] = {
    "P@5": lambda r, s: precision(r, s, 5), "P@10": lambda r, s: precision(r, s, 10),
    "R@1": lambda r, s: recall(r, s, 1), "R@5": lambda r, s: recall(r, s, 5), "R@10": lambda r, s: recall(r, s, 10), "R@50": lambda r, s: recall(r, s, 50),
    "F1@5": lambda r, s: f1(r, s, 5), "F1@10": lambda r, s: f1(r, s, 10),
    "H@10": lambda r, s: hit(r, s, 10), "MRR": lambda r, s: mrr(r, s), "NDCG@10": lambda r, s: ndcg(r, s, 10),
}  # fmt: skip
