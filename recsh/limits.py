"""Amounts with a unit and the words that bound them, in English, said as figures with a plain "at most", "at least", "around" or "between".

    "two hours and a half tops"       ->  "at most 150 minutes"
    "upwards of a hundred quid"       ->  "at least £100"
    "somewhere from $40 to sixty"     ->  "between $40 and $60"

An amount that nothing bounds stays as it is written: it may be a name ("24 Hours in Rome"). Leaves out: Chinese (see `limits_zh`), amounts without a
unit (see `amounts`), years (see `years`), what becomes a condition (see `conditions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from recsh.numerals import in_words
from recsh.regex import made, regex

_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_BIG = "hundred|thousand|grand"
_LOW = rf"(?:(?:{_TENS})(?:[\s-](?:{_SMALL}))?|{_SMALL})"
_WORDS = rf"\b(?:(?:(?:half\s+)?an?|{_LOW}|\d{{1,3}}(?:\.\d)?)\s+(?:{_BIG})(?:\s+(?:and\s+)?(?:{_LOW}\s+hundred(?:\s+(?:and\s+)?{_LOW})?|{_LOW}))?|{_LOW})\b"
_NUM = rf"(?:(?<![\d.,])\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?|(?<![\d.])\d{{1,9}}(?:\.\d{{1,3}})?(?:\s?k\b)?|{_WORDS})"
_HOUR, _MINUTE = r"(?:h(?:ou)?rs?|h)(?![a-z])", r"(?:min(?:ute)?s?|m)(?![a-z])"
_REACH = 80  # characters before an amount in which what bounds it stands
_MARKS = ("$", "€", "£")
_AND_HALF = rf"(?:\d{{1,2}}|\b(?:{_SMALL}))\s+and\s+a\s+half"
_HALF = r"(?:1/2|½)|(?:3/4|¾)"
_MONEY_BEFORE = r"(?:us\$|usd|eur|gbp|[$€£])"
_MONEY_BEHIND = r"(?:dollars?|bucks?|quid|usd|euros?|eur|gbp|[$€£])(?!\w)"
_MONEY = rf"(?:{_MONEY_BEFORE}\s*{_NUM}(?:\s*{_MONEY_BEHIND})?|{_NUM}(?:-?ish)?[\s-]?{_MONEY_BEHIND}|(?:{_NUM}\s+and\s+a\s+half\s+grand|(?:an?|half\s+a|{_NUM})\s+grand)(?:\s+and\s+a\s+half)?\b)"
_ENDS = r"(?=\s*(?:$|[^\w\s]|(?:or|and|at|to|tops|max|maximum|minimum|plus|please|long|is|give|more|up|upwards|as|limit|approximately|roughly|range|but|then|budget|mark|through|until|till)\b))"
_TIME = rf"(?:(?:\b(?:an?|one)\s+|(?<![\d.])\d{{1,2}}\s*|\b(?:{_SMALL})\s+|(?<!\w)(?=hour))(?:{_HOUR})(?:\s+(?:and\s+)?a\s+half\b|\s+(?:and\s+)?(?:a|three)\s+quarters?\b|\s*(?:and\s+)?(?:[1-5]?\d|(?!(?:six|seven|eigh|nine)ty){_LOW})\s*{_MINUTE}|(?<=h)\s?\d\d(?!\d)|\s+(?:and\s+)?(?:[1-5][05]|{_LOW}){_ENDS})|(?<![\d.])\d:[0-5]\d\s?h\b|(?:(?:\ba|(?<![\d.])\d{{1,2}}|\b(?:{_SMALL}))\s+and\s+(?:a\s+)?half|(?<![\d.])\d{{0,2}}\s?(?:{_HALF}))[\s-]*{_HOUR}|\b(?:a\s+)?half(?:\s+an)?[\s-]+hour\b|\b(?:three\s+)?quarters?\s+of\s+an\s+hour\b|\b(?:a\s+)?couple\s+(?:of\s+)?hours\b|\ban\s+(?:hour|hr)\b|{_NUM}[\s-]*(?:{_HOUR}|{_MINUTE}))"
_PLAIN = r"pages?|stars?|percent|per\s+cent|people|players?|persons?|guests?|servings?|kilos?|kilograms?|kgs?|grams?|g|lbs?|pounds|ounces?|oz|km|kms|kilomet(?:er|re)s?|miles?|mi|met(?:er|re)s?|gb|gigs?|gigabytes?|tb|terabytes?|inch(?:es)?|degrees|kcal|calories|watts|mah"
_SINGLE = "kilo|kg|kilogram|pound|gram|mile|kilomet(?:er|re)|minute|page|inch"
_PLAIN_MARK = r"%|°\s?[cf]?\b|m²|[\"″]"

_SLIGHTLY = r"(?:(?:well|just|a\s+(?:bit|little|tad)|slightly|strictly|definitely|way|preferably|ideally|not\s+much)\s+)?"
_BIGGER = r"(?:more|longer|higher|heavier|pricier|dearer|greater|bigger|larger|costlier|more\s+expensive)\s+than"
_SMALLER = r"(?:less|fewer|shorter|lower|lighter|cheaper|quicker|smaller|less\s+expensive)\s+than"
_KINDS = {  # the plain word, the ways before an amount, the ways behind one
    "at_most": (
        rf"(?:less|lower|fewer)\s+than\s+or\s+equal\s+to|(?:no|not)\s+(?:{_BIGGER}|over|above|exceeding)|(?:not\s+to\s+)exceed|up\s?to|(?:at\s+)?(?:the\s+)?very\s+most|at\s+(?:the\s+)?most|at\s+or\s+(?:below|under)|(?:at\s+)?(?:an?\s+|the\s+|my\s+)?max(?:imum)?\.?(?:\s+(?:of|is))?|within|capped\s+at|(?:with\s+)?(?:an?\s+|the\s+|my\s+)?(?:limit|cap|ceiling)(?:\s+(?:of|is|at)|:)?|<=|≤",
        r"or\s+(?:less|under|below|cheaper|shorter|lower|fewer|lighter|quicker)|(?:and|&)\s+(?:under|below|less|cheaper|shorter|lower)|as\s+(?:a|the)\s+max(?:imum)?|at\s+max(?:imum)?|max(?:imum)?|tops|at\s+(?:the\s+)?(?:very\s+)?most|(?:limit|cap|budget)|(?:left\s+)?to\s+spend|is\s+(?:my|the|our)\s+(?:limit|max(?:imum)?|budget)",
    ),
    "at_least": (
        rf"(?:greater|more|higher)\s+than\s+or\s+equal\s+to|(?:no|not)\s+(?:{_SMALLER}|under|below)|(?:at\s+)?(?:the\s+)?very\s+least|at\s+(?:the\s+)?least|at\s+or\s+(?:above|over)|(?:at\s+)?(?:an?\s+|the\s+)?min(?:imum)?\.?(?:\s+(?:of|is))?|(?:starting|beginning)\s+(?:at|from)|>=|≥|(?<!\w)upwards?\s+of",
        r"or\s+(?:more|above|over|longer|higher|up|upwards|greater|better|bigger|heavier)|(?:and|&)\s+(?:up(?:wards?)?|above|over|more|higher|longer|beyond|bigger|better)|(?:and\s+)?up(?:wards?)?(?!\s+(?:to|for|on)\b)|plus|\+|minimum|at\s+(?:the\s+)?(?:very\s+)?least",
    ),
    "under": (rf"{_SMALLER}|under|below|beneath|south\s+of|sub|u(?=[$€£])|<(?!=)", r"(?!)"),
    "over": (rf"{_BIGGER}|over|above|exceed(?:s|ing)?|in\s+excess\s+of|north\s+of|beyond|>(?!=)", r"(?!)"),
    "around": (
        r"(?:somewhere\s+|just\s+)?(?:around|about)|roughly|approximately|approx\.?|circa|~|in\s+the\s+(?:region|neighbou?rhood|vicinity|ballpark)\s+of|close\s+to|more\s+or\s+less|give\s+or\s+take",
        r"or\s+so|or\s+thereabouts|,?\s*give\s+or\s+take|-?ish|approximately|roughly|more\s+or\s+less|mark\b|range\b",
    ),
}  # fmt: skip
_WITH = r"(?:(?:with|has|have|having)\s+(?:an?\s+|the\s+)?)?"
_SAID = (
    r"(?:(?:(?:that|which)\s+)?(?:(?:are|is|will\s+be|must\s+be|has\s+to\s+be|have\s+to\s+be|should\s+be)\s+)?(?:priced|costs?|costing|sells?|selling|retails?|retailing|going|goes|weighs?|weighing|lasts?|lasting|runs?|running|takes?|taking|clocking\s+in|clocks\s+in)\s+(?:(?:at|for|me|in)\s+)?"
    rf"|{_WITH}(?:(?:(?P<most>max(?:imum)?)|(?P<least>min(?:imum)?))\s+)?(?<!\w)(?:(?P<of_money>prices?(?:\s+(?:tag|range|point))?|cost)|(?P<of_time>runtime|run(?:ning)?\s+time|length|duration|minutes(?=\s+\D))|weight)\s*(?:(?:is|of|at|somewhere)\b|[:=])?\s*"
    r"|(?:on\s+|with\s+|within\s+)?(?:(?:an?|my|our|the)\s+)?(?P<budget>\bbudget(?:['’]?s)?)\s*(?:(?:is|of|at|for)\b|[:=])?\s*"
    r"|(?:(?:(?:i|we)\s+)?(?:can|could|want\s+to|would\s+like\s+to)|(?:(?:i['’]?m|we['’]?re|i\s+am)\s+)?(?:willing|happy|ready|able|looking)\s+to|to)\s+(?P<spend>spend|pay)\s+|(?P<have>\b(?:i|we)(?:\s+only)?(?:\s+have|['’]?ve)(?:\s+(?:only|just|got))*\s+)|spending\s+|(?:for|in|of)\s+)"
)
_FIGURE = regex(r"\d|\b(?:an?|half)\s+(?:hour|hr|hundred|grand|thousand|couple|kilo|kg|pound|gram|mile|minute|page|inch)|\b(?:couple|hour)\b|" + rf"\b(?:{_SMALL}|{_TENS})\b", re.I)
_OF_HOURS = regex(r"(?:\b|\d)h(?:ou)?(?:rs?)?\b", re.I)
_HOUR_OR_TWO = regex(r"\ban\s+hour\s+or\s+(two|so)\b", re.I, cues=("hour",))
_THOUSANDS = regex(r"k\b|\b(?:grand|thousand)\b|\bhundred\b", re.I)


_LEADS = "|".join("(?P<" + kind + r">" + _SLIGHTLY + r"(?<!\w)(?:" + ways[0] + "))" for kind, ways in _KINDS.items())
_BEFORE = regex(rf"(?:{_SAID})?(?:(?:{_LEADS})\s*-?\s*(?:(?:about|the|a)\s+)?|(?P<start>from\s+))?$", re.I)
_TAILS = "|".join("(?P<" + kind + ">" + ways[1] + ")" for kind, ways in _KINDS.items())
_BEHIND = regex(rf"\s*-?(?:{_TAILS})(?!\w)", re.I)
_BEFORE_TWO = regex(rf"(?:{_SAID})?(?:in\s+the\s+(?:range\s+(?:of\s+)?)?|ranging\s+)?(?:(?:any|some)(?:where|thing)\s+)?(?:\b(?:(?P<between>between)|from|within|around|about|roughly|approximately)\s+)?(?:about\s+|around\s+)?$", re.I)
_JOINT = regex(r"\s*(?:[-–—~]|\b(?:to|through|until|till|or|up\s+to)\b|(?P<and>\band\b|&))\s*(?:about\s+|around\s+)?", re.I)
_LONG = regex(r"\s+(?:long\b|in\s+length\b|of\s+runtime\b|in\s+total\b|(?:price\s+)?range\b)", re.I)


@cache
def _figures(names: tuple[str, ...], times: bool, money: bool) -> re.Pattern[str]:
    """Every amount; the group `unit` has those with a unit, among them `names` of columns."""
    own = "|".join(map(re.escape, names)) or r"(?!)"
    units = f"{_PLAIN}|{own}"
    kinds = [_TIME] * times + [_MONEY] * money + [rf"{_NUM}\s*-?(?:(?:{units})\b|{_PLAIN_MARK}(?:\s+(?:{own})\b)?)", rf"\b(?:half\s+)?an?\s+(?:{_SINGLE})\b"]
    return regex(rf"(?<![\w.$€£])(?:(?P<unit>{'|'.join(kinds)})|(?:{_MONEY_BEFORE}\s*)?(?:{_AND_HALF}|{_NUM})(?![\w]*\d))", re.I)


def plain_limits(text: str, names: Iterable[str], *, times: bool, money: bool) -> str:
    """The request with its bounded amounts in plain words. `names`: of columns of numbers; `times`, `money`: whether there are columns of those.

    >>> plain_limits("two hours and a half tops", (), times=True, money=False)
    'at most 150 minutes'
    """
    if not _FIGURE.search(text):
        return text
    if times:
        text = _HOUR_OR_TWO.sub(lambda m: "between 1 and 2 hours" if m[1].lower() == "two" else "around 1 hour", text)
    found = [*_figures(tuple(sorted(set(names))), times, money).finditer(text)]
    out, at, n = "", 0, 0
    while n < len(found):
        m, second = found[n], found[n + 1] if n + 1 < len(found) else None
        begin = max(at, m.start() - _REACH)
        led, said, end = text[begin : m.start()], "", m.end()
        before = None
        if second and (joint := _JOINT.fullmatch(text, end, second.start())) and (before := _BEFORE_TWO.search(led)):
            unit = "" if m["unit"] or second["unit"] else _of(before, times, money)
            if (m["unit"] or second["unit"] or unit) and (before["between"] or not joint["and"]) and (said := _two(m[0], second[0], unit)):
                end = second.end()
                n += 1
        if not said and (before := _BEFORE.search(led)):
            behind = _BEHIND.match(text, end)
            if behind and second and not text[behind.end() : second.start()].strip():
                behind = None  # "min $75 max $100"
            unit, value = _amount(m[0]) if m["unit"] else (_of(before, times, money), _amount(m[0])[1])
            if unit and (kind := _bound(before, behind, m[0], unit)) and (m["unit"] or kind != "around"):
                said = f"{kind.replace('_', ' ')} {_said(unit, value)}"
                end = behind.end() if behind and _kind(behind) else end
        if said and before:
            long = _LONG.match(text, end)
            out += f"{text[at:begin]}{led[: before.start()]}{said}"
            at = long.end() if long else end
        n += 1
    return out + text[at:]


def _of(before: re.Match[str], times: bool, money: bool) -> str:
    """The unit of a bare amount by what is said of it: "price below 100", "runtime over 120"."""
    return "$" if money and (before["of_money"] or before["budget"] or before["spend"]) else "minutes" if times and before["of_time"] else ""


def _bound(before: re.Match[str], behind: re.Match[str] | None, said: str, unit: str) -> str:
    """Which bound an amount is by the words around it; empty if none."""
    kind, tail = _kind(before), _kind(behind)
    if before["start"]:
        return "at_least" if tail == "at_least" or before["of_money"] else ""
    if before["most"] or (before["budget"] or before["spend"] or before["have"] and unit in (*_MARKS, "minutes")) and kind in ("", "around"):
        return tail or "at_most"
    return kind or tail or ("at_least" if before["least"] else "around" if "ish" in said.lower() else "")


def _kind(m: re.Match[str] | None) -> str:
    return next((kind for kind in _KINDS if m[kind]), "") if m else ""


def _two(first: str, second: str, unit_of: str = "") -> str:
    """Two amounts of one kind, of which one may lend the other its unit; empty if they are no range."""
    (unit, low), (other, high) = _amount(first), _amount(second)
    given = bool(unit)
    unit, other = unit or other or unit_of, other or unit or unit_of
    if not given and unit != "minutes" and low < high and (scale := _scale(second)) > 1 and low * scale <= high and not _THOUSANDS.search(first):
        low *= scale  # "one to two hundred"
    if not given and unit == "minutes" and _OF_HOURS.search(second):
        low *= 60  # "one to two hours"
    if given and unit in _MARKS and low < high and "k" in second.lower() and "k" not in first.lower() and low * 1000 <= high:
        low *= 1000  # "$1-2k"
    if unit != other and not (unit in _MARKS and other in _MARKS) and unit.rstrip("s") != other.rstrip("s") or low == high:
        return ""
    low, high = min(low, high), max(low, high)
    return f"between {_said(unit, low)} and {_said(unit, high)}"


def _said(unit: str, value: float) -> str:
    number = f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{unit}{number}" if unit in _MARKS else f"{number} {unit}".rstrip()


def _scale(said: str) -> float:
    return 100.0 if "hundred" in said.lower() else 1000.0 if _THOUSANDS.search(said) else 1.0


def _amount(said: str) -> tuple[str, float]:
    """(unit, value): $, € or £, minutes, or the unit as it is written."""
    low = re.sub(r"\s+", " ", said.lower().replace(",", "")).strip()
    money = "$" if re.search(r"\$|usd|dollar|buck|grand", low) else "€" if re.search(r"€|eur", low) else "£" if re.search(r"£|quid|gbp", low) else ""
    if money:
        number = re.sub(r"-?ish|us\$|usd|eur(?:os?)?|gbp|[$€£]|dollars?|bucks?|quid", " ", low)
        if re.search(r"and a half", number):
            return money, in_words(re.sub(r"and a half|grand|\ba\b", " ", number)) * 1000 + (500 if in_words(re.sub(r"and a half|grand|\ba\b", " ", number)) else 1500)
        return money, in_words(number)
    if re.search(r"\d:\d\d|\bhours?\b|\bhrs?\b|\d\s?h(?:rs?|ours?)?(?![a-z])|\d\s?m(?:in(?:ute)?s?)?$|min(?:ute)?s?$|½|¾|\d ?[13]/[24]", low):
        return "minutes", _minutes(low)
    if re.fullmatch(_AND_HALF, low):
        return "", in_words(low)
    m = made(rf"({_NUM})\s*-?(.*)$").match(low) or re.match(r"(half an?|an?) (\w+)$", low)
    return (m[2], in_words(m[1])) if m else ("", in_words(low))


def _minutes(said: str) -> float:
    if m := re.match(r"(\d):(\d\d)", said):
        return int(m[1]) * 60.0 + int(m[2])
    if "quarter" in said and " of " in said:
        return 45.0 if "three" in said else 15.0
    if m := re.match(r"(\d*) ?(1/2|½|3/4|¾)", said):
        return (int(m[1] or 0) + (0.5 if m[2] in ("1/2", "½") else 0.75)) * 60
    if m := re.match(r"(.+?) and (?:a )?half[ -]*h", said):
        return (in_words(m[1]) + 0.5) * 60
    if re.match(r"(?:a )?half(?: an)?[ -]hour", said):
        return 30.0
    if "couple" in said:
        return 120.0
    m = re.match(r"(.*?) ?-?h(?:ou)?rs?(?![a-z])(.*)$|(.*?) ?-?h(?![a-z])(.*)$", said)
    if not m:
        return in_words(re.sub(r"[\s-]*m(?:in(?:ute)?s?)?$", "", said))
    hours, rest = (m[1], m[2]) if m[1] is not None else (m[3], m[4])
    rest = rest.strip()
    more = 30.0 if "half" in rest else 45.0 if "three quarter" in rest else 15.0 if "quarter" in rest else in_words(re.sub(r"^and |m(?:in(?:ute)?s?)?$", "", rest)) if rest else 0.0
    return (in_words(hours.replace("-", " ")) if hours.strip() else 1.0) * 60 + more
