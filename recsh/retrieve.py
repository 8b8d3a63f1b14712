"""A query understood -> a shortlist: candidates from full text, vectors, tags and neighbours of what was named, fused into one score.

Every source gives a signal in 0..1 for every candidate; the score is their weighted mean, with weights by the kind of request
(a named tag wants tags and text, "like X" wants X's neighbours, a mood wants vectors). Hard conditions filter before, and are relaxed
one at a time, with a warning, when nothing would be left.

Leaves out: the model's opinion and the person's taste (see `rank`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from recsh.conditions import Condition, Leaning
from recsh.index import Index, facet_key
from recsh.request import Exclusion, Query
from recsh.schema import split
from recsh.text import tokens
from recsh.types import Candidate, Reference, Role, Source, Warning_

if TYPE_CHECKING:
    import numpy

POOL = 300  # candidates taken from each source before fusion
HEAD = 100  # rows whose vector signal is made better where the index holds static vectors
OTHER_KIND = 0.6  # what the score of a row of another kind is multiplied by
ALIKE = 0.6  # what another word for the wished tag counts where the catalog has the very word too
PARTIAL = 0.7  # what a tag that only contains the wished words counts ("hard rock" for "rock")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each source counts for one kind of request, before normalisation."""

    text: float
    vector: float
    facet: float = 0.0
    neighbour: float = 0.0
    popular: float = 0.0
    lean: float = 0.0


def weights_for(query: Query, *, has_vectors: bool) -> Weights:
    """The fusion weights of this kind of request.

    What names a tag, a creator or a condition is answered by tags; a sentence in other words by its meaning; "like X" by what is near X;
    a dialogue mostly by the words and names that fell in it. Found by random search for the best NDCG@10 over nine development sets and the
    requests of the sample catalogs, each set counting as the root of its size; rounded.
    """
    words = query.words and not {t for w in query.wishes for t in tokens(w.words)} >= {*query.words}
    lean = 0.3 if query.leanings else 0.0
    if query.dialogue:
        w = Weights(text=1.0, vector=0.1, facet=0.5, neighbour=1.0, popular=0.0, lean=lean)
    elif any(r.rows and r.liked for r in query.references):
        if query.wishes and words:
            w = Weights(text=0.15, vector=0.05, facet=0.8, neighbour=1.0, popular=0.03, lean=lean)
        else:
            w = Weights(text=0.05, vector=0.1, facet=0.15 if query.wishes else 0.0, neighbour=1.0, popular=0.05, lean=lean)
    elif query.wishes and words:
        w = Weights(text=0.14, vector=0.25, facet=1.0, popular=0.05, lean=lean)
    elif query.wishes:
        w = Weights(text=0.25, vector=0.6, facet=1.0, popular=0.2, lean=lean)
    elif _is_sentence(query):
        w = Weights(text=0.35, vector=1.0, popular=0.2, lean=lean)
    else:
        w = Weights(text=1.0, vector=0.5, popular=0.0 if query.words else 1.0, lean=lean)
    return w if has_vectors else replace(w, vector=0.0)


def _is_sentence(query: Query) -> bool:
    """Whether someone wrote a sentence rather than keywords: a third or more of its words are glue."""
    return not query.chinese and len(query.wish.split()) >= 4 and len(query.words) <= 0.67 * len(query.wish.split())


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Candidates, best first; `allowed` which rows met the conditions and may be shown, bool (rows,); `warnings` what was relaxed."""

    candidates: tuple[Candidate, ...]
    allowed: "numpy.ndarray" = field(compare=False)
    warnings: tuple[Warning_, ...] = ()


def retrieve(
    query: Query,
    index: Index,
    *,
    vector: "numpy.ndarray | None" = None,
    head: "Callable[[Sequence[int]], numpy.ndarray] | None" = None,
    only: "numpy.ndarray | None" = None,
    without: Sequence[int] = (),
    limit: int = 24,
    weigh: Callable[..., Weights] = weights_for,
) -> Shortlist:
    """The best `limit` rows for a query.

    `vector` is the request's vector (dims,) in the space of the index's; `head` gives better cosines for a few rows (see `semantic`) and
    replaces the vector signal of the best ones; `only` a bool mask (rows,) from `--where`, never relaxed; `without` positions not to show.
    """
    import numpy

    allowed, warnings = _allowed(query, index, only, without)
    signals = _signals(query, index, vector, allowed)
    pool = _pool(signals, allowed, index.rows)
    if not len(pool):
        return Shortlist((), allowed, warnings)
    table = {name: values[pool] for name, values in signals.items()}
    weights = weigh(query, has_vectors=vector is not None and index.vectors is not None)
    kind = _of_kind(query, index)[pool]
    parts, score = _fused(table, weights, kind)
    if head is not None and Source.VECTOR in table:
        best = numpy.argsort(-score, kind="stable")[:HEAD]
        pool, kind, table = pool[best], kind[best], {name: column[best] for name, column in table.items()}
        table[Source.VECTOR] = _scaled(head(pool), numpy.ones(len(pool), dtype=bool))
        parts, score = _fused(table, weights, kind)
    order = numpy.argsort(-score, kind="stable")[:limit]
    items = index.items(pool[order])
    candidates = tuple(
        Candidate(item, float(score[o]), _at(table, o), _words_in(query, item), _at(parts, o)) for o, item in zip(order, items, strict=True)
    )
    return Shortlist(candidates, allowed, warnings)


def _fused(table: Mapping[str, "numpy.ndarray"], w: Weights, kind: "numpy.ndarray") -> tuple[dict[str, "numpy.ndarray"], "numpy.ndarray"]:
    """(what each signal adds to the score, the score): the signals' weighted mean times `kind`; the weight of an absent signal falls to the
    others."""
    import numpy

    given = {Source.TEXT: w.text, Source.VECTOR: w.vector, Source.FACET: w.facet, Source.NEIGHBOUR: w.neighbour, "popular": w.popular, "lean": w.lean}
    total = sum(weight for name, weight in given.items() if name in table) or 1.0
    parts = {name: table[name] * kind * (weight / total) for name, weight in given.items() if name in table}
    return parts, numpy.minimum(sum(parts.values(), numpy.zeros(len(kind))), 1.0)  # a float32 sum may pass 1 by a hair


def _at(columns: Mapping[str, "numpy.ndarray"], row: int) -> dict[str, float]:
    """One row of a table of columns, without what is zero."""
    return {name: float(column[row]) for name, column in columns.items() if column[row] > 0}


# --- conditions ------------------------------------------------------------------------------------------------------


def meets(condition: Condition, index: Index) -> "numpy.ndarray":
    """Which rows meet a condition, bool (rows,). An empty cell does not: nothing true could be said of it."""
    values = index.numbers(condition.column)
    inside = (values >= condition.low) & (values <= condition.high)
    return (values == values) & ~inside if condition.negated else inside


def _excluded_rows(exclusion: Exclusion, index: Index) -> "numpy.ndarray":
    import numpy

    rows = [index.facet_rows(exclusion.facets), numpy.array(exclusion.rows, dtype=numpy.int64)]
    if exclusion.tokens:
        rows.append(numpy.array(index.having(exclusion.tokens), dtype=numpy.int64))
    return numpy.concatenate(rows)


def _allowed(query: Query, index: Index, only: "numpy.ndarray | None", without: Sequence[int]) -> tuple["numpy.ndarray", tuple[Warning_, ...]]:
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


# --- signals ---------------------------------------------------------------------------------------------------------


def _signals(query: Query, index: Index, vector: "numpy.ndarray | None", allowed: "numpy.ndarray") -> dict[str, "numpy.ndarray"]:
    import numpy

    signals: dict[str, numpy.ndarray] = {}
    depth = 4 * POOL if allowed.all() else 20 * POOL
    texts = [_text_signal(index, words, depth, allowed) for words in (query.words, query.last_words) if words]
    if any(t is not None for t in texts):
        signals[Source.TEXT] = numpy.mean([t for t in texts if t is not None], axis=0)
    if vector is not None and index.vectors is not None:
        signals[Source.VECTOR] = _scaled(index.vectors @ vector.astype(index.vectors.dtype), allowed)
    if query.wishes:
        signals[Source.FACET] = _facet_signal(query, index)
    if any(r.rows for r in query.references):
        near = _neighbours(query.references, index)
        top = float((near * allowed).max())
        if top > 0:
            signals[Source.NEIGHBOUR] = numpy.clip(near / top, 0.0, 1.0)
    popular = next((c for c in index.number_columns if c.unit == "count"), None)
    if popular is not None:
        counts = numpy.log1p(numpy.nan_to_num(numpy.maximum(index.numbers(popular.name), 0)))
        signals["popular"] = (counts / max(1e-9, counts.max())).astype(numpy.float32)
    if query.leanings:
        signals["lean"] = numpy.mean([_leaning_signal(index, x) for x in query.leanings], axis=0)
    return signals


def _leaning_signal(index: Index, leaning: Leaning) -> "numpy.ndarray":
    """Every row's place in the order of a column, 0..1, the wanted end 1; empty cells 0."""
    import numpy

    values = index.numbers(leaning.column)
    order = numpy.argsort(numpy.argsort(numpy.where(numpy.isnan(values), -numpy.inf, values * leaning.sign)))
    return (order / max(1, index.rows - 1)).astype(numpy.float32)


def _text_signal(index: Index, words: Sequence[str], depth: int, allowed: "numpy.ndarray") -> "numpy.ndarray | None":
    """BM25 of these words, the best allowed row 1; None if no allowed row has any."""
    import numpy

    text = numpy.zeros(index.rows, dtype=numpy.float32)
    for n, score in index.search(words, depth):
        text[n] = score
    top = float((text * allowed).max())
    return numpy.minimum(text / top, 1.0) if top > 0 else None


def _scaled(cosine: "numpy.ndarray", allowed: "numpy.ndarray") -> "numpy.ndarray":
    """Cosines -> 0..1: the best allowed row 1, the mean of all rows 0."""
    import numpy

    cosine = cosine.astype(numpy.float32)
    best = float(cosine[allowed].max()) if allowed.any() else 1.0
    mean = float(cosine.mean())
    return numpy.clip((cosine - mean) / max(1e-6, best - mean), 0.0, 1.0)


def _facet_signal(query: Query, index: Index) -> "numpy.ndarray":
    """Share of the wished tags that a row has, by their information."""
    import numpy

    out = numpy.zeros(index.rows, dtype=numpy.float32)
    total = sum(w.weight for w in query.wishes)
    for wish in query.wishes:
        hit = numpy.zeros(index.rows, dtype=numpy.float32)
        hit[index.facet_rows(wish.partial)] = PARTIAL
        hit[index.facet_rows(wish.alike)] = ALIKE
        hit[index.facet_rows(wish.exact)] = 1.0
        out += hit * (wish.weight / total)
    return out


def _of_kind(query: Query, index: Index) -> "numpy.ndarray":
    """What a row's score is multiplied by, (rows,): 1 if it is of every kind that was asked for, less for each it is not.

    A column with one value a row (continent, category, language, section) says what a thing is; a wish that names such a value ("in Asia",
    "headphones") is not made up for by other tags.
    """
    import numpy

    single = {c.name for c in index.columns if c.role is Role.TAGS and not c.joiner}
    out = numpy.ones(index.rows, dtype=numpy.float32)
    for wish in query.wishes:
        if query.dialogue or wish.creator or not wish.exact or not single.intersection(index.columns_of(wish.exact)):
            continue
        factor = numpy.full(index.rows, OTHER_KIND, dtype=numpy.float32)
        factor[index.facet_rows((*wish.exact, *wish.alike, *wish.partial))] = 1.0
        out *= factor
    return out


def _row_facets(index: Index, rows: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Facets of some rows: {facet: (how many of the rows have it, how many rows of the catalog have it)}."""
    keys: dict[tuple[str, str], int] = {}
    for item in index.items(rows):
        for column in index.columns:
            if column.role in (Role.TAGS, Role.CREATOR):
                for value in split(item.cells[column.name], column.joiner):
                    keys[column.name, facet_key(value)] = keys.get((column.name, facet_key(value)), 0) + 1
    found = index.facets(key for _, key in keys)
    return {f.f: (keys[f.column, f.key], f.count) for group in found.values() for f in group if (f.column, f.key) in keys}


def _neighbours(references: Sequence[Reference], index: Index, vector_share: float = 0.4) -> "numpy.ndarray":
    """How near every row is to what was named: shared tags and creators by their information, and vectors. (rows,) float32, may be negative."""
    import numpy

    total = numpy.zeros(index.rows, dtype=numpy.float32)
    for reference in references:
        rows = list(reference.rows[:60])
        if not rows:
            continue
        near = numpy.zeros(index.rows, dtype=numpy.float32)
        weight_sum = 0.0
        for f, (have, count) in _row_facets(index, rows).items():
            if count < 2:
                continue
            weight = numpy.log(1 + index.rows / count) * (have / len(rows)) ** 0.5
            weight_sum += float(weight)
            near[index.facet_rows([f])] += weight
        if weight_sum:
            near /= weight_sum
        if index.vectors is not None:
            centre = index.vectors[rows].astype(numpy.float32).mean(axis=0)
            centre /= max(1e-6, float(numpy.linalg.norm(centre)))
            cosine = index.vectors @ centre.astype(index.vectors.dtype)
            near = (1 - vector_share) * near + vector_share * _scaled(cosine, numpy.ones(index.rows, dtype=bool))
        total += near if reference.liked else -0.5 * near
    return total


def _pool(signals: Mapping[str, "numpy.ndarray"], allowed: "numpy.ndarray", rows: int) -> "numpy.ndarray":
    """Positions of the best `POOL` allowed rows of each source; without any source, the most popular or the first ones."""
    import numpy

    picks = []
    for name, values in signals.items():
        if name == "lean" or (name == "popular" and len(signals) > 1):
            continue
        usable = numpy.where(allowed, values, -1.0 if name == "popular" else 0.0)
        top = numpy.argpartition(-usable, min(POOL, rows - 1))[:POOL] if rows > POOL else numpy.arange(rows)
        picks.append(top[usable[top] >= 0] if name == "popular" else top[usable[top] > 0])
    pool = numpy.unique(numpy.concatenate(picks)) if picks else numpy.empty(0, dtype=numpy.int64)
    if not len(pool):
        values = signals.get("lean")
        pool = numpy.flatnonzero(allowed)
        if values is not None:
            pool = pool[numpy.argsort(-values[pool], kind="stable")]
        pool = numpy.sort(pool[:POOL])
    return pool


def _words_in(query: Query, item) -> tuple[str, ...]:
    """The request's words and tags that stand in the row, for `--explain` and for reasons without a model."""
    have = {t for cell in item.cells.values() for t in tokens(cell[:500])}
    return tuple(w for w in query.words if w in have)
