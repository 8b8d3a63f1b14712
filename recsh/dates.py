"""Days, weeks, months and seasons in a request -> conditions on a column of dates.

    "what happened in March"        ->  the latest March that has begun
    "last summer's elections"       ->  the latest summer that is over
    "from 5 May to 10 June 2025"    ->  from that day to that day
    "since January", "last week"    ->  from then on; the seven days before the newest item

All is counted back from the newest item: the answer must not change with the day it is asked on. Leaves out: years and decades alone (see `conditions`,
whose reader does the work), months that things are tagged with (see `wishes`).
"""

from __future__ import annotations

import re
from math import inf
from typing import Any

from recsh.counted import Reader
from recsh.numerals import MONTHS, in_words
from recsh.regex import regex
from recsh.types import Column

_SEASONS = {"spring": (3, 3), "summer": (6, 3), "autumn": (9, 3), "fall": (9, 3), "winter": (12, 3)}  # its first month, how many it has
_NAMES = rf"(?:{'|'.join(MONTHS)}|{'|'.join(m[:3] for m in MONTHS if len(m) > 3)}|sept)"
_YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_COUNT = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|couple\s+of|few)"
_WEEKS = ("first", "second", "third", "last")
_UNITS = {"day": 1 / 366, "week": 7 / 366, "month": 1 / 12}  # in years
_HALVES = {"first half": (1, 6), "second half": (7, 6), "first quarter": (1, 3), "second quarter": (4, 3), "third quarter": (7, 3), "last quarter": (10, 3), "fourth quarter": (10, 3), "early": (1, 4), "mid": (5, 4), "late": (9, 4)}
_ONE = 1 / 366
_EDGE = _ONE / 4  # a time ends before the day that follows it

# A time of the year, with its year or without.
_DATED = rf"(?:{_DAY}(?:\s+of)?\s+{_NAMES}\b(?:,?\s+{_YEAR})?|{_NAMES}\s+{_DAY}\b(?!\d)(?:,?\s+{_YEAR})?|(?:{_NAMES}|{'|'.join(_SEASONS)})\s+(?:of\s+)?{_YEAR}|(?:{'|'.join(MONTHS)})\b)"
_POINT = regex(rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+)?(?P<name>{_NAMES}|{'|'.join(_SEASONS)})\b(?:\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)?(?:(?:,|\s+of)?\s+(?P<year>{_YEAR}))?", re.I)
_CUE = regex(rf"\b(?:{_NAMES}|{'|'.join(_SEASONS)}|days?|weeks?|months?|years?|today|yesterday|early|mid|late|half|quarter|news?|going|happening|up\s+with|now|rn|moment|nowadays|currently)\b", re.I)
# When somebody does or did a thing says nothing of when it was made: "what to plant in April", "the place we saw last summer".
_OF_SOMEBODY = regex(r"\b(?:(?:i|we|he|she|they)(?:['’](?:ve|d)|\s+have|\s+had)?\s+(?!(?:miss|missed|should|need|want|know|can|could|find|read)\b)\w+|to\s+(?!(?:know|read|happen)\b)[a-z]+|\w+n['’]t\s+\w+)(?:\s+[\w'’]+){0,3}\s*$", re.I)
_NOW = regex(r"\b(?:what(?:['’]?s|\s+is)\s+(?:new|happening|going\s+on|up(?=\s+with\b))|breaking(?=\s+news\b)|right\s+now|rn|at\s+the\s+moment|these\s+days|nowadays|currently)\b", re.I)


def read_dates(r: Reader, c: Column) -> None:
    """Take such times out of the request, for the column of dates `c`."""
    if c.high is None or not _CUE.search(r.rest):
        return
    new = c.high

    def told(low: float, high: float, m: re.Match[str]) -> Any:
        return None if _OF_SOMEBODY.search(m.string[: m.start()]) else r.bound(c, low, high, m[0].strip())

    def spread(m: re.Match[str]) -> Any:
        """From one time to another; the first is of the other's year if it has none itself."""
        last = _span(m["b"] or m["d"], new)
        return told(_span(m["a"] or m["c"], last[0])[0], last[1], m)

    def week(m: re.Match[str]) -> Any:
        low, high = _span(m["a"], new)
        nth = _WEEKS.index(m["nth"].lower())
        return told(low + nth * _UNITS["week"], low + (nth + 1) * _UNITS["week"] - _EDGE, m) if nth < 3 else told(high - _UNITS["week"], high, m)

    def ago(m: re.Match[str]) -> float:
        return new - in_words(m["n"]) * _UNITS[m["unit"].lower()]

    r.take(rf"\b(?:between|from)\s+(?:the\s+)?(?P<a>{_DATED})\s*(?:-|–|and|to|until|till|through)\s*(?:the\s+)?(?P<b>{_DATED})|(?:\bin\s+)?\b(?P<c>{_DATED})\s*(?:-|–|and|to)\s*(?P<d>(?:{_DAY}\s+)?{_NAMES}\b\s+{_YEAR})", spread)
    r.take(rf"(?:\b(?:in|from)\s+)?\b(?:the\s+)?(?P<nth>first|second|third|last)\s+week\s+(?:of|in)\s+(?P<a>{_DATED})", week)
    r.take(rf"\b(?:since|after)\s+(?:last\s+|the\s+)?(?P<a>{_DATED}|{'|'.join(_SEASONS)}\b)", lambda m: told(_span(m["a"], new)[1 if m[0].lower().startswith("after") else 0], inf, m))
    r.take(rf"\b(?:before|until|till|prior\s+to)\s+(?:last\s+|the\s+)?(?P<a>{_DATED}|{'|'.join(_SEASONS)}\b)", lambda m: told(-inf, _span(m["a"], new)[0] - _EDGE, m))
    r.take(rf"\b(?:(?:in|during|from|of)\s+)?(?P<which>last|this(?:\s+past)?|past)\s+(?P<a>{'|'.join(MONTHS)}|{'|'.join(_SEASONS)})\b(?:['’]s)?(?!\s+(?:\w+\s+)?{_YEAR})", lambda m: told(*_span(m["a"], new, over="last" in m["which"].lower()), m))
    r.take(rf"\b(?:in|during|from|of|on|throughout|for|back\s+in|around)\s+(?:the\s+)?(?P<a>{_DATED})(?:['’]s)?|\b(?P<b>{_DAY}\s+{_NAMES},?\s+{_YEAR}|(?:{_NAMES}\s+(?:{_DAY},?\s+)?|(?:{'|'.join(_SEASONS)})\s+(?:of\s+)?){_YEAR})\b", lambda m: told(*_span(m["a"] or m["b"], new), m))
    r.take(rf"(?:\b(?:in|from|during)\s+)?(?:\bthe\s+)?\b(?P<part>{'|'.join(_HALVES)})[\s-]+(?:of\s+)?(?P<year>{_YEAR})\b", lambda m: told(*_months(int(m["year"]), *_HALVES[re.sub(r"\s+", " ", m["part"].lower())]), m))
    r.take(rf"\bolder\s+than\s+(?:the\s+last\s+)?(?P<n>{_COUNT})\s+(?P<unit>day|week|month)s?\b(?!\s+old)", lambda m: told(-inf, ago(m) - _EDGE, m))
    r.take(rf"\b(?:(?:in|from|of|within|over|during)\s+)?(?:the\s+|these\s+)?(?:last|past)\s+(?P<n>{_COUNT})\s+(?P<unit>day|week|month)s?\b(?:\s+or\s+so)?", lambda m: told(ago(m), inf, m))
    r.take(r"\b(?:(?:in|from|of|within|over|during)\s+)?(?:the\s+)?(?P<which>last|past|this|yester|to)\s*(?P<unit>day|week|month|year)(?:['’]?s)?\b", lambda m: told(*_latest(m["which"].lower(), m["unit"].lower(), "the" in m[0].lower().split(), new), m))
    if now := _NOW.search(r.rest):
        r.lean(c, 1, now[0])
        r.rest = _NOW.sub(" ", r.rest)


def _months(year: int, first: int, count: int) -> tuple[float, float]:
    """From the first day of a month to the last of as many months."""
    end = first - 1 + count
    return year + (first - 1) * 30.5 / 366, year + end // 12 + end % 12 * 30.5 / 366 - _EDGE


def _span(said: str, new: float, *, over: bool = False) -> tuple[float, float]:
    """The first and last moment of a time of the year; without a year the latest that had begun, or was `over`, at `new`."""
    m = _POINT.search(said)
    assert m is not None, said
    name, day = m["name"].lower(), m["d1"] or m["d2"]
    first, count = _SEASONS.get(name) or (next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name[:3])), 1)

    def of(year: int) -> tuple[float, float]:
        low, high = _months(year, first, count)
        return (low + (int(day) - 1) * _ONE, low + int(day) * _ONE - _EDGE) if day else (low, high)

    if m["year"]:
        return of(int(m["year"]))
    return next(found for year in (int(new), int(new) - 1, int(new) - 2) if (found := of(year))[1 if over else 0] <= new)


def _latest(which: str, unit: str, counted: bool, new: float) -> tuple[float, float]:
    """This week, yesterday, the last month: days and weeks are counted back from the newest item and last until then, so is "the last month", but not "last month"."""
    if unit in ("day", "week"):
        return new - _UNITS["week"] * (unit == "week") - _ONE * (which in ("yester", "last", "past")), inf
    if which == "past" or which == "last" and counted:
        return new - (1.0 if unit == "year" else _UNITS["month"]), inf
    year, month = int(new), int((new - int(new)) * 366 / 30.5) + 1
    back = which == "last"
    if unit == "year":
        return _months(year - back, 1, 12)
    return _months(year - (back and month == 1), (month - back) or 12, 1)
