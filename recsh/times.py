"""Times and lengths that a catalog says in tags: when a thing is set, and whether it is short or long where no column counts it; times that hardly anything is of.

    "set in the 1960s"     ->  a wish for the tag 1960s; from the 1960s is when it was made
    "under 200 pages"      ->  "short", if there are no page numbers but things are tagged with it
    "a 10 minute song"     ->  "long", likewise

Leaves out: numbers and dates that there are columns for (see `conditions`, `dates`).
"""

from __future__ import annotations

import re
from math import inf

from recsh.amounts import WORDED
from recsh.conditions import Condition, Leaning
from recsh.index import Index
from recsh.leanings import TIME_UNITS
from recsh.numerals import decade, in_words, value_of
from recsh.regex import regex
from recsh.request import Reading, Wish, facets_saying
from recsh.text import has_cjk
from recsh.types import Column, Role
from recsh.wishes import weight_of

_ORDINALS = {w: n for n, w in enumerate("fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(), 5)}
_DECADE = r"(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ties|(?:1[0-9]|20)\d0['’]?s|['’]?[2-9]0s)\b"
_CENTURY = rf"(?:(\d{{1,2}})(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))[\s-]century\b"
_PART = r"(?:(?:early|mid|late)[\s-]+)?"
_SETTING = regex(
    rf"(?P<lead>\b(?:set|takes?\s+place|taking\s+place|happen(?:s|ing)|life|living|daily\s+life)\s+(?:\w+\s+){{0,2}}?(?:in|during|around|at)\s+(?:the\s+)?|\babout\s+(?:life\s+in\s+)?the\s+|(?:\bthe\s+)?\b(?=(?:roaring|swinging)\s))"
    rf"(?:(?:roaring|swinging)\s+)?{_PART}(?P<time>{_DECADE}|{_CENTURY}|(?P<year>(?:1[0-9]|20)\d\d)\b(?!\s*(?:minutes|pages|dollars)))",
    re.I,
    cues=("set", "tak", "happen", "life", "living", "about", "roaring", "swinging"),
)
FEW = 5  # rows of a time that are too few to choose from
RECENT = 1 / 11  # years: a month, and a little
_PAST = 1900  # what is set before this is historical wherever nothing names its time
_LONG_AGO = ("historical", "period drama", "period piece")

_N = rf"({WORDED}|\d{{1,4}}|an?)"
_LESS = r"(?:(?:no|not)\s+(?:more|longer)\s+than|not\s+over|under|below|less\s+than|up\s+to|at\s+most|max(?:imum)?(?:\s+of)?|within|shorter\s+than|fewer\s+than|(?:nothing|not\s+anything|no\s+\w+)\s+(?:with\s+|of\s+)?(?:more\s+than|over|above|longer\s+than)|(?:i|we)(?:\s+only)?(?:\s+have|['’]?ve\s+(?:only\s+)?got)(?:\s+only)?)"
_MORE = r"(?:(?:no|not)\s+(?:less|fewer|shorter)\s+than|over|above|more\s+than|at\s+least|longer\s+than|(?:nothing|no\s+\w+)\s+(?:with\s+|of\s+)?(?:under|less\s+than|shorter\s+than|below))"
_LENGTH = regex(rf"\b(?:(?P<less>{_LESS})|(?P<more>{_MORE}))\s+(?:about\s+|around\s+)?{_N}(?:\s+and\s+a\s+half)?[\s-]*(?P<unit>minutes?|mins?|pages?)\b(?:\s+long\b)?", re.I, cues=("min", "page"))
_SONG = regex(rf"\b(?P<n>{WORDED}|\d{{1,3}})[\s-]*(?:minutes?|mins?)(?:[\s-]+long)?\s+(?=(?:\w+\s+){{0,2}}(?:songs?|tracks?|tunes?|pieces?|jams?|epics?)\b)", re.I, cues=("min",))
_LENGTH_ZH = regex(r"(?:(?P<less>不超过|不到|少于|最多|低于)|(?P<more>超过|至少|不少于|多于))?\s*([\d一二两三四五六七八九十百千]{1,5})\s*(?P<unit>页|分钟)(?:(?P<least>以上)|(?P<most>以内|以下|之内))?", cues=("页", "分钟"))
_MONTHS_ZH = regex(r"(?<![一二三四五六七八九十])([一二三四五六七八九])([二三四五六七八九十])月", cues=("月",))
_SHORT, _LONG = ("short song", "short film", "short", "short read"), ("long song", "long film", "long", "long read")
_SHORT_SONG, _LONG_SONG = 2, 6  # minutes
_SHORT_PAGES, _LONG_PAGES = 300, 400  # a book of which no more is wanted is short, one of which at least this is wanted is long


def read_settings(r: Reading) -> None:
    """The time that a thing is set in becomes a wish for the catalog's tag for it; of a time before all of its years, for what is historical."""

    def take(m: re.Match[str]) -> str:
        first, names = _names(m)
        facets = next((f for name in names if (f := facets_saying(r.index, name))), [])
        year = next((c for c in r.index.number_columns if c.year), None)
        outside = year is not None and year.low is not None and first < int(year.low) // 10 * 10
        if not facets and (outside or first < _PAST and not re.match(r"\s*(?:about|the|roaring|swinging)", m["lead"], re.I)):
            facets = next((f for name in _LONG_AGO if (f := facets_saying(r.index, name))), [])
        if not facets:
            return m[0]
        r.wishes.append(Wish(m["time"].lower(), tuple(facets), (), weight_of(r.index, len(r.index.facet_rows(facets)))))
        return " "

    r.rest = _SETTING.sub(take, r.rest)
    r.rest = _MONTHS_ZH.sub(lambda m: f"{m[1]}月、{m[2]}月" if value_of(m[2]) == value_of(m[1]) + 1 else m[0], r.rest)


def _names(m: re.Match[str]) -> tuple[int, list[str]]:
    """(its first year, what tags may call it): the sixties are the 1960s, 1963 is one of them, the 1800s are the 19th century."""
    said = m["time"].lower()
    if number := m[3] or m[4]:
        n = int(number) if number.isdigit() else _ORDINALS[number.lower()]
        return n * 100 - 100, [said, f"{n}th century"]
    first = int(m["year"]) // 10 * 10 if m["year"] else decade(re.sub(r"['’]s$", "s", said)) or 0
    if first < 2000 and said[:2] == "20" and len(said) < 4:
        first = 1920
    century = [f"{first // 100 + 1}th century"] if first % 100 == 0 and not m["year"] else []
    return first, [said, f"{first}s", *century]


def lengths(text: str, index: Index) -> str:
    """The request with lengths that no column counts said in tags ("short"); without them where nothing says it, for a number finds only titles."""
    units = {c.unit for c in index.number_columns}

    def said(m: re.Match[str]) -> str:
        told = m.groupdict()
        less, more = m["less"] or told.get("most"), m["more"] or told.get("least")
        pages = m["unit"].lower().startswith(("page", "页"))
        if not (less or more) or units & ({"pages"} if pages else {*TIME_UNITS}):
            return m[0]
        n = value_of(m[3]) if has_cjk(m["unit"]) else in_words(m[3])
        fits = not pages or (n <= _SHORT_PAGES if less else n >= _LONG_PAGES)
        return f" , {_tag(index, _SHORT if less else _LONG)} , " if fits else " "

    def song(m: re.Match[str]) -> str:
        minutes = in_words(m["n"])
        names = _SHORT if minutes <= _SHORT_SONG else _LONG if minutes >= _LONG_SONG else ()
        return m[0] if units & {*TIME_UNITS} else f" , {_tag(index, names)} , "

    return _LENGTH_ZH.sub(said, _SONG.sub(song, _LENGTH.sub(said, text)))


def not_thin(found: list[Condition | Leaning], index: Index) -> list[Condition | Leaning]:
    """A time up to the newest item of a month at most that hardly anything is of ("this week", of a paper that has an article a week) asks for what is newest."""

    def few(f: Condition | Leaning, c: Column) -> bool:
        if not isinstance(f, Condition) or f.negated or f.high < (c.high or inf) or (c.high or inf) - f.low > RECENT:
            return False
        return int((index.numbers(c.name) >= f.low).sum()) < FEW

    dates = {c.name: c for c in index.number_columns if c.role is Role.DATE}
    return [Leaning(f.column, 1, f.words) if f.column in dates and few(f, dates[f.column]) else f for f in found]


def _tag(index: Index, names: tuple[str, ...]) -> str:
    return next((name for name in names if facets_saying(index, name)), "")
