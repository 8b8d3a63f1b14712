"""Which of the items just shown a person speaks of: "the second", "1 and 3", "the last two", "all of these", "it", 第二首, 前两个, a title, "the U2 one".

`mark` puts a mark in the place of each mention, so that what is said around it can be read by itself. Leaves out: what is said of them (see
`feelings`), and items that were not shown (see `turns`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, field

from recsh.lexicon import STOP
from recsh.numerals import value_of
from recsh.regex import regex
from recsh.text import fold, has_cjk, tokens
from recsh.types import Item

OPEN, CLOSE = "\u27e6", "\u27e7"
MARK = regex(rf"{OPEN}(\d+){CLOSE}")

_ORDINALS = {w: n for n, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}
_KIND = r"(?:ones?|songs?|tracks?|movies?|films?|books?|novels?|places?|results?|items?|suggestions?|recommendations?|picks?|options?|headlines?|stor(?:y|ies)|articles?|products?|pieces?|titles?|things?)"
_NTH = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last|final)"
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten)"
_AND = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|or|&)\s+|\s*[&+]\s*)"
_LAST_AND = r"(?:\s*,?\s+(?:and|or|&)\s+|\s*[&+/]\s*)"  # "the second, the first was boring" is no list
_RANGE = regex(rf"\b(?:the\s+)?(first|top|last)\s+(\d{{1,2}}|(?!one\b){_WORD}|few|couple)(?:\s+{_KIND})?\b(?!\s*(?:years?|minutes?|decades?|weeks?|months?|days?))", re.I)
_THE_NTH = regex(rf"\b(?:(?:the|that|your)\s+(?:very\s+)?)?{_NTH}(?:\s+{_KIND})?(?:(?:\s*,\s*(?:the\s+)?{_NTH}(?:\s+{_KIND})?)*{_LAST_AND}(?:the\s+)?{_NTH}(?:\s+{_KIND})?)?\b(?!\s+(?:time|year|decade|century|thing|part|night|date|half|love|person|world|of\s+all|class|grade|grader))", re.I)
_NUMBER = regex(rf"(?:\b(?:number|numbers|no\.?|nr\.?|rank|option|item|result)\s*|#)(?:\d{{1,2}}|{_WORD})\b(?:{_AND}(?:number\s*|#)?(?:\d{{1,2}}|{_WORD})\b)*", re.I)
_BARE = regex(rf"(?<![\w$€£.,:'’-])\d{{1,2}}(?:(?:\s*,\s*\d{{1,2}})*{_LAST_AND}\d{{1,2}}|(?:\s*,\s*\d{{1,2}}){{2,}})?(?![\w%:'’/-]|\.\d|,\d)", re.I)
_ALL = regex(r"\b(?:all|any|none|each|most)\s+of\s+(?:these|those|them|your\s+\w+)|\b(?:these|those|they|them)(?:\s+all)?\b|\ball\s+(?:these|those|\d{1,2}|three|four|five|ten)(?:\s+" + _KIND + r")?|\bboth(?:\s+of\s+(?:them|these))?\b|\bevery\s+one\b", re.I)
_REST = regex(rf"\bthe\s+(?:rest|others?|other\s+{_KIND}|remaining(?:\s+{_KIND})?)\b|其他的?(?=都|也|还)|其余的?", re.I)
_IT = regex(r"\b(?:it|that\s+one|this\s+one|that|this)\b(?!['’])|(?:这|那)(?:个|首|部|本|家|款|篇|条)(?!星期|月|周|时候)|它", re.I)
_CN = "一二两三四五六七八九十"
_CLASS = r"(?:[个首部本家款条篇张项名]|部电影|首歌|本书)"
_ZH_NTH = regex(rf"第\s*(?:[{_CN}]{{1,2}}|\d{{1,2}})\s*{_CLASS}?(?:\s*(?:[、，,]|和|跟|与|还有)\s*第?\s*(?:[{_CN}]{{1,2}}|\d{{1,2}})\s*{_CLASS}?)*(?!世纪|季|次|集)")
_ZH_RANGE = regex(rf"(前|最后|后)\s*([{_CN}几]|\d{{1,2}})?\s*{_CLASS}")
_ZH_BARE = regex(r"(?:^|(?<=[，。,\s喜欢厌像似])|(?<=[看听读去买]过)|(?<=买了))\d{1,2}号?(?:\s*[、和跟与,，]\s*\d{1,2}号?)*(?=\s*(?:都|很|挺|不|也|太|还|是|看|听|了|吗|[，。！？,?!]\s*\D|$))")
_ZH_ALL = regex(r"(?:这|那)(?:些|几[个首部本家]|[两三四五][个首部本家])|全部|所有的?|它们|^(?=都(?:看|听|读|去|不|很|挺|还|喜欢|讨厌))")
_NOUN_AFTER = regex(r"\s*(?:st|nd|rd|th|more|stars?|min|mins|minutes?|hours?|years?|days?|people|kids|pages?|songs?|movies?|films?|books?|tracks?|results?|options?|ideas?|others?|dollars?|bucks|out of|points?|of)\b|\s*/", re.I)
_RATED = regex(r"\d\s*/\s*\d|\bstars?\b|\bout of\b|\bthumbs\b|[👍👎]", re.I)
_COUNTED = regex(r"(?:\b(?:give|show|list|send)(?:\s+me)?|\btop|\bonly|\bjust|\bunder|\bover|\bbelow|\babove|\bthan|\bmax|\babout|\baround|\bfor|\bage[ds]?|\bsince|\bin|\brated|(?<!heard )\bof|\ba|\b(?:make|limit)\s+(?:it|to)|≤|<|>)\s*$", re.I)


class Marked(Struct):
    """A turn with marks for its mentions. `groups[k]` are the items' places in what was shown (0-based) that mark k stands for, empty for an "it"
    that could be anything; `words[k]` as typed."""

    text: str
    groups: list[tuple[int, ...]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def plain(self, text: str) -> str:
        """Text with its marks written out again."""
        return MARK.sub(lambda m: self.words[int(m[1])], text)

    def places(self, text: str) -> tuple[int, ...]:
        """The places that the marks in this text stand for, each once."""
        return tuple(dict.fromkeys(p for m in MARK.finditer(text) for p in self.groups[int(m[1])]))


def mark(text: str, shown: Sequence[Item], focus: int | None = None) -> Marked:
    """Mentions of what was shown, marked. `focus` is the place of the item spoken of last, if any."""
    out = Marked(text)
    if not shown:
        return out
    count = len(shown)

    def put(places: Sequence[int], words: str) -> str:
        out.groups.append(tuple(dict.fromkeys(p for p in places if 0 <= p < count)))
        out.words.append(words)
        return f"{OPEN}{len(out.groups) - 1}{CLOSE}"

    def numbers(m: re.Match[str]) -> str:
        # subtle: the "one" of "the second one" is no number.
        found = [_place(w, count) for w in re.findall(rf"\b{_NTH}\b", m[0], re.I) or re.findall(rf"\d{{1,2}}|\b{_WORD}\b", m[0], re.I)]
        found = [p for p in found if p is not None]
        return put(found, m[0]) if found else m[0]

    def bare(m: re.Match[str]) -> str:
        whole, at = m.string, m.start()
        if _NOUN_AFTER.match(whole[m.end() :]) or (_COUNTED.search(whole[:at]) and not _spoken_of(whole[:at], whole[m.end() :]) and "," not in m[0] and " and " not in m[0] and not _RATED.search(whole)):
            return m[0]
        places = [int(d) - 1 for d in re.findall(r"\d+", m[0])]
        return put(places, m[0]) if all(0 <= p < count for p in places) else m[0]

    def span(m: re.Match[str]) -> str:
        word = m[2].lower()
        size = 2 if word == "couple" else 3 if word == "few" else int(value_of(word))
        return put(range(count - size, count) if m[1].lower() == "last" else range(size), m[0])

    def zh_span(m: re.Match[str]) -> str:
        size = 3 if m[2] == "几" else int(value_of(m[2])) if m[2] else 1
        return put(range(size) if m[1] == "前" else range(count - size, count), m[0])

    def zh_nth(m: re.Match[str]) -> str:
        return put([int(value_of(w)) - 1 for w in re.findall(rf"[{_CN}]{{1,2}}|\d{{1,2}}", m[0])], m[0])

    text = _titles(text, shown, put)
    text = _ZH_RANGE.sub(zh_span, text)
    text = _ZH_NTH.sub(zh_nth, text)
    text = text if not has_cjk(text) else _ZH_BARE.sub(lambda m: put([int(d) - 1 for d in re.findall(r"\d+", m[0])], m[0]), text)
    text = _RANGE.sub(span, text)
    text = _NUMBER.sub(numbers, text)
    text = _THE_NTH.sub(lambda m: numbers(m) if re.match(r"the|that|your|\d", m[0], re.I) or re.search(_KIND + "$", m[0], re.I) or m.start() == 0 or m.string[m.end() :].startswith(":") else m[0], text)
    text = _described(text, shown, put)
    text = re.sub(rf"(?:[^{OPEN}{CLOSE}]|^)+(?={OPEN}|$)", lambda m: _BARE.sub(bare, m[0]), text) if re.search(r"\d", MARK.sub("", text)) else text
    mentioned = {p for g in out.groups for p in g}
    text = _ZH_ALL.sub(lambda m: put(range(count), m[0]), text)
    text = _ALL.sub(lambda m: put(range(count), m[0]), text)
    text = _REST.sub(lambda m: put([p for p in range(count) if p not in mentioned], m[0]), text)
    own = [focus] if focus is not None else [0] if count == 1 else []
    # "it" after a mention is that mention: "seen the second one, it was good".
    text = _IT.sub(lambda m: put(_before(out, m) or own, m[0]), text)
    out.text = text
    return out


_PART_OF = regex(r"\b(?:director|author|writer|artist|singer|band|composer|brand|maker|cast|actors?|stars?|plot|story|price|year|difference)s? (?:of|in|behind)\s*$", re.I)
_ASKED = regex(r"^\W*(?:(?:and|so|but|ok(?:ay)?)[, ]+)?(?:who|what|when|where|how)\b.*\b(?:in|of|about|for)\s*$", re.I)


def _spoken_of(before: str, after: str) -> bool:
    """Whether a number behind "the director of", or that ends a question ("what do people say about 2?"), is an item and no amount."""
    return _PART_OF.search(before) is not None or (_ASKED.search(before) is not None and re.match(r"\s*(?:[?!,.;]|$|and\b)", after) is not None)


def _before(out: Marked, m: re.Match[str]) -> tuple[int, ...]:
    """What the last mention before this place stands for."""
    marks = [*MARK.finditer(m.string[: m.start()])]
    return out.groups[int(marks[-1][1])] if marks else ()


def _place(word: str, count: int) -> int | None:
    word = word.lower()
    if word in ("last", "final"):
        return count - 1
    if word in _ORDINALS:
        return _ORDINALS[word] - 1
    number = int(value_of(re.sub(r"(?:st|nd|rd|th)$", "", word)))
    return number - 1 if 1 <= number <= count else None


def _titles(text: str, shown: Sequence[Item], put) -> str:
    """Titles of shown items as they stand in the text; one common word alone is a title only if it is written like one."""
    for place in sorted(range(len(shown)), key=lambda p: -len(shown[p].title)):
        title = shown[place].title
        words = tokens(title)
        if len(title) < 2 or not words or all(w in STOP for w in words) or title.isdigit():
            continue
        flags = 0 if len(words) == 1 and title.isascii() else re.I
        edge = r"\b" if title.isascii() and title[0].isalnum() and title[-1].isalnum() else ""
        text = re.sub(rf"[《\"“]?{edge}{re.escape(title)}{edge}[》\"”]?(?!['’]s\b)", lambda m, p=place: put([p], m[0]), text, count=1, flags=flags)
    return text


def _described(text: str, shown: Sequence[Item], put) -> str:
    """"the U2 one", "the one by U2", "the French one": what a shown item has as creator, tag or year; none if several have it."""

    def resolve(m: re.Match[str]) -> str:
        wanted = fold(m[1] or m[2])
        if wanted in ("other", "same", "next", "only", "right", "wrong", "new", "old", "previous"):
            return m[0]
        has = [p for p, i in enumerate(shown) if any(f" {wanted} " in f" {fold(v)} " for v in (i.creator, *i.tags, i.title, *(f"{v:.0f}" for v in i.numbers.values())))]
        spoken = re.match(r"\s+(?:is|was|isn|wasn|looks?|sounds?|seems?)\b", m.string[m.end() :])
        return put(has if len(has) == 1 else (), m[0]) if has or spoken else m[0]

    return re.sub(r"\bthe\s+((?:(?!one\b)[\w'’&/-]+\s+){0,2}(?!one\b)[\w'’&/-]+)\s+one\b|\bthe\s+one\s+(?:by|from|with)\s+((?:[A-Z0-9][\w'’&/-]*\s*)+|\w+)", resolve, text, flags=re.I)
