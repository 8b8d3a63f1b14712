"""One cell of a table as a number, a date, a list or an answer of yes or no, as people write them.

    >>> number("$1,299.00"), number("117分钟"), number("1h 47m"), number("n/a")
    (1299.0, 117.0, 107.0, None)
    >>> split("rock|hard rock", "|"), split("ja", "?pets allowed"), split("nein", "?pets allowed")
    (('rock', 'hard rock'), ('pets allowed',), ())

Leaves out: what a column is for (see `schema`). Everything here is a pure function of a cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recsh.regex import regex
from recsh.text import clean
from recsh.types import Column, Role

YES, THOUSANDS, RANGE = "?", ".", "-"
"""What a column's joiner begins with if its cells say yes or no; what it is where points stand between thousands, and where cells are ranges."""
LEVEL = "level"
"""The unit of prices that are given in signs alone (€€€)."""
EMPTY = frozenset(("", "none", "nan", "null", "n/a", "na", "-", "--", "—", "?", "unknown", "tbd", "暂无", "无", "未知"))
"""Cells of a number column that say there is no number, in lower case."""

_GAP = "[\u00a0\u202f\u2009' ]"  # what stands between thousands where the comma does not
_DIGITS = regex(
    rf"(?P<sign>[-+\u2212]?)(?P<mark>(?:us|hk|nt|[acr])?[$€£¥￥₹₩₽₺₫₪฿]|(?:usd|eur|gbp|cny|rmb|inr|jpy|chf|cad|aud|rs|kr)\b\.?)?\s*(?P<minus>[-\u2212]?)"
    rf"(?:(?P<comma>\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?:\.\d+)?)|(?P<dot>\d{{1,3}}(?:\.\d{{3}}){{2,}}(?:,\d+)?|\d{{1,3}}(?:\.\d{{3}})+,\d+)"
    rf"|(?P<gap>\d{{1,3}}(?:{_GAP}\d{{3}})+(?:[.,]\d+)?)|(?P<decimal>\d+,\d+)|(?P<plain>\d*\.?\d+(?:e[-+]?\d+)?|\d+\.))",
    re.I,
)
_BEFORE = regex(r"[\s~<>≈≥≤]*(?:(?:约|about|from|only|approx\.?|circa|ca\.?|ab|env\.?)\s*(?=[\d$€£¥￥]))?", re.I)
_BEHIND = regex(
    r"\s*(?P<scale>k(?![a-z])|million\b|thousand\b|万|亿)?\s*-?(?:(?P<bytes>[kmgt]b)|[$€£¥￥₹₩₽₺₫₪฿%+°″\"]|usd|eur|gbp|cny|rmb|inr|jpy|chf|cad|aud|pln|kr|元|块|円|원|分钟|分|min(?:ute)?s?|seconds?|secs?"
    r"|页|pages?|pp?|kg|mg|g|oz|lbs?|ml|cl|l|litres?|liters?|mah|kwh?|w|v|hz|rpm|fps|mp|ps|hp|k?cal|kj|ha|hm|m²|sqm|°c|inch(?:es)?|in|ft|cm|mm|km|mi|m|年|岁|人|起|集|首|stars?|votes?|ratings?|reviews?|tracks?|songs?|episodes?|players?|plays|people|persons?|pers|personen|servings?|portions?|portionen|points?|punkte|pts|bottles?"
    r"|/\s*(?:5|10|100)|out of (?:5|10|100)|小时|hours?|hrs?|h)?\.?(?:\s*/\s*[^\W\d]+\.?|\s(?:per|pro|par|a)\s[^\W\d]+)?\s*(?:[(（].*)?",
    re.I,
)
_PLAIN = regex(r"-?[0-9]+(?:\.[0-9]+)?")
_BYTES = {"kb": 1e-6, "mb": 1e-3, "gb": 1.0, "tb": 1e3}  # of one column some cells count these and some those
_SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "万": 1e4, "亿": 1e8}
_HOUR = r"(?:h|hrs?|hours?|std|stunden?|heures?|horas?|ore|uur|小时)"
_HOURS = regex(rf"(?:pt)?(\d{{1,4}}(?:[.,]\d+)?)\s*{_HOUR}\.?,?\s*(?:(?:and|und|et)\s+)?(?:(\d{{1,4}})\s*(?:m|min(?:ute)?[ns]?|mins|分钟|分)?\.?)?(?:\s*\d+\s*s)?", re.I)
_OF_HOURS = regex(rf"(\d{{1,3}}):([0-5]\d)\s*{_HOUR}\.?", re.I)
_MINUTES = regex(r"(?:pt)?(\d+)\s*(?:m|mins?|minutes?|分钟|分|['′])\.?\s*(\d+)\s*(?:s|secs?|seconds?|秒|[\"″])\.?", re.I)
_DAYS = regex(r"(\d{1,3}(?:[.,]\d)?)\s*-?(?:天|days?|tage?|jours?|d[ií]as?)", re.I)
_CLOCK = regex(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")
_ISO_DATE = regex(r"(\d{4})(?:[-/.年](\d{1,2})月?(?:[-/.]?(\d{1,2})日?)?|年)?(?:[T ].*)?$")
_DAY_FIRST = regex(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)(?:[T ].*)?$")
_NAMED_MONTH = regex(r"(?:(\d{1,2})(?:st|nd|rd|th|er|\.)?[\s-]+)?([^\W\d]{3,10})\.?[\s-]+(?:(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+)?(\d{4})$", re.I)
_MONTHS = {m: i for i, ms in enumerate("jan/gen/ene feb/fev mar/mär apr/avr/abr may/mai/mag jun/giu/juin jul/lug/juil aug/ago/aoû/aou sep/set oct/okt/ott/out nov dec/dez/déc/dic".split(), 1) for m in ms.split("/")}
_FREE = frozenset("free 免费 gratis gratuit gratuito kostenlos f2p".split()) | {"free to play", "free-to-play"}
_STARS = regex(r"[★⭐\ufe0f]*[★⭐]\ufe0f?(½|1/2)?☆*|\*{1,7}")
_LEVEL = regex(r"([$€£¥￥])\1{0,4}")
_RANGE = regex(r"(.*?\d[^-–—\d]{0,8}?)\s*(?:-|–|—|\bto\b|\bbis\b|\bà\b|至|到)\s*(\d.*)", re.I)
_YES = frozenset("yes y true t x ✓ ✔ ✅ ja oui sì si sí vrai wahr 是 有 1".split())
_NO = frozenset("no n false f ✗ ✘ ❌ nein non não nee faux falsch 否 无 没有 0".split())


def number(cell: str) -> float | None:
    """A cell as a number: currency signs, units, thousands and decimal marks. Hours, minutes and seconds become minutes. None if it is
    anything else, or not finite.

    >>> number("$1,299.00"), number("1.299,00 €"), number("1h 47m"), number("3:45"), number("12K"), number("8/10"), number("7 samurai")
    (1299.0, 1299.0, 107.0, 3.75, 12000.0, 8.0, None)
    """
    cell = cell.strip()
    if not cell or len(cell) > 40:
        return None
    if _PLAIN.fullmatch(cell):
        return float(cell)
    if cell.lower() in _FREE:
        return 0.0
    if stars := _STARS.fullmatch(cell):
        return sum(map(cell.count, "★⭐*")) + (0.5 if stars[1] else 0.0)
    if (minutes := duration(cell)) is not None:
        return minutes
    found = _DIGITS.match(cell, _BEFORE.match(cell).end())  # type: ignore[union-attr]  # it matches the empty text
    behind = found and _BEHIND.fullmatch(cell, found.end())
    if not found or not behind:
        return None
    if found["comma"] or found["decimal"]:
        digits = found["comma"].replace(",", "") if found["comma"] else found["decimal"].replace(",", ".")
    elif found["dot"]:
        digits = found["dot"].replace(".", "").replace(",", ".")
    else:
        digits = re.sub(_GAP, "", found["gap"]).replace(",", ".") if found["gap"] else found["plain"]
    value = float(digits) * _SCALES.get((behind["scale"] or "").lower(), 1.0) * _BYTES.get((behind["bytes"] or "").lower(), 1.0)
    if value in (float("inf"), float("-inf")):
        return None
    return -value if found["sign"] in ("-", "\u2212") or found["minus"] else value


def duration(cell: str) -> float | None:
    """Minutes, of '1h 47m', '1.5 h', '4:30 h', '3m 45s', '3:45' (minutes and seconds), '1:47:00' or '3 days'. Hours alone are left to be hours unless written 'h'."""
    if found := _HOURS.fullmatch(cell):
        return float(found[1].replace(",", ".")) * 60 + int(found[2] or 0)
    if found := _OF_HOURS.fullmatch(cell):
        return float(int(found[1]) * 60 + int(found[2]))
    if found := _MINUTES.fullmatch(cell):
        return int(found[1]) + int(found[2]) / 60
    if found := _DAYS.fullmatch(cell):
        return float(found[1].replace(",", ".")) * 1440
    if found := _CLOCK.fullmatch(cell):
        return int(found[1] or 0) * 60 + int(found[2]) + int(found[3]) / 60
    return None


def date(cell: str) -> float | None:
    """A date as a year with a fraction below 1: '2024-07-01' -> 2024.5, 'July 1, 2024', '1.7.2024', '2024'. None if it is none.

    Days and months in doubt ('07/01/2024') are read day first; the year is certain.
    """
    cell = cell.strip()
    if not cell or len(cell) > 60:
        return None
    year, month, day = 0, 0, 0
    if found := _ISO_DATE.match(cell):
        year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    elif found := _DAY_FIRST.match(cell):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
        year += 0 if year > 99 else 2000 if year < 50 else 1900
        if month > 12:
            day, month = month, day
    elif (found := _NAMED_MONTH.match(cell)) and (named := _MONTHS.get(found[2][:4].lower()) or _MONTHS.get(found[2][:3].lower())):
        year, month, day = int(found[4]), named, int(found[1] or found[3] or 1)
    if not (found and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return year + ((month - 1) * 30.5 + day - 1) / 366


def answer(cell: str) -> bool | None:
    """Whether a cell says yes or no; None if it says neither."""
    said = cell.strip().lower()
    return True if said in _YES else False if said in _NO else None


def level(cell: str) -> float | None:
    """How many signs of money a cell is made of: '€€' is 2, as guides say what a place costs."""
    return float(len(cell.strip())) if _LEVEL.fullmatch(cell.strip()) else None


def ends(cell: str) -> tuple[float, float] | None:
    """The first and the last number of a range: '60-120 min' -> (60, 120), '2–4', '3 to 5 players'; None if it is none.

    >>> ends("60-120 min"), ends("45 min"), ends("555-1234-99"), ends("4-2")
    ((60.0, 120.0), None, None, None)
    """
    found = _RANGE.fullmatch(cell.strip())
    last = number(found[2]) if found else None
    first = number(found[1]) if found else None
    return (first, last) if first is not None and last is not None and first <= last else None


def open_range(cell: str) -> tuple[float, float] | None:
    """As `ends`, and a single number as a range of itself."""
    single = number(cell)
    return ends(cell) if single is None else (single, single)


def ranged(column: Column) -> bool:
    """Whether a column's numbers are the ends of ranges that begin elsewhere, so that anything between may be asked for ("for 3 players" of 2-4). Years are
    their beginnings, and of what takes an hour or two nobody asks when the first is over."""
    return column.joiner == RANGE and not column.year and column.unit not in ("min", "s", "ms")


def reader(column: Column) -> Callable[[str], float | None]:
    """How the cells of a number or date column are read: what a mark means is the same all down a column."""
    if column.role is Role.DATE:
        return date
    if column.unit == LEVEL:
        return level
    if column.joiner == THOUSANDS:
        return lambda cell: number(cell.replace(".", ""))
    if column.joiner == RANGE:  # years begin with the first, all else may take as long, or cost as much, as the last
        return lambda cell: (found := open_range(cell)) and found[0 if column.year else 1]
    return number


def split(cell: str, joiner: str) -> tuple[str, ...]:
    """The values of a list cell, cleaned, without empties or repeats, order kept. An empty joiner means one value, one that begins with `YES`
    the tag behind it wherever a cell says yes."""
    if cell.startswith("[") and cell.endswith("]") and "," in joiner:  # a list as Python or JSON prints it
        cell = cell[1:-1]
        return tuple(dict.fromkeys(p for p in (clean(p).strip("'\"") for p in cell.split(",")) if p))
    if joiner[:1] == YES:
        return (joiner[1:],) if answer(cell) else ()
    parts = cell.split(joiner) if joiner else [cell]
    return tuple(dict.fromkeys(p for p in map(clean, parts) if p))
