"""What answers are like apart from being right: how much of the catalog is ever shown, how unlike each other the items of a list are, how well known
they are, what the model named that is not there.

Leaves out: what was relevant (see `metrics`), asking (see `evaluate`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh import metrics, rank
from recsh.significance import interval
from recsh.types import Candidate, Cause, Item, Unmatched

if TYPE_CHECKING:
    import numpy

    from recsh.index import Index


class Popularity(Struct, frozen=True):
    """How well known every row is. `source` says by what: a column, ratings, or exposure (how often these very answers showed it, where nothing else
    is known). `bits` (rows,) is its self-information -log2 p, p the probability that one interaction drawn from all (each row having one more, so
    that none is impossible) is with it; `place` (rows,) its percentile 0..1, ties in their middle, mean 0.5."""

    source: str
    bits: "numpy.ndarray"
    place: "numpy.ndarray"

    @property
    def known(self) -> bool:
        """Whether it is of the catalog, and not of the answers themselves."""
        return self.source != "exposure"


def popularity_of(counts: "numpy.ndarray", source: str) -> Popularity:
    """From how often each row was rated, sold, heard: (rows,), NaN and below 0 are 0."""
    import numpy

    counts = numpy.nan_to_num(numpy.maximum(counts, 0.0), posinf=0.0).astype(float)
    order = numpy.sort(counts)
    place = (numpy.searchsorted(order, counts, "left") + numpy.searchsorted(order, counts, "right")) / (2 * max(1, len(counts)))
    return Popularity(source, -numpy.log2((counts + 1) / (counts + 1).sum()), place)


def popularity_in(index: "Index") -> Popularity | None:
    """From the catalog's own column of counts (ratings, sales, listeners), the one that ranks too; None if it has none."""
    column = next((c for c in index.number_columns if c.unit == "count"), None)
    return popularity_of(index.numbers(column.name), f"column {column.name}") if column else None


def popularity_by(lists: Sequence[Sequence[Item]], rows: int) -> Popularity:
    """From how often these lists show each row."""
    import numpy

    shown = [i.n for items in lists for i in items]
    return popularity_of(numpy.bincount(shown, minlength=rows) if shown else numpy.zeros(rows), "exposure")


class Written(Struct, frozen=True):
    """What became of what a model wrote for one request: `kept` became recommendations, `lost` did not, and why."""

    kept: int = 0
    lost: tuple[Cause, ...] = ()


def written(kept: int, unmatched: Sequence[Unmatched]) -> Written:
    """Of one answer."""
    return Written(kept, tuple(u.cause for u in unmatched))


def spread(values: Sequence[float], seed: int = 0) -> dict[str, Any] | None:
    """`{"mean", "low", "high", "n"}` with the 95% bootstrap interval; None for no values."""
    if not values:
        return None
    low, high = interval(values, seed=seed)
    return {"mean": sum(values) / len(values), "low": low, "high": high, "n": len(values)}


def describe(lists: Sequence[Sequence[Item]], texts: Sequence[Written], rows: int, k: int, popularity: Popularity | None, seed: int = 0) -> dict[str, Any]:
    """The facts about lists cut at `k`, of a catalog of so many rows; means over requests with their intervals, None for what cannot be said.

    coverage       share of the rows that are ever shown          diversity    1 - `rank.likeness`, mean over the pairs of a list
    novelty        mean self-information in bits                  popularity   mean percentile of what is shown (the catalog's mean is 0.5)
    gini           of how often each row is shown                 repeats      share of what is shown that is another edition, or the same row again
    short          share of the lists with fewer than k           off_catalog  share of what the model wrote that the catalog does not have
    duplicates     share of what the model wrote that it had written already
    """
    cut = [items[:k] for items in lists]
    known = popularity or popularity_by(cut, rows)
    some = [items for items in cut if items]
    shown = sum(map(len, cut))
    diverse = [d for items in cut if (d := metrics.diversity([Candidate(i, 0.0, {}) for i in items], rank.likeness)) is not None]
    distinct = sum(len(rank.distinct([Candidate(i, 0.0, {}) for i in {x.id: x for x in items}.values()])) for items in cut)
    said = sum(t.kept + len(t.lost) for t in texts)
    causes = Counter(cause for t in texts for cause in t.lost)
    return {
        "k": k, "coverage": metrics.coverage([[i.id for i in items] for items in cut], rows), "diversity": spread(diverse, seed),
        "novelty": spread([float(known.bits[[i.n for i in items]].mean()) for items in some], seed), "novelty_by": known.source,
        "popularity": spread([float(known.place[[i.n for i in items]].mean()) for items in some], seed) if known.known else None,
        "gini": metrics.gini(Counter(i.id for items in cut for i in items).values(), rows),
        "repeats": 1 - distinct / shown if shown else 0.0, "short": sum(len(items) < k for items in cut) / len(cut) if cut else 0.0,
        "suggestions": said, "off_catalog": causes[Cause.NO_MATCH] / said if said else None,
        "duplicates": causes[Cause.DUPLICATE] / said if said else None,
    }  # fmt: skip
