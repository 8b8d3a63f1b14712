"""Whether a request goes on with what was asked for or starts anew: "metal · but melodic" goes on, "metal · now some jazz" does not.

Rules that add up: cue words ("instead", "what about", 换成), the form of a whole request ("I want ...", 想看...), another thing of the same kind
(another genre), words of a change ("but", "more", "only"), and overlap with what was asked for. Leaves out: reading the request itself.
"""

from __future__ import annotations

import re

from msgspec import Struct

from recsh.index import Index
from recsh.regex import regex
from recsh.request import Query
from recsh.text import fold
from recsh.types import Role

NEW = 2.0  # from this score on it is a new topic

_KINDS = frozenset("genre genres category categories type types kind section sections topic topics subject 类型 流派 分类 类别 题材 风格 种类".split())
_CUE = regex(
    r"^(?:(?:ok(?:ay)?|so|well|hm+|no|nah|alright|right|cool|great|thanks|thank you|and|but)[, ]+)*(?:(?P<strong>now(?! (?:that|only|without|with|less|more)\b)|(?:let['’]?s|lets|let us) (?:do|try|have|go (?:with|for|to)|switch to|move (?:on )?to|talk about|look at|see|hear|watch)"
    r"|switch(?:ing)? to|moving on(?: to)?|next (?:up|topic)|(?:new|different|another|other|change of) (?:topic|subject|question|thing)s?|forget (?:that|it|about (?:that|it))|scrap that|on another note|something (?:completely |totally |entirely |very |quite )?(?:different|else))"
    r"|(?P<weak>actually(?:,? no(?=\s*[,.;:]|\s+(?:let|i|we|make|give|show|find|what|how|maybe)\b))?|what about|how about|instead|or maybe|maybe|i changed my mind|rather|on second thought|then))\b[\s,:.;-]*(?:some\s+)?", re.I)
_CUE_END = regex(r"[\s,]*\b(?P<weak>instead(?! of)|rather(?! than))(?=\s*(?:$|[,.;!?]))|[\s,]*\b(?P<strong>now|then)(?=\s*(?:$|[.!?]))[\s,]*", re.I)
_CUE_OF = regex(r"^(?:instead of|rather than) [\w' ]+?,\s*", re.I)
_CUE_ZH = regex(r"^(?:那就?|嗯|好吧?|不是这种|不对|不)?[，,\s]*(?P<strong>算了(?:吧|不要了)?|换成|换个话题|换一下|换(?!一批|一换|几个|一?些|一组)|改成|改(?:看|听|买|去|找)|现在(?:想|要|来|看|听)?|不想[看听要]了|重新(?:来|找)|另外|接下来|别的话题)"
                     r"(?:吧)?[，,\s]*(?:换成|改成|来点|来|看点|听点|想看|想听|想去|要看|要买|想买|看|听)?|^那(?P<weak>[^，。]{1,8})呢[？?]?$")
_FORM = regex(r"\b(?:recommend|suggest|find me|i(?:['’]?m| am)? (?:want|need|looking for|would like|in the mood for|feel like|am after)|i['’]?d like|we(?:['’]re| are)? (?:want|need|looking for)|give me|gimme|show me|looking for|any good|do you have|got any|are there any|is there)\b|^(?:some|a|an|good|best|great)\s|\b(?:stories|songs|movies|films|books|novels|articles|music)\s*[?.!]*$|\b(?:songs?|movies?|films?|books?|novels?|music|articles?|places?) (?:like|about|for|by|with|to|from)\b"
                   r"|^(?:我)?(?:想|要)(?:看|听|读|去|买|找)|推荐|有没有(?!更)|^来[点首部一]|适合", re.I)
_CHANGE = regex(r"^(?:ok(?:ay)?[, ]+|hm+[, ]+|please[, ]+|yes[, ]+|no[, ]+)*(?:but|and|also|or|plus|with(?:out)?|more|less|only|just|not|no|nothing|in|from|under|over|before|after|since|set|by|for|of|that|which|where|who|those|them|these|the same|same|similar|make|keep|too|a bit|a little|slightly|even|any|except|avoid|don['’]?t|preferably|ideally|must|should|like)\b"
                     r"|\b(?:ones|too|as well|please)\s*[?.!]*$|^(?:但|可是|不过|而且|还要|也|再|更|要|只要|不要|别|不|除了|稍微|最好|必须|有)|[点些]的?$|的$", re.I)
_CHANGE_STRONG = regex(r"^(?:(?:can|could|would) (?:you|we|it|they|these|those) (?:please )?|i(?:'d)? (?:want|like|need|prefer) (?:it|them) |the same\b|same\b|similar\b|a (?:bit|little|touch|tad) |(?:slightly|somewhat) )*(?:be\b|add|mix in|throw in|make (?:it|them)|(?<=it )\S|(?<=them )\S|(?<=bit )\S|(?<=little )\S|(?<=touch )\S|(?<=tad )\S|and|but|also|with(?:out)?|more|less|only|just|not|no|except|plus)\b|\b(?:as well|too|also|this time)\b|也(?:可以|行|好|成)|^(?:能不能|可不可以|能|可以)?(?:再|更)?[^，。]{1,6}[一点][点些](?:的|吗|吧)*$|^(?:同样|一样|类似)的?[，,]|^(?:但|也|还要|而且|只要|不要|更|再)", re.I)


class Cut(Struct, frozen=True):
    """A request without its words of turning: `ask` what is left, `cue` how surely they say that something new begins (0, 1.5 or 2)."""

    ask: str
    cue: float


def cut(said: str) -> Cut:
    """Take "now", "instead", "let's do", 换成 and the like off a request."""
    ask, cue = said.strip(), 0.0
    for pattern in (_CUE_OF, _CUE, _CUE, _CUE_END, _CUE_ZH):
        m = pattern.search(ask)
        if not m:
            continue
        groups = m.groupdict()
        cue = max(cue, 2.0 if groups.get("strong") or pattern is _CUE_OF else 1.5)
        ask = (groups["weak"] if pattern is _CUE_ZH and groups.get("weak") else ask[: m.start()] + " " + ask[m.end() :]).strip(" ,.;:，。")
    return Cut(ask, cue)


def kind_columns(index: Index) -> set[str]:
    """The tag columns that say what a thing is: genre, category, type; the first tag column if none is called so."""
    tags = [c.name for c in index.columns if c.role is Role.TAGS]
    return {name for name in tags if fold(name) in _KINDS} or {*tags[:1]}


def is_new(said: str, cue: float, asked: Query, now: Query, index: Index) -> bool:
    """Whether the request `asked`, said as `said` (its cue words cut off), starts a new topic beside what holds `now`.

    What has no wish of its own (bounds, leanings, refusals) never does.
    """
    own = {f for w in asked.wishes for f in (*w.exact, *w.alike)}
    held = {f for w in now.wishes for f in (*w.exact, *w.alike)}
    kinds = kind_columns(index)
    main = {f for w in asked.wishes for f in w.exact or w.alike if kinds & index.columns_of([f])}
    names = any(w.creator for w in asked.wishes) or any(r.liked for r in asked.references)
    bare = [w for w in asked.words if w not in now.words]
    if not (own or names or bare):
        return False
    if cue and not (main or names) and len(bare) < 2 and not _FORM.search(said) and not (cue == 2 and own):
        return False
    score = cue
    if _FORM.search(said) and not _CHANGE_STRONG.search(said):
        score += 1.0
    main_held = {f for f in held if kinds & index.columns_of([f])}
    if main and main_held and not main & held and index.columns_of(main | main_held) <= {c.name for c in index.columns if not c.joiner}:
        return True  # nothing is in two categories: whatever stands around it, this is no addition
    if main and not main & held and (main_held or now.references or any(w.creator for w in now.wishes)):
        score += 2.0 if index.columns_of(main) & index.columns_of(main_held) or not main_held else 0.5
    elif names and not main and (cue == 2 or not _CHANGE.search(said)):
        score += 1.0
    elif cue and (len(bare) >= 2 or len(asked.wishes) >= 2):
        score += 0.5
    if _CHANGE_STRONG.search(said):
        score -= 1.5
    elif _CHANGE.search(said) and cue < 2:
        score -= 0.75
    if own & held:
        score -= 1.0
    return score >= NEW
