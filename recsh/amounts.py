"""Amounts as people speak of them, put in the plain words that conditions are read by.

    "can't spend more than eighty quid"  ->  "at most £80"
    "for less than a grand"              ->  "for less than 1000"
    "an hour and forty tops"             ->  "100 minutes tops"
    "nothing older than 20 years"        ->  "in the last 20 years"
    "两千以内的手机", "预算五百"          ->  "2000元以内的手机", "不超过500元"

Only for what the catalog has a column of: elsewhere "a grand" may be a piano. Leaves out: what becomes a condition (see `conditions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from recsh.leanings import MONEY_UNITS, TIME_UNITS
from recsh.limits import plain_limits
from recsh.limits_zh import plain_limits_zh
from recsh.numerals import in_words, value_of
from recsh.regex import regex
from recsh.text import has_cjk
from recsh.types import Column, Role

_SMALL = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_LOW = rf"(?:{_TENS}(?:[\s-]{_SMALL})?|{_SMALL})"
WORDED = rf"(?:(?:half\s+an?|an?\s+couple\s+(?:of\s+)?|an?|{_LOW}|\d{{1,3}}(?:\.\d)?)\s*(?:hundred|thousand|grand)(?:\s+(?:and\s+)?{_LOW})?|{_TENS}(?:[\s-]{_SMALL})?|{_SMALL}|\d{{1,3}}(?:\.\d)?k)\b"
_AMOUNT = r"(?:[$€£]\s*)?\d{1,3}(?:,\d{3})+(?:\.\d\d)?|(?:[$€£]\s*)?\d{1,9}(?:\.\d\d)?"
_CASH = r"(?:dollars?|bucks|quid|usd|euros?|eur)"
_COMPARED = r"(?:under|below|over|above|less\s+than|more\s+than|at\s+most|at\s+least|max(?:imum)?(?:\s+of)?|up\s+to|within|around|about|roughly|approximately|budget(?:\s+of|\s+is)?|cheaper\s+than|exceed(?:ing)?|spend)"

# A number in words is put in figures beside what counts something; "Fifty First Dates" is a name.
_FROM_TO = regex(rf"\b(between|from)\s+({WORDED}|\d{{1,6}})\s+(and|to)\s+({WORDED}|\d{{1,6}})(?=\W|$)", re.I, cues=("between", "from"))
_BARE = regex(r"(?<![\d.,$€£])(?<!\bfrom )(?<!\bbetween )(?<!\bsizes )(?<!\bsize )(?<!\bages )(?<!\baged )(?<!\bage )(\d{2,6})\s*(?:-|–|to)\s*(\d{2,6})(?=\s*(?:$|[,;!?]|\.(?!\d)|(?:please|max|tops|or so|total)\b))")
_COUNTED = regex(rf"\b({_COMPARED}\s+(?:(?:about|around)\s+)?[$€£]?)({WORDED})(?=\s*(?:$|[^\s\w-]|{_CASH}\b|[\w-]))|\b({WORDED})(?=\s+(?:{_CASH}|tops|max)\b)", re.I)
_ONE = regex(rf"\b({_COMPARED}\s+)(half\s+an?|an?)(?=\s+(?:kilo|kg|pound|gram|minute)\b)", re.I)

# "can't spend more than", "i don't want to pay over", "that won't cost above": up to five words, none of which turns the sentence again.
_NO = r"(?:\b(?:can|do|does|did|wo|would|should|could|is|are|must)(?:n['’]?t|\s+not)|\bcan(?:not|['’]t)|\bwon['’]t|\bnot|\bnever|\bwithout)"
_ON = r"(?:\s+(?!(?:but|and|or|if|because|so|mind|care|find|sure|know|matter|believe|wait|stop|help|only|just|no|not)\b)[a-z'’]+){1,6}?"
_FIGURE = rf"(?=(?:about\s+)?[$€£]?\s*(?:\d|{_TENS}\b|{_LOW}\s+\w|an?\s+(?:hour|minute|kilo)))"
_REFUSED = regex(rf"{_NO}{_ON}\s+(?:(more\s+than|over|above|longer\s+than|heavier\s+than|exceed(?:ing)?)|(less\s+than|under|below|shorter\s+than|fewer\s+than))\s+{_FIGURE}(?!\d+\s+years\b)", re.I, cues=("not", "n't", "n’t", "nt", "never", "without"))

# "not spending more than fifteen", "allergic to paying over 40", "I won't pay eighty bucks"; "50 dollars and not a penny more".
_SUM = rf"(?P<sum>{_AMOUNT}|{WORDED})(?P<cash>\s*{_CASH}\b)?"
_THRIFT = regex(
    rf"(?:{_NO}|\b(?:avoid|hate|against|allergic\s+to))(?:\s+(?!(?:but|or|if|because|so|mind|care|sure|know|only|just|no|not)\b)[a-z'’]+){{0,4}}?\s+(?:spend|pay|fork\s+out|shell\s+out|part\s+with)(?:ing)?\s+"
    rf"(?:(?:any\s+)?(?:more\s+than|over|above|upwards\s+of)\s+(?:about\s+)?|(?=[$€£]|[^,.;!?]{{1,20}}?\s*{_CASH}\b)){_SUM}", re.I, cues=("spend", "pay", "out", "part"))  # fmt: skip
_NO_MORE = regex(rf"(?:\b(?P<hundred>hundred|thousand)(?P<of>\s+{_CASH}\b)|{_SUM}(?P<unit>\s+(?:hours?|minutes?|pages?))?),?\s+(?:and\s+|but\s+)?not\s+(?:a|one)\s+(?:single\s+)?(?:cent|penny|dime|dollar|euro|pound|quid|buck|minute|second|page)\s+(?:more|over|above|longer|extra)\b", re.I, cues=("not",))

_NOTE = regex(r"\b(?:an?\s+)?(tenner|fiver)\b", re.I, cues=("tenner", "fiver"))
_PURSE = regex(rf"\b(?:i|we)(?:\s+only)?(?:\s+have|['’]?ve)(?:\s+(?:only|just|got|about|around|like))*\s+({_AMOUNT})(\s*{_CASH}\b)?(\s+(?:left\s+)?to\s+spend\b)?", re.I, cues=("have", "ve"))
_WITH = regex(rf"\bwith\s+(?:about\s+|around\s+|only\s+)?({_AMOUNT})(\s*{_CASH})?\s+(?:left\s+)?to\s+spend\b", re.I, cues=("spend",))
_SPENT = regex(rf"\b(?:can|could|to|i['’]ll|we['’]ll|would|will)\s+(?:spend|pay)\s+(?:about\s+|around\s+|roughly\s+)?(?={_AMOUNT})", re.I, cues=("spend", "pay"))
_RATE = regex(rf"({_AMOUNT})(\s*{_CASH}\b)?\s*(?:a|per|each|/)\s*(?:day|night|week|month|person|head)\b", re.I, cues=("day", "night", "week", "month", "person", "head"))
_FOR = regex(rf"\bfor\s+(?=[$€£]\s*\d|\d[\d,.]*\s*{_CASH}\b)", re.I, cues=("for",))
_LED = regex(rf"\b(?:{_COMPARED}|than|between|from|and|to)\s*$", re.I)

_HALF_HOUR = regex(r"\bhalf\s+an\s+hour\b", re.I, cues=("half",))
_HOURS_AND = regex(rf"\b(an|\d{{1,2}}|{_SMALL})\s*h(?:ou)?rs?\s+(?:and\s+)?({_LOW}|\d{{1,2}})(?:\s*min(?:ute)?s?)?(?=\s*(?:$|[,.;!?]|tops|max|at\s+most|or\s+(?:less|so|under)|long))", re.I, cues=("hour", "hr"))
_TO_SPARE = regex(rf"\b(?:i|we)(?:\s+only)?(?:\s+have|['’]?ve)(?:\s+(?:only|just|got|about|around|like))*\s+(?=(?:an|\d{{1,3}}|{_LOW})\s+(?:min(?:ute)?|hour)s?\b)", re.I, cues=("have", "ve"))
_READ = regex(rf"\b(\d{{1,3}}|{_LOW})[\s-]*(min(?:ute)?s?)[\s-]+(?=(?:read|watch|listen)s?\b)", re.I, cues=("min",))
_DONE_IN = regex(rf"(\b(?:read|watch|listen|finish|get\s+through|be\s+done)\b[^,.;!?]{{0,40}}?\s)in\s+(?:just\s+|about\s+|under\s+|less\s+than\s+)?(?=(?:an|\d{{1,3}}|{_LOW})\s+(?:min(?:ute)?|hour)s?\b)", re.I, cues=("read", "watch", "listen", "finish", "get", "done"))

_OLDER = regex(rf"({_NO}{_ON}\s+|\b(?:not|no|nothing|none|never)\s+)?\bolder\s+than\s+(\d{{1,3}}|{_LOW})\s+(year|decade)s\b(?!\s+old)", re.I, cues=("older",))
_SINCE = regex(r"\b(post|pre)[\s-](?=(?:1[0-9]|20)\d\ds?\b)", re.I, cues=("post", "pre"))
_DECADES = regex(rf"\b(last|past)\s+(?:(\d|{_SMALL}|couple\s+of|few)\s+decades|decade)\b", re.I, cues=("decade",))
_BORN = regex(r"\bbefore\s+i\s+was\s+born\s*,?\s*(?:\(|in\s+|so\s+)?(?=(?:19|20)\d\d\b)", re.I, cues=("born",))
_YOUNG = regex(
    r"\b(?:from\s+)?when\s+(?:(?:my|our|his|her|the)\s+)?[\w-]+\s+(?:was|were)\s+(?:(?:an?\s+)?(?:young|kids?|teen(?:ager)?s?|students?)|growing\s+up|(?:at|in)\s+(?:(?:high\s+)?school|college|uni))\b[^.;!?\d]{0,40}?\bborn\s+(?:in\s+)?((?:19|20)\d\d)\b",
    re.I, cues=("born",))  # fmt: skip
_YOUTH = (10, 25)  # the ages at which songs are one's own

# Chinese amounts with no unit behind them. Of one figure or below ten they may count anything; a share of a day or a head is an amount still.
_UNITS_ZH = {"百": 100, "千": 1000, "万": 10_000}
_HAN = "一二两三四五六七八九十百千万"
_SUM_ZH = rf"((?<![\d.{_HAN}年第重量度长高数龄分])(?:\d{{2,7}}(?:\.\d)?[kK万]?|\d(?:\.\d)?[kK万]|[{_HAN}零]{{2,8}}))"
_SHARE_ZH = r"(?:[一每/](?:天|晚|夜|人|个人|位))"
_END_ZH = rf"(?:{_SHARE_ZH}|(?=\s*(?:$|[^\w\s%.-]|[的吧呢啊左之就买送能可给去玩有]|以(?!上)|上下|\s[\u4e00-\u9fff])))"
_LEAD_ZH = r"(?:(?:日均|人均|每人|每天)?(?:消费|预算|价格|价位|价钱)?(?:就|只有|是|在|为|大概|大约|差不多|不超过|最多)*\s*)"
_MIXED_ZH = regex(r"(?<![\d.])(\d{1,4}(?:\.\d{1,2})?)([百千万])(\d(?!\d))?(?![克米瓦吨]|像素)", cues=("百", "千", "万"))
_WITHIN_ZH = regex(rf"{_LEAD_ZH}{_SUM_ZH}(?:以内|以下|之内|以里|内(?=的|$|[，,。])){_SHARE_ZH}?", cues=("内", "以下", "以里"))
_ABOUT_ZH = regex(rf"{_LEAD_ZH}{_SUM_ZH}(?:左右|上下){_SHARE_ZH}?", cues=("左右", "上下"))
_RANGE_ZH = regex(rf"{_LEAD_ZH}{_SUM_ZH}\s*[-~到至]\s*{_SUM_ZH}(?:之间)?{_END_ZH}", cues=("-", "~", "到", "至"))
_MOST_ZH = regex(rf"(?:(?:日均|人均|每人|每天)?(?:不超过|不高于|不到|最多|低于|少于|别超过|不要超过)){_SUM_ZH}{_END_ZH}", cues=("超过", "不高于", "不到", "最多", "低于", "少于"))
_BUDGET_ZH = regex(rf"(?:日均|每人|每天|总)?(?:预算|人均(?:消费|预算)?)(?:每天|每晚|每人|一天|就|只有|是|在|为|大概|大约|差不多|有)*\s*{_SUM_ZH}(?:元|块钱?)?{_END_ZH}", cues=("预算", "人均"))
_CHEAPER_ZH = regex(rf"比{_SUM_ZH}(?:元|块钱?)?(?:更|还)?(?:便宜|低|少)(?:一?点)?", cues=("比",))


def plainly(text: str, columns: Sequence[Column]) -> str:
    """The request with its amounts in figures and its limits the right way round, as far as there are columns for them.

    >>> from recsh.types import Role
    >>> plainly("can't spend more than eighty quid", [Column("price", Role.NUMBER, "$")])
    'at most £80'
    """
    units = {c.unit for c in columns}
    if year := next((c for c in columns if c.year), None):
        text = _years(text, year)
    if any(c.role is Role.NUMBER and not c.year for c in columns):
        text = _NO_MORE.sub(_no_more, text)
        if units.intersection(MONEY_UNITS):
            text = _THRIFT.sub(lambda m: f"at most {_in_cash(m)}", text)
        text = _REFUSED.sub(lambda m: "at most " if m[1] else "at least ", text)
        text = plain_limits(text, _named(text, columns), times=not units.isdisjoint(TIME_UNITS), money=not units.isdisjoint(MONEY_UNITS))
        if has_cjk(text):
            text = plain_limits_zh(text, times=not units.isdisjoint(TIME_UNITS), money=not units.isdisjoint(MONEY_UNITS), sums=not units & {"min", "pages"})
        text = _FROM_TO.sub(lambda m: f"{m[1]} {_figure(m[2])} {m[3]} {_figure(m[4])}", text)
        text = _COUNTED.sub(lambda m: f"{m[1] or ''}{_figure(m[2] or m[3])}", text)
        text = _ONE.sub(lambda m: f"{m[1]}{0.5 if 'half' in m[2].lower() else 1}", text)
    if units.intersection(MONEY_UNITS):
        text = _money(text if units & {"min", "pages"} else _BARE.sub(_range, text))
        text = _money_zh(text, others=bool(units & {"min", "pages"}), dated="year" in units or any(c.year for c in columns)) if has_cjk(text) else text
    return _times(text) if units.intersection(TIME_UNITS) else text


def _named(text: str, columns: Sequence[Column]) -> list[str]:
    """The names of columns that the text says, which count as units: "under 500 kcal"."""
    low = text.lower()
    return [name for c in columns if c.role is Role.NUMBER and not c.year and len(name := c.name.replace("_", " ").strip().lower()) > 1 and name[-1].isalpha() and name in low]


def _in_cash(m: re.Match[str]) -> str:
    """A sum with its mark or word, dollars where it has none: what is spent is money."""
    return f"{m['sum']}{m['cash'] or ('' if m['sum'][0] in '$€£' else ' dollars')}"


def _no_more(m: re.Match[str]) -> str:
    return f"at most {1000 if m['hundred'].lower() == 'thousand' else 100}{m['of']}" if m["hundred"] else f"at most {m['sum']}{m['cash'] or ''}{m['unit'] or ''}"


def _figure(said: str) -> str:
    """'a hundred and fifty' as '150', '2k' as '2000'; figures stay."""
    return f"{in_words(said):.0f}"


def _range(m: re.Match[str]) -> str:
    """Two figures that count nothing else are money: "a wedding gift, 200 to 300", unless they are ages or years."""
    low, high = int(m[1]), int(m[2])
    return f"between {low} and {high}" if 20 <= low < high and high >= 50 and not (1800 < low < 2100 and 1800 < high < 2100) else m[0]


def _money(text: str) -> str:
    text = _NOTE.sub(lambda m: f"{10 if m[1].lower() == 'tenner' else 5} dollars", text)
    text = _PURSE.sub(lambda m: f"at most {m[1]}{m[2] or ''}" if m[2] or m[3] or not m[1][0].isdigit() else m[0], text)
    text = _SPENT.sub("at most ", _WITH.sub(lambda m: f"at most {m[1]}{m[2] or ''}", text))
    text = _RATE.sub(lambda m: _limit(m, f"{m[1]}{m[2] or ''}") if len(m[1]) > 1 else m[0], text)
    return _FOR.sub("at most ", text)


def _money_zh(text: str, *, others: bool, dated: bool) -> str:
    """Chinese amounts with a unit. `others`: a bare number may as well be minutes or pages; `dated`: one about 2000 may be a year."""

    def within(form: str, *, year: bool = False) -> Callable[[re.Match[str]], str]:
        def put(m: re.Match[str]) -> str:
            sums = [_sum_zh(g) for g in m.groups()]
            if min(sums) < 10 or max(sums) < 100 and len(sums) > 1 or year and dated and all(g.isdigit() and 1900 <= int(g) <= 2030 for g in m.groups()):  # "六十到七十" are ages
                return m[0]
            return form.format(*(f"{n:.0f}" for n in sums))

        return put

    text = _MIXED_ZH.sub(lambda m: f"{(float(m[1]) + float(m[3] or 0) / 10) * _UNITS_ZH[m[2]]:.0f}", text)  # 1万5, 1.5万, 3千
    if not others:
        text = _RANGE_ZH.sub(within("{}到{}元", year=True), text)
        text = _ABOUT_ZH.sub(within("{}元左右", year=True), text)
        text = _MOST_ZH.sub(within("不超过{}元"), _WITHIN_ZH.sub(within("{}元以内"), text))
        text = _CHEAPER_ZH.sub(within("不超过{}元"), text)
    return _BUDGET_ZH.sub(within("不超过{}元"), text)


def _sum_zh(said: str) -> float:
    """'两千', '1.5万' or '2k' as a number."""
    return value_of(said[:-1]) * 10_000 if said[-1] == "万" else value_of(said)


def _limit(m: re.Match[str], amount: str) -> str:
    """An amount that stands alone is the most that is spent; "under 70 a night" is a limit already, and so is "70 a night max"."""
    led = _LED.search(m.string[: m.start()]) or re.match(r"\s*(?:max|tops|or\s)", m.string[m.end() :], re.I)
    return amount if led else f"at most {amount}"


def _times(text: str) -> str:
    text = _HALF_HOUR.sub("30 minutes", text)
    text = _HOURS_AND.sub(lambda m: f"{in_words(m[1]) * 60 + in_words(m[2]):.0f} minutes", text)
    text = _DONE_IN.sub(r"\1at most ", _TO_SPARE.sub("at most ", text))
    return _READ.sub(lambda m: f"{_limit(m, f'{m[1]} {m[2]}')} ", text)


def _years(text: str, c: Column) -> str:
    """Times counted back from the newest item, as "the last five years" are: the answer must not change with the day it is asked on."""
    text = _SINCE.sub(lambda m: "after " if m[1].lower() == "post" else "before ", text)
    text = _BORN.sub("before ", text)
    text = _YOUNG.sub(lambda m: "between {} and {}".format(*(int(m[1]) + age for age in _YOUTH)), text)
    if c.high is None:
        return text
    text = _DECADES.sub(lambda m: f"{m[1]} {in_words(m[2] or 'one') * 10:.0f} years", text)

    def older(m: re.Match[str]) -> str:
        years = in_words(m[2]) * (10 if m[3].lower() == "decade" else 1)
        return f"in the last {years:.0f} years" if m[1] else f"before {c.high - years:.0f}"

    return _OLDER.sub(older, text)
