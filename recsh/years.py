"""Years, decades and centuries in a request -> a range of years, English and Chinese.

    "from the late 60s to the early 70s"   ->  1966..1973
    "no newer than 2000", "80s or later"   ->  ..2000, 1980..
    "上世纪七八十年代", "1990年至今"         ->  1970..1989, 1990..

A time is read with what stands before it ("since", 早于) and behind it ("onwards", 以前); a year that nothing leads in may be a name ("Blade Runner 2049").
Leaves out: days, months and seasons (see `dates`), when a thing is set (see `times`).
"""

from __future__ import annotations

import re
from math import inf
from typing import Any

from recsh.counted import MINUTE, Reader
from recsh.numerals import decade, in_words, value_of
from recsh.regex import regex
from recsh.text import has_cjk
from recsh.types import Column, Role

_FEW, _NEAR = 5, 3  # of years that are not counted there are a few; "around 1994" is so many off at most
_REACH = 40  # characters before a time in which stands whose it is
_TURN = (1997, 2003)  # of the century
_ORDINALS = {w: n for n, w in enumerate("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first".split(), 10)}
_NAMED = {"noughties": 2000, "naughties": 2000, "aughts": 2000, "thousands": 2000, "teens": 2010, "tens": 2010}  # decades, by how they end
_PARTS = {"early": (0, 3), "mid": (3, 6), "late": (6, 9), "early to mid": (0, 6), "mid to late": (3, 9), "first half": (0, 4), "second half": (5, 9), "": (0, 9)}
_SAME_PART = {"beginning": "early", "start": "early", "later": "late", "end": "late", "middle": "mid", "latter half": "second half"}
_NO_UNIT = rf"(?!\d|[.,]\d|%|\s*(?:dollars?|bucks|quid|usd|eur|euros?|pounds|[$€£]|{MINUTE}|hours|pages?|pieces|people|players|grams?|kg|g\b|km|m?ah\b|w\b|btu\b|gb\b|元|块|美元|美金|人民币|分钟|页|克))"

_PART = r"(?:(?:early|mid|middle)[\s-]+(?:to|and)[\s-]+(?:mid|late)|early|mid|middle|later?|(?:first|second|latter)[\s-]+half|beginning|start|end)"
_TENS = "(?:twen|thir|for|fif|six|seven|eigh|nine)ties"
_DECADE = rf"(?:['’]?(?<![\da-zA-Z])\d0(?:['’]?s|ies)(?![\da-zA-Z])|(?<![\da-zA-Z])\d{{3}}0['’]?s(?![\da-zA-Z])|\b(?:nineteen[\s-])?{_TENS}\b|\b(?:noughties|naughties|aughts|two[\s-]thousands|twenty[\s-]te(?:en|n)s)\b|(?:(?<=\bfrom the )|(?<=\bof the )|(?<=\bin the ))te(?:en|n)s\b(?=\s*(?:$|[,.;!?]|please\b)))"
_CENTURY = rf"\b(?:(?:\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)}|twenty first)[\s-]century|(?:this|last|previous|current|new)\s+(?:century|millenn?ium)|turn\s+of\s+the\s+(?:century|millenn?ium)|(?<=the )millenn?ium)\b"
_LONG = rf"(?:(?:\bthe\s+)?\b{_PART}[\s-]+(?:of\s+)?(?:the\s+)?)?(?:{_DECADE}|{_CENTURY})"
_YEAR = rf"(?:(?<![\w.,$€£])(?:1[0-9]|20)\d\d(?!\s*(?:年|s\b)){_NO_UNIT}|(?<!\w)['’]\d\d(?![\d'’]?s|\w))"
_ONE = rf"(?:{_LONG}|{_YEAR})"
_MADE = r"(?:(?:(?:that|which)\s+(?:(?:were|was|are|is)\s+)?)?\b(?:first\s+)?(?:made|released|published|filmed|recorded|written|shot|issued|launched|produced|dating|came\s+out|come\s+out)\s+)?"
_BEFORE, _UNTIL = r"before|prior\s+to|(?:older|earlier)\s+than|pre\b|<(?!=)", r"up\s+(?:until|till|through)|up\s+to(?:\s+and\s+including)?|until|till|<=|≤"
_AFTER, _SINCE = r"after|(?:newer|later|more\s+recent|younger)\s+than|post\b|past|beyond|>(?!=)", r"(?:ever\s+)?since|(?:starting|beginning)\s+(?:in|from|with)|>=|≥"
_ABOUT = r"around|circa|about|ca\.?|roughly|approximately|approx\.?"
_LEAD = rf"(?:(?:only|just|exclusively|strictly|straight|back|(?P<least>at\s+least))\s+)?{_MADE}(?:\b(?:back|sometime|anytime)\s+)?(?:\bfrom\s+)?(?:(?:(?:any|some)(?:where|thing|time)?\s+)?(?P<lead>(?<!\w)(?:{_BEFORE}|{_UNTIL}|{_AFTER}|{_SINCE}|{_ABOUT}|between|from|in|of|during|out\s+of|throughout|strictly|dated|year:?))[\s-]*)(?:(?P<about>{_ABOUT})\s+)?(?:in\s+)?(?:the\s+)?(?:decade\s+of\s+(?:the\s+)?|years?\s+|time\s+before\s+)?"
_TO = r"(?:[-–—~/]|\b(?:up\s+)?(?:to|until|till|through|thru)\b)"
_TO_NOW = r"(?:[-–]|\b(?:to|until|till|through))\s*(?:now|today|nowadays|(?:the\s+)?present(?:\s+day)?|date)\b"
_TAIL = rf"(?:\s*(?:(?P<on>{_TO_NOW}|\+|(?:on|onwards?|forward|up(?!\s+to))\b(?!\s+(?!(?:please|and|but|with|for)\b)[a-z])|(?:on|onwards?|forward)\b|\b(?:and|or)\s+(?:later|newer|up|after|onwards?|beyond|above|on)\b|\bat\s+the\s+earliest\b)|(?P<back>\b(?:and|or)\s+(?:older|earlier|before)\b(?!\s+\d)|\bat\s+the\s+latest\b)|(?P<so>\bor\s+(?:so|thereabouts)\b|-?ish\b)|(?:decade|style)\b))?"
_TIME = rf"(?:{_LEAD})?(?:\bthe\s+)?(?P<a>{_ONE})(?:\s*{_TO}\s*(?:about\s+|around\s+|from\s+)?(?:the\s+)?(?P<b>{_ONE}|(?P<short>\d\d(?![\d.,%'’s]))))?{_TAIL}"
_BETWEEN = regex(rf"{_MADE}(?:\bfrom\s+)?(?:\b(?:any|some)(?:where|time|thing)?\s+)?\bbetween\s+(?:the\s+)?(?:years?\s+)?(?P<a>{_ONE})\s*(?:\b(?:and|or)\b|&|{_TO})\s*(?:the\s+)?(?P<b>{_ONE})", re.I, cues=("between",))
_CUE = regex(rf"\d\d|{_TENS}|noughties|naughties|aughts|two[\s-]thousands|twenty[\s-]te|century|millenn|\bte(?:en|n)s\b", re.I)
_SINCE_THEN = regex(r"n['’]t\s+(?:\w+\s+){1,4}$", re.I)  # "haven't cried since 2019" is about the person
_OF_AGE = regex(rf"\bin\s+(?:my|your|his|her|their|our)\s+(?:{_PART}[\s-]+)?$", re.I)  # who is in her thirties is so old
_NO_DATE = regex(r"\b(?:class|summer|spirit|winter|autumn)\s*$", re.I)  # "Summer of '69" is a name
_BEFORE_YEAR = "(?:" + "|".join(["^", *(rf"(?<=\b{w}\s)" for w in "a an me of my best good great top some any for more other want find great early late classic popular favorite favourite".split())]) + ")"
_BEHIND_NOUN = "(?:" + "|".join(rf"(?<=\b{w}\s)" for w in "movie movies film films song songs album albums music book books novel novels hits tracks records releases games series year".split()) + ")"
_COUNT = r"(\d{1,3}|couple(?:\s+of)?|few|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen))"

# Chinese. What is left short is said in full first: 七八十年代 is 七十年代到八十年代.
_HAN = "[零〇○一二三四五六七八九]"
_TEN_ZH = r"(?:[二三四五六七八九]十|[一二三四五六七八九][零〇]|零零|〇〇|\d0|19\d0|20\d0|一九[一二三四五六七八九][零〇]|二[零〇][一二][零〇])"
_SHORT_ZH = regex(rf"(?<![\d{_HAN[1:-1]}十])(?!(?:19|20)\d0|一九|二[零〇][一二])(?:(?P<a>[二三四五六七八])[、]?(?:[三四五六七八][、]?)?(?P<b>[三四五六七八九])十|(?P<c>{_TEN_ZH})(?:\s*(?:年代)?\s*(?:[、/\-~～—到至和或与]|以及|还有)?\s*(?:{_TEN_ZH}))*?\s*(?:年代)?\s*(?P<how>[、/\-~～—到至和或与])?\s*(?P<d>{_TEN_ZH}))\s*年代", cues=("年代",))
_PART_ZH = {"初": (0, 3), "早": (0, 3), "前": (0, 3), "中": (3, 6), "末": (6, 9), "后": (6, 9), "晚": (6, 9), "": (0, 9)}
_DECADE_ZH = rf"(?:(?:(?:上一?个?|20|二十|本|21|二十一)世纪)?(?<![\d{_HAN[1:-1]}]){_TEN_ZH}\s*(?:后\s*)?年代(?:[初早前末后晚中]期|[初末]|中(?=的|$|[，,])|[前后]半段)?|(?<!{_HAN})[零〇一二三四五六七八九]几年|(?:本|二十一|21)世纪头十年)"
_CENTURY_ZH = r"(?:(?:\d{1,2}|十[一二三四五六七八九]|二十一?)世纪|上一?个?世纪|(?:本|这个)世纪|新(?:世纪|千年)(?=的|以来|以后|之后|以前|之前|$|[，,。])|世纪之交|千禧年(?:前后)?)"
_YEAR_ZH = rf"(?:(?<![\d.$€£￥¥])(?:1[0-9]|20)\d\d(?:\s*年(?!代)|{_NO_UNIT})|[一二]{_HAN}{{3}}年(?!代)|(?<![\d.{_HAN[1:-1]}近去这前第])(?:[089]\d|[零〇八九]{_HAN})年(?![代级份]|[前后](?!上映))|两千年(?=以[前后]|之[前后]))"
_ONE_ZH = rf"(?:{_DECADE_ZH}|{_CENTURY_ZH}|{_YEAR_ZH})"
_LEAD_ZH = r"(?:(?:来自|属于|自从|自|从|在|介于)?\s*(?P<lead>(?:不要?|不能)?(?:早于|老于|晚于|新于|超过)|截[至止]到?|到|最[早晚]|比|大约|大概|差不多|约)?\s*)"
_TAIL_ZH = r"(?:\s*(?:(?P<than>(?:还|更|要)*[早晚老旧新](?:一?点|一些)?)|(?P<and>[及或和])?(?:其)?(?P<back>以前|之前|更早|前(?!后))|(?:[及或和])?(?P<on>以后|之后|以来|往后|更晚|至今|后(?!期)|起|开始|[到至](?:现在|今天|如今|目前))|(?P<end>为止)|(?P<so>左右|前后|上下)|之?间|期间|那会儿?|那年))?(?:这段时间)?(?:\s*(?:上映|发行|出版|播出|推出|问世|出)(?:的|$|(?=[，,。])))?"
_TIME_ZH = rf"{_LEAD_ZH}(?P<a>{_ONE_ZH})(?:\s*(?P<joint>[-–—~～到至]|和|与)\s*(?P<b>{_ONE_ZH}))?{_TAIL_ZH}"


def read_years(r: Reader, c: Column) -> None:
    """Take the times out of the request, for the column of years or dates `c`."""
    part = _fraction(c)

    def bound(m: re.Match[str], low: float, high: float) -> Any:
        return r.bound(c, low, high + part if high < inf else inf, m[0])

    def time(m: re.Match[str]) -> Any:
        lead = re.sub(r"\s+", " ", (m["lead"] or "").lower())
        if _OF_AGE.search(_ahead(m, "a")) or m["a"][0] in "'’" and m["a"][-1].isdigit() and (lead in ("", "of", "in", "about") or _NO_DATE.search(_ahead(m))):
            return None
        low, high = _ends(m["a"])
        if m["b"]:
            other = (low // 100 * 100 + int(m["b"]), low // 100 * 100 + int(m["b"])) if m["short"] else _ends(m["b"])
            years = _is_year(m["a"]) or _is_year(m["b"])
            if m["short"] and (not _is_year(m["a"]) or m["a"][0] in "'’" or other[0] <= low) or years and "/" in m.string[m.end("a") : m.start("b")]:
                return None
            return bound(m, min(low, other[0]), max(high, other[1]))
        return opened(m, lead, low, high)

    def between(m: re.Match[str]) -> Any:
        (low, high), (first, last) = _ends(m["a"]), _ends(m["b"])
        return bound(m, min(low, first), max(high, last))

    def opened(m: re.Match[str], lead: str, low: float, high: float) -> Any:
        if re.search("turn |millenn?ium$", m["a"], re.I) and re.fullmatch(rf"{_BEFORE}|{_UNTIL}|{_AFTER}|{_SINCE}", lead, re.I):
            low, high = (2000, 1999)  # which is when it turned
        if re.fullmatch(_BEFORE, lead, re.I):
            return bound(m, -inf, low - 1)
        if re.fullmatch(_UNTIL, lead, re.I):
            return None if lead.startswith("up to") and _is_year(m["a"]) and r.unit("$", "€", "£", "元") else bound(m, -inf, high)
        if re.fullmatch(_AFTER, lead, re.I):
            return bound(m, high + 1, inf)
        if re.fullmatch(_SINCE, lead, re.I) or m["least"]:
            return None if _SINCE_THEN.search(_ahead(m)) else bound(m, low, inf)
        if m["on"] and not (re.match(r"\s*(?:on|up)\b", m["on"], re.I) and lead != "from"):
            return bound(m, low, inf)
        if m["back"]:
            return bound(m, -inf, high)
        if not _is_year(m["a"]):
            return bound(m, low, high)
        if m["so"] or m["about"] or re.fullmatch(_ABOUT, lead, re.I):
            return bound(m, low - _NEAR, high + _NEAR)
        return bound(m, low, high) if lead and lead != "between" and not (lead == "of" and _NO_DATE.search(_ahead(m)) and "class" in _ahead(m).lower()) else None

    def time_zh(m: re.Match[str]) -> Any:
        low, high = _ends_zh(m["a"])
        lead, than = m["lead"] or "", m["than"] or ""
        if m["b"]:
            other = _ends_zh(m["b"])
            if m["joint"] in ("和", "与") and not re.search(r"^介于|间$", m[0]):
                return None
            low, high = min(low, other[0]), max(high, other[1])
            return bound(m, low, high)
        if lead == "比" or than:
            return None if not (lead == "比" and than) else bound(m, -inf, low - 1) if re.search(r"[早老旧]", than) else bound(m, high + 1, inf)
        if re.search(r"[早老]于$", lead):
            return bound(m, low, inf) if lead.startswith("不") else bound(m, -inf, low - 1)
        if re.search(r"[晚新]于$", lead):
            return bound(m, -inf, high) if lead.startswith("不") else bound(m, high + 1, inf)
        if lead.endswith("超过"):
            return bound(m, -inf, high) if lead.startswith("不") else None
        if lead == "最早" or m["on"]:
            return bound(m, low, inf)
        if lead == "最晚" or m["end"] or lead.startswith("截"):
            return bound(m, -inf, high)
        if m["back"]:
            return bound(m, -inf, high if m["and"] or m["back"] == "更早" else low - 1)
        if re.fullmatch(r"(?:1[0-9]|20)\d\d", m["a"]) and not m["so"]:
            return None
        if m["so"] and m["a"].endswith(("年", *"0123456789")) and low == high or lead in ("大约", "大概", "差不多", "约") and low == high:
            return bound(m, low - _NEAR, high + _NEAR)
        return bound(m, low, high)

    if has_cjk(r.rest):
        r.rest = _SHORT_ZH.sub(_in_full, r.rest)
        r.take(_TIME_ZH, time_zh)
    if _CUE.search(r.rest):
        if _BETWEEN.search(r.rest):
            r.take(_BETWEEN.pattern, between)
        r.take(_TIME, time)
    _counted_back(r, c)
    # A bare year is one only where a name would not stand ("1994 movies", "movies 1994", not "blade runner 2049"), and if the catalog has that time.
    of_catalog = lambda m: bound(m, int(m[1]), int(m[1])) if c.low is None or c.high is None or c.low <= int(m[1]) <= c.high + 1 else None  # noqa: E731
    r.take(rf"{_BEFORE_YEAR}((?:1[0-9]|20)\d\d)(?!\s*(?:by|and|or|is|was|but|style)\b){_NO_UNIT}(?=\s+[^\W\d]{{2}})", of_catalog)
    r.take(rf"{_BEHIND_NOUN}((?:1[0-9]|20)\d\d)(?=\s*(?:$|[,.!?]))", of_catalog)


def _counted_back(r: Reader, c: Column) -> None:
    """From the newest item: the answer must not change with the day it is asked on."""
    if c.high is None:
        return
    newest = int(c.high)

    def last(m: re.Match[str]) -> Any:
        said = m[1].lower()
        years = _FEW if said == "few" else in_words(said) if said.isascii() else value_of(said)
        return r.bound(c, newest - years, inf, m[0])

    r.take(rf"\b(?:(?:in|from|of|within|over|during)\s+)?(?:the\s+|these\s+)?(?:last|past)\s+{_COUNT}\s+years(?:\s+or\s+so)?", last)
    r.take(r"(?:最?近|这|过去)(?:的)?(\d{1,3}|[一二两三四五六七八九十]{1,3})年(?:来|内|里|间|之内|以内)?(?:的)?", last)
    r.take(r"(?:最?近|这|过去)(?:几|两三|三五)年(?:来|内|里|的)?|近年来?(?:的)?", lambda m: r.bound(c, newest - _FEW, inf, m[0]))


def _fraction(c: Column) -> float:
    """Dates are years with a fraction, so a whole year ends just before the next."""
    return 0.999 if c.role is Role.DATE else 0.0


def _ahead(m: re.Match[str], group: int | str = 0) -> str:
    """What stands right before a match."""
    return m.string[max(0, m.start(group) - _REACH) : m.start(group)]


def _is_year(said: str) -> bool:
    return re.fullmatch(r"\d{4}|['’]\d\d", said) is not None


def _ends(said: str) -> tuple[float, float]:
    """The first and last year of a time in English."""
    said = re.sub(r"\s+", " ", said.lower())
    if _is_year(said):
        year = int(said) if said.isdigit() else int(said[1:]) + (1900 if int(said[1:]) >= 30 else 2000)
        return year, year
    said = re.sub(r"^the ", "", said)
    if "turn " in said or said.endswith("millennium") and "new" not in said and "this" not in said and "last" not in said or said == "millenium":
        return _TURN
    if said.endswith(("century", "millennium", "millenium")):
        first = re.match(r"(?:(.+?)[\s-]+(?:of )?(?:the )?)??(this|current|new|last|previous|\d{1,2}(?=[snrt])|[a-z]+(?:[- ]first)?)(?:st|nd|rd|th)?[\s-](?:century|mill)", said)
        word = first[2] if first else "this"
        if word in ("this", "current", "new", "last", "previous"):
            return (1900, 1999) if word in ("last", "previous") else (2000, inf)
        n = int(word) if word.isdigit() else _ORDINALS[word.replace(" ", "-")]
        low, high = _part(first[1] or "" if first else "")
        return n * 100 - 100 + low * 10, n * 100 - 100 + high * 10 + 9
    m = re.match(rf"(?:({_PART})[\s-]+(?:of )?(?:the )?)?(.+)$", said)
    part, name = (m[1] or "", m[2]) if m else ("", said)
    start = next((year for end, year in _NAMED.items() if name.endswith(end)), None) or decade(re.sub(r"^nineteen[\s-]|['’](?=s$)", "", name.replace("ies", "s") if name[0].isdigit() else name)) or 1900
    if re.fullmatch(r"1\d00['’]?s", name) and not part:
        return start, start + 99
    low, high = _part(part)
    return start + low, start + high


def _part(said: str) -> tuple[int, int]:
    """The first and last year of a part of a decade."""
    said = re.sub(r"[\s-]+(?:to|and)[\s-]+", " to ", re.sub(r"[\s-]+half", " half", said))
    return _PARTS.get(_SAME_PART.get(said, said.replace("middle", "mid")), _PARTS[""])


def _ends_zh(said: str) -> tuple[float, float]:
    """The first and last year of a time in Chinese."""
    if said.startswith("世纪之交") or said == "千禧年前后":
        return _TURN
    if said == "千禧年" or said == "两千年":
        return 2000, 2000
    if "头十年" in said:
        return 2000, 2009
    if m := re.search(rf"({_TEN_ZH})\s*(?:后\s*)?年代(.?)", said):
        start = _ten(m[1])
        low, high = _PART_ZH.get(m[2], (0, 9))
        return start + low, start + high
    if said.endswith("几年"):
        n = _digits(said[0])
        start = 2000 + int(n) * 10 if n in "01" else 1900 + int(n) * 10
        return start, start + 9
    if "世纪" in said or "千年" in said:
        if said[0] in "上":
            return 1900, 1999
        n = int(value_of(re.sub(r"世纪.*", "", said)))
        return (n * 100 - 100, n * 100 - 1) if n else (2000, inf)
    digits = _digits(re.sub(r"\s*年$", "", said))
    year = int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= 30 else 2000)
    return year, year


def _digits(said: str) -> str:
    """'一九九四' as '1994'."""
    return said.translate(str.maketrans("零〇○一二三四五六七八九", "000123456789"))


def _ten(said: str) -> int:
    """The first year of 九十, 90, 九零, 1990 or 零零 years."""
    digits = _digits(said.replace("十", "零"))
    return int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= 20 else 2000)


def _in_full(m: re.Match[str]) -> str:
    if m["a"]:
        return f"{m['a']}十年代到{m['b']}十年代"
    between = {"和": "、", "或": "、", "与": "、"}.get(m["how"] or "", "到")
    return f"{m['c']}年代{between}{m['d']}年代"
