"""Measures of ranked lists: of one against what is relevant, and of many as a whole. Pure functions of lists.

`ranked` is a list of ids, best first; `relevant` a set of ids (for NDCG also a mapping of ids to grades); `k` a cut. A measure of one list is in 0..1,
higher is better; an id that is repeated counts once. An empty `relevant` gives 0 everywhere: such a request cannot be answered rightly and should
not be in a test set.

Leaves out: how sure a mean is (see `significance`), where popularity comes from (see `exposure`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations
from math import log2
from typing import TypeVar

CUTS = (5, 10)  # where lists are cut, unless said otherwise
DEEP = 50  # how far recall looks, beyond what anybody reads: what a better order could still bring up
Measure = Callable[[Sequence[str], Collection[str]], float]
T = TypeVar("T")


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


def measures(cuts: Sequence[int] = CUTS, deep: int | None = DEEP) -> dict[str, Measure]:
    """Every measure by its name, for these cuts: precision (P), recall (R) and F1 at each, recall at `deep`, hit rate (H) and NDCG at the largest, MRR.

    `measures()["NDCG@10"](["a", "b"], {"b"})` is 0.63.
    """
    cuts, last = sorted({*cuts}), max(cuts)
    out: dict[str, Measure] = {f"P@{k}": partial(precision, k=k) for k in cuts}
    out |= {f"R@{k}": partial(recall, k=k) for k in sorted({*cuts, *([deep] if deep else [])})}
    out |= {f"F1@{k}": partial(f1, k=k) for k in cuts}
    return out | {f"H@{last}": partial(hit, k=last), "MRR": mrr, f"NDCG@{last}": partial(ndcg, k=last)}


# --- of many lists ---------------------------------------------------------------------------------------------------


def coverage(lists: Iterable[Sequence[str]], rows: int) -> float:
    """Share of a catalog's rows that stand in any of the lists."""
    return len({i for ranked in lists for i in ranked}) / rows if rows else 0.0


def diversity(items: Sequence[T], likeness: Callable[[T, T], float]) -> float | None:
    """Intra-list diversity (Ziegler et al. 2005): 1 - likeness (0..1), the mean over all pairs; None for a list without a pair."""
    pairs = [1.0 - likeness(a, b) for a, b in combinations(items, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def gini(counts: Collection[int], rows: int) -> float:
    """How unevenly being shown is spread over the rows of a catalog: 0 if all are shown alike, towards 1 if always the same one is.

    `counts` how often each row was shown; those that were never shown may be left out, `rows` counts them. With x sorted, i from 1:
    sum((2i - n - 1) x_i) / (n sum(x)).
    """
    shown = sorted(counts)
    total, missing = sum(shown), rows - len(shown)
    if not total or rows < 1:
        return 0.0
    return sum((2 * (missing + i) - rows - 1) * x for i, x in enumerate(shown, 1)) / (rows * total)
