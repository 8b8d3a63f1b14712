"""What speaks for each row of a catalog: full text, vectors, tags, neighbours of what was named, popularity, leanings. One array (rows,) a source.

Every signal is in 0..1, the best allowed row near 1. In a large catalog those that come from vectors are estimates for most rows, good enough to
choose candidates by; `Signals.exact` says what they really are for some rows. Leaves out: how signals are weighed (see `fusion`), and what is known
of the person (see `memory`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from recsh.cells import split
from recsh.conditions import Leaning
from recsh.index import Index, facet_key
from recsh.regex import regex
from recsh.reputed import reputed
from recsh.request import Query, Wish
from recsh.schema import GENRES
from recsh.text import tokens
from recsh.types import Reference, Role, Source
from recsh.vectors import best

if TYPE_CHECKING:
    import numpy

POOL = 4000  # candidates that every signal is read of exactly
TOPMOST = 500  # rows by whose exact values an estimated signal is put on its scale
SPREAD = 2_000_000  # rows of the tags of what was named that are looked at to choose candidates, the rarest tags' first
OF_OTHERS = 0.2  # ... of a row that has not what the most of something is asked of
OTHER_KIND = 0.6  # what the score of a row of another kind is multiplied by
OTHER_GENRE = 0.8  # ... of a row of none of the genres that were asked for
ALIKE = 0.6  # what another word for the wished tag counts where the catalog has the very word too
PARTIAL = 0.7  # what a tag that only contains the wished words counts ("hard rock" for "rock")

_JOINT = regex(r"\W*(?:and|or|和|或者?|、)\W*", re.I)

Exact = Callable[["numpy.ndarray"], "numpy.ndarray"]


class Signals(Struct, frozen=True):
    """`values` has an array (rows,) a source; `exact`, for those that are estimates, a function positions (n,) -> (n,); `choosy` whether a row must have
    something of what was asked for beside the conditions that it meets."""

    values: Mapping[str, numpy.ndarray]
    exact: Mapping[str, Exact] = field(default_factory=dict)
    choosy: bool = True

    def at(self, rows: numpy.ndarray) -> dict[str, numpy.ndarray]:
        """Every signal of these rows, (n,) each, exactly."""
        return {name: self.exact[name](rows) if name in self.exact else values[rows] for name, values in self.values.items()}


def signals_of(query: Query, index: Index, vector: numpy.ndarray | None, allowed: numpy.ndarray) -> Signals:
    """Every source that has something to say about this query, by name; `vector` is the request's, `allowed` the rows that may be shown."""
    import numpy

    signals: dict[str, numpy.ndarray] = {}
    exact: dict[str, Exact] = {}
    texts = [found for words in (query.words, query.last_words) if words and (found := _text_signal(index, words, allowed)) is not None]
    if texts:
        signals[Source.TEXT] = texts[0] if len(texts) == 1 else numpy.mean(texts, axis=0)
    if vector is not None and index.vectors is not None:
        _put(Source.VECTOR, _near(index, vector, allowed), signals, exact)
    if query.wishes:
        signals[Source.FACET] = _facet_signal(query, index)
    if any(r.rows for r in query.references):
        _put(Source.NEIGHBOUR, _neighbours([r for r in query.references if r.rows], index, allowed), signals, exact)
    if known := [r for r in query.references if r.entry or r.near]:
        _put(Source.KNOWLEDGE, reputed(known, index, allowed, lambda those: _neighbours(those, index, allowed)), signals, exact)
    if index.popular is not None:
        signals["popular"] = index.popular
    if query.leanings:
        leaning = [_leaning_signal(index, x) for x in query.leanings]
        signals["lean"] = leaning[0] if len(leaning) == 1 else numpy.mean(leaning, axis=0)
    # Who says no more than a condition, or asks for the most of something, is answered by any row: "wines under 20 euros", "the longest episode"; also
    # where some rows have its word as a tag ("quick game").
    leant = {x.words for x in query.leanings}
    return Signals(signals, exact, bool(query.references) or any(w.words not in leant for w in query.wishes) or not (query.conditions or query.leanings))


def _put(name: str, found: tuple[numpy.ndarray, Exact | None] | None, signals: dict[str, numpy.ndarray], exact: dict[str, Exact]) -> None:
    if found is not None:
        signals[name] = found[0]
        if found[1] is not None:
            exact[name] = found[1]


def _leaning_signal(index: Index, leaning: Leaning) -> numpy.ndarray:
    """Every row's place in the order of a column, 0..1, the wanted end 1; empty cells 0."""
    import numpy

    places = index.places(leaning.column)
    filled = int(numpy.count_nonzero(places == places))
    from_below = places if leaning.sign > 0 else (filled - 1) - places
    return numpy.nan_to_num((index.rows - filled + from_below) / numpy.float32(max(1, index.rows - 1)), copy=False)


def _text_signal(index: Index, words: Sequence[str], allowed: numpy.ndarray) -> numpy.ndarray | None:
    """BM25 of these words, the best allowed row 1; None if no allowed row has any."""
    import numpy

    text = index.text.scores(words)
    top = float(text.max(where=allowed, initial=0.0))
    if top <= 0:
        return None
    text /= numpy.float32(top)
    return numpy.minimum(text, 1.0, out=text)


def scaled(cosine: numpy.ndarray, allowed: numpy.ndarray) -> numpy.ndarray:
    """Cosines -> 0..1: the best allowed row 1, the mean of all rows 0."""
    cosine = cosine.astype("f4")
    return _between(cosine, float(cosine.mean()), float(cosine[allowed].max()) if allowed.any() else 1.0)


def _between(cosine: numpy.ndarray, mean: float, top: float) -> numpy.ndarray:
    """`mean` -> 0, `top` -> 1, nothing beyond."""
    import numpy

    out = (cosine - numpy.float32(mean)) * numpy.float32(1 / max(1e-6, top - mean))
    return numpy.clip(out, 0.0, 1.0, out=out)


def _near(index: Index, vector: numpy.ndarray, allowed: numpy.ndarray) -> tuple[numpy.ndarray, Exact | None]:
    """How near every row's vector is to this one, `scaled`; with it what gives exact values, if these are estimates."""
    import numpy

    vectors = index.vectors
    if isinstance(vectors, numpy.ndarray):
        return scaled(vectors @ vector.astype(vectors.dtype), allowed), None
    cosines, exact = vectors.cosines(vector)
    mean = float(vectors.mean @ vector)
    rows = numpy.flatnonzero(allowed) if exact else best(numpy.where(allowed, cosines, numpy.float32(-2)), TOPMOST)
    rows = rows[allowed[rows]]
    top = float((cosines[rows] if exact else vectors.dots(vector, rows)).max()) if len(rows) else 1.0
    return _between(cosines, mean, top), None if exact else lambda rows: _between(vectors.dots(vector, rows), mean, top)


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
    "headphones") is not made up for by other tags. Of several genres any will do, and so will what is named in one breath with one ("war and spy stories").
    """
    import numpy

    single = {c.name for c in index.columns if c.role is Role.TAGS and not c.joiner}
    out = numpy.ones(index.rows, dtype=numpy.float32)
    for wish in query.wishes:
        if query.dialogue or wish.creator or wish.moods or not wish.exact or not single.intersection(index.columns_of(wish.exact)):
            continue
        factor = numpy.full(index.rows, OTHER_KIND, dtype=numpy.float32)
        factor[index.facet_rows((*wish.exact, *wish.alike, *wish.partial))] = 1.0
        out *= factor
    genres = [w for w in query.wishes if w.exact and not w.creator and _is_genre(w, index)]
    if genres and len(genres) < len(query.wishes) and not query.dialogue:
        named = [w for w in query.wishes if w in genres or any(_joined(w.words, g.words, query.text) for g in genres)]
        factor = numpy.full(index.rows, OTHER_GENRE, dtype=numpy.float32)
        factor[index.facet_rows([f for w in named for f in (*w.exact, *w.alike, *w.partial)])] = 1.0
        out *= factor
    return out


def _is_genre(wish: Wish, index: Index) -> bool:
    return any(c.lower() in GENRES for c in index.columns_of(wish.exact))


def _joined(one: str, other: str, text: str) -> bool:
    """Whether two wishes stand in a request side by side: "spy and war", 战争或者谍战."""
    text = text.lower()
    joints = [(text[: m.start()], text[m.end() :]) for m in _JOINT.finditer(text)]
    return any(before.endswith(a) and behind.startswith(b) for before, behind in joints for a, b in ((one, other), (other, one)))


def fitting(query: Query, index: Index, signals: Signals, allowed: numpy.ndarray) -> numpy.ndarray:
    """What the score of a row is multiplied by where the most of something is asked for, (rows,): less where it is not of what that is asked of. "The
    cheapest MacBook" is one of those that say MacBook, "the longest episode" any, as no row is without its length."""
    import numpy

    out = numpy.ones(index.rows, dtype=numpy.float32)
    facet = signals.values.get(Source.FACET)
    told = {t for x in query.leanings for t in tokens(f"{x.words} {x.column.replace('_', ' ')}")} | index.kind
    asked = [w for w in query.wishes if not told.issuperset(tokens(w.words))]
    if facet is not None and asked:
        fits = numpy.ones(index.rows, dtype=bool)
        for wish in [w for w in asked if w.exact] or asked:
            has = numpy.zeros(index.rows, dtype=bool)
            has[index.facet_rows(wish.exact or (*wish.alike, *wish.partial))] = True
            fits &= has
        out[~fits if (fits & allowed).any() else facet < 0.99 * facet.max(where=allowed, initial=0.0)] = OF_OTHERS
        return out
    words = [w for w in query.words if w not in told]
    said = index.text.scores(words) > 0 if words else numpy.zeros(index.rows, dtype=bool)
    if (said & allowed).any():
        out[~said] = OF_OTHERS
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


def _neighbours(
    references: Sequence[Reference], index: Index, allowed: numpy.ndarray, vector_share: float = 0.4
) -> tuple[numpy.ndarray, Exact | None] | None:
    """How near every row is to what was named: shared tags and creators by their information, and vectors; the best allowed row 1. None if no row
    is near. With it what gives exact values, if these are estimates."""
    import numpy

    total = numpy.zeros(index.rows, dtype=numpy.float32)
    everywhere = numpy.ones(index.rows, dtype=bool)
    more: list[tuple[float, Exact]] = []  # what exact values differ in from `total`, and how much that counts
    for reference in references:
        rows = list((reference.rows or reference.near)[:60])
        if not rows:
            continue
        sign = 1.0 if reference.liked else -0.5
        near, rest = _sharing(index, rows)
        share = 1.0
        if index.vectors is not None:
            share = 1 - vector_share
            centre = index.vectors[rows].astype(numpy.float32).mean(axis=0)
            centre /= max(1e-6, float(numpy.linalg.norm(centre)))
            alike, exact = _near(index, centre, everywhere)
            near *= numpy.float32(share)
            near += numpy.float32(vector_share) * alike
            if exact is not None:
                more.append((sign * vector_share, lambda at, alike=alike, exact=exact: exact(at) - alike[at]))
        if rest is not None:
            more.append((sign * share, rest))
        total += numpy.float32(sign) * near
    exactly = lambda at: total[at] + sum(factor * part(at) for factor, part in more)  # noqa: E731
    shown = numpy.where(allowed, total, numpy.float32(-9))
    top = float(exactly(best(shown, TOPMOST)).max() if more else shown.max())
    if top <= 0:
        return None
    return numpy.clip(total / numpy.float32(top), 0.0, 1.0), (lambda at: numpy.clip(exactly(at) / top, 0.0, 1.0).astype(numpy.float32)) if more else None


def _sharing(index: Index, rows: Sequence[int]) -> tuple[numpy.ndarray, Exact | None]:
    """The share of the tags and creators of some rows that every row has, by their information, (rows,) float32. Of what is so common that looking
    at all its rows would take long, the second says what it adds for some rows."""
    import numpy

    near = numpy.zeros(index.rows, dtype=numpy.float32)
    facets = [(count, f, float(numpy.log(1 + index.rows / count) * (have / len(rows)) ** 0.5)) for f, (have, count) in _row_facets(index, rows).items() if count > 1]
    total = sum(weight for _, _, weight in facets)
    left = SPREAD
    common: list[tuple[int, float]] = []
    for count, f, weight in sorted(facets):
        if count <= left:
            near[index.facet_rows([f])] += numpy.float32(weight / total)
            left -= count
        else:
            common.append((f, weight / total))
    if not common:
        return near, None

    def rest(at: numpy.ndarray) -> numpy.ndarray:
        return sum((numpy.float32(share) * index.has_facet([f], at) for f, share in common), numpy.zeros(len(at), dtype=numpy.float32))

    return near, rest
