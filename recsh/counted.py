"""Amounts in the units that a catalog's own columns count: people, stars, gigabytes, kilometres, inches, pages, grams.

    "for 4 players"           ->  players 4..
    "a three star hotel"      ->  stars 3
    "16 GB of RAM, 1 TB"      ->  RAM 16.., storage 1000..
    "the biggest screen"      ->  a leaning: screen size, the more the better

Leaves out: times, prices, ratings and years (see `conditions`, whose reader does the work).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Protocol

from recsh.cells import LEVEL
from recsh.numerals import value_of
from recsh.regex import regex
from recsh.types import Column, Role

_GRAM, _KILO, _POUND = r"(?:g|grams?|克)\b", r"(?:kg|kilos?|kilograms?|公斤|千克)\b", r"(?:lbs?|pounds)\b"
_KM, _MILE = r"(?:km|kilomet(?:er|re)s?|公里|千米)(?![a-z])", r"(?:miles?|mi)\b"
SAID: dict[str, tuple[tuple[str, float], ...]] = {
    "pages": ((r"(?:pages?\b|页)", 1.0),),
    "g": ((_KILO, 1000.0), (_GRAM, 1.0), (_POUND, 453.6)),
    "kg": ((_KILO, 1.0), (_GRAM, 0.001), (_POUND, 0.4536)),
    "km": ((_KM, 1.0), (_MILE, 1.609)),
    "mi": ((_MILE, 1.0), (_KM, 0.6214)),
    "gb": ((r"(?:gb|gigs?|gigabytes?)(?![a-z])", 1.0), (r"(?:tb|terabytes?)(?![a-z])", 1000.0)),
    "in": ((r"(?:inch(?:es)?\b|[\"″]|英寸)", 1.0),),
}
"""Unit of a column -> how it is said, and how many of the column's units one of these is."""
_ALONE = {"gb": (1.0, inf), "in": (0.965, 1.035), "km": (0.75, 1.25), "mi": (0.75, 1.25)}  # what an amount without "under" or "over" means, times it
_N = r"(?<![\d.,])(\d{1,6}(?:\.\d{1,2})?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b|[一二两三四五六七八九十])"
_PEOPLE = r"(?:players?\b|people\b|persons?\b|guests?\b|adults\b|friends\b|servings?\b|portions?\b|个?人)"
_STAR = r"(?:stars?\b|星级?)"
_MORE, _LESS = "highest most longest biggest largest greatest best maximum".split(), "lowest least fewest smallest shortest minimum".split()
_SUPERLATIVE = regex(rf"\b({'|'.join(_MORE + _LESS)})\b", re.I, cues=(*_MORE, *_LESS))


class Reader(Protocol):
    """What `conditions` reads a request with."""

    rest: str
    columns: Sequence[Column]

    def unit(self, *units: str) -> Column | None: ...
    def take(self, pattern: str, make: Callable[[re.Match[str]], Any]) -> None: ...
    def bound(self, column: Column | None, low: float, high: float, words: str) -> Any: ...
    def lean(self, column: Column, sign: int, words: str) -> None: ...


def read_counted(r: Reader, quantity: Callable[..., None]) -> None:
    """Take what is counted in a unit of the catalog's out of the request. `quantity(reader, column, said, scale=...)` reads 'under 5 km' and the like."""
    for unit, ways in SAID.items():
        of_unit = [c for c in r.columns if c.unit == unit]
        for c in of_unit[: 8 if len(of_unit) > 1 else 0]:  # the one that is named is meant: "16 GB of RAM"
            for said, scale in ways:
                _amount(r, quantity, c, rf"{said}\s*(?:of\s+)?(?:{_names(c)})\b", scale)
        for said, scale in ways if of_unit else ():
            if found := re.search(rf"{_N}\s*-?{said}", r.rest, re.I):
                value = value_of(found[1]) * scale
                fit = [c for c in of_unit if (c.low or 0) <= value <= (c.high or inf)]
                _amount(r, quantity, min(fit or of_unit, key=lambda c: (c.high or inf) - (c.low or 0)), said, scale)
    _people(r, quantity)
    _stars(r, quantity)
    if c := r.unit(LEVEL):
        r.take(r"(?<!\S)([$€£¥￥])\1{0,3}(?!\S)", lambda m: r.bound(c, len(m[0]), len(m[0]), m[0]))


def read_superlatives(r: Reader) -> None:
    """'The highest average rating', 'the biggest screen': more or less of a column called by its name, or a word of it."""
    for m in _SUPERLATIVE.finditer(r.rest):
        behind = r.rest[m.end() :]
        for c in r.columns:
            if c.role is Role.NUMBER and re.match(rf"\s+(?:\w+\s+)?(?:{_names(c)})\b", behind, re.I):
                r.lean(c, 1 if m[1].lower() in _MORE else -1, m[0])
                break


def _names(c: Column) -> str:
    """A column's name, and the words of it, as a request may say them."""
    name = re.split(r"[(（\[]", c.name.replace("_", " "))[0].strip().lower()
    words = [w for w in re.findall(r"[^\W\d]{3,}", name) if w not in ("the", "per", "and", "number", "total", "average", "size", "life")]
    return "|".join(map(re.escape, dict.fromkeys(filter(None, (name, *words))))) or r"(?!)"


def _amount(r: Reader, quantity: Callable[..., None], c: Column, said: str, scale: float) -> None:
    quantity(r, c, said, scale=scale)
    if c.unit in _ALONE:
        low, high = (share * scale for share in _ALONE[c.unit])
        r.take(rf"{_N}\s*-?{said}", lambda m: r.bound(c, value_of(m[1]) * low, value_of(m[1]) * high, m[0]))


def _people(r: Reader, quantity: Callable[..., None]) -> None:
    """How many a thing is for: so many at least."""
    c = r.unit("people")
    if c is None:
        return
    quantity(r, c, _PEOPLE)
    for_ = lambda m: r.bound(c, value_of(m[1]), value_of(m[1]) if c.joiner else inf, m[0])  # noqa: E731  # a range has its own ends
    r.take(rf"(?:\bfor\s+)?(?:\ba\s+(?:group|party|family)\s+of\s+)?{_N}[\s-]*{_PEOPLE}", for_)
    r.take(rf"\b(?:serves|feeds|serving|a\s+(?:group|party|family)\s+of|(?:for|the)\s+(?=\w+\s+of\s+us))\s*{_N}(?:\s+of\s+us)?\b", for_)
    r.take(rf"\bfor\s+{_N}(?=\s*(?:$|[,.!?]))", for_)


def _stars(r: Reader, quantity: Callable[..., None]) -> None:
    """Whole stars that somebody gave, as a hotel has them."""
    if c := r.unit("stars"):
        quantity(r, c, rf"\s*{_STAR}")
        r.take(rf"{_N}[\s-]*{_STAR}", lambda m: r.bound(c, value_of(m[1]), value_of(m[1]) + 0.5, m[0]))
