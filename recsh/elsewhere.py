"""Names that the catalog does not have, or has under another one, by what is known of them (see `knowledge`).

    "like Haruki Murakami" where the author is 村上春树     ->  his rows: the catalog has him after all
    "power metal like Sabaton" without a song by Sabaton    ->  rows of Powerwolf and HammerFall, and what is known: power metal, war, 1999

Leaves out: what is known, how near a row is to these (see `signals`, `reputed`).
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from recsh import knowledge
from recsh.index import Index, facet_key
from recsh.lexicon import STOP, glosses, is_word, same
from recsh.regex import regex
from recsh.request import Find, Reading, facets_saying, is_tag
from recsh.schema import KNOWN
from recsh.text import fold, has_cjk, tokens
from recsh.types import Reference, Role

MAKERS = ("artists", "authors", "brands")  # kinds that a catalog has as creators, not as titles
WORKS = ("films", "books", "games")
AMOUNT = regex(r"\D?\d{1,3}\D?")  # "close to $100" names no film
LONG = 12  # letters of a name whose every word may be a word by itself, and be misspelt all the same


def finder(index: Index, find: Find) -> Find:
    """`find` that also finds what the catalog has under another name: in another language, or an alias."""

    def found(name: str, fuzzy: bool) -> Reference | None:
        return find(name, False) or renamed(name) or ((surname(index, name) or find(name, True)) if fuzzy else None)

    def renamed(name: str) -> Reference | None:
        if not _may_name(index, name):
            return None
        return next((hit for known in entries(name) if (hit := _there(index, find, known))), None)

    return found


def _may_name(index: Index, name: str) -> bool:
    """Whether words can be a name at all: neither a tag of the catalog nor, written small, any word."""
    words = tokens(name)
    if not words or all(w in STOP for w in words) or facets_saying(index, name):
        return False
    return bool(entries(name)) if has_cjk(name) else not name.islower() or len(words) > 1


def surname(index: Index, name: str) -> Reference | None:
    """A creator whom the catalog has under a name that ends in this one, if that is one alone: "Tarantino"."""
    if not re.fullmatch(r"[A-Z][\w'’-]+", name) or facets_saying(index, name):
        return None
    facets = [f for f in index.facets_with(fold(name), 20) if not is_tag(index, f) and f.key.endswith(f" {facet_key(name)}")]
    if len({f.key for f in facets}) != 1:
        return None
    return Reference(facets[0].label, tuple(map(int, index.facet_rows(f.f for f in facets))), creator=True)


def entries(name: str) -> list[knowledge.Known]:
    """What is known by this name. A Chinese word that the lexicon knows (春天) is a name only where its English is one, too (普罗旺斯, Provence)."""
    word = glosses().get(fold(name)) if has_cjk(name) else None
    return [k for k in knowledge.find(name) if word is None or fold(k.name) == word]


def _there(index: Index, find: Find, known: knowledge.Known) -> Reference | None:
    """What is known, found in the catalog by any of its names; a work by its year too, where both sides have one."""
    makers = known.kind in MAKERS
    by_creator = makers and any(c.role is Role.CREATOR for c in index.columns)
    for name in known.names:
        hit = find(f"{name} ({known.year})" if known.kind in WORKS and known.year else name, False)
        if hit and hit.creator is by_creator and (makers or _agrees(index, hit, known)):
            return hit
    return None


def _agrees(index: Index, hit: Reference, known: knowledge.Known) -> bool:
    """Whether a title may be the thing that is known: nobody else made it, as far as names in the same script tell."""
    return known.is_by(index.items(hit.rows[:1])[0].creator) is not False


def known_as(r: Reading, name: str) -> list[knowledge.Known]:
    """What a name means that the catalog does not have, spelt so or almost so; nothing for words that are likely no name."""
    words = tokens(name)
    own = [w for w in words if w not in STOP]
    if AMOUNT.fullmatch(fold(name)) or (not name[:1].isupper() and (not own or facets_saying(r.index, name) or (len(own) == 1 and own[0] in same()))):
        return []
    if knowledge.find(name):
        return entries(name)
    if facets_saying(r.index, name):
        return []
    found = knowledge.misspelt(name)
    mine, theirs = {*fold(name).split()}, {*(fold(found[0].name).split() if found else ())}
    slips = has_cjk(name) or (len(mine) > 1 and len(name) >= LONG) or not any(map(is_word, mine - theirs))
    return [k for k in found if k.kind in MAKERS or not has_cjk(name)] if slips else []


def named_in_full(r: Reading, name: str) -> Reference | None:
    """What is known by exactly these words that stand in a longer text: several words, or one with a capital that is no word."""
    if len(name.split()) < 2 and (not name[:1].isupper() or is_word(name)):
        return None
    return Reference(name) if knowledge.find(name) and known_as(r, name) else None


def resolve(r: Reading) -> None:
    """Say of every reference which rows are nearest to it by what is known; of one that has no rows, what that is."""
    r.references = [_beside(r, reference) if reference.rows else _near(r, reference) for reference in r.references]


def _beside(r: Reading, reference: Reference) -> Reference:
    """Of a work that the catalog has the rows of what is known to be nearest to it, then of what it is nearest to. Where rows tell nothing but what is
    known of their makers, the makers nearest to its own: all that one made would be alike. What a catalog has of a maker tells enough by itself."""
    if reference.creator:
        return reference
    item = r.index.items(reference.rows[:1])[0]
    year = next((n for c in r.index.columns if c.year and (n := item.numbers.get(c.name))), None)
    known = next((k for k in knowledge.find(item.title) if k.kind in WORKS and k.is_by(item.creator) is not False and k.is_of(year) is not False), None)
    if known is None and any(c.name in KNOWN for c in r.index.columns):
        known = next((k for k in knowledge.find(item.creator) if k.kind in MAKERS), None)
    if known is None:
        return reference
    names = dict.fromkeys((*known.near, *(k.name for k in knowledge.naming(known))))
    rows = dict.fromkeys(n for name in names if (hit := _named(r, name, known.kind)) for n in hit.rows)
    return replace(reference, near=tuple(n for n in rows if n not in reference.rows))


def _near(r: Reading, reference: Reference) -> Reference:
    """Of several things of one name the one that this catalog knows most of is meant."""
    best: tuple[int, Reference] = -1, reference
    for known in known_as(r, reference.name):
        if hit := _there(r.index, r.find, known):  # it was only misspelt
            return replace(hit, liked=reference.liked, known=reference.known, sure=False)
        rows = tuple(dict.fromkeys(n for name in known.near if (hit := _named(r, name, known.kind)) for n in hit.rows))
        worth = 10 * len(rows) + sum(bool(facets_saying(r.index, tag)) for tag in known.tags)
        if worth > best[0]:
            best = worth, replace(reference, near=rows, entry=known)
    return best[1]


def _named(r: Reading, name: str, kind: str) -> Reference | None:
    """A name that stands beside an entry, of the same kind, in the catalog."""
    entries = [k for k in knowledge.find(name) if k.kind == kind]
    if entries:
        return next((hit for k in entries if (hit := _there(r.index, r.find, k))), None)
    hit = r.find(name, False)
    return hit if hit and hit.creator is (kind in MAKERS) else None
