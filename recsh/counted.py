"""Amounts in the units that a catalog's own columns count: times, people, stars, gigabytes, kilometres, inches, pages, grams.

    "for 4 players"           ->  players 4..
    "a three star hotel"      ->  stars 3
    "16 GB of RAM, 1 TB"      ->  RAM 16.., storage 1000..
    "the biggest screen"      ->  a leaning: screen size, the more the better

Leaves out: prices, ratings and years (see `conditions`, whose reader does the work).
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
    "%": ((r"(?:%|percent\b|per\s+cent\b)", 1.0),),
    "stock": ((r"(?:(?:(?:bottles?|copies|units?|pieces?|cans?|of\s+them)\s+)?(?:(?:left\s+|still\s+)?in\s+(?:stock|(?:the|my|our)\s+(?:cellar|pantry|warehouse))|left|on\s+hand|available)|bottles?|copies)\b|瓶", 1.0),),
    "in": ((r"(?:inch(?:es)?\b|[\"″]|英寸)", 1.0),),
}
"""Unit of a column -> how it is said, and how many of the column's units one of these is."""
_ALONE = {"gb": (1.0, inf), "in": (0.965, 1.035), "km": (0.75, 1.25), "mi": (0.75, 1.25)}  # what an amount without "under" or "over" means, times it
_N = r"(?<![\d.,])(\d{1,6}(?:\.\d{1,2})?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)\b|[一二两三四五六七八九十])"
MINUTE, _HOUR = r"(?:minutes?|mins?|分钟)", r"(?:hours?|hrs?|h|小时)"
_DAY = r"(?:days?\b|天)"
_OF_MINUTE = {"min": 1.0, "s": 60.0, "ms": 60_000.0}  # how many of a column's units are a minute
# An amount of time by itself is the thing's own ("a 15 minute recipe"), unless it counts something else ("a 2 hour drive").
_BARE_TIME = r"(?:^|(?<=[,;] )|\b(?:an?|takes|lasts|lasting|about|with)\s+|(?<=[玩逛看听长间花约概为是用]))"
_NO_TIME = r"(?![\s-]*(?:ago|away|before|after|later|late|early|from|of|to|into|in|drive|walk|flight|ride|trip|journey|commute|wait|delay|photo|diner|shift|race|news|war|strike|warning|notice|period|service|rule|old|until)\b)"
_PEOPLE = r"(?:players?\b|people\b|persons?\b|guests?\b|adults\b|friends\b|servings?\b|portions?\b|个?人)"
_STAR = r"(?:stars?\b|星级?)"
_MORE, _LESS = "highest most longest biggest largest greatest best maximum".split(), "lowest least fewest smallest shortest minimum".split()
_OF_COLUMNS = (  # (words, names of columns, more or less): what has no unit is told by its name
    (r"heav(?:iest|ier|y)|most complex|more complex", "weight complexity", 1), (r"light(?:est|er|weight)?|simplest|least complex", "weight complexity", -1), (r"tallest|highest", "height elevation altitude höhe höhenmeter", 1), (r"steepest|most climbing", "elevation ascent climb höhenmeter gain", 1),
    (r"flattest|least climbing", "elevation ascent climb höhenmeter gain", -1), (r"deepest", "depth", 1), (r"fastest", "speed", 1), (r"strongest", "alcohol abv alkohol strength", 1), (r"weakest", "alcohol abv alkohol strength", -1),
    (r"most valuable", "value worth wert", 1), (r"least valuable", "value worth wert", -1), (r"closest|nearest|near|close to|central|centrally located", "distance entfernung distanz", -1), (r"hardest|most difficult", "difficulty", 1), (r"easiest|least difficult", "difficulty", -1),
)  # fmt: skip
_SUPERLATIVE = regex(rf"\b({'|'.join(_MORE + _LESS)})\b", re.I, cues=(*_MORE, *_LESS))


_MUCH_OF, _LITTLE_OF = "long large big high huge".split(), "short small low".split()
_MUCH = regex(rf"(?<!\bnot )(?<!\btoo )\b({'|'.join(_MUCH_OF + _LITTLE_OF)})\b", re.I, cues=(*_MUCH_OF, *_LITTLE_OF))


class Reader(Protocol):
    """What `conditions` reads a request with."""

    rest: str
    found: list[Any]
    columns: Sequence[Column]

    def unit(self, *units: str) -> Column | None: ...
    def take(self, pattern: str, make: Callable[[re.Match[str]], Any]) -> None: ...
    def bound(self, column: Column | None, low: float, high: float, words: str) -> Any: ...
    def lean(self, column: Column, sign: int, words: str) -> None: ...


def read_durations(r: Reader, quantity: Callable[..., None]) -> None:
    """Times, in whatever the catalog counts them: 'under 4 minutes', 'at least an hour and a half', 'a 15 minute recipe'."""
    c = r.unit(*_OF_MINUTE)
    if c is None:
        return
    r.rest = re.sub(r"\b(?:an|one) hour and a half\b|一个半小时|\bhour and a half\b", "90 minutes", r.rest, flags=re.I)
    r.rest = re.sub(r"([一两二三四五\d])个半小时", lambda m: f"{value_of(m[1]) * 60 + 30:.0f}分钟", r.rest)
    r.rest = re.sub(r"([一两二三四五六七八九十\d])个小时", r"\1小时", r.rest)
    r.rest = re.sub(r"\ban hour\b|(?<!one )(?<!a )\bhour(?=[\s-]long\b)", "one hour", r.rest, flags=re.I)
    for said, minutes in ((MINUTE, 1.0), (rf"{_HOUR}(?![a-z])", 60.0), (_DAY, 1440.0), (r"(?:seconds?|secs?|秒)", 1 / 60)):
        scale = minutes * _OF_MINUTE[c.unit]
        quantity(r, c, said, scale=scale)
        r.take(rf"{_BARE_TIME}{_N}[\s-]*{said}{_NO_TIME}(?:[\s-]+long\b|左右)?", lambda m, scale=scale: _about(r, c, value_of(m[1]) * scale, m[0]))


def _about(r: Reader, c: Column, value: float, words: str) -> Any:
    """A time by itself: not much more, and not half of it; None if nothing in the catalog takes so long."""
    return r.bound(c, value * 0.65, value * 1.1, words) if (c.low or 0) <= value * 1.1 and value <= (c.high or inf) else None


def read_counted(r: Reader, quantity: Callable[..., None]) -> None:
    """Take what is counted in a unit of the catalog's out of the request. `quantity(reader, column, said, scale=...)` reads 'under 5 km' and the like."""
    for unit, ways in SAID.items():
        of_unit = [c for c in r.columns if c.unit == unit]
        for c in of_unit[: 8 if len(of_unit) > 1 else 0]:  # the one that is named is meant: "16 GB of RAM"
            for said, scale in ways:
                _amount(r, quantity, c, rf"{said}\s*(?:of\s+)?(?:{_names(c)})\b", scale)
        for said, scale in ways if of_unit else ():
            if found := re.search(rf"{_N}\s*\+?\s*-?{said}", r.rest, re.I):
                value = value_of(found[1]) * scale
                fit = [c for c in of_unit if (c.low or 0) <= value <= (c.high or inf)]
                _amount(r, quantity, min(fit or of_unit, key=lambda c: (c.high or inf) - (c.low or 0)), said, scale)
    _people(r, quantity)
    _stars(r, quantity)
    if c := r.unit("stock"):
        r.take(r"\b(?:still\s+|currently\s+)?in\s+stock\b|\b(?:still\s+)?available\b(?=\s*$)|有货|有库存", lambda m: r.bound(c, 1, inf, m[0]))
    if c := r.unit(LEVEL):
        r.take(r"(?<!\S)([$€£¥￥])\1{0,3}(?!\S)", lambda m: r.bound(c, len(m[0]), len(m[0]), m[0]))


def read_superlatives(r: Reader) -> None:
    """'The highest average rating', 'the biggest screen': more or less of a column called by its name, or a word of it."""
    told: set[int] = set()  # where the words of a leaning begin
    for m in _SUPERLATIVE.finditer(r.rest):
        behind = r.rest[m.end() :]
        for c in r.columns:
            if c.role is Role.NUMBER and re.match(rf"\s+(?:\w+\s+)?(?:{_names(c)})\b", behind, re.I):
                r.lean(c, 1 if m[1].lower() in _MORE else -1, m[0])
                told.add(m.start())
                break
    for m in _MUCH.finditer(r.rest):
        if c := next((c for c in r.columns if c.role is Role.NUMBER and not c.year and re.match(rf"\s+(?:{_names(c)})\b", r.rest[m.end() :], re.I)), None):
            r.lean(c, 1 if m[1].lower() in _MUCH_OF else -1, m[0])
    for said, names, sign in _OF_COLUMNS:
        c = next((c for c in r.columns if c.role is Role.NUMBER and c.unit not in ("g", "kg") and {*names.split()} & {*re.findall(r"[^\W\d_]+", c.name.lower())}), None)
        if c and (m := re.search(rf"(?<!too )(?<!not )\b(?:{said})\b(?!-)", r.rest, re.I)) and m.start() not in told:
            r.lean(c, sign, m[0])


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
