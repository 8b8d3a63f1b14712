"""What is asked about items that were shown: a fact of one, which of them is the most, who made one.

    "who directed 2?", 第三个多长        ->  the row of the second, of the third
    "which one is the shortest?"        ->  the one that is
    "more by the author of 2"           ->  "more by Stanisław Lem"

Items stand in a clause as marks (see `mentions`). Leaves out: whole clauses that are commands (see `commands`), and what is done about a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

from recsh.index import Index
from recsh.mentions import MARK, Marked
from recsh.regex import regex
from recsh.request import Query
from recsh.cells import split
from recsh.text import fold, has_cjk
from recsh.types import Item, Role

_M = r"⟦\d+⟧"
_LEAD = r"^(?:(?:and|but|so|ok(?:ay)?|hm+|wait|well|hey|by the way|btw|sorry|please)[, ]+)*"
_WHO = regex(rf"{_LEAD}(?:who|what|when|where|how|whose)(?:['’]?(?:s|re|d))?\b(?!\s+(?:about|else|other)\b)(?!.*\b(?:than|like|instead of|besides|other than|similar to|after)\s+{_M})", re.I)
_IS_IT = regex(rf"{_LEAD}(?:(?:is|are|was|were|does|did|has|would|will)\s+{_M}|(?:do|did|would|will)\s+(?:you|i|we)\s+(?:know|like|recommend|love|enjoy)\s+{_M}\s*$|which\b.*(?:{_M}.*{_M}|{_M}\s*$))", re.I)
_ASKS_ZH = regex(r"谁|(?<!没)(?<!没有)(?:什么|啥)|哪|多[长久少大贵重高远]|几(?:分钟|小时|页|年|块|岁)|怎么样|如何|[吗么]$|是不是|好不好|长不长|贵不贵|(?P<w>[\u4e00-\u9fff])不(?P=w)")
_WISHES_ZH = regex(rf"类似|[像比跟和]{_M}(?:一样|差不多|那样|这样|更|还)|比{_M}|还[有拍写唱演出做]|有没有|想要|推荐")


def asks_about(clause: str) -> bool:
    """Whether a clause asks for a fact of the items that it marks: "how much does the first cost", "is 2 scary", 第一首是谁唱的."""
    if not MARK.search(clause):
        return False
    if has_cjk(MARK.sub("", clause)):
        return _ASKS_ZH.search(clause) is not None and not _WISHES_ZH.search(clause)
    return _WHO.search(clause) is not None or _IS_IT.search(clause) is not None


_WHICH = regex(rf"{_LEAD}(?:which(?:\s+(?:ones?|of\s+{_M}|{_M}))?(?:['’]s|\s+(?:is|are|was|were|has|have|would\s+be))\b|what(?:['’]s|\s+is)\s+(?=the\s+[\w-]+(?:\s+[\w-]+)?\s+of\s+{_M}))|^(?:(?:在|从)?(?:{_M})?(?:里面?|当?中|之中|里边)?)哪(?:一)?[个首部本家款条篇]?(?=最)(?:是)?", re.I)


def asks_which(clause: str) -> bool:
    """Whether a clause asks which of them is the most ("which one is the shortest", 哪个最短)."""
    return _WHICH.search(clause) is not None


def most_of(clause: str, marked: Marked, query: Query, index: Index, shown: Sequence[Item]) -> tuple[int, ...]:
    """The places of those shown that such a question asks for, `query` what it was read as: the one at the end of a number column, else all that have
    what is named. Empty if none of them is."""
    if not shown:
        return ()
    places = marked.places(clause) or tuple(range(len(shown)))
    if query.leanings:
        leaning = query.leanings[-1]
        known = [p for p in places if not isnan(shown[p].numbers.get(leaning.column, float("nan")))]
        return (max(known, key=lambda p: leaning.sign * shown[p].numbers[leaning.column]),) if known else ()
    rows = {n for w in query.wishes for n in index.facet_rows(w.exact or w.alike).tolist()}
    return tuple(p for p in places if shown[p].n in rows)


# --- who made it -----------------------------------------------------------------------------------------------------

_PLAYERS = frozenset("cast actors actor stars starring performers 演员 主演 卡司".split())
_PLAYER = r"actors?|actress(?:es)?|cast|stars?"
_ROLE = rf"director|author|writer|artist|singer|band|group|musician|composer|brand|maker|manufacturer|creator|company|film ?maker|rapper|{_PLAYER}"
_ROLE_ZH = "导演|作者|作家|歌手|乐队|乐团|品牌|厂家|演员|主演"
_DID = r"(?:\s+(?:make|made|do|done|direct(?:ed)?|wr(?:ite|itten|ote)|record(?:ed)?|releas(?:e|ed)|sing|sung|sang|sell|play(?:ed)?(?: in)?|been in|star(?:red)? in))?"
_ELSE = r"(?:what\s+(?:else|other\s+\w+)\s+(?:did|has|have|does)\s+)?"
_DONE_ZH = r"(?:还(?:有|[拍写唱演出做][过了]?)(?:些)?(?:什么|哪些|别的|其他的?)?(?:电影|片子|歌|书|小说|作品)?[吗呢]?)"
_MADE = regex(
    rf"{_ELSE}\b(?:the\s+)?(?:same\s+)?(?P<role>{_ROLE})\s+(?:of|behind|as|in)\s+(?P<of>{_M}){_DID}|{_ELSE}(?P<whose>{_M})['’]s\s+(?P<role2>{_ROLE})\b{_DID}"
    rf"|(?:跟|和|与)?(?P<zh>{_M})(?:歌|电影|片子|书)?(?:同一?个?|一样的|的)?(?P<role3>{_ROLE_ZH})(?:的)?{_DONE_ZH}?|(?P<by>\b(?:by|from)\s+{_M})", re.I)  # fmt: skip
_THEIRS = regex(rf"\b(?:by|from)\s+(?:him|her|(?:the\s+same|this|that)\s+(?P<role>{_ROLE}))\b|(?<=\bmore\s)of\s+(?:him|her|h(?:is|ers))\b|(?:^|(?<=[来点些听看]))(?:他|她|(?:这|那|同一?)个?(?P<role2>{_ROLE_ZH}))的(?=(?:歌|电影|书|作品|片子|其他|别的|$))", re.I)


def by_maker(clause: str, marked: Marked, index: Index, shown: Sequence[Item], focus: int | None) -> str:
    """A clause with the name of whoever made an item in the place of "the director of 2", "by her", 第二部的导演. `focus` is the place of the item
    spoken of last; without one, "her" is who made most of what was shown."""

    def named(m: re.Match[str]) -> str:
        mark = m["of"] or m["whose"] or m["zh"] or m["by"]
        places = marked.places(mark)
        if m["by"]:
            word = marked.words[int(MARK.search(mark)[1])].lower()  # type: ignore[index]
            places = _theirs(shown, focus) if word == "them" else places if mark.lower().startswith("by") else ()
        name = _maker(index, [shown[p] for p in places], m["role"] or m["role2"] or m["role3"] or "")
        return m[0] if not name else f"{name}的" if m["zh"] else f"by {name}" if m["by"] else name

    def theirs(m: re.Match[str]) -> str:
        name = _maker(index, [shown[p] for p in _theirs(shown, focus)], m["role"] or m["role2"] or "")
        return m[0] if not name else f"{name}的" if has_cjk(m[0]) else f"by {name}"

    return _THEIRS.sub(theirs, _MADE.sub(named, clause)) if shown else clause


def _theirs(shown: Sequence[Item], focus: int | None) -> tuple[int, ...]:
    if focus is not None:
        return (focus,)
    creators = [i.creator for i in shown]
    most = max((c for c in creators if c), key=creators.count, default=None)
    return () if most is None else (creators.index(most),)


def _maker(index: Index, items: Sequence[Item], role: str) -> str:
    """The first of those who made the first of these items, or who play in it if that is asked for."""
    if not items:
        return ""
    players = re.fullmatch(rf"{_PLAYER}|演员|主演", role, re.I)
    column = next((c for c in index.columns if (fold(c.name) in _PLAYERS if players else c.role is Role.CREATOR)), None)
    return next(iter(split(items[0].cells.get(column.name, ""), column.joiner)), "") if column else ""
