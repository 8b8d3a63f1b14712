"""What a request does not want: "not live", "nothing by U2", "except horror", 不要恐怖片.

Leaves out: numbers that are not wanted ("not from the 90s", see `conditions`).
"""

from __future__ import annotations

import re

from recsh.request import Exclusion, Reading, facets_saying, search_words, tags_with
from recsh.text import has_cjk

_PARTS = re.compile(r"\s*(?:,|，|、|/|\band\b|\bor\b|\bnor\b|和|或|也?不要|也?不想)\s*")
_BEGINNINGS = re.compile(
    r"^(?:(?:no|not|nothing|never|without|any|the|a|an|too|very|much|of|by|from|with|in|for|about|on|set|things?|stuff|songs?|movies?|films?|books?|anything|also|just|that|which|are|is|have|has)\s+)+",
    re.I,
)
_ENDS = re.compile(r"(?:\s+(?:again|ones?|stuff|things?|at all|songs?|movies?|films?|books?|music|though|either|please|pieces?|stories))+$", re.I)
_AROUND_ZH = re.compile(r"^(?:在|太|很|那种|有)+|(?:类型|之类|方面|题材|电影|歌曲|音乐|的)+$")
_EXCEPT = re.compile(
    r"(?:,|，|\band\b|\bbut\b|\bor\b)?\s*\b(?:but\s+)?(?:not(?: too| so| very| overly)?(?! only| just| sure| really| seen| much| bad| to mention| a fan)|no(?! more than| less than| one\b| idea|t\b| problem| matter)|without(?: any)?|nothing(?: too| by| from| with| about)?|non-?|except(?: for)?|excluding|anything but|other than|apart from|besides|avoid(?:ing)?|less|minus|free of|neither|never|(?:i )?(?:don'?t|do not|doesn'?t|does not|didn'?t) (?:want|like|need|have|contain|include|involve|care for|enjoy)(?: any| anything)?(?: to (?:see|hear|read|watch|listen to|use|be))?|hate|(?:i'?m )?(?:tired|sick) of|allergic to|(?:isn'?t|aren'?t|is not|are not|that isn'?t)(?: too)?|can'?t (?:stand|eat|have))"
    r"\s+(?:any\s+|a\s+|an\s+|the\s+|too\s+|of\s+|by\s+|from\s+|with\s+|in\s+|more\s+|that\s+|it\s+|be\s+|being\s+)*([^,.;!?:，。；！？()]+?)(?=\s*(?:[,.;!?:，。；！？()]|\bbut\b|\bplease\b|\bsince\b|\bbecause\b|\bwhich\b|$))",
    re.I,
)
_EXCEPT_ZH = re.compile(r"(?:不要|别给我|别(?!的|人|墅|致)|不想看|不想听|不想要|不喜欢|不看|不听|讨厌|除了|(?<!有)没有|不含|不带|(?<!除)非(?!常|洲)|不吃|拒绝)(?:有|是|太|看|听|任何)?([^，。！？,.!?；;以]{1,12}?)(?:的(?:电影|歌|片子|片|书|音乐)?|以外|之外|(?=[，。！？,.!?；;]|$))"
    r"|(?<![^，,。；;\s])([^，。！？,.!?；;]{1,8}?)的?除外")
DANGLING = re.compile(r"\b(?:but\s+)?(?:not|no|nothing|except)\s*(?=[,.;]|$)|(?:不是|不要)\s*(?=[，。,.;]|的?$)", re.I)


def read_exclusions(r: Reading) -> None:
    """Take every "not ..." out of `r.rest` and into `r.excluded`."""

    def take(m: re.Match[str]) -> str:
        wanted = {*search_words(m.string[: m.start()] + " " + m.string[m.end() :])}
        for part in _PARTS.split(next(g for g in m.groups() if g)):
            _exclude(r, part.strip(), wanted)
        return " , "

    r.rest = _EXCEPT.sub(take, r.rest)
    if has_cjk(r.rest):
        r.rest = _EXCEPT_ZH.sub(take, r.rest)


def _exclude(r: Reading, words: str, wanted: set[str]) -> None:
    """Resolve one unwanted thing; `wanted` are the words of the rest of the request."""
    words = _ENDS.sub("", _BEGINNINGS.sub("", words)).strip()
    if has_cjk(words):
        words = _AROUND_ZH.sub("", words)
    if not words or not search_words(words):
        return
    hit = r.find(words, False)
    if hit and (hit.creator or len(words.split()) > 1 or has_cjk(words)):
        r.excluded.append(Exclusion(words, rows=hit.rows))
        return
    facets = facets_saying(r.index, words)
    if not facets and not has_cjk(words) and (found := r.find(words, True)) and found.creator:
        r.excluded.append(Exclusion(words, rows=found.rows))
        return
    rest = search_words(words)
    if not facets:
        # No tag for the whole phrase: tags that have all of its words, else those that are one of its words, but never what is asked for
        # ("war films, not about world war two" must not cost every war film).
        facets = sorted(set.intersection(*({f.f for f in tags_with(r.index, w)} for w in rest)))
        facets = facets or [f for w in rest if w not in wanted for f in facets_saying(r.index, w)]
    r.excluded.append(Exclusion(words, tuple(facets), tuple(rest)))
