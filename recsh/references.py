"""What a request names: "like X", "I loved X", "by X", quoted and dated titles, titles that fell in a dialogue.

Rules; finding a name in the catalog, with its typos, is handed in as `Reading.find`. Leaves out: tags (see `wishes`), what is not wanted
(see `exclusions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import log

from recsh.index import facet_key
from recsh.lexicon import STOP
from recsh.request import Exclusion, Reading, Wish, facets_saying
from recsh.text import fold, has_cjk, tokens
from recsh.types import Reference

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
_BY = re.compile(r"\b(?:by|directed by|written by|starring|featuring|sung by|played by)\s+(?:the (?:band|artist|author|director)\s+)?((?:[\w'’.&-]+\s?){1,5}?)" + _STOPPER, re.I)
_QUOTED = re.compile(r"《([^》]+)》|[“\"]([^”\"]{2,80})[”\"]|「([^」]+)」")
_WITH_YEAR = re.compile(r"([A-Z0-9][^()\n]{0,80}?)\s*\((\d{4})\)")
_DISLIKE_CUE = re.compile(r"\b(?:didn'?t|did not|don'?t|do not|not|never|hate[ds]?|boring|bad|wasn'?t|disliked?|haven'?t|have not)\b|不喜欢|没看过|难看", re.I)


def read_likes(r: Reading) -> None:
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


def _name(r: Reading, hit: Reference, *, mine: bool = True, liked: bool = True) -> None:
    """Note something that was named in passing: a title is known to whoever named it; a creator is a wish for more of the same."""
    if hit.creator and hit.rows and liked:
        key = facet_key(hit.name)
        facets = tuple(f.f for f in r.index.facets([key]).get(key, ()))
        r.wishes.append(Wish(key, facets, (), log(1 + r.index.rows / len(hit.rows)), True))
    elif hit.creator and hit.rows:
        r.excluded.append(Exclusion(hit.name, rows=hit.rows))
    if all(hit.rows != x.rows for x in r.references):
        r.references.append(replace(hit, liked=liked, known=mine and not hit.creator))


def _resolve(r: Reading, span: str) -> list[Reference]:
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
    if len(words) <= 8 and not facets_saying(r.index, span) and (strong or len(span) >= 5) and (hit := r.find(span, True)):
        return [hit]
    if strong and words and not has_cjk(span) and not facets_saying(r.index, span) and len(words) <= 6:
        return [Reference(span)] if words[0][0].isupper() else []
    return []


def read_quoted(r: Reading) -> None:
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


def read_dated(r: Reading) -> None:
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


def read_titles(r: Reading) -> None:
    """Without any cue: a run of two or more capitalised words that is a title in full."""
    for m in re.finditer(r"(?<![\w])[A-Z][\w'’.-]*(?:\s+(?:[A-Z0-9][\w'’.-]*|of|the|and|in|a|to|for|&))*\s+[A-Z0-9][\w'’.-]*", r.rest):
        hit = r.find(m[0], False)
        if hit and not hit.creator and not facets_saying(r.index, m[0]) and hit not in r.references:
            r.references.append(hit)


def _longest_suffix(r: Reading, words: str, year: str) -> Reference | None:
    parts = words.split()
    for start in range(max(0, len(parts) - 9), len(parts)):
        if hit := r.find(f"{' '.join(parts[start:])} ({year})", False):
            return hit
    return None


def read_mentions(r: Reading, said: Sequence[tuple[bool, str]]) -> None:
    """Titles and creators named anywhere in a dialogue. What the other side named counts unless it was turned down."""
    for i, (mine, text) in enumerate(said):
        reply = said[i + 1][1] if i + 1 < len(said) else ""
        for at, hit in _named_in(r, text):
            cue = text[max(0, at - 30) : at] if mine else reply[:60]
            liked = not _DISLIKE_CUE.search(cue)
            if not hit.creator or liked:
                _name(r, hit, mine=mine, liked=liked)


def _named_in(r: Reading, text: str) -> list[tuple[int, Reference]]:
    """(where, what) for every title with its year, run of capitalised words, or quotation that the catalog knows."""
    out = [(m.start(), hit) for m in _WITH_YEAR.finditer(text) if (hit := _longest_suffix(r, m[1], m[2]))]
    for m in re.finditer(r"(?<!\w)(?:[A-Z0-9][\w'’:.-]*)(?:\s+(?:[A-Z0-9][\w'’:.-]*|of|the|and|in|a|to|on|for|with|&))*", text):
        out += [(m.start(), hit) for hit in _titles_in(r, m[0])]
    return out + [(m.start(), hit) for m in _QUOTED.finditer(text) if (hit := r.find(next(g for g in m.groups() if g), False))]


def _titles_in(r: Reading, run: str) -> list[Reference]:
    """Names inside a capitalised run, longest first, without overlap. One common word alone is not a name."""
    words, out, at = run.split(), [], 0
    while at < len(words):
        for end in range(min(len(words), at + 9), at, -1):
            name = " ".join(words[at:end]).strip(".,!?:")
            toks = tokens(name)
            if not toks or (len(toks) == 1 and (toks[0] in STOP or len(toks[0]) < 4 or at == 0)) or all(t in STOP for t in toks):
                continue
            if (hit := r.find(name, False)) and (len(toks) > 1 or not facets_saying(r.index, name)):
                out.append(hit)
                at = end - 1
                break
        at += 1
    return out


def distinct(references: Sequence[Reference]) -> tuple[Reference, ...]:
    """Each thing once; the first mention stands, the latest verdict counts."""
    out: dict[int | str, Reference] = {}
    for r in references:
        key = r.rows[0] if r.rows else r.name
        out[key] = replace(out[key], liked=r.liked) if key in out else r
    return tuple(out.values())
