"""Numbers in a request -> conditions on number columns: years, decades, prices, durations, ratings, weights; English and Chinese.

    "hits of the 90s under 4 minutes"  ->  year 1990..1999, minutes ..4
    "人均100-150元的餐馆"               ->  price 100..150
    "the cheapest tent"                ->  a leaning: price, the lower the better

Each finding remembers the words it was read from, so that a warning can name them and the rest of the request can go on without them.
Leaves out: tags and names (see `query`), and the `--where` language (see `where`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_
from math import inf

from recsh.types import Column


@dataclass(frozen=True, slots=True)
class Condition:
    """A number column must lie in low..high (both included), or outside if `negated`. `words` as typed."""

    column: str
    low: float
    high: float
    words: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Leaning:
    """More (`sign` 1) or less (-1) of a number column is better, without a limit. `words` as typed."""

    column: str
    sign: int
    words: str


_WORD_NUMBERS = {w: i for i, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split())}  # fmt: skip
_TENS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}

_N = r"(\d{1,3}(?:[,\u00a0]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_DOLLAR = r"(?:\$|€|£|usd|eur|us\$)"
_MONEY = r"(?:dollars?|bucks|usd|euros?|eur|pounds|\$|€|£|元|块钱?|人民币|rmb|yuan)"
_MIN = r"(?:minutes?|mins?|分钟)"
_HOUR = r"(?:hours?|hrs?|h|小时)"
_LESS = r"(?:under|below|less than|no more than|not more than|up to|at most|max(?:imum)?(?: of)?|within|cheaper than|shorter than|lighter than|fewer than|<=?|不超过|少于|低于|小于|最多|不到|短于)"
_MORE = r"(?:over|above|more than|at least|no less than|min(?:imum)?(?: of)?|longer than|heavier than|pricier than|>=?|higher than|greater than|超过|多于|高于|大于|至少|不低于|不少于|长于)"
_BACK_LESS = r"(?:or less|or under|or cheaper|or shorter|tops|max|以下|以内|之内|内|以里)"
_BACK_MORE = r"(?:or more|or over|or longer|or higher|plus|\+|and up|以上|起)"


def han_number(text: str) -> float | None:
    """'一百五' is 150, '二十' 20, '两千' 2000, '120' 120; None if it is no number."""
    try:
        return float(text)
    except ValueError:
        pass
    total = section = digit = 0.0
    unit = 1.0
    for c in text:
        if c in _HAN:
            digit = _HAN[c]
        elif c in "十百千":
            unit = {"十": 10.0, "百": 100.0, "千": 1000.0}[c]
            section += (digit or 1.0) * unit
            digit = 0.0
        elif c == "万":
            total, section, digit, unit = (section + digit or 1.0) * 10_000, 0.0, 0.0, 10_000.0
        else:
            return None
    # '一百五': a last digit behind a unit counts in the next lower unit; '一百零五' says so with its zero.
    if digit and unit >= 100 and "零" not in text and not total:
        digit *= unit / 10
    return total + section + digit


def _num(text: str) -> float:
    text = text.lower()
    if text in _WORD_NUMBERS:
        return float(_WORD_NUMBERS[text])
    value = han_number(text.replace(",", "").replace("\u00a0", ""))
    return value if value is not None else 0.0


def _decade(text: str, quoted: bool = False) -> int | None:
    """'90s', '1990s', 'nineties', '九十' -> 1990; two digits below 30 mean the 2000s."""
    text = text.lower().strip("'’")
    if text in _TENS:
        return 1900 + _TENS[text]
    value = han_number(text.removesuffix("s"))
    if value is None:
        return None
    value = int(value)
    return value if value >= 1000 else 1900 + value if 20 < value < 100 or (value == 20 and text == "twenties") else 2000 + value


_NOT = re.compile(r"(?:\b(?:not|nothing|no|except|but not)|不是|不要)\s*$", re.I)
_DECADE = r"(?:['’]?\b\d0s\b|\b\d{3}0['’]?s\b|\b(?:twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b)"
_CN_DECADE = r"(?:(?:上世纪|20世纪)?([一二三四五六七八九零〇]十|[1-9零〇]0|零零|19\d0|20\d0|\d0|[二三四五六七八九]十)年代|(零零|00|10)后?年代)"


class _Reader:
    """One request being read. Each rule takes its words out of `rest`, so that no number is read twice."""

    def __init__(self, text: str, columns: Sequence[Column]) -> None:
        self.rest = text
        self.columns = columns
        self.found: list[Condition | Leaning] = []
        self.year = next((c for c in columns if c.year), None)

    def unit(self, *units: str) -> Column | None:
        return next((c for c in self.columns if c.unit in units), None)

    def take(self, pattern: str, make: Callable[[re.Match], Condition | None]) -> None:
        """Apply a rule to every occurrence. `make(match)` returns what it found, or None to leave the words alone."""

        def replace(match: re.Match) -> str:
            made = make(match)
            if made is None:
                return match[0]
            if _NOT.search(match.string[: match.start()]):
                made = replace_(made, negated=True, words=f"not {made.words}")
            self.found.append(made)
            return " "

        self.rest = re.sub(pattern, replace, self.rest, flags=re.I)

    def bound(self, column: Column | None, low: float, high: float, words: str) -> Condition | None:
        return Condition(column.name, low, high, words.strip()) if column else None


def read(text: str, columns: Sequence[Column]) -> tuple[list[Condition | Leaning], str]:
    """(what was found, the request without those words). `columns` are the catalog's number and date columns; a wish for a
    column that is not there stays in the text. Conditions on one column that cannot hold together are joined to their union
    when both are decades ("60s and 70s"), otherwise the later one wins."""
    reader = _Reader(text, columns)
    if reader.year:
        _years(reader, reader.year)
    _named(reader)
    _durations(reader)
    _weights(reader)
    _ratings(reader)
    _prices(reader)
    _leanings(reader)
    return _merged(reader.found), re.sub(r"\s+", " ", reader.rest).strip()


def _years(r: _Reader, c: Column) -> None:
    lead = r"(?:\b(?:from|in|of|during|out of)\s+)?(?:\bthe\s+)?"
    part = r"(?:\b(early|mid|late)[\s-]+(?:the\s+)?)?"

    def decades(m: re.Match) -> Condition | None:
        start = _decade(re.sub(r"['’]s$", "s", m[2]))
        if start is None:
            return None
        low, high = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get((m[1] or "").lower(), (0, 9))
        return Condition(c.name, start + low, start + high + _fraction(c), m[0].strip())

    r.take(rf"(?:\bbetween\s+)?(?:\bthe\s+)?({_DECADE})\s*(?:-|–|to|and)\s*(?:the\s+)?({_DECADE})", lambda m: _span(c, _decade(m[1]), _decade(m[2]), m[0]))
    r.take(rf"\b(?:before|prior to|older than|earlier than)\s+(?:the\s+)?({_DECADE})", lambda m: r.bound(c, -inf, _decade(m[1]) - 1 + _fraction(c), m[0]))
    r.take(rf"\b(?:after|since|newer than|later than)\s+(?:the\s+)?({_DECADE})", lambda m: r.bound(c, _decade(m[1]) + (10 if "after" in m[0].lower() else 0), inf, m[0]))
    r.take(rf"{lead}{part}({_DECADE})(?:\s+style)?", decades)

    def cn_decade(m: re.Match) -> Condition | None:
        text = (m[1] or m[2]).replace("零零", "0").replace("〇", "0")
        start = 2000 if text in ("0", "00") else _decade(text)
        return Condition(c.name, start, start + 9 + _fraction(c), m[0]) if start else None

    r.take(_CN_DECADE, cn_decade)
    r.take(r"\b(\d{1,2})(?:st|nd|rd|th)[\s-]century", lambda m: r.bound(c, int(m[1]) * 100 - 100, int(m[1]) * 100 - 1 + _fraction(c), m[0]))
    r.take(r"(\d{1,2}|十九|二十|二十一)世纪", lambda m: r.bound(c, _num(m[1]) * 100 - 100, _num(m[1]) * 100 - 1 + _fraction(c), m[0]))
    year = r"((?:1[0-9]|20)\d{2})"
    r.take(rf"\b(?:between|from)\s+{year}\s*(?:-|–|to|and|until)\s*{year}\b", lambda m: _between(c, m[1], m[2], m[0]))
    r.take(rf"(?<![\d$]){year}\s*年?\s*(?:-|–|~|到|至)\s*{year}(?!\d)\s*年?(?:之间)?", lambda m: _between(c, m[1], m[2], m[0]))
    r.take(rf"\b(?:before|prior to|older than|earlier than|until)\s+{year}\b", lambda m: r.bound(c, -inf, int(m[1]) - (0 if "until" in m[0].lower() else 1) + _fraction(c), m[0]))
    r.take(rf"\b(?:after|newer than|later than|more recent than)\s+{year}\b", lambda m: r.bound(c, int(m[1]) + 1, inf, m[0]))
    r.take(rf"\b(?:since|from)\s+{year}\s*(?:on(?:wards?)?|or (?:later|newer)|and (?:later|newer|after))|\bsince\s+{year}\b|(?<!\d){year}\s*(?:or (?:later|newer)|and (?:later|newer|up)|onwards?)", lambda m: r.bound(c, int(m[1] or m[2] or m[3]), inf, m[0]))
    r.take(rf"(?<!\d){year}\s*年?\s*(?:以前|之前|前)", lambda m: r.bound(c, -inf, int(m[1]) - 1 + _fraction(c), m[0]))
    r.take(rf"(?<!\d){year}\s*年?\s*(?:以后|之后|以来|后)", lambda m: r.bound(c, int(m[1]), inf, m[0]))
    r.take(rf"(?<!\d){year}\s*年(?!代)(?:的)?", lambda m: r.bound(c, int(m[1]), int(m[1]) + _fraction(c), m[0]))
    r.take(rf"\b(?:around|circa|about)\s+{year}\b", lambda m: r.bound(c, int(m[1]) - 3, int(m[1]) + 3 + _fraction(c), m[0]))
    in_range = lambda v: c.low is None or c.low <= v <= (c.high or inf) + 1  # noqa: E731
    r.take(rf"(?:\b(?:from|in|of|released in|published in)\s+)(?:the\s+year\s+)?{year}\b(?!\s*(?:{_MONEY}|{_MIN}|pages|m?ah|w\b))", lambda m: r.bound(c, int(m[1]), int(m[1]) + _fraction(c), m[0]))
    # A bare year among other words ("1994 movies") is a year only if the catalog has that time at all.
    r.take(rf"(?<![\w$(.-]){year}(?![\w).-]|\s*(?:{_MONEY}|{_MIN}|pages|pieces|mah|btu|w\b|x\b))(?=\s+\w|\s*$)", lambda m: r.bound(c, int(m[1]), int(m[1]) + _fraction(c), m[0]) if in_range(int(m[1])) and len(r.rest.split()) > 1 else None)


def _fraction(c: Column) -> float:
    """Dates are years with a fraction, so a whole year ends just before the next."""
    return 0.999 if c.role == "date" else 0.0


def _span(c: Column, first: int | None, last: int | None, words: str) -> Condition | None:
    if first is None or last is None:
        return None
    return Condition(c.name, min(first, last), max(first, last) + 9 + _fraction(c), words.strip())


def _between(c: Column, a: str, b: str, words: str) -> Condition:
    return Condition(c.name, min(int(a), int(b)), max(int(a), int(b)) + _fraction(c), words.strip())


def _quantity(r: _Reader, c: Column, behind: str = "", before: str = "", scale: float = 1.0) -> None:
    """between / under / over / around N, where N has a unit `behind` it or a mark `before` it."""
    value = lambda text: _num(text) * scale  # noqa: E731
    one = rf"{before}\s*{_EN_N}(?:\s*{_MONEY})?" if before else rf"{_EN_N}\s*-?{behind}"
    two = (
        rf"{before}\s*{_EN_N}\s*(?:-|–|~|to|and)\s*{before}?\s*{_EN_N}(?:\s*{_MONEY})?"
        if before
        else rf"{_EN_N}\s*(?:{behind})?\s*(?:-|–|~|to|and|到|至)\s*{_EN_N}\s*{behind}"
    )
    r.take(rf"(?:\b(?:between|from)\s+)?{two}(?:之间)?", lambda m: Condition(c.name, *sorted((value(m[1]), value(m[2]))), m[0].strip()))
    r.take(rf"{_LESS}\s*(?:about\s+)?{one}", lambda m: Condition(c.name, -inf, value(m[1]), m[0].strip()))
    r.take(rf"{_MORE}\s*{one}", lambda m: Condition(c.name, value(m[1]), inf, m[0].strip()))
    r.take(rf"{one}\s*{_BACK_LESS}", lambda m: Condition(c.name, -inf, value(m[1]), m[0].strip()))
    r.take(rf"{one}\s*{_BACK_MORE}", lambda m: Condition(c.name, value(m[1]), inf, m[0].strip()))
    r.take(rf"(?:\b(?:around|about|roughly|approximately|circa)\s+|大约|大概|差不多){one}", lambda m: _near(c, value(m[1]), m[0]))
    r.take(rf"{one}\s*(?:左右|上下)", lambda m: _near(c, value(m[1]), m[0]))


def _near(c: Column, value: float, words: str) -> Condition:
    return Condition(c.name, value * 0.75, value * 1.25, words.strip())


_EN_N = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)\b|[一二两三四五六七八九十百千]+)"


def _durations(r: _Reader) -> None:
    c = r.unit("min")
    if c is None:
        return
    r.rest = re.sub(r"\b(?:an|one) hour and a half\b|一个半小时|\bhour and a half\b", "90 minutes", r.rest, flags=re.I)
    r.rest = re.sub(r"([一两二三四五\d])个半小时", lambda m: f"{_num(m[1]) * 60 + 30:.0f}分钟", r.rest)
    r.rest = re.sub(r"([一二两三四五六七八九十\d])个小时", r"\1小时", r.rest)
    r.rest = re.sub(r"\b(?:an) hour\b", "one hour", r.rest, flags=re.I)
    _quantity(r, c, _MIN)
    _quantity(r, c, rf"{_HOUR}(?![a-z])", scale=60.0)


def _weights(r: _Reader) -> None:
    c = r.unit("g") or r.unit("kg")
    if c is None:
        return
    to = 1.0 if c.unit == "g" else 0.001
    _quantity(r, c, r"(?:kg|kilos?|kilograms?|公斤|千克)\b", scale=1000 * to)
    _quantity(r, c, r"(?:g|grams?|克)\b", scale=to)
    _quantity(r, c, r"(?:lbs?|pounds)\b", scale=453.6 * to)


def _ratings(r: _Reader) -> None:
    c = r.unit("rating")
    if c is None:
        return
    _quantity(r, c, r"(?:\s*-?stars?|分|星)")
    r.take(rf"(?:\b(?:rated|ratings?|scores?)|评分)\s*(?:is|of|在|为)?\s*(?:{_MORE})?\s*{_N}\s*(?:\+|or (?:more|higher|above)|分?以上)?", lambda m: Condition(c.name, float(m[1]), inf, m[0].strip()))


def _prices(r: _Reader) -> None:
    c = r.unit("$", "元", "€", "£")
    if c is None:
        return
    r.rest = re.sub(r"人均(?:消费)?(?:在|大约|大概)?(?=\s*\d)", "", r.rest)
    r.rest = re.sub(r"(?:价格|票价|费用)(?:在|是|为)?(?=\s*\d)", "", r.rest)
    _quantity(r, c, before=_DOLLAR)
    _quantity(r, c, _MONEY)
    # "under 50" without a unit is money only if nothing else is counted: no other column could be meant.
    others = [x for x in r.columns if x is not c and not x.year and x.unit in ("min", "pages", "g", "kg")]
    if not others:
        r.take(rf"\b{_LESS}\s+{_N}\b(?!\s*[a-z%]{{2}})", lambda m: Condition(c.name, -inf, _num(m[1]), m[0].strip()))
    r.take(rf"\b(?:budget(?: of| is|:)?|(?:预算)(?:是|在)?)\s*{_DOLLAR}?\s*{_N}\s*{_MONEY}?", lambda m: Condition(c.name, -inf, _num(m[1]), m[0].strip()))
    r.take(r"免费(?:的)?|\bfree (?:of charge|entry|admission)\b|不要钱", lambda m: Condition(c.name, -inf, 0, m[0].strip()))


def _named(r: _Reader) -> None:
    """'pages under 300', 'energy above 7', 'at least 500 pages': a column called by its name."""
    for c in r.columns:
        if c.year and c.role != "number":
            continue
        name = re.escape(c.name.replace("_", " ").strip().lower())
        if len(name) < 2 or c.unit in ("year", "min", "$", "元") and name in ("year", "minutes", "price"):
            continue
        forms = f"(?:{name}|{re.escape(c.name.lower())})"
        is_ = r"\s*(?:is|of|:|=|在|为)?\s*"
        r.take(rf"\b{forms}{is_}{_LESS}\s*{_DOLLAR}?{_N}|{_LESS}\s*{_DOLLAR}?{_N}\s+{forms}\b", lambda m, c=c: Condition(c.name, -inf, _num(m[1] or m[2]), m[0].strip()))
        r.take(rf"\b{forms}{is_}{_MORE}\s*{_DOLLAR}?{_N}|{_MORE}\s*{_DOLLAR}?{_N}\s+{forms}\b", lambda m, c=c: Condition(c.name, _num(m[1] or m[2]), inf, m[0].strip()))


_LEAN = (
    (("$", "元", "€", "£"), -1, r"\b(?:cheap(?:er|est)?|inexpensive|affordable|budget|low[- ]cost|bargain)\b|最?便宜|实惠|平价|性价比"),
    (("$", "元", "€", "£"), 1, r"\b(?:most expensive|priciest|luxurious|high[- ]end|premium)\b|最贵|高端"),
    (("min", "pages"), -1, r"\b(?:short(?:er|est)?)\b|短片|最短|短一点"),
    (("min", "pages"), 1, r"\b(?:long(?:er|est))\b|最长"),
    (("year",), 1, r"\b(?:newest|latest|most recent|brand new)\b|最新"),
    (("year",), -1, r"\b(?:oldest|earliest)\b|最老|最早"),
    (("g", "kg"), -1, r"\b(?:light(?:er|est)|ultralight)\b|最轻"),
    (("rating",), 1, r"\b(?:best[- ]rated|highest[- ]rated|top[- ]rated|highly rated|best reviewed)\b|评分最高|评分高|高分|口碑"),
    (("count",), 1, r"\b(?:most popular|famous|well[- ]known|best[- ]selling|bestsellers?|popular)\b|热门|最火|知名"),
)  # fmt: skip


def _leanings(r: _Reader) -> None:
    for units, sign, pattern in _LEAN:
        c = r.unit(*units)
        if c is not None:
            # The word stays in the request: rows may say it too ("budget", "short").
            for m in re.finditer(pattern, r.rest, flags=re.I):
                r.found.append(Leaning(c.name, sign, m[0]))


def _merged(found: list[Condition | Leaning]) -> list[Condition | Leaning]:
    out: list[Condition | Leaning] = []
    for new in found:
        if isinstance(new, Leaning):
            if new not in out:
                out.append(new)
            continue
        for i, old in enumerate(out):
            if isinstance(old, Condition) and old.column == new.column and not old.negated and not new.negated:
                low, high = max(old.low, new.low), min(old.high, new.high)
                if low > high:  # both cannot hold: "60s and 70s" means either
                    low, high = min(old.low, new.low), max(old.high, new.high)
                out[i] = Condition(new.column, low, high, f"{old.words}, {new.words}")
                break
        else:
            out.append(new)
    return out
