"""Understand a request: what must hold, what is named, what is not wanted, and what remains as a wish.

    "90s rock songs like Metalica, nothing live, under 5 minutes"
      conditions  year 1990..1999, minutes ..5        excluded   live
      references  Metallica (found by its misspelling)  wishes     rock        wish text  "rock songs"

Rules, a lexicon and the catalog's own words; no model. A dialogue ("User: ...", "System: ...") is read turn by turn.
Leaves out: ranking (see `retrieve`), fuzzy matching (handed in as `find`), numbers (see `conditions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import log

from recsh.conditions import Condition, Leaning, read
from recsh.index import Facet, Index, facet_key
from recsh.lexicon import FILLERS_ZH, STOP, same
from recsh.text import clean, fold, has_cjk, tokens
from recsh.types import Reference, Role


@dataclass(frozen=True, slots=True)
class Wish:
    """Words that the catalog has tags for. `exact` facets say it in full, `partial` ones contain it; `weight` its information (nats)."""

    words: str
    exact: tuple[int, ...]
    partial: tuple[int, ...] = ()
    weight: float = 1.0
    creator: bool = False


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What is not wanted: facets, or words of the row's text when no facet says it, or rows (a title)."""

    words: str
    facets: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A request understood. `wish` is the text left for search and vectors, `words` its search tokens without stop words;
    `dialogue` is True if it had several turns, `last` the last thing the person said and `last_words` its search tokens."""

    text: str
    last: str
    wish: str
    words: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    wishes: tuple[Wish, ...] = ()
    references: tuple[Reference, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    limit: int | None = None
    chinese: bool = False
    dialogue: bool = False
    last_words: tuple[str, ...] = ()


Find = Callable[[str, bool], Reference | None]
"""find(name, fuzzy) -> the title or creator it names, or None."""
Spell = Callable[[str], str | None]
"""spell(token) -> the catalog's token that a misspelt one means, or None."""

_FILLERS = sorted((f for f in FILLERS_ZH if len(f) > 1), key=len, reverse=True) + [f for f in FILLERS_ZH if len(f) == 1]
WEIGHT_LIMIT = 6.0  # nats; a tag in one row of ten thousand is no surer a wish than one in four hundred
EARLIER = 0.5  # what a wish of an earlier turn counts

_COUNT = {w: i for i, w in enumerate("zero one two three four five six seven eight nine ten".split())} | dict(zip("一二两三四五六七八九十", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
_LIMIT = re.compile(
    r"\b(?:(?:top|give me|show me|recommend|suggest|find me|list|name|pick)\s+(?:me\s+)?(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s*(?:minutes?|hours?|stars?|years?|dollars?|%))"
    r"|^(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?=(?:\w+\s+){0,3}(?:songs?|movies?|films?|books?|novels?|albums?|tracks?|places?|headlines?|things?|ideas?)\b))"
    r"|(?:推荐|来|给我|找)(\d{1,2}|[一二两三四五六七八九十])(?=[首部本个家篇款])",
    re.I,
)
_STOPPER = r"(?=\s*(?:[,.;!?:，。；！？、)]|\bbut\b|\band (?:not|no|nothing|without)\b|\bexcept\b|\bthat\b|\bwhich\b|\bwith(?:out)?\b|\bfrom\b|\bonly\b|\bplease\b|\bnot\b|\bno\b|\bnothing\b|\bfor\s|\bas i\b|\bbecause\b|\bor something\b|$))"
_NAME = r"\s+(?:the (?:movie|film|book|song|band|album|novel|artist|author|writer|director)s?\s+|watching\s+|reading\s+|listening to\s+)?(.+?)" + _STOPPER
_LIKE = re.compile(
    r"\b(?:(?:something |anything |songs? |movies? |films? |books? |more |music |albums? |stuff |bands? )?(?:sounds? |is |are |was |feels? )?(?:just |kind of |a bit |exactly )?"
    r"(?<!would )(?<!i'd )(?<!id )(?<!you )(?<!i )(?<!i really )(?<!i also )(?<!i do )(?<!don't )(?<!we )like(?! to\b| some\b| it\b| that\b| this\b| them\b)"
    r"|similar to|(?:in the )?(?:style|vein|spirit) of|reminiscent of|reminds? me of|comparable to|vibes? (?:as|of)|same (?:as|feel as|mood as)|along the lines of|akin to|close to|à la|(?<=\bas )\w+ as)"
    + _NAME, re.I,
)  # fmt: skip
_LOVE = re.compile(r"\b(?:(?:i )?(?:really |just |absolutely )?(?:loved|enjoyed|adored|liked)|i (?:really |also |do )?(?:love|like|enjoy|adore)|if (?:i|you) (?:like|liked|love|loved|enjoyed)|fans? of|more of)" + _NAME, re.I)
_LIKE_ZH = re.compile(r"(?:(?:像|类似于?|跟|和|与|喜欢(?:看|听|读)?)\s*)(《[^》]+》|“[^”]+”|\"[^\"]+\"|[^，。！？,.!?的]{1,20}?)(?:一样|那样|差不多|类似|相似|这样|这种|那种|的风格|风格|的(?!人)|$|(?=[，。！？,.!?]))"
    r"|^(《[^》]+》|[^，。！？,.!?\s]{2,12}?)(?:这种|那种|这样|那样)(?:感觉|风格|类型|味道)?的")
_QUOTED = re.compile(r"《([^》]+)》|[“\"]([^”\"]{2,80})[”\"]|「([^」]+)」")
_WITH_YEAR = re.compile(r"([A-Z0-9][^()\n]{0,80}?)\s*\((\d{4})\)")
_EXCEPT = re.compile(
    r"(?:,|，|\band\b|\bbut\b|\bor\b)?\s*\b(?:but\s+)?(?:not(?: too| so| very| overly)?(?! only| just| sure| really| seen| much| bad| to mention| a fan)|no(?! more than| less than| one\b| idea|t\b| problem| matter)|without(?: any)?|nothing(?: too| by| from| with| about)?|non-?|except(?: for)?|excluding|anything but|other than|apart from|besides|avoid(?:ing)?|less|minus|free of|neither|never|(?:i )?(?:don'?t|do not|doesn'?t|does not|didn'?t) (?:want|like|need|have|contain|include|involve|care for|enjoy)(?: any| anything)?(?: to (?:see|hear|read|watch|listen to|use|be))?|hate|(?:i'?m )?(?:tired|sick) of|allergic to|(?:isn'?t|aren'?t|is not|are not|that isn'?t)(?: too)?|can'?t (?:stand|eat|have))"
    r"\s+(?:any\s+|a\s+|an\s+|the\s+|too\s+|of\s+|by\s+|from\s+|with\s+|in\s+|more\s+|that\s+|it\s+|be\s+|being\s+)*([^,.;!?:，。；！？()]+?)(?=\s*(?:[,.;!?:，。；！？()]|\bbut\b|\bplease\b|\bsince\b|\bbecause\b|\bwhich\b|$))",
    re.I,
)
_EXCEPT_ZH = re.compile(r"(?:不要|别给我|别(?!的|人|墅|致)|不想看|不想听|不想要|不喜欢|不看|不听|讨厌|除了|(?<!有)没有|不含|不带|(?<!除)非(?!常|洲)|不吃|拒绝)(?:有|是|太|看|听|任何)?([^，。！？,.!?；;以]{1,12}?)(?:的(?:电影|歌|片子|片|书|音乐)?|以外|之外|(?=[，。！？,.!?；;]|$))"
    r"|(?<![^，,。；;\s])([^，。！？,.!?；;]{1,8}?)的?除外")
_DANGLING = re.compile(r"\b(?:but\s+)?(?:not|no|nothing|except)\s*(?=[,.;]|$)|(?:不是|不要)\s*(?=[，。,.;]|的?$)", re.I)
_TURN = re.compile(r"^\s*(User|System|Assistant|Bot|Recommender|Seeker|用户|系统)\s*[:：]\s*(.*)$", re.I)
_BY = re.compile(r"\b(?:by|directed by|written by|starring|featuring|sung by|played by)\s+(?:the (?:band|artist|author|director)\s+)?((?:[\w'’.&-]+\s?){1,5}?)" + _STOPPER, re.I)
_DISLIKE_CUE = re.compile(r"\b(?:didn'?t|did not|don'?t|do not|not|never|hate[ds]?|boring|bad|wasn'?t|disliked?|haven'?t|have not)\b|不喜欢|没看过|难看", re.I)


def turns(text: str) -> list[tuple[bool, str]]:
    """(is the person's own, what was said) for each turn; a plain request is one turn of the person's."""
    out: list[tuple[bool, str]] = []
    for line in text.splitlines():
        if found := _TURN.match(line):
            out.append((found[1].lower() in ("user", "seeker", "用户"), found[2].strip()))
        elif out:
            out[-1] = (out[-1][0], f"{out[-1][1]} {line.strip()}".strip())
        else:
            out.append((True, line.strip()))
    return [t for t in out if t[1]] or [(True, text.strip())]


@dataclass(slots=True)
class _Reading:
    """One request while it is being read; `rest` loses the words that were understood."""

    index: Index
    find: Find
    rest: str
    references: list[Reference] = field(default_factory=list)
    excluded: list[Exclusion] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


def understand(text: str, index: Index, find: Find, spell: Spell = lambda word: None) -> Query:
    """Read a request against a catalog. Never fails: what is not understood stays in `wish`."""
    said = turns(text)
    dialogue = len(said) > 1
    own = [t for mine, t in said if mine] or [said[-1][1]]
    last = clean(own[-1])
    reading = _Reading(index, find, " . ".join(map(clean, own)))
    if dialogue:
        _mentions(reading, said)
    limit = _limit(reading)
    _dated(reading)
    _quoted(reading)
    found, reading.rest = read(reading.rest, index.number_columns)
    if dialogue:
        found = _current(found, last, index)
    reading.rest = _DANGLING.sub(" ", reading.rest)
    _exclusions(reading)
    _likes(reading)
    if not dialogue:
        _named_titles(reading)
    wish = _spelt(_tidy_wish(reading.rest), spell)
    _facets(reading, wish)
    if dialogue:
        reading.wishes = _recent_first(reading.wishes, last)
    named = {w for r in reading.references if not r.rows for w in tokens(r.name)}
    # In a dialogue the other side's words carry facts too (who plays in what); the person's own wish leads.
    words = search_words(f"{wish} {' '.join(t for _, t in said)}" if dialogue else wish)
    if not dialogue:
        words = _untagged(words, reading.wishes)
    return Query(
        text=clean(text), last=last, wish=wish, words=tuple(words + [w for w in named if w not in words]),
        conditions=tuple(f for f in found if isinstance(f, Condition)), leanings=tuple(f for f in found if isinstance(f, Leaning)),
        wishes=_merged_wishes(reading.wishes), references=_distinct(reading.references), excluded=tuple(reading.excluded),
        limit=limit, chinese=has_cjk(text), dialogue=dialogue, last_words=tuple(search_words(last)) if dialogue else (),
    )  # fmt: skip


def _untagged(words: list[str], wishes: Sequence[Wish]) -> list[str]:
    """Search words without those that tags answer already ("rock" would find titles with Rock in them), unless nothing else is left."""
    said = {t for w in wishes if w.exact and not w.creator for t in tokens(w.words)}
    return [w for w in words if w not in said] or words


def _current(found: list[Condition | Leaning], last: str, index: Index) -> list[Condition | Leaning]:
    """Conditions of earlier turns stand only while the last turn sets none: a dialogue that moves on to another thing leaves them behind."""
    now, rest = read(last, index.number_columns)
    return now if now or len(search_words(rest)) > 2 else found


def _merged_wishes(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Each wish once, with the greatest weight it was given."""
    out: dict[str, Wish] = {}
    for w in wishes:
        if w.words not in out or out[w.words].weight < w.weight:
            out[w.words] = w
    return tuple(out.values())


def _recent_first(wishes: Sequence[Wish], last: str) -> list[Wish]:
    """Wishes of earlier turns count half: what was said last is what is wanted now."""
    now = f" {' '.join(tokens(last))} "
    bare = fold(last)
    return [w if f" {w.words} " in now or (has_cjk(w.words) and w.words in bare) else replace(w, weight=w.weight * EARLIER) for w in wishes]


def _distinct(references: Sequence[Reference]) -> tuple[Reference, ...]:
    """Each thing once; the first mention stands, the latest verdict counts."""
    out: dict[int | str, Reference] = {}
    for r in references:
        key = r.rows[0] if r.rows else r.name
        out[key] = replace(out[key], liked=r.liked) if key in out else r
    return tuple(out.values())


def search_words(text: str) -> list[str]:
    """Search tokens without stop words and fillers, in order, without repeats; all tokens if nothing else is left."""
    if has_cjk(text):
        for filler in _FILLERS:
            text = text.replace(filler, " ")
    every = [*dict.fromkeys(tokens(text))]
    return [w for w in every if w not in STOP and (len(w) > 1 or not w.isascii() or w.isdigit())] or ([] if all(w in STOP for w in every) else every)


def _limit(r: _Reading) -> int | None:
    found = _LIMIT.search(r.rest)
    if not found:
        return None
    word = next(g for g in found.groups() if g)
    n = int(word) if word.isdigit() else _COUNT[word.lower()]
    if not 1 <= n <= 50:
        return None
    r.rest = r.rest[: found.start()] + " " + r.rest[found.end() :]
    return n


def _quoted(r: _Reading) -> None:
    """Titles in quotation marks are references if the catalog has them."""

    def take(m: re.Match) -> str:
        name = next(g for g in m.groups() if g)
        hit = r.find(name, True)
        negated = re.search(r"(?:\bnot|\bno|\bexcept|\bbut|\bnothing like|不要|除了|不是)\s*$", r.rest[: m.start()], re.I)
        if hit and negated:
            r.excluded.append(Exclusion(name, rows=hit.rows))
        elif hit:
            r.references.append(hit)
        return " " if hit else m[0]

    r.rest = _QUOTED.sub(take, r.rest)


def _exclusions(r: _Reading) -> None:
    def take(m: re.Match) -> str:
        for part in re.split(r"\s*(?:,|，|、|\band\b|\bor\b|\bnor\b|和|或|/)\s*", next(g for g in m.groups() if g)):
            _exclude(r, part.strip())
        return " , "

    r.rest = _EXCEPT.sub(take, r.rest)
    if has_cjk(r.rest):
        r.rest = _EXCEPT_ZH.sub(take, r.rest)


def _exclude(r: _Reading, words: str) -> None:
    words = re.sub(r"^(?:any|the|a|an|too|of|by|from|with|things?|stuff|songs?|movies?|films?|books?)\s+|\s+(?:again|ones?|stuff|things?|at all|songs?|movies?|films?|music|though|either)$", "", words, flags=re.I).strip()
    if has_cjk(words):
        words = re.sub(r"(?:类型|之类|电影|歌曲|音乐)$", "", words)
    if not words or not search_words(words):
        return
    hit = r.find(words, False)
    if hit and (hit.creator or len(words.split()) > 1 or has_cjk(words)):
        r.excluded.append(Exclusion(words, rows=hit.rows))
        return
    facets = _facets_saying(r.index, words)
    if not facets and not has_cjk(words) and (found := r.find(words, True)) and found.creator:
        r.excluded.append(Exclusion(words, rows=found.rows))
        return
    facets = facets or [f.f for w in search_words(words) for f in _facets_of_word(r.index, w)]
    r.excluded.append(Exclusion(words, tuple(facets), tuple(search_words(words))))


def _facets_saying(index: Index, words: str) -> list[int]:
    """Facets that say the whole phrase, or a way to say the same; 片 and 'music' behind it do not matter."""
    keys = [facet_key(words)]
    keys += [keys[0].replace(" ", "")]
    if has_cjk(words):
        keys += [keys[0].removesuffix(s) for s in ("片", "类", "乐", "歌") if keys[0].endswith(s)]
    for key in list(keys):
        keys += same().get(key, ())
    return [f.f for found in index.facets(keys).values() for f in found]


def _facets_of_word(index: Index, word: str) -> list[Facet]:
    """Facets of tag columns that have this word in them."""
    return [f for f in index.facets_with(word, 60) if _is_tag(index, f)]


def _is_tag(index: Index, facet: Facet) -> bool:
    return next(c.role for c in index.columns if c.name == facet.column) is Role.TAGS


def _likes(r: _Reading) -> None:
    """'like X', 'similar to X', 'by X', 像X一样: X is looked up, with typos; longest name first, then its parts."""

    def take(m: re.Match) -> str:
        hits = _resolve(r, next(g for g in m.groups() if g))
        r.references.extend(hits)
        return " , " if hits else m[0]

    def take_loved(m: re.Match) -> str:
        # "I love Metallica" does not say that more Metallica is unwanted; a title that was loved is known, though.
        hits = _resolve(r, m[1])
        for hit in hits:
            _name(r, hit)
        return " , " if hits else m[0]

    def take_by(m: re.Match) -> str:
        hit = r.find(m[1].strip(), True)
        if hit and hit.creator:
            _name(r, hit)
        return " , " if hit and hit.creator else m[0]

    r.rest = _LIKE.sub(take, r.rest)
    r.rest = _BY.sub(take_by, r.rest)
    r.rest = _LOVE.sub(take_loved, r.rest)
    if has_cjk(r.rest):
        r.rest = _LIKE_ZH.sub(take, r.rest)


def _name(r: _Reading, hit: Reference, *, mine: bool = True, liked: bool = True) -> None:
    """Note something that was named in passing: a title is known to whoever named it; a creator is a wish for more of the same."""
    if hit.creator and hit.rows and liked:
        key = facet_key(hit.name)
        facets = tuple(f.f for f in r.index.facets([key]).get(key, ()))
        r.wishes.append(Wish(key, facets, (), log(1 + r.index.rows / len(hit.rows)), True))
    elif hit.creator and hit.rows:
        r.excluded.append(Exclusion(hit.name, rows=hit.rows))
    if all(hit.rows != x.rows for x in r.references):
        r.references.append(replace(hit, liked=liked, known=mine and not hit.creator))


def _resolve(r: _Reading, span: str) -> list[Reference]:
    span = span.strip(" '\"《》“”")
    strong = bool(re.match(r"[A-Z0-9]", span)) or has_cjk(span)
    if hit := r.find(span, False):
        return [hit]
    parts = [p.strip(" '\"《》“”") for p in re.split(r"\s*(?:,|、|\band\b|\bor\b|&|和|或)\s*", span) if p.strip()]
    if len(parts) > 1:
        return [h for p in parts for h in _resolve(r, p)]
    words = span.split()
    # The name may run into other words ("Metallica in a good mood"): the longest prefix that is a name.
    for n in range(min(len(words) - 1, 8), 0, -1):
        prefix = " ".join(words[:n])
        if tokens(prefix) and not all(t in STOP for t in tokens(prefix)) and (hit := r.find(prefix, False)):
            return [hit]
    if len(words) <= 8 and not _facets_saying(r.index, span) and (strong or len(span) >= 5) and (hit := r.find(span, True)):
        return [hit]
    if strong and words and not has_cjk(span) and not _facets_saying(r.index, span) and len(words) <= 6:
        return [Reference(span)] if words[0][0].isupper() else []
    return []


def _dated(r: _Reading) -> None:
    """'Title (1999)' names an item whatever stands around it; its words are taken out, so that 1999 is no condition."""
    for m in _WITH_YEAR.finditer(r.rest):
        hit = _longest_suffix(r, m[1], m[2])
        if hit is None:
            continue
        if all(hit.rows != x.rows for x in r.references):
            r.references.append(hit)
        words = m[0].split()
        at = next(i for i in range(len(words)) if fold(" ".join(words[i:])).endswith(fold(hit.name)) and len(words) - i <= len(hit.name.split()) + 3 or i == len(words) - 1)
        r.rest = r.rest.replace(" ".join(words[at:]), " , ", 1)


def _named_titles(r: _Reading) -> None:
    """Without any cue: a run of two or more capitalised words that is a title in full."""
    for m in re.finditer(r"(?<![\w])[A-Z][\w'’.-]*(?:\s+(?:[A-Z0-9][\w'’.-]*|of|the|and|in|a|to|for|&))*\s+[A-Z0-9][\w'’.-]*", r.rest):
        hit = r.find(m[0], False)
        if hit and not hit.creator and not _facets_saying(r.index, m[0]) and hit not in r.references:
            r.references.append(hit)


def _longest_suffix(r: _Reading, words: str, year: str) -> Reference | None:
    parts = words.split()
    for start in range(max(0, len(parts) - 9), len(parts)):
        if hit := r.find(f"{' '.join(parts[start:])} ({year})", False):
            return hit
    return None


def _mentions(r: _Reading, said: Sequence[tuple[bool, str]]) -> None:
    """Titles and creators named anywhere in a dialogue. What the other side named counts unless it was turned down."""
    for i, (mine, text) in enumerate(said):
        reply = said[i + 1][1] if i + 1 < len(said) else ""
        for at, hit in _named_in(r, text):
            cue = text[max(0, at - 30) : at] if mine else reply[:60]
            liked = not _DISLIKE_CUE.search(cue)
            if not hit.creator or liked:
                _name(r, hit, mine=mine, liked=liked)


def _named_in(r: _Reading, text: str) -> list[tuple[int, Reference]]:
    """(where, what) for every title with its year, run of capitalised words, or quotation that the catalog knows."""
    out = [(m.start(), hit) for m in _WITH_YEAR.finditer(text) if (hit := _longest_suffix(r, m[1], m[2]))]
    for m in re.finditer(r"(?<!\w)(?:[A-Z0-9][\w'’:.-]*)(?:\s+(?:[A-Z0-9][\w'’:.-]*|of|the|and|in|a|to|on|for|with|&))*", text):
        out += [(m.start(), hit) for hit in _titles_in(r, m[0])]
    return out + [(m.start(), hit) for m in _QUOTED.finditer(text) if (hit := r.find(next(g for g in m.groups() if g), False))]


def _titles_in(r: _Reading, run: str) -> list[Reference]:
    """Names inside a capitalised run, longest first, without overlap. One common word alone is not a name."""
    words, out, at = run.split(), [], 0
    while at < len(words):
        for end in range(min(len(words), at + 9), at, -1):
            name = " ".join(words[at:end]).strip(".,!?:")
            toks = tokens(name)
            if not toks or (len(toks) == 1 and (toks[0] in STOP or len(toks[0]) < 4 or at == 0)) or all(t in STOP for t in toks):
                continue
            if (hit := r.find(name, False)) and (len(toks) > 1 or not _facets_saying(r.index, name)):
                out.append(hit)
                at = end - 1
                break
        at += 1
    return out


def _spelt(wish: str, spell: Spell) -> str:
    """The wish with the right spelling put behind words that the catalog does not know, but nearly knows."""

    def right(m: re.Match) -> str:
        token = (tokens(m[0]) or [""])[0]
        if not token or token in STOP or token in same():
            return m[0]
        better = spell(token)
        return f"{m[0]} {better}" if better else m[0]

    return re.sub(r"[A-Za-z]{5,}", right, wish)


def _tidy_wish(text: str) -> str:
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"(?:\s*,\s*)+", ", ", re.sub(r"\s+", " ", text))).strip(" ,.;:，。")


def _facets(r: _Reading, wish: str) -> None:
    """The catalog's own tags and creators in the wish, longest phrase first, without overlap."""
    spans = _spans_zh(wish) if has_cjk(wish) else _spans(wish)
    known = same()
    rare = max(1, min(3, r.index.rows // 300))
    keys = {k for _, _, key in spans for k in (key, key.replace(" ", ""), f"the {key}", *known.get(key, ()))}
    facets = r.index.facets(keys)
    taken: set[int] = set()
    for start, end, key in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if taken & {*range(start, end)} or (end - start == 1 and key in STOP and key not in known):
            continue
        own = [f for k in dict.fromkeys((key, key.replace(" ", ""), f"the {key}")) for f in facets.get(k, ())]
        alike = [f for k in known.get(key, ()) for f in facets.get(k, ()) if f not in own]
        single = " " not in key and not has_cjk(key)
        if single and not alike and own and all(not _is_tag(r.index, f) for f in own) and not _capital(wish, key) and own[0].count < 2:
            own = []
        whole = single and len(key) > 2 and key not in STOP or has_cjk(key) and len(key) <= 4
        words = [key, *(k for k in known.get(key, ()) if has_cjk(k) and len(k) <= 4)] if whole else []
        partial = list(dict.fromkeys(f for w in words for f in _facets_of_word(r.index, w) if f not in own and f not in alike))
        if not own and not alike and not partial:
            continue
        partial = [f for f in partial if f.count >= rare] if has_cjk(key) else partial
        if single and not has_cjk(key):
            partial = [f for f in partial if f.count >= rare and len(f.key.split()) <= 3]
            if not alike and not partial and sum(f.count for f in own) < rare and not _capital(wish, key):
                continue  # a word that is hardly ever a tag here is just a word
        if not own and not alike and not partial:
            continue
        exact = own + alike
        rows = min(r.index.rows, sum(f.count for f in exact + partial))
        if rows > 0.6 * r.index.rows:
            continue  # what nearly every row is ("album") says nothing
        creator = bool(own) and all(not _is_tag(r.index, f) for f in own)
        r.wishes.append(Wish(key, tuple(f.f for f in exact), tuple(f.f for f in partial[:40]), min(WEIGHT_LIMIT, log(1 + r.index.rows / rows)), creator))
        taken |= {*range(start, end)}


def _capital(text: str, key: str) -> bool:
    return any(w[:1].isupper() and fold(w) == key for w in text.split()[1:])


def _spans(text: str) -> list[tuple[int, int, str]]:
    """(start, end, key) of every run of up to five words that does not cross punctuation."""
    out, at = [], 0
    for clause in re.split(r"[,;.!?:()]", text):
        words = tokens(clause)
        out += [(at + i, at + j, " ".join(words[i:j])) for i in range(len(words)) for j in range(i + 1, min(len(words), i + 5) + 1)]
        at += len(words) + 1
    return out


def _spans_zh(text: str) -> list[tuple[int, int, str]]:
    """Every run of two to ten characters (and of Latin words) of a Chinese request, fillers left out."""
    for filler in _FILLERS:
        text = text.replace(filler, " " * len(filler))
    bare = fold(text)
    out = [(i, j, bare[i:j]) for i in range(len(bare)) for j in range(i + 2, min(len(bare), i + 10) + 1) if " " not in bare[i:j] and has_cjk(bare[i:j])]
    return out + [(m.start(), m.end(), facet_key(m[0])) for m in re.finditer(r"[a-z0-9&]+(?: [a-z0-9&]+)?", bare)]
