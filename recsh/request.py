"""A request while it is read, and what it is when it has been: the values that the readers of a request share.

Leaves out: every rule by which words are understood (see `references`, `exclusions`, `wishes`, `query`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

from recsh.conditions import Condition, Leaning
from recsh.index import Facet, Index, facet_key
from recsh.lexicon import FILLERS_ZH, STOP, same
from recsh.regex import regex
from recsh.text import has_cjk, tokens
from recsh.types import Reference, Role

Find = Callable[[str, bool], Reference | None]
"""find(name, fuzzy) -> the title or creator it names, or None."""
Spell = Callable[[str], str | None]
"""spell(token) -> the catalog's token that a misspelt one means, or None."""

SERIES = regex(r"series|franchise|saga|系列", re.I)  # columns that say what a row is a part of
_MOST = regex(r"\w{3,}est\b|\b(?:best|most)\b|\bworst\b|\btop[- ]rated|最", re.I)
FILLERS = sorted(FILLERS_ZH, key=len, reverse=True)


class Wish(Struct, frozen=True):
    """Words that the catalog has tags for. `exact` facets say it in full, `alike` ones in other words, `partial` ones contain it; `weight`
    its information (nats). Of a situation that is told (see `situations`) `moods` are the words of the catalog for what suits it."""

    words: str
    exact: tuple[int, ...]
    partial: tuple[int, ...] = ()
    weight: float = 1.0
    creator: bool = False
    alike: tuple[int, ...] = ()
    moods: tuple[str, ...] = ()


class Exclusion(Struct, frozen=True):
    """What is not wanted: facets, or words of the row's text when no facet says it, or rows (a title). A `mild` one yields
    to a wish for the same: "scary but not too scary"."""

    words: str
    facets: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    mild: bool = False


class Query(Struct, frozen=True):
    """A request understood. `wish` is the text left for search and vectors, `words` its search tokens without stop words;
    `dialogue` is True if it had several turns, `last` the last thing the person said and `last_words` its search tokens; `meant` is the text
    for vectors where it differs from `wish`: a Chinese request in English words, for a catalog that is not in Chinese;
    `contrast` is True if what is wished for is what the reference lacks ("like Radiohead but happier")."""

    text: str
    last: str
    wish: str
    words: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    wishes: tuple[Wish, ...] = ()
    references: tuple[Reference, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    limit: int | None = None
    chinese: bool = False
    dialogue: bool = False
    last_words: tuple[str, ...] = ()
    meant: str = ""
    contrast: bool = False

    @property
    def superlative(self) -> bool:
        """Whether the most or the least of something is asked for, or nothing else than more or less of it ("short books"): that comes first, the next behind it."""
        if self.dialogue or self.references or not self.leanings:
            return False
        told = {t for x in self.leanings for t in tokens(f"{x.words} {x.column.replace('_', ' ')}")}
        return any(_MOST.search(x.words) for x in self.leanings) or not self.wishes and told.issuperset(self.words)


class Reading(Struct):
    """One request while it is being read; `rest` loses the words that were understood."""

    index: Index
    find: Find
    rest: str
    references: list[Reference] = field(default_factory=list)
    excluded: list[Exclusion] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


def search_words(text: str) -> list[str]:
    """Search tokens without stop words and fillers, in order, without repeats; all tokens if nothing else is left."""
    if has_cjk(text):
        for filler in ("一个人", *FILLERS):  # a wish, but no word of any row's text
            text = text.replace(filler, " ")
    every = [*dict.fromkeys(tokens(text))]
    return [w for w in every if w not in STOP and (len(w) > 1 or not w.isascii() or w.isdigit())] or ([] if all(w in STOP for w in every) else every)


def facets_saying(index: Index, words: str) -> list[int]:
    """Facets that say the whole phrase, or a way to say the same; 片 and 'music' behind it do not matter."""
    keys = [facet_key(words)]
    keys += [keys[0].replace(" ", "")]
    if has_cjk(words):
        keys += [keys[0].removesuffix(s) for s in ("片", "类", "乐", "歌") if keys[0].endswith(s)]
    for key in list(keys):
        keys += same().get(key, ())
    return [f.f for found in index.facets(keys).values() for f in found]


def tags_with(index: Index, word: str) -> list[Facet]:
    """Facets of tag columns that have this word in them."""
    return [f for f in index.facets_with(word, 60) if is_tag(index, f)]


def is_tag(index: Index, facet: Facet) -> bool:
    return next(c.role for c in index.columns if c.name == facet.column) is Role.TAGS
