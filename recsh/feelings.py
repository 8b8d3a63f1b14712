"""What is said of an item -> a verdict: "loved it", "not bad", "wasn't for me", "already seen", "4 out of 5", 不错, 太无聊了, 看过了.

    >>> judge("not bad at all")
    Judgement(verdict=<Verdict.LIKE: 'like'>, value=None, sure=True)
    >>> judge("is okay I guess").sure
    False

A small lexicon with weights in -1..1, negation, hedges. Leaves out: which item is meant (see `mentions`), and whether it is a verdict at all
or a wish ("I love jazz", see `turns`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from recsh.numerals import value_of
from recsh.regex import regex
from recsh.text import has_cjk
from recsh.types import Verdict

SURE = 0.4  # a feeling weaker than this is asked back


class Judgement(Struct, frozen=True):
    """A verdict; `value` a rating's 1 to 5; `sure` False if it is better asked back."""

    verdict: Verdict
    value: float | None = None
    sure: bool = True


_FEELINGS = {
    1.0: r"love[ds]?|loving|adore[ds]?|perfect|amazing|awesome|excellent|fantastic|brilliant|wonderful|masterpiece|favou?rites?|incredible|superb|gorgeous|beautiful|outstanding|stunning|phenomenal|banger|genius"
         r"|spot on|nail(?:ed|s) it|hits? the spot|right up my alley|the best|best one|blew me away",
    0.7: r"great|lovely|enjoy(?:ed|s)?|liked|likes?|good|nice|cool|fun|funny|interesting|sweet|charming|works? for me|promising|appeal(?:s|ing)|fits|solid|well done|delightful|touching|intriguing|(?:looks?|sounds?|seems?) (?:right|tempting)|thumbs up|prefer(?:red)?|rocks|rules|slaps|better",
    0.45: r"decent|fine|all right",
    0.2: r"ok(?:ay)?|alright|watchable|passable|could work|i suppose",
    -0.2: r"so[- ]so|average|forgettable|nothing special|meh|mediocre|whatever|middling|bland",
    -0.7: r"bor(?:ing|ed)(?: me)?|dull|disliked?s?|bad|lame|overrated|annoying|disappoint(?:ing|ed)|weak|uninteresting|tedious|cheesy|silly|stupid|ugly|weird|pretentious|too \w+|not so much|couldn['’]?t finish|gave up|thumbs down|nope|no thanks|least favou?rite|worse|worst of|did(?:n['’]?t| not) finish|fell asleep|put me to sleep|(?:looks?|sounds?|seems?) (?:wrong|off)|pass[eé]",
    -1.0: r"hate[ds]?|hating|terrible|awful|horrible|worst|garbage|trash|rubbish|crap|suck(?:s|ed)|dreadful|disgusting|unbearable|can['’]?t stand|cannot stand|no way|despise[ds]?|loathe[ds]?|detest(?:ed)?",
}  # fmt: skip
_FEELING = regex(r"\b(?:" + "|".join(f"(?P<f{n}>{p})" for n, p in enumerate(_FEELINGS.values())) + r")\b", re.I)
_WEIGHTS = tuple(_FEELINGS)
_NOT_MINE = regex(r"(?:\bnot|n['’]?t|\bnever)\s+(?:really |quite |exactly |at all )?(?:for me|my (?:thing|taste|style|cup of tea|jam|vibe)|a fan(?: of)?|into|what i)|\bno good\b", re.I)
_MINE = regex(r"\b(?:is|was|totally|so|very|really)\s+(?:my (?:thing|taste|style|cup of tea|jam|vibe)|me)\b", re.I)
_PICK = regex(r"^⟦\d+⟧\s+(?:it|⟦\d+⟧)\s+is$|\b(?:take|go(?:ing)? (?:with|for)|sold on|yes to)\s+(?=⟦)|[👍❤]", re.I)
_DOWN = regex("[👎💔🤮]")
_NOT = regex(r"\b(?:not|never|hardly|no|(?:is|was|are|were|do|does|did|wo|ca|could|would)n['’]?t)\s+(?:(?:really|that|so|very|too|all that|particularly|quite|much|a|an|the|at all|like)\s+)*$", re.I)
_HEDGE = regex(r"\b(?:i guess|maybe|perhaps|kind of|kinda|sort of|sorta|probably|might|not sure|i suppose|could be)\b|可能|也许|大概|好像|应该", re.I)
_STARS = regex(rf"\b(\d(?:\.5)?|one|two|three|four|five)\s*(?:-\s*)?stars?\b|\b(\d{{1,2}}(?:\.\d)?)\s*(?:/|out of)\s*(5|10|five|ten)\b|\brate[ds]?\b[^\d]*?(?:{'⟦'}\d+{'⟧'}[^\d]*)?(\d(?:\.5)?)\b(?!{'⟧'})|([\d一二两三四五]+(?:\.5)?)\s*(?:颗?星|分)", re.I)
_KNOWN = regex(
    r"\b(?:(?:i['’]?ve|i have|we['’]?ve|have|already|had|i['’]?d|i|we)\s+(?:all\s+)?(?:already\s+)?(?:seen|watched|read|heard|listened to|played|tried|visited|been(?: to| there)?|finished|bought|got|own(?:ed)?|know|have|did)"
    r"|(?:seen|watched|read|heard|visited|been to|been there|own|know|bought|got)\b(?=.*\balready\b|\s*⟦|\s+(?:it|that|this)\b)|already (?:seen|know|own|have|got|read)|familiar with)\b"
    r"|^(?:seen|watched|read|heard)\b|(?:看|听|读|去|买|玩|吃|用)过|已经(?:看|听|读|去|有|买)|(?:我|都|已经)?有了$|(?:我|都|早就)知道", re.I)  # fmt: skip
_NOT_KNOWN = regex(r"\b(?:haven['’]?t|have not|not|never|didn['’]?t)\s+(?:yet\s+)?(?:seen|read|heard(?: of)?|watched|been)\b|\b(?:do not|don['’]?t) know\b|没(?:有)?(?:看|听|读|去)过", re.I)
_SKIP = regex(r"\b(?:skip|remove|drop|delete|take out|take away|pass on|hide|not now|maybe later|not today|none of)\b|^(?:no|not)\s+(?:more\s+)?(?=⟦)|already (?:showed|shown|suggested|recommended|gave|had)|^pass$|跳过|去掉|删掉|不[要是](?=⟦)|先不(?:看|听|要)|都不(?:要|行|想)", re.I)

_ZH = (
    (1.0, r"超爱|最爱|超喜欢|完美|太棒|很棒|真棒|绝了|神作|太好(?:看|听|了)|非常好|精彩|震撼|好极了|爱了|百看不厌|(?<!可)爱(?!情|国|好|人)"),
    (0.7, r"不错|喜欢|好看|好听|好吃|好玩|好用|很好|挺好|真好|都好|棒|赞|有意思|有趣|可以的|合适|就(?:它|这个|⟦\d+⟧)了|感动|好$"),
    (0.2, r"还行|还可以|还好|凑合|一般般?|马马虎虎|可以"),
    (-0.7, r"无聊|没意思|没劲|难看|难听|老套|太(?!棒|好|爱|赞)[^，。！!]{1,4}|不怎么样|差劲|很差|太差|失望|不行|看不下去|不合适|不适合|不感兴趣|没兴趣|俗"),
    (-1.0, r"讨厌|垃圾|烂|恶心|最差|受不了"),
)
_ZH_NOT = regex(r"(?:不|没|不太|不是很|不怎么|并不)$")


def judge(said: str) -> Judgement | None:
    """The verdict in a clause (marks of `mentions` may stand in it), None if it has none. Rating, then known, skipped, liked or not."""
    if m := _STARS.search(said):
        return _rated(m)
    if _KNOWN.search(said) and not _NOT_KNOWN.search(said):
        return Judgement(Verdict.CONSUMED)
    feeling = _feeling_zh(said) if has_cjk(said) else _feeling(said)
    if _SKIP.search(said) and not feeling:
        return Judgement(Verdict.SKIP)
    if not feeling:
        return None
    strength = abs(feeling) * (0.5 if _HEDGE.search(said) else 1.0)
    return Judgement(Verdict.LIKE if feeling > 0 else Verdict.DISLIKE, sure=strength >= SURE)


def _rated(m: re.Match[str]) -> Judgement | None:
    value = value_of(next(g for g in (m[1], m[2], m[4], m[5]) if g))
    value = value / 2 if m[3] in ("10", "ten") or (m[5] and value > 5) else value
    return Judgement(Verdict.RATING, min(5.0, max(1.0, value))) if value <= 5 else None


def _feeling(said: str) -> float:
    """How a clause feels, -1..1, 0 for nothing: its strongest word, negated or not."""
    if _NOT_MINE.search(said) or _DOWN.search(said):
        return -0.7
    if _PICK.search(said):
        return 1.0
    found = [0.7] if _MINE.search(said) else []
    for m in _FEELING.finditer(said):
        weight = next(w for n, w in enumerate(_WEIGHTS) if m[f"f{n}"])
        if m[0].lower() in ("like", "likes") and not re.search(r"(?:\b(?:i|we|really|do|don['’]?t|did|didn['’]?t|not|she|he|they|quite|also)\s+(?:really\s+)?|^)$", said[: m.start()], re.I):
            continue  # "sounds like rain"
        if _NOT.search(said[: m.start()]) and not m[0].lower().startswith(("no ", "not ", "can")):
            # "not great" is weaker than "bad"; "not bad" is a mild yes.
            weight = -0.5 if weight > 0.3 else 0.5 if weight < -0.3 else -weight
        found.append(weight)
    return max(found, key=abs, default=0.0)


def _feeling_zh(said: str) -> float:
    found = []
    for weight, pattern in _ZH:
        for m in re.finditer(pattern, said):
            negated = _ZH_NOT.search(said[: m.start()]) is not None and not m[0].startswith(("不", "没"))
            found.append((len(m[0]) + 2 * negated, -0.7 if negated and weight > 0 else 0.5 if negated else weight))
    if "一般" in said:
        found.append((9, -0.2))
    return max(found, default=(0, 0.0))[1]


def unknown(said: str) -> bool:
    """Whether a clause says that something is not known yet: "haven't heard 2", 第二个没看过."""
    return _NOT_KNOWN.search(said) is not None


def only_opinion(said: str) -> bool:
    """Whether a clause says nothing but what someone thinks ("meh", "seen it", "not bad at all"), so that it is no wish."""
    bare = _STARS.sub(" ", said)
    for pattern in (_PICK, _DOWN, _KNOWN, _SKIP, _NOT_MINE, _MINE, _HEDGE, _FEELING):
        bare = pattern.sub(" ", bare)
    for _, pattern in _ZH:
        bare = re.sub(pattern, "", bare)
    bare = re.sub(r"⟦\d+⟧|\b(?:it|that|this|these|those|them|they|is|was|were|are|am|i|i['’]m|we|you|my|me|not|n['’]t|do|don['’]?t|did|didn['’]?t|isn['’]?t|wasn['’]?t|really|very|so|too|much|pretty|quite|just|a|an|the|of|all|at|again|already|but|and|for|to|one|ones|list|absolutely|totally|bit"
                  r"|ugh|wow|oh|hm+|ha(?:ha)+|yeah|well|what|how|please|though|actually|one|both|looks?|sounds?|seems?|here|there|time|now|yet|before|twice|give|rate|put|get|got|stars?|let['’]?s|ll|i['’]?ll|you|showed|thumbs|except|besides|other|than|during|tonight|today|it['’]s|that['’]s|they['’]re)\b"
                  r"|[都了的很挺超太真我也就是过呢啊吧还给打把看听得觉这那个些不没非常特别有点首部本]", "", bare, flags=re.I)
    return not re.sub(r"[\W_]+", "", bare)
