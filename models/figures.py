"""Measures of scored rows, request by request.

    auc     chance that a yes scores above a no of any request (Mann-Whitney; ties count half)
    within  the same among rows of one request, which is what ranking needs
    first   the highest row is a yes (made); ndcg  over the graded rows, gain 2^grade - 1 (judged)

Leaves out: who scores (see `evaluate`: weights; `whole`: the program).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

Scored = list[tuple[int, float]]  # (grade: 0 no, above 1 yes; score) of the rows of one request


@dataclass(frozen=True, slots=True)
class Figures:
    """Measures of some requests; nan where there is nothing to measure."""

    requests: int
    auc: float
    within: float
    first: float
    ndcg: float


def auc(yes: Sequence[float], no: Sequence[float]) -> float:
    """Chance that a yes is above a no; nan without both.

    >>> auc([2.0, 1.0], [0.0, 1.0])
    0.875
    """
    if not len(yes) or not len(no):
        return math.nan
    a, b = numpy.array(yes)[:, None], numpy.array(no)[None]
    return float((a > b).mean() + (a == b).mean() / 2)


def figures(some: Sequence[Scored]) -> Figures:
    """The measures of the module's docstring; grade 1 counts only in ndcg."""
    yes, no = ([s for request in some for g, s in request if keep(g)] for keep in (lambda g: g > 1, lambda g: g == 0))
    within = [auc([s for g, s in r if g > 1], [s for g, s in r if g == 0]) for r in some]
    within = [w for w in within if not math.isnan(w)]
    firsts = [max(r, key=lambda gs: gs[1])[0] > 1 for r in some if any(g > 1 for g, _ in r) and any(g == 0 for g, _ in r)]
    gains = [n for r in some if not math.isnan(n := _ndcg(r))]
    mean = lambda values: float(numpy.mean(values)) if values else math.nan
    return Figures(len(some), auc(yes, no), mean(within), mean(firsts), mean(gains))


def _ndcg(request: Scored) -> float:
    gain = lambda grades: sum((2**g - 1) / math.log2(n + 2) for n, g in enumerate(grades))
    ideal = gain(sorted((g for g, _ in request), reverse=True))
    return gain([g for g, _ in sorted(request, key=lambda gs: -gs[1])]) / ideal if ideal else math.nan


def by_kind(kinds: Sequence[str], found: Sequence[Scored]) -> dict[str, Figures]:
    """Figures of each kind of request, and of all as "all"."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for kind, scored in zip(kinds, found, strict=True):
        groups[kind].append(scored)
    return {"all": figures(found), **{k: figures(v) for k, v in sorted(groups.items())}}


def table(rows: dict[str, Figures]) -> str:
    """Figures as a table to read."""
    lines = [f"{'kind':24} requests   auc within first  ndcg"]
    lines += [f"{k:24} {f.requests:8} {f.auc:.3f}  {f.within:.3f} {f.first:.3f} {f.ndcg:.3f}" for k, f in rows.items()]
    return "\n".join(lines)
