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
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from recsh.amounts import plainly
from recsh.asides import read_asides
from recsh.counted import read_counted, read_durations, read_superlatives
from recsh.dates import read_dates
from recsh.leanings import LEANINGS, MONEY_UNITS, NOT_DEAR, NOT_HEAVY, NOT_LONG, NOT_OLD, READS, TIME_UNITS
from recsh.numerals import value_of
from recsh.regex import made as made_of, regex
from recsh.types import Column, Role
from recsh.years import read_years


class Condition(Struct, frozen=True):
    """A number column must lie in low..high (both included), or outside if `negated`. `words` as typed."""

    column: str
    low: float
    high: float
    words: str
    negated: bool = False


class Leaning(Struct, frozen=True):
    """More (`sign` 1) or less (-1) of a number column is better, without a limit. `words` as typed."""

    column: str
    sign: int
    words: str


# subtle: numbers are of bounded length and begin where digits begin; else a run of ten thousand digits is read ten thousand times.
_N = r"(?<![\d.])(\d{1,3}(?:[,\u00a0]\d{3}){1,4}(?:\.\d{1,6})?|\d{1,12}(?:\.\d{1,6})?)"
_DOLLAR = r"(?:\$|€|£|usd|eur|us\$)"
_MONEY = r"(?:dollars?|bucks|quid|usd|euros?|eur|pounds|\$|€|£|美元|美金|欧元|英镑|元|块钱?|人民币|rmb|yuan)"
_LESS = r"(?:(?:no|not) (?:more|longer|higher|heavier|pricier|greater) than|not (?:over|above|exceeding)|under|below|less than|up to|at most|max(?:imum)?(?: of)?|within|cheaper than|shorter than|lighter than|fewer than|<=?|不超过|少于|低于|小于|最多|不到|短于)"
_MORE = r"(?:(?:no|not) (?:less|fewer|shorter|lower|lighter|cheaper) than|not (?:under|below)|over|above|more than|at least|min(?:imum)?(?: of)?|longer than|heavier than|pricier than|>=?|higher than|greater than|超过|多于|高于|大于|至少|不低于|不少于|长于)"
_STRICT = regex(r"(?:under|below|less|fewer|over|above|more)\b", re.I)
_BACK_LESS = r"(?:or less|or under|or cheaper|or shorter|tops|max|以下|以内|之内|内|以里)"
_BACK_MORE = r"(?:or more|or over|or longer|or higher|plus|\+|and up|以上|起)"


_NOT = regex(
    r"(?:\b(?:but\s+not|not|nothing|none|no|never|except(?:\s+for)?|excluding|without|avoid(?:ing)?|other\s+than|(?:any(?:thing|one)?|all|everything)\s+but|\w+n['’]t)"
    r"(?:\s+(?:want|like|need|have|watch|see|read|hear|play|buy|take|touch|own|consider|any|anything|something|stuff|music|songs?|movies?|films?|books?|albums?|from|made|released|published))*|不是|不要|不想要?|不看|不听|不喜欢|除了|除|非|别(?:推荐|给我|要)?)\s*$",
    re.I,
)
_NOT_SPAN = 80  # characters before a finding in which its negation stands
_NEXT, _EDGE, _DAY = 1.0, 0.0005, 0.001  # two ranges that are no further apart touch ("60s and 70s"); what is left out between two begins just beyond them


class _Reader:
    """One request being read. Each rule takes its words out of `rest`, so that no number is read twice."""

    def __init__(self, text: str, columns: Sequence[Column]) -> None:
        self.rest = re.sub(r"\s+", " ", text)
        self.columns = columns
        self.found: list[Condition | Leaning] = []
        self.year = next((c for c in columns if c.year), None)

    @property
    def counts(self) -> bool:
        """Whether there is any number in it. Most requests have none, and then half of the patterns need not be compiled."""
        return _NUMBER.search(self.rest) is not None

    def unit(self, *units: str) -> Column | None:
        return next((c for c in self.columns if c.unit in units), None)

    def take(self, pattern: str, make: Callable[[re.Match[str]], Condition | None]) -> None:
        """Apply a rule to every occurrence. `make(match)` returns what it found, or None to leave the words alone."""

        kept, at = "", 0
        for match in made_of(pattern, re.I).finditer(self.rest):
            made = make(match)
            if made is None or self.outside(made):
                continue
            kept += self.rest[at : match.start()]
            at = match.end()
            if no := _NOT.search(kept, max(0, len(kept) - _NOT_SPAN)):  # the word goes too: left alone it would turn down whatever comes next
                kept = kept[: no.start()]
                made = self.turned(made, f"{no[0].strip()} {made.words}")
            self.found.append(made)
            kept += " "
        self.rest = kept + self.rest[at:]

    def turned(self, made: Condition, words: str) -> Condition:
        """What is not from before 1990 is from 1990 or later; what is not of a range may lie on either side of it."""
        c = next((c for c in self.columns if c.name == made.column), None)
        step = 0.0 if c is None or not c.year else _DAY if c.role is Role.DATE else 1.0
        if made.low == -inf:
            return Condition(made.column, made.high + step, inf, words)
        if made.high == inf:
            return Condition(made.column, -inf, made.low - step, words)
        return replace(made, negated=True, words=words)

    def outside(self, made: Condition) -> bool:
        """Whether it is one time that nothing in the catalog is of ("the 17th century" among films): what a thing is about, not when it was made."""
        c = self.year
        return c is not None and made.column == c.name and c.low is not None and c.high is not None and inf not in (made.high, -made.low) and (made.high < int(c.low) or made.low > c.high)

    def bound(self, column: Column | None, low: float, high: float, words: str) -> Condition | None:
        return Condition(column.name, low, high, words.strip()) if column else None

    def lean(self, column: Column, sign: int, words: str) -> None:
        if not any(isinstance(f, Leaning) and f.column == column.name for f in self.found):
            self.found.append(Leaning(column.name, sign, words))


def read(text: str, columns: Sequence[Column]) -> tuple[list[Condition | Leaning], str]:
    """(what was found, the request without those words). `columns` are the catalog's number and date columns; a wish for a
    column that is not there stays in the text. Two conditions on one column both hold; if they cannot, "60s and 70s" means from the first
    to the last of them, and of two open ones the later counts. Negated ones stand apart. Never fails."""
    own = _Reader(text, columns)
    read_asides(own)
    plain = plainly(own.rest, columns)
    found, rest = _read(plain, columns, own.found)
    return (found, rest) if plain == own.rest or any(isinstance(f, Condition) for f in found) else _read(own.rest, columns, own.found)


def _read(text: str, columns: Sequence[Column], found: Sequence[Condition | Leaning]) -> tuple[list[Condition | Leaning], str]:
    reader = _Reader(text, columns)
    reader.found = [*found]
    if reader.year:
        if reader.year.role is Role.DATE:
            read_dates(reader, reader.year)
        read_years(reader, reader.year)
    _named(reader)
    read_durations(reader, _quantity)
    read_counted(reader, _quantity)
    _ratings(reader)
    _prices(reader)
    _leanings(reader)
    return _merged(reader.found), re.sub(r"\s+", " ", reader.rest).strip()


def _quantity(r: _Reader, c: Column, behind: str = "", before: str = "", scale: float = 1.0) -> None:
    """between / under / over / around N, where N has a unit `behind` it or a mark `before` it."""
    if not r.counts:
        return
    value = lambda text: value_of(text) * scale  # noqa: E731
    beyond = lambda words: 1.0 if c.unit == "stock" and _STRICT.match(words) else 0.0  # noqa: E731  # fewer than three bottles are two
    one = rf"{before}\s*{_EN_N}(?:\s*{_MONEY})?" if before else rf"{_EN_N}\s*-?{behind}"
    two = (
        rf"{before}\s*{_EN_N}\s*(?:-|–|~|to|and)\s*{before}?\s*{_EN_N}(?:\s*{_MONEY})?"
        if before
        else rf"{_EN_N}\s*(?:{behind})?\s*(?:-|–|~|to|and|or|到|至)\s*{_EN_N}\s*{behind}"
    )
    r.take(rf"(?:\b(?:between|from)\s+)?{two}(?:之间)?", lambda m: Condition(c.name, *sorted((value(m[1]), value(m[2]))), m[0].strip()))
    r.take(rf"{_LESS}\s*(?:about\s+)?{one}", lambda m: Condition(c.name, -inf, value(m[1]) - beyond(m[0]), m[0].strip()))
    r.take(rf"{_MORE}\s*{one}", lambda m: Condition(c.name, value(m[1]) + beyond(m[0]), inf, m[0].strip()))
    if behind:
        r.take(rf"{_EN_N}\s*\+\s*-?{behind}", lambda m: Condition(c.name, value(m[1]), inf, m[0].strip()))
    r.take(rf"{one}\s*{_BACK_LESS}", lambda m: Condition(c.name, -inf, value(m[1]), m[0].strip()))
    r.take(rf"{one}\s*{_BACK_MORE}", lambda m: Condition(c.name, value(m[1]), inf, m[0].strip()))
    r.take(rf"(?:\b(?:around|about|roughly|approximately|circa)\s+|大约|大概|差不多){one}", lambda m: _near(c, value(m[1]), m[0]))
    r.take(rf"{one}\s*(?:左右|上下)", lambda m: _near(c, value(m[1]), m[0]))


def _near(c: Column, value: float, words: str) -> Condition:
    return Condition(c.name, value * 0.75, value * 1.25, words.strip())


_HAN_DIGIT = "[一二两三四五六七八九十百千万零]"
_EN_N = rf"((?<![\d.])\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{1,6}})?|(?<![\d.])\d{{1,12}}(?:\.\d{{1,6}})?(?:k\b)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)\b|(?<!{_HAN_DIGIT}){_HAN_DIGIT}{{1,9}})"


_NUMBER = regex(rf"\d|几年|近年|{_HAN_DIGIT}|[零〇]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)\b", re.I)


def _ratings(r: _Reader) -> None:
    c = r.unit("rating")
    if c is None:
        return
    r.rest = re.sub(r"评分(?:在|是|为)?(?=\s*\d[\d.]*\s*(?:[分星]\s*(?:及?以[上下内]|左右|起)|[分星]?\s*[-–~到至]))", "", r.rest)
    _quantity(r, c, r"(?:\s*-?stars?|分|星)")
    r.take(rf"(?:\b(?:rated|ratings?|scores?)|评分)\s*(?:is|of|在|为|是)?\s*(?:{_MORE})?\s*{_N}\s*(?:\+|or (?:more|higher|above)|分?以上|分(?!钟))?", lambda m: Condition(c.name, value_of(m[1]), inf, m[0].strip()))


# What follows a number that counts nothing in particular.
_ALONE = r"(?=\s*(?:$|[^\w\s%.-]|\.(?!\d)|[\u4e00-\u9fff]|(?:for|with|and|or|but|that|which|please|if|in|on|ideally|total|all|max|tops)\b))"
_FREE = r"\bfor free\b|\bfree to (?:play|enter|visit)\b|(?:^|(?<=[,;] )|(?<=\b(?:an|my) )|(?<=\b(?:any|the) )|(?<=\ba )|(?<=\b(?:some|good|best|find) ))free(?= (?:[\w-]+ ){0,2}(?:games?|courses?|class(?:es)?|apps?|events?|museums?|things|activities|concerts?|tours?|lessons?|software|tools?)\b)|(?<=[,;] )free(?=\s*[.!?]?$)"
_NO_AGE = "".join(rf"(?<!\b{w} )" for w in "people folks anyone someone women men adults those kids children boys girls ages aged are is am i'm we're".split())


def _prices(r: _Reader) -> None:
    c = r.unit(*MONEY_UNITS)
    if c is None:
        return
    r.rest = re.sub(r"人均(?:消费)?(?:在|大约|大概)?(?=\s*\d)", "", r.rest)
    r.rest = re.sub(r"(?:价格|票价|费用)(?:在|是|为)?(?=\s*\d)", "", r.rest)
    _quantity(r, c, before=_DOLLAR)
    _quantity(r, c, _MONEY)
    # "under 50" without a unit is money unless it may be minutes or pages; who thinks of a weight says so.
    others = max((x.high or inf for x in r.columns if x is not c and not x.year and x.unit in ("min", "pages")), default=0.0)
    if others < inf:
        sum_ = lambda low, high, words: Condition(c.name, low, high, words.strip()) if max(c.low or 0, others) <= (high if low == -inf else low) <= (c.high or inf) else None  # noqa: E731
        r.take(rf"{_NO_AGE}\b{_LESS}\s+{_N}{_ALONE}", lambda m: Condition(c.name, -inf, value_of(m[1]), m[0].strip()) if value_of(m[1]) > others else None)
        r.take(rf"(?<!^){_NO_AGE}\b{_MORE}\s+{_N}{_ALONE}", lambda m: sum_(value_of(m[1]), inf, m[0]))
        r.take(rf"{_NO_AGE}\b(?:between|from)\s+{_N}\s+(?:and|to)\s+{_N}{_ALONE}", lambda m: sum_(value_of(m[1]), value_of(m[2]), m[0]) if value_of(m[1]) < value_of(m[2]) else None)
        r.take(rf"\b(?:around|roughly|approximately|circa)\s+{_N}{_ALONE}", lambda m: sum_(value_of(m[1]) * 0.75, value_of(m[1]) * 1.25, m[0]))
        r.take(rf"{_N}\s+(?:max|tops|or (?:less|under)){_ALONE}", lambda m: sum_(-inf, value_of(m[1]), m[0]))
    r.take(rf"\b(?:budget(?: of| is|:)?|(?:预算)(?:是|在)?)\s*{_DOLLAR}?\s*{_N}\s*{_MONEY}?", lambda m: Condition(c.name, -inf, value_of(m[1]), m[0].strip()))
    r.take(r"免费(?:的)?|\bfree (?:of charge|entry|admission)\b|不要钱" + (f"|{_FREE}" if c.low == 0 else ""), lambda m: Condition(c.name, -inf, 0, m[0].strip()))


_DEGREES = r"|degrees(?: (?:c|f|celsius|fahrenheit))?|°\s?[cf]?"  # how a column of temperatures is counted


def _named(r: _Reader) -> None:
    """'pages under 300', 'energy above 7', 'at least 500 pages': a column called by its name."""
    for c in r.columns:
        if c.year and c.role is not Role.NUMBER:
            continue
        name = re.escape(c.name.replace("_", " ").strip().lower())
        if len(name) < 2 or c.unit in ("year", "min", "$", "元") and name in ("year", "minutes", "price"):
            continue
        if not any(n in r.rest.lower() for n in ("°" if "temp" in name else name, "degree" if "temp" in name else name, c.name.replace("_", " ").strip().lower(), c.name.lower())):
            continue  # a table may have a thousand columns of numbers
        forms = f"(?:{name}|{re.escape(c.name.lower())}{_DEGREES if re.search('temp', name) else ''})"
        unit = r"(?:\s*(?:元|块钱?|公里|千米|分钟?|星|页))?"
        is_ = r"\s*(?:is|of|:|=|在|为)?\s*"
        r.take(rf"\b{forms}{is_}(?:between\s+|from\s+)?{_N}\s*(?:-|–|to|and)\s*{_N}(?!\s*[\d%]|\w)|\bbetween\s+{_N}\s*(?:{forms})?\s+and\s+{_N}\s*{forms}", lambda m, c=c: Condition(c.name, *sorted((value_of(m[1] or m[3]), value_of(m[2] or m[4]))), m[0].strip()))
        r.take(rf"\b{forms}{is_}{_LESS}\s*{_DOLLAR}?{_N}{unit}|{_LESS}\s*{_DOLLAR}?{_N}(?:\s*%)?\s+{forms}\b", lambda m, c=c: Condition(c.name, -inf, value_of(m[1] or m[2]), m[0].strip()))
        r.take(rf"\b(?:better|higher)\s+{forms}\s+than\s+{_N}", lambda m, c=c: Condition(c.name, value_of(m[1]), inf, m[0].strip()))
        r.take(rf"\b{forms}{is_}{_MORE}\s*{_DOLLAR}?{_N}{unit}|{_MORE}\s*{_DOLLAR}?{_N}(?:\s*%)?\s+{forms}\b", lambda m, c=c: Condition(c.name, value_of(m[1] or m[2]), inf, m[0].strip()))


def _leanings(r: _Reader) -> None:
    for units, sign, pattern in LEANINGS:
        c = r.unit(*units)
        dated = c is not None and c.year and any(isinstance(f, Condition) and f.column == c.name for f in r.found)
        if c is not None and not dated:  # "old films from before 1960" are as old as that
            # The word stays in the request: rows may say it too ("budget", "short").
            for m in made_of(pattern, re.I).finditer(r.rest):
                r.found.append(Leaning(c.name, -sign if _NOT.search(r.rest[: m.start()]) else sign, m[0]))  # who wants no old films wants newer ones
    read_superlatives(r)
    # But "not too expensive" would be read as something that is not wanted. Music is heavy in another way.
    r.rest = made_of("|".join((NOT_DEAR, NOT_LONG, NOT_OLD, *((NOT_HEAVY,) if r.unit("g", "kg") else ()), *((READS,) if r.unit(*TIME_UNITS) else ()))), re.I).sub(" ", r.rest)


def _merged(found: list[Condition | Leaning]) -> list[Condition | Leaning]:
    out: list[Condition | Leaning] = []
    gaps: list[Condition] = []
    for new in found:
        if isinstance(new, Leaning):
            if new not in out:
                out.append(new)
            continue
        for i, old in enumerate(out):
            if isinstance(old, Condition) and old.column == new.column and not old.negated and not new.negated:
                low, high, words = max(old.low, new.low), min(old.high, new.high), f"{old.words}, {new.words}"
                if low > high and {old.low, old.high, new.low, new.high} & {inf, -inf}:
                    low, high = new.low, new.high
                elif low > high:
                    if low - high > _NEXT:
                        gaps.append(Condition(new.column, high + _EDGE, low - _EDGE, words, negated=True))
                    low, high = min(old.low, new.low), max(old.high, new.high)
                out[i] = Condition(new.column, low, high, words)
                break
        else:
            out.append(new)
    return out + gaps
