"""What speaks for each row of a catalog: full text, vectors, tags, neighbours of what was named, popularity, leanings. One array (rows,) a source.

Every signal is in 0..1, the best allowed row near 1. Leaves out: how they are weighed (see `fusion`), and what is known of the person
(see `memory`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recsh.conditions import Leaning
from recsh.index import Index, facet_key
from recsh.request import Query
from recsh.schema import split
from recsh.types import Reference, Role, Source

if TYPE_CHECKING:
    import numpy

POOL = 300  # candidates taken from each source before fusion
OTHER_KIND = 0.6  # what the score of a row of another kind is multiplied by
ALIKE = 0.6  # what another word for the wished tag counts where the catalog has the very word too
PARTIAL = 0.7  # what a tag that only contains the wished words counts ("hard rock" for "rock")


def signals_of(query: Query, index: Index, vector: numpy.ndarray | None, allowed: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """Every source that has something to say about this query, by name; `vector` is the request's, `allowed` the rows that may be shown."""
    import numpy

    signals: dict[str, numpy.ndarray] = {}
    depth = 4 * POOL if allowed.all() else 20 * POOL
    texts = [_text_signal(index, words, depth, allowed) for words in (query.words, query.last_words) if words]
    if any(t is not None for t in texts):
        signals[Source.TEXT] = numpy.mean([t for t in texts if t is not None], axis=0)
    if vector is not None and index.vectors is not None:
        signals[Source.VECTOR] = scaled(index.vectors @ vector.astype(index.vectors.dtype), allowed)
    if query.wishes:
        signals[Source.FACET] = _facet_signal(query, index)
    if any(r.rows or r.near for r in query.references):
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


def _leaning_signal(index: Index, leaning: Leaning) -> numpy.ndarray:
    """Every row's place in the order of a column, 0..1, the wanted end 1; empty cells 0."""
    import numpy

    values = index.numbers(leaning.column)
    order = numpy.argsort(numpy.argsort(numpy.where(numpy.isnan(values), -numpy.inf, values * leaning.sign)))
    return (order / max(1, index.rows - 1)).astype(numpy.float32)


def _text_signal(index: Index, words: Sequence[str], depth: int, allowed: numpy.ndarray) -> numpy.ndarray | None:
    """BM25 of these words, the best allowed row 1; None if no allowed row has any."""
    import numpy

    text = numpy.zeros(index.rows, dtype=numpy.float32)
    for n, score in index.search(words, depth):
        text[n] = score
    top = float((text * allowed).max())
    return numpy.minimum(text / top, 1.0) if top > 0 else None


def scaled(cosine: numpy.ndarray, allowed: numpy.ndarray) -> numpy.ndarray:
    """Cosines -> 0..1: the best allowed row 1, the mean of all rows 0."""
    import numpy

    cosine = cosine.astype(numpy.float32)
    best = float(cosine[allowed].max()) if allowed.any() else 1.0
    mean = float(cosine.mean())
    return numpy.clip((cosine - mean) / max(1e-6, best - mean), 0.0, 1.0)


def _facet_signal(query: Query, index: Index) -> numpy.ndarray:
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


def of_kind(query: Query, index: Index) -> numpy.ndarray:
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


def _neighbours(references: Sequence[Reference], index: Index, vector_share: float = 0.4) -> numpy.ndarray:
    """How near every row is to what was named: shared tags and creators by their information, and vectors. (rows,) float32, may be negative."""
    import numpy

    total = numpy.zeros(index.rows, dtype=numpy.float32)
    for reference in references:
        rows = list((reference.rows or reference.near)[:60])
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
            near = (1 - vector_share) * near + vector_share * scaled(cosine, numpy.ones(index.rows, dtype=bool))
        total += near if reference.liked else -0.5 * near
    return total
