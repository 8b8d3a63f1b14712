"""A situation told in everyday words as a wish for what suits it, as far as the catalog has tags for that.

    "she left me last night"         ->  breakup; where no row has that, heartbreak, or what is sad
    "rock songs to clean the house"  ->  rock first, and of that what is happy, energetic or good to dance to
    心里堵得慌                        ->  伤感, 治愈
    "I'm sad, but nothing sad"       ->  comfort

What suits which situation stands in `words/situations.txt`. What is told of somebody else ("a novel about a man who can't sleep"), turned down ("not for the gym") or a
title ("Starting Over") is no situation. Leaves out: whom it is for (see `audience`), moods that are turned down (see `opposites`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from recsh.index import Facet, Index, facet_key
from recsh.lexicon import STOP, same
from recsh.regex import regex
from recsh.request import Reading, Wish, is_tag
from recsh.text import fold, has_cjk, tokens
from recsh.wishes import EVERY, weight_of

ENOUGH = 8  # rows that have the first of what suits, before the next counts as much
BESIDE = 0.5  # of what else is asked for, the most that a situation counts beside it
SAID = 3  # tags that a situation is put in for the vectors, where a catalog has them

_PARTNER = r"(?:boyfriend|girlfriend|bf|gf|husband|wife|partner|fianc[eé]e?|lover|fella|bloke|missus|other half|crush|soulmate|sweetheart)"
_KIN = r"(?:mum|mom|mam|mother|dad|father|papa|parents|gran|granny|grandma|grandmother|nan|nana|grandpa|grandad|granddad|grandfather|grandparents|brother|sister|son|daughter|uncle|aunt|cousin|best friend|friend|family|baby)"
_PET = r"(?:dog|cat|puppy|kitten|horse|rabbit|hamster|parrot|pony|pet)"
SLOTS = {
    "ex": rf"(?:him|her|them|someone|somebody|(?:(?:my|our|his|her|the|a|an|this|that)\s+)?(?:\w+\s+)?(?:ex(?:[-\s]{_PARTNER})?|{_PARTNER}))",
    "love": rf"(?:he|she|they|(?:(?:my|the|our)\s+)?(?:\w+\s+)?(?:ex(?:[-\s]{_PARTNER})?|{_PARTNER}))(?:['’]s)?",
    "him": rf"(?:you|him|her|my\s+(?:{_PARTNER}|ex|love|baby|man|girl|person))",
    "kin": rf"(?:my|our)\s+(?:late\s+)?{_KIN}",
    "pet": rf"(?:my|our)\s+(?:old\s+|beloved\s+)?{_PET}",
    "i": r"(?:i['’]?m|i\s+am|we['’]?re|we\s+are|i['’]?ve\s+been|i\s+feel|feeling|feel|i\s+was|been|i\s+keep)",
    "deg": r"(?:\s+(?:so|really|very|just|all|pretty|quite|a\s+bit|a\s+little|kinda|kind\s+of|totally|completely|too|such|absolutely|feeling|just|finally|already|being|getting|an?|such\s+an?|always|still|also|even|much|my|the|our|again|usually))*",
    "他": "(?:他|她|ta|你|对方|前任|男友|女友|男朋友|女朋友|对象|男神|女神|那个人|一个人|某人|前男友|前女友)",
    "对象": "(?:男朋友|女朋友|男友|女友|对象|老公|老婆|媳妇|爱人|未婚夫|未婚妻|另一半|暗恋的人|心上人)",
    "亲人": "(?:爷爷|奶奶|外公|外婆|姥姥|姥爷|爸爸?|妈妈?|父亲|母亲|老爸|老妈|亲人|家人|爱人|老公|老婆|朋友|同学|哥哥|姐姐|弟弟|妹妹)",
    "宠物": "(?:猫咪?|狗狗?|猫猫|宠物|兔子|毛孩子|小猫|小狗|仓鼠)",
    "娃": "(?:孩子|宝宝|娃|儿子|女儿|小朋友|宝贝)",
    "亲朋": "(?:朋友|闺蜜|兄弟|同事|合伙人|男友|女友|老公|老婆)",
}
_OPTIONAL = regex(r" (\([^()]*\))\?")
_LEADING = regex(r"^(\([^()]*\))\? ")
_LETTERS = regex("[a-z]+")
_GROUP = regex(r"\([^()]*\)\??")
_VARIES = regex(r"\{\w+\}|\.\.\.|\w\?|[*'~.]")
# Words that a phrase may have among others, but does not consist of.
_GLUE = frozenset("the and for with that this you your was were are has have had will not but from its our his her she they them all any some one too very just".split())
# What is said of the same time, or goes on telling: "last night", "after three months", "all weekend".
_TAIL = regex(
    r"(?:\s+(?:again|today|tonight|tomorrow|yesterday|lately|recently|right\s+now|at\s+the\s+moment|these\s+days|all\s+(?:day|night|week|weekend|morning)|(?:this|last|next|on|every)\s+(?:night|week|weekend|month|year|morning|evening|afternoon|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|(?:after|for|in)\s+(?:\w+\s+){1,2}(?:hours?|days?|weeks?|months?|years?)|(?:with|by|from)\s+(?:my|the)\s+" + _PARTNER + r"))+(?![\w-])", re.I)
_TURNED = regex(
    r"\b(?:no|nor|not|nothing|none|without|never|avoid(?:ing)?|except|excluding|hates?|instead\s+of|rather\s+than|less|isn['’]?t|(?:do|does)n['’]?t\s+(?:want|like|need)|nobody\s+wants)\b(?:(?!\bbut\b)[^,.;:!?，。])*$"
    r"|(?:不要|别|不想|不是|没有|除了|不|非|没)[^，。,.;；！!？?]{0,3}$", re.I)
_TOLD = regex(
    r"\b(?:about|where|whose|starring|featuring|follows|story\s+of|tale\s+of|titled|called|named|by|like(?<!feel like)(?<!feels like)(?! to\b)|similar\s+to|(?:man|woman|men|women|girls?|boys?|couple|hero|heroine|detective|family|teenager|character|people|guy)\s+(?:who|that))\b[^,.;:!?]*$"
    r"|(?:关于|讲述?|描写|主题是|叫|名为|像|类似)[^，。,.;；！!？?]{0,8}$", re.I)
# The rest of a clause in which somebody tells of himself says no more of what he wants; that of one that asks does.
_BOUND = regex(r"[,.;:!?，。；：！？\n]|\b(?:and|but|so|because|since|although|though|while|yet|then|or)\b", re.I)
_TELLS = regex(r"\b(?:i|my|me|we|our|us|he|she|his|him|her|they|is|was|were|has|have|had|been)\b|['’](?:m|re|s|ve|d)\b", re.I)
_ASKS = regex(
    r"\b(?:songs?|music|tracks?|tunes?|playlists?|albums?|artists?|bands?|singers?|films?|movies?|series|shows?|books?|novels?|reads?|games?|places?|trips?|holidays?|something|anything|somewhere|stuff|things?|news|want|wants|need|needs|give|recommend|suggest|find|looking|play|some|any|with|for|without|like|under|below|over|gift|presents?)\b|\d"
    r"|[歌曲书片剧]|音乐|电影|小说|推荐|想[看听读去要]|来[点首部本]", re.I)


class Situation(Struct, frozen=True):
    """`words` as they stood in the request, and what suits, best first."""

    words: str
    moods: tuple[str, ...]


@cache
def foreseen() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(what suits, phrases) of every line of the file."""
    out, moods = [], ()
    for line in (Path(__file__).parent / "words" / "situations.txt").read_text("utf-8").split("\n"):
        if line.startswith("~> "):
            moods = tuple(line[3:].split(", "))
        elif line and line[0] != "#":
            out.append((moods, line))
    return tuple(out)


@cache
def pattern(phrase: str) -> re.Pattern[str]:
    """A phrase of the file as a regular expression."""
    source = _LEADING.sub(r"(?:\1 )?", phrase).replace("...", "…").replace(".", r"\.")
    source = source.replace(" {deg}", "{deg}").replace(" … ", r"(?: [\w'’-]+){0,3}? ").replace("~", "[^，。,.！!？?；;\\s]{0,6}?")
    source = _OPTIONAL.sub(r"(?: \1)?", source).replace("/", "|").replace("*", r"\w*") if not has_cjk(phrase) else source.replace("/", "|")
    source = re.sub(r"\((?!\?)", "(?:", source)
    source = re.sub(r"\{(deg|i|ex|love|him|kin|pet|他|对象|亲人|宠物|娃|亲朋)\}", lambda m: SLOTS[m[1]], source.replace("'", "['’]?"))
    source = source.replace(" ", r"\s+")
    return regex(source if has_cjk(phrase) else rf"(?<![\w'’-])(?:{source})(?![\w'’-])", re.I)


@cache
def _core(phrase: str) -> str:
    """The longest run of a phrase that stands in every text that it matches."""
    while (bare := _GROUP.sub("|", phrase)) != phrase:
        phrase = bare
    return max(_VARIES.sub("|", phrase).split("|"), key=len).strip()


def _near(text: str) -> list[tuple[tuple[str, ...], str]]:
    """(what suits, phrase) of every phrase that has words of this text in it: the others are not even compiled."""
    if has_cjk(text):
        pairs = {(a, b) for a, b in zip(text, text[1:], strict=False) if has_cjk(a) and has_cjk(b)}
        may = lambda p: (any(a in p and b in p for a, b in pairs) or ("{" in p or "~" in p) and any(a in p for a, _ in pairs)) and _core(p) in text  # noqa: E731
        return [(moods, p) for moods, line in foreseen() if has_cjk(line) for p in line.split(" | ") if may(p)]
    stems = {w[:4] for w in _LETTERS.findall(text) if len(w) > 2 and w not in _GLUE}
    has = lambda p: any(w in p for w in stems)  # noqa: E731
    bare = " ".join(text.split())
    return [(moods, p) for moods, line in foreseen() if has(line) and not has_cjk(line) for p in line.split(" | ") if has(p) and _core(p) in bare]


def read_situations(r: Reading) -> list[Situation]:
    """Take the situations that are told out of the request."""
    found: list[tuple[int, int, tuple[str, ...]]] = []
    text = r.rest
    for moods, phrase in _near(text.lower()):
        found += [(*m.span(), moods) for m in pattern(phrase).finditer(text)]
    out: list[Situation] = []
    taken: list[tuple[int, int]] = []
    for start, end, moods in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        if any(a < end and start < b for a, b in taken) or _is_other(r, text, start, end) or _is_part(r.index, text, start, end):
            continue
        tail = _TAIL.match(text, end)
        said = start, tail.end() if tail else end
        whole = _whole(text, *said)
        if not any(_tags(r.index, moods).values()) or whole == said and (_is_tag(r.index, text[start:end]) or _says(r.index, text[start:end], moods)):
            continue
        out.append(Situation(text[start:end], moods))
        taken.append(whole)
    for start, end in sorted(taken, reverse=True):
        r.rest = f"{r.rest[:start]} , {r.rest[end:]}"
    return out


def _is_other(r: Reading, text: str, start: int, end: int) -> bool:
    """Whether words that a situation is told in are turned down here, told of somebody else, or a title."""
    before = text[:start]
    if _TURNED.search(before) or _TOLD.search(before):
        return True
    words = text[start:end]
    if " " in words and words == words.title() and not words.isupper():
        return True
    bare = text.strip(" .!?")
    return len(words) >= len(bare) - 1 and not has_cjk(bare) and bare != bare.lower() and (hit := r.find(bare, False)) is not None and fold(hit.name) == fold(bare) and (bare[1:] != bare[1:].lower())


def _is_part(index: Index, text: str, start: int, end: int) -> bool:
    """Whether these words are a part of a longer Chinese one: 国风 of 中国风."""
    if not has_cjk(text[start:end]):
        return False
    around = {text[a:b] for a in range(max(0, start - 3), start + 1) for b in range(end, min(len(text), end + 3) + 1)} - {text[start:end]}
    return any(w in same() for w in around) or bool(index.facets(around))


def _is_tag(index: Index, words: str) -> bool:
    """Whether the catalog itself has a tag for these words ("road trip"): then they are read as such."""
    said = [words] if has_cjk(words) else tokens(words)
    while said and not _has(index, " ".join(said)):
        said = said[1:] if said[0] in STOP else said[:-1] if said[-1] in STOP else []
    return bool(said)


def _says(index: Index, words: str, moods: Sequence[str]) -> bool:
    """Whether one of these words says outright what suits, in the catalog's own tags: "somewhere warm", where places are warm. It is read as any wish."""
    parts = {words[a:b] for a in range(len(words)) for b in range(a + 2, min(len(words), a + 4) + 1)} if has_cjk(words) else {*tokens(words)} - STOP
    suited = {f.f for some in _tags(index, moods).values() for f in some}
    return any(f.f in suited for found in index.facets({k for part in parts for k in (part, *same().get(part, ()))}).values() for f in found)


def _has(index: Index, key: str) -> bool:
    return any(is_tag(index, f) for found in index.facets([key, *same().get(key, ())]).values() for f in found)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the telling begins and ends: the clause around these words, if it asks for nothing."""
    first = max((m.end() for m in _BOUND.finditer(text, 0, start)), default=0)
    last = next((m.start() for m in _BOUND.finditer(text, end)), len(text))
    around = f"{text[first:start]} {text[end:last]}"
    return (first, last) if not has_cjk(text) and _TELLS.search(around) and not _ASKS.search(around) else (start, end)


def suit(r: Reading, told: list[Situation]) -> str:
    """Wish for what suits these situations, and is not turned down; the tags that say so, "" if the catalog has none."""
    refused = {f for e in r.excluded for f in e.facets}
    outright = {f for w in r.wishes for f in (*w.exact, *w.alike)}
    wishes: dict[str, Wish] = {}
    said: dict[str, None] = {}
    for situation in told:
        found = suits(r.index, situation.moods, refused)
        if found and found[0].words not in wishes and not outright.intersection(found[0].exact):
            wishes[found[0].words] = found[0]
            said |= dict.fromkeys(found[1])
    own, total = sum(w.weight for w in r.wishes), sum(w.weight for w in wishes.values())
    scale = min(1.0, BESIDE * own / total) if own and total else 1.0
    r.wishes += [replace(w, weight=w.weight * scale) for w in wishes.values()]
    return ", ".join(said)


def suits(index: Index, moods: Sequence[str], refused: Set[int] = frozenset()) -> tuple[Wish, list[str]] | None:
    """A wish for what these words say, best first, and the tags that say it best; None where no row has any, or nearly every row has."""
    first: list[int] = []
    others: list[int] = []
    words: list[str] = []
    labels: list[str] = []
    rows = 0
    for mood, facets in _tags(index, moods).items():
        facets = [f for f in facets if f.f not in refused and f.f not in first and f.f not in others]
        if facets:
            words.append(mood)
            (first if rows < ENOUGH else others).extend(f.f for f in facets)
            rows += sum(f.count for f in facets)
            labels += [f.label for f in facets[:1] if len(words) <= SAID]
    rows = len(index.facet_rows([*first, *others]))
    return (Wish(words[0], tuple(first), (), weight_of(index, rows), False, tuple(others), tuple(words)), labels) if 0 < rows <= EVERY * index.rows else None


def _tags(index: Index, moods: Sequence[str]) -> dict[str, list[Facet]]:
    """Of each of these words, the tags that say it: its own first, then in other words."""
    keys = {mood: (facet_key(mood), *same().get(facet_key(mood), ())) for mood in moods}
    found = index.facets({k for some in keys.values() for k in some})
    return {mood: [f for key in dict.fromkeys(some) for f in found.get(key, ()) if is_tag(index, f)] for mood, some in keys.items()}
