"""Names at a place of a request: as `references` finds them, and surnames of makers, countries and other regions, which are no rows themselves.

    "Tarantino"        ->  Quentin Tarantino, if there is but one
    "New Zealand"      ->  some of its rows
    "Tokyo and Japan"  ->  both

Leaves out: what is said of a name (see `akin`, `measures`).
"""

from __future__ import annotations

import re

from recsh import elsewhere
from recsh.index import Facet, Index, facet_key
from recsh.lexicon import broader
from recsh.references import longest_prefix, named_first
from recsh.regex import regex
from recsh.request import Reading
from recsh.types import Reference, Role

MOST = 500  # rows of a maker or a region that it is known by
_JOINT = regex(r"\s*(?:,\s*(?:and\s+|or\s+)?|\b(?:and|or)\s+|&\s*)", re.I)
_JOINED = regex(r"(?:,|\b(?:and|or)|&)\s*$", re.I)
_PLACE = regex(r"countr|region|continent|国家|地区", re.I)  # columns of places that are no rows themselves


def named(r: Reading, tail: str) -> tuple[list[Reference], str]:
    """(what is named at the beginning of these words, the words behind it): names that the catalog has or that are known, misspelt only if they
    are written as names are."""
    first = longest_prefix(r, tail)
    if (found := place(r, tail)) and not (first and (first[0].rows or first[1] > found[1])):
        behind = tail[found[1] :]
        more, rest = named(r, behind[joint.end() :]) if (joint := _JOINT.match(behind)) else ([], behind)
        return [found[0], *more], rest if more else behind
    if first and (joint := _JOINT.match(tail, first[1])) and place(r, behind := tail[joint.end() :]) and not longest_prefix(r, behind):  # "Tokyo and Thailand"
        more, rest = named(r, behind)
        return [first[0], *more], rest
    if not first:
        if found := surname(r, tail):
            more, rest = named(r, tail[joint.end() :]) if (joint := _JOINT.match(tail, found[1])) else ([], "")
            return [found[0], *more], rest if more else tail[found[1] :]
        if not tail[:1].isupper():
            return [], tail
    hits, rest = named_first(r, tail)
    if _JOINED.search(tail[: len(tail) - len(rest)]):  # nothing named stood behind it
        rest = f", {rest}"
    return (hits, rest) if all(hit.rows or elsewhere.known_as(r, hit.name) for hit in hits) else ([], tail)


def surname(r: Reading, tail: str) -> tuple[Reference, int] | None:
    """A creator by the surname at the beginning of these words, and how many characters it takes."""
    m = re.match(r"[A-Z][\w'’-]+", tail)
    hit = elsewhere.surname(r.index, m[0]) if m else None
    return (hit, m.end()) if m and hit else None


def place(r: Reading, tail: str) -> tuple[Reference, int] | None:
    """A country or region at the beginning of these words, as some of what is there, and how many characters its name takes."""
    for end in reversed([m.end() for m in re.finditer(r"[^\W_]+", tail)][:4]):
        if facets := place_facets(r, tail[:end]):
            rows = r.index.facet_rows(f.f for f in facets)
            some = rows[:: len(rows) // MOST + 1]  # of a country there may be a million
            return Reference(facets[0].label, tuple(map(int, some))), end
    return None


def has_makers(index: Index) -> bool:
    """Whether things are by somebody, and so no places."""
    return any(c.role is Role.CREATOR for c in index.columns)


def place_facets(r: Reading, name: str) -> list[Facet]:
    """What says that a row is in this region; nothing where rows are no places: films set in Japan are not near Japan."""
    columns = {c.name for c in r.index.columns if _PLACE.search(c.name)} if not has_makers(r.index) else ()
    key = facet_key(name)
    return [f for f in r.index.facets([key]).get(key, ()) if f.column in columns] if columns else []


def within(r: Reading, tail: str) -> tuple[list[Reference], str]:
    """(the country of a part of one at the beginning of these words, the words behind it): of Scotland a catalog may say no more."""
    columns = {c.name for c in r.index.columns if _PLACE.search(c.name)}
    for end in reversed([m.end() for m in re.finditer(r"[^\W_]+", tail)][:2] if columns else []):
        found = [f for some in r.index.facets(broader().get(facet_key(tail[:end]), ())).values() for f in some if f.column in columns]
        if found and (country := place(r, min(found, key=lambda f: f.count).label)):
            return [country[0]], tail[end:]
    return [], tail
