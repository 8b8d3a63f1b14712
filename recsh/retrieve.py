"""A query understood -> a shortlist: candidates from full text, vectors, tags, neighbours of what was named and what is known of the person,
fused into one score.

Every source gives a signal for every row; the score is their weighted mean, with weights by the kind of request (a named tag wants tags
and text, "like X" wants X's neighbours, a mood wants vectors). Hard conditions filter before, and are relaxed one at a time, with a warning,
when nothing would be left.

Leaves out: the signals themselves (see `signals`, `memory`), their weights (see `fusion`), the model's opinion (see `rank`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from msgspec import Struct

from recsh.conditions import Condition
from recsh.fusion import NOBODY, OWN, Personal, Weights, fuse, weights_for
from recsh.index import Index
from recsh.request import Exclusion, Query
from recsh.signals import POOL, Signals, fitting, of_kind, scaled, signals_of
from recsh.text import tokens
from recsh.types import Candidate, Source, Warning_
from recsh.vectors import best

if TYPE_CHECKING:
    import numpy

_BLOCK = 1 << 15  # rows scored at a time
MIX = 5  # seed of the order of rows of which nothing is known
HEAD = 24  # rows, at least, whose vector signal is made better where the index holds static vectors: a hundred are no better, and take a second


class Shortlist(Struct, frozen=True, eq=False):
    """Candidates, best first; `allowed` which rows met the conditions and may be shown, bool (rows,); `warnings` what was relaxed."""

    candidates: tuple[Candidate, ...]
    allowed: numpy.ndarray
    warnings: tuple[Warning_, ...] = ()


def retrieve(
    query: Query,
    index: Index,
    *,
    vector: numpy.ndarray | None = None,
    head: Callable[[Sequence[int]], numpy.ndarray] | None = None,
    only: numpy.ndarray | None = None,
    without: Sequence[int] = (),
    limit: int = 24,
    weigh: Callable[..., Weights] = weights_for,
    personal: Personal = NOBODY,
) -> Shortlist:
    """The best `limit` rows for a query.

    `vector` is the request's vector (dims,) in the space of the index's; `head` gives better cosines for a few rows (see `semantic`) and
    replaces the vector signal of the best ones; `only` a bool mask (rows,) from `--where`, never relaxed; `without` positions not to show;
    `personal` what is known of the person.
    """
    import numpy

    allowed, warnings = _allowed(query, index, only, (*without, *personal.hidden))
    signals = signals_of(query, index, vector, allowed)
    weights = weigh(query, has_vectors=vector is not None and index.vectors is not None)
    kinds = of_kind(query, index)
    if query.superlative:
        kinds = kinds * fitting(query, index, signals, allowed)
    mixed = None if signals.values or personal.signals else numpy.random.default_rng((MIX, crc32(query.text.encode()) if query.excluded else 0)).random(len(allowed), dtype=numpy.float32)
    pool = _pool(signals, allowed, weights, kinds, personal, max(POOL, limit)) if mixed is None else _mixed(mixed, allowed, limit)
    if not len(pool):
        return Shortlist((), allowed, warnings)
    table = signals.at(pool) | {name: values[pool] for name, values in personal.signals.items()}
    kind = kinds[pool]
    features, shares, score = fuse(table, weights, kind, personal)
    if head is not None and Source.VECTOR in table:
        first = numpy.argsort(-score, kind="stable")[: max(HEAD, limit)]
        pool, kind, table = pool[first], kind[first], {name: column[first] for name, column in table.items()}
        table[Source.VECTOR] = scaled(head(pool), numpy.ones(len(pool), dtype=bool))
        features, shares, score = fuse(table, weights, kind, personal)
    order = numpy.argsort(-score if mixed is None else -mixed[pool], kind="stable")[:limit]
    items = index.items(pool[order])
    candidates = tuple(
        Candidate(item, float(score[o]), _at(table, o), _words_in(query, item), _at(shares, o), _at(features, o))
        for o, item in zip(order, items, strict=True)
    )
    return Shortlist(candidates, allowed, warnings)


def _mixed(mixed: numpy.ndarray, allowed: numpy.ndarray, k: int) -> numpy.ndarray:
    """Sorted positions of k allowed rows where nothing speaks for one more than for another: some from all over the file, not its first ones
    (five silent films, where it is sorted by year), for a request always the same; who refuses something else gets others."""
    import numpy

    pool = best(numpy.where(allowed, mixed, -numpy.inf), k)
    return numpy.sort(pool[allowed[pool]])


def _at(columns: Mapping[str, numpy.ndarray], row: int) -> dict[str, float]:
    """One row of a table of columns, without what is zero."""
    return {name: float(column[row]) for name, column in columns.items() if column[row] != 0}


def _pool(signals: Signals, allowed: numpy.ndarray, weights: Weights, kinds: numpy.ndarray, personal: Personal, k: int) -> numpy.ndarray:
    """Sorted positions of the k allowed rows with the highest scores, among those that have something of what was asked for; among all allowed
    ones if none has. The score is what `fuse` would say, taken over all rows a block at a time, so that each is read from memory once."""
    import numpy

    own = [signals.values[name] for name in OWN[:5] if name in signals.values] if signals.choosy else []
    every = {**signals.values, **personal.signals}
    one = numpy.ones(1, dtype=numpy.float32)
    adds = {name: numpy.float32(share[0]) for name, share in fuse(dict.fromkeys(every, one), weights, one, personal)[1].items()}
    score = numpy.empty(len(allowed), dtype=numpy.float32)
    fits = False
    for only_fitting in (True, False):
        for at in range(0, len(allowed), _BLOCK):
            part = slice(at, at + _BLOCK)
            block = sum((adds[name] * values[part] for name, values in every.items() if name in OWN and name in adds), numpy.zeros(1, dtype=numpy.float32)) * kinds[part]
            for name, values in every.items():
                if name not in OWN and name in adds:
                    block += adds[name] * values[part]
            usable = allowed[part]
            if only_fitting and own:
                usable = usable & numpy.logical_or.reduce([values[part] > 0 for values in own])
            score[part] = numpy.where(usable, block, -numpy.inf)
            fits = fits or bool(usable.any())
        if fits or not own:
            break
    pool = best(score, k)
    return numpy.sort(pool[score[pool] > -numpy.inf])


def _words_in(query: Query, item) -> tuple[str, ...]:
    """The request's words and tags that stand in the row, for `--explain` and for reasons without a model."""
    have = {t for cell in item.cells.values() for t in tokens(cell[:500])}
    return tuple(w for w in query.words if w in have)


# --- conditions ------------------------------------------------------------------------------------------------------


def meets(condition: Condition, index: Index) -> numpy.ndarray:
    """Which rows meet a condition, bool (rows,). An empty cell does not: nothing true could be said of it."""
    values = index.numbers(condition.column)
    inside = (values >= condition.low) & (index.firsts(condition.column) <= condition.high)
    return (values == values) & ~inside if condition.negated else inside


def _excluded_rows(exclusion: Exclusion, index: Index) -> numpy.ndarray:
    import numpy

    rows = [index.facet_rows(exclusion.facets), numpy.array(exclusion.rows, dtype=numpy.int64)]
    if exclusion.tokens:
        rows.append(numpy.array(index.having(exclusion.tokens), dtype=numpy.int64))
    return numpy.concatenate(rows)


def _allowed(query: Query, index: Index, only: numpy.ndarray | None, without: Sequence[int]) -> tuple[numpy.ndarray, tuple[Warning_, ...]]:
    """Rows that may be shown. Conditions and exclusions that leave nothing are dropped, the one that costs most rows first."""
    import numpy

    base = numpy.ones(index.rows, dtype=bool) if only is None else only.copy()
    base[list(without)] = False
    for reference in query.references:  # what was named is known already
        if reference.known:
            base[list(reference.rows)] = False
    masks = [(c.words, meets(c, index)) for c in query.conditions]
    for exclusion in query.excluded:
        mask = numpy.ones(index.rows, dtype=bool)
        mask[_excluded_rows(exclusion, index)] = False
        masks.append((f"not {exclusion.words}", mask))
    warnings = []
    while masks:
        allowed = base & numpy.logical_and.reduce([m for _, m in masks])
        if allowed.any() or not base.any():
            return allowed, tuple(warnings)
        # Without which one would the most rows be left?
        gains = [int((base & numpy.logical_and.reduce([m for j, (_, m) in enumerate(masks) if j != i] or [base])).sum()) for i in range(len(masks))]
        words, _ = masks.pop(max(range(len(gains)), key=gains.__getitem__))
        warnings.append(Warning_("relaxed", f"nothing meets every condition: {words!r} was set aside"))
    return base, tuple(warnings)
