"""References that the catalog does not have, by what is known of them: the nearest others that it does have, and their tags.

"power metal like Sabaton", where no song is by Sabaton: rows of Powerwolf and HammerFall say what is meant, and the tags "power metal" and "war"
that rows have. Leaves out: what is known (see `knowledge`), how near a row is to these (see `signals`).
"""

from __future__ import annotations

from dataclasses import replace
from math import log

from recsh import knowledge
from recsh.index import facet_key
from recsh.request import Reading, Wish, facets_saying
from recsh.types import Reference, Role

ENOUGH = 3  # rows of nearest names, from which on tags need not be asked for
TAGS = 3  # of the most telling ones
WEIGHT = 0.5  # what such a tag counts beside one that was asked for


def resolve(r: Reading) -> None:
    """Give every reference that has no rows those of its nearest (`Reference.near`), and where these are few, its tags as wishes."""
    r.references = [reference if reference.rows else _near(r, reference) for reference in r.references]


def _near(r: Reading, reference: Reference) -> Reference:
    best: tuple[int, tuple[int, ...], knowledge.Known | None] = (-1, (), None)
    for known in knowledge.find(reference.name):
        rows = tuple(dict.fromkeys(n for name in known.near if (hit := r.find(name, False)) for n in hit.rows))
        worth = 10 * len(rows) + sum(bool(facets_saying(r.index, tag)) for tag in known.tags)
        if worth > best[0]:
            best = (worth, rows, known)
    _, rows, known = best
    if known is not None and len(rows) < ENOUGH and reference.liked:
        r.wishes += _wishes(r, known)
    return replace(reference, near=rows)


def _wishes(r: Reading, known: knowledge.Known) -> list[Wish]:
    """Its most telling tags that rows have. What a thing is (a country, a language) is no wish of who names something like it."""
    single = {c.name for c in r.index.columns if c.role is Role.TAGS and not c.joiner}
    out = []
    for tag in known.tags:
        facets = [f for f in facets_saying(r.index, tag) if not r.index.columns_of([f]) <= single]
        if facets and len(out) < TAGS:
            out.append(Wish(facet_key(tag), tuple(facets), (), WEIGHT * log(1 + r.index.rows / max(1, len(r.index.facet_rows(facets))))))
    return out
