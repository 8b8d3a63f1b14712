"""What is known of a name speaks for rows: its nearest; where the catalog lacks what was named also what is like these, and what shares its tags.

    "like Sabaton"     1 for the best song of Powerwolf or HammerFall; less for what is like those; least for what is only power metal

Leaves out: what is known (see `knowledge`), how it was found (see `elsewhere`), how near a row is to other rows (see `signals`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from recsh.index import Index
from recsh.request import facets_saying
from recsh.schema import LESSER
from recsh.types import Reference, Role

if TYPE_CHECKING:
    import numpy

Exact = Callable[["numpy.ndarray"], "numpy.ndarray"]
Signal = tuple["numpy.ndarray", "Exact | None"]

NEAREST, AKIN, TAGS = 0.5, 0.2, 0.3  # what it counts to be of the nearest, to be like them, and to have the tags
ALONE = 0.6  # what the tags count where none of the nearest is there
SURE = 0.5  # below which the best row is not 1: it hardly has anything of what is known
LATER = 0.1  # what the last of the nearest counts less than the first
FADING = 0.85  # what each tag counts of the one before it: the most telling stands first


def reputed(references: Sequence[Reference], index: Index, allowed: numpy.ndarray, akin: Callable[[Sequence[Reference]], Signal | None]) -> Signal | None:
    """How much what is known of these speaks for every row, (rows,) float32, the best allowed one 1; None if it speaks for none. `akin` is how near
    rows are to `Reference.near`. With it what gives exact values, if those of `akin` are estimates."""
    import numpy

    total = numpy.zeros(index.rows, dtype=numpy.float32)
    for reference in references:
        sign = 1.0 if reference.liked else -0.5
        share = TAGS if reference.near else ALONE
        total += numpy.float32(sign * share) * _tagged(reference, index)
        for place, n in enumerate(reference.near):
            total[n] += numpy.float32(sign * (NEAREST - LATER * place / len(reference.near)))
    lacking = [r for r in references if r.near and not r.rows]
    found = akin(lacking) if lacking else None
    exactly = None
    if found:
        alike, exact = found
        if exact:
            rest = total.copy()
            exactly = lambda at: rest[at] + numpy.float32(AKIN) * exact(at)  # noqa: E731
        total += numpy.float32(AKIN) * alike
    top = float(total.max(where=allowed, initial=0.0))
    if top <= 0:
        return None
    top = max(top, SURE)
    scaled = exactly and (lambda at: numpy.clip(exactly(at) / top, 0.0, 1.0).astype(numpy.float32))
    return numpy.clip(total / numpy.float32(top), 0.0, 1.0), scaled


def _tagged(reference: Reference, index: Index) -> numpy.ndarray:
    """Share of the tags that each row has, by their information, (rows,); those that no row has count as middling ones. What a thing is (a country, a
    language) says nothing of what is like it."""
    import numpy

    out = numpy.zeros(index.rows, dtype=numpy.float32)
    lesser = {c.name for c in index.columns if c.role is Role.TAGS and LESSER.search(c.name)}
    weights = []
    for place, tag in enumerate(reference.entry.tags if reference.entry else ()):
        facets = [f for f in facets_saying(index, tag) if not index.columns_of([f]) <= lesser]
        rows = index.facet_rows(facets) if facets else ()
        weights.append(FADING**place * float(numpy.log(1 + index.rows / max(1, len(rows) or index.rows / 10))))
        if len(rows):
            out[rows] += numpy.float32(weights[-1])
    return out / numpy.float32(sum(weights) or 1.0)
