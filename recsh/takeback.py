"""What is taken back of a request: "forget the budget", "the year doesn't matter", "horror is fine again", 不限年代了, 忘掉周杰伦.

Pure but for the catalog's columns. Leaves out: what was held of it, and goes (see `talk`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from recsh.index import Index
from recsh.leanings import MONEY_UNITS, TIME_UNITS
from recsh.regex import regex
from recsh.text import fold


class Takeback(Struct, frozen=True):
    """`words` what is spoken of; `refused` if it is not wanted where nothing like it was asked for ("forget politics"); `allowed` if only a refusal of it
    is taken back ("horror is fine again"); `measure` if it must be a column's name ("any year", but not "any westerns")."""

    words: str
    refused: bool = False
    allowed: bool = False
    measure: bool = False


_LEAD = r"(?:(?:ok(?:ay)?|actually|no|but|and|well|please|so|then|hm+|oh|let['’]?s|you can|we can|just|i guess|ah|sorry|alright)[, ]+)*"
_THING = r"(?:\s+(?:part|thing|bit|stuff|limit|requirement|condition|restriction|rule|constraint|filter)s?)?"
_END = r"(?:\s+(?:any ?more|after all|now|then|please|again|though|to me|for now|at all|actually))*"
_FORGET = regex(rf"{_LEAD}(?:forget|never ?mind|drop|lose|ignore|scrap|disregard)\s+(?:about\s+)?(?:the\s+|that\s+|my\s+)?(?P<x>(?!it\b|that\b|this\b|what\b|everything\b|all\b).{{2,60}}?){_THING}{_END}", re.I)
_NO_MATTER = regex(
    rf"{_LEAD}(?:(?:the\s+|my\s+)?(?P<x>.{{2,40}}?)\s+(?:(?:does|do)(?: not|n['’]?t)\s+(?:really\s+)?matter|(?:is|are)(?: not|n['’]?t)\s+(?:so\s+|that\s+|really\s+)?important|(?:is|are) no(?: longer (?:important|a problem|an issue)| object| problem| issue))"
    rf"|(?:i\s+)?(?:do not|don['’]?t)\s+(?:really\s+)?care\s+about\s+(?:the\s+)?(?P<y>.{{2,40}}?)|who\s+cares\s+about\s+(?:the\s+)?(?P<w>.{{2,40}}?)|(?:no|without|remove|lift|take (?:off|away|out)|get rid of|drop)\s+(?:the\s+|that\s+|my\s+|any\s+)?(?P<z>[\w-]+(?:\s[\w-]+)?)\s+(?:limit|filter|restriction|requirement|condition|constraint)s?){_END}", re.I)  # fmt: skip
_ANY = regex(rf"{_LEAD}any\s+(?P<x>[\w-]+)(?:\s+(?:is fine|will do|goes|works|is ok(?:ay)?))?{_END}", re.I)
_ALLOWED = regex(rf"{_LEAD}(?P<x>.{{2,40}}?)\s*(?:\b(?:is|are|would be)|['’](?:s|re))\s+(?:totally |perfectly |also |actually )?(?:fine|ok(?:ay)?|allowed|all right|alright|welcome|possible)(?:\s+with me|\s+too)?{_END}", re.I)
_FORGET_ZH = regex(r"(?:好吧|那|算了|还是)?[，,]?(?:忘掉|忘了|去掉|取消|不考虑)(?:对)?(?P<x>[^，。]{1,12}?)(?:的?(?:限制|要求|条件))?[了吧啦]*")
_NO_MATTER_ZH = regex(r"(?:那)?(?:(?:不限(?:制|定)?|不管|别管|不用管|不在乎|不在意)(?P<x>[^，。]{1,10}?)(?:的?(?:限制|要求|条件))?|(?P<y>[^，。]{1,10}?)(?:也)?(?:不限(?:制)?|无所谓|不重要|没关系|不用管|都行|都可以|随便))[了吧啦的]*")
_ALLOWED_ZH = regex(r"(?:算了|其实|那|还是)?[，,]?(?P<x>[^，。]{1,10}?)(?:其实)?[也又](?:可以|行|没关系|没问题|无妨)[的了吧啦]*")


def taken_back(clause: str) -> Takeback | None:
    """What a clause takes back, if it is one that does."""
    kinds = ((_NO_MATTER, ""), (_FORGET, "refused"), (_ANY, "measure"), (_ALLOWED, "allowed"), (_FORGET_ZH, "refused"), (_ALLOWED_ZH, "allowed"), (_NO_MATTER_ZH, "measure"))
    found = next(((m, kind) for pattern, kind in kinds if (m := pattern.fullmatch(clause.strip()))), None)
    return found and Takeback(next(g for g in found[0].groups() if g).strip(), **({found[1]: True} if found[1] else {}))


_MEASURES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("year",), "year years decade decades era age period date dates 年代 年份 时间 年 新旧"),
    (MONEY_UNITS, "price prices budget cost costs money 预算 价格 价钱 价位 钱"),
    ((*TIME_UNITS, "pages"), "length duration runtime running time minutes time 时长 片长 长度 长短 时间"),
    (("g", "kg"), "weight 重量"),
    (("rating",), "rating ratings stars score scores reviews 评分 口碑 分数"),
    (("count",), "popularity fame 热度 名气"),
)


def is_measure(words: str) -> bool:
    """Whether these words name what a column may measure, be there one or not."""
    return any({fold(words), *fold(words).split()} & {*names.split()} for _, names in _MEASURES)


def columns_called(words: str, index: Index) -> set[str]:
    """The columns that these words name, by what they are called or what they measure: "the budget" a column of prices."""
    said = {fold(words), *fold(words).split()}
    return {
        c.name
        for c in index.columns
        if fold(c.name) in said or any((c.unit in units or (c.year and "year" in units)) and said & {*names.split()} for units, names in _MEASURES)
    }
