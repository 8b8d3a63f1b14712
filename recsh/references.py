"""What a request names: "like X", "I loved X", "by X", quoted and dated titles, titles that fell in a dialogue.

Rules; finding a name in the catalog, with its typos, is handed in as `Reading.find`. Leaves out: tags (see `wishes`), what is not wanted
(see `exclusions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log

from msgspec.structs import replace

from recsh import elsewhere, knowledge
from recsh.index import facet_key
from recsh.lexicon import STOP, is_word, same
from recsh.regex import made, regex
from recsh.request import SERIES, Exclusion, Reading, Wish, facets_saying, is_tag
from recsh.text import fold, has_cjk, tokens
from recsh.types import Reference, Role

_STOPPER = r"(?=\s*(?:[,.;!?:，。；！？、)]|\bbut\b|\band (?:not|no|nothing|without)\b|\bexcept\b|\bthat\b|\bwhich\b|\bwith(?:out)?\b|\bfrom\b|\bonly\b|\bplease\b|\bnot\b|\bno\b|\bnothing\b|\bfor\s|\bas i\b|\bbecause\b|\bor something\b|$))"
OF = r"\s+(?:the (?:movie|film|book|song|band|album|novel|artist|author|writer|director)s?\s+|watching\s+|reading\s+|listening to\s+)?"  # before a name
_TAIL = OF + r"((?:[^.;!?，。；！？\n]|(?<=\b[A-Z])\.|(?<=\b(?:Dr|Mr|St|Jr|vs))\.|\.(?=\w)){1,200})"
_JOINT = regex(r"\s*(?:,\s*(?:and|or)?|\band\b|\bor\b|&)\s+", re.I)
_LIKE = regex(
    r"\b(?:(?:something |anything |songs? |movies? |films? |books? |more |music |albums? |stuff |bands? )?(?:sounds? |is |are |was |feels? )?(?:just |kind of |a bit |exactly )?"
    r"(?<!would )(?<!i'd )(?<!id )(?<!you )(?<!i )(?<!i really )(?<!i also )(?<!i do )(?<!don't )(?<!we )like(?! to\b| some\b| it\b| that\b| this\b| them\b)"
    r"|similar to|(?:in the )?(?:style|vein|spirit) of|reminiscent of|reminds? me of|comparable to|vibes? (?:as|of)|(?:similar|same|close)(?: \w+)? (?:vibe|feel|feeling|mood|style|sound|energy|tone|spirit|atmosphere)s? (?:to|as)|same as|along the lines of|akin to|close to(?! (?:my|your|the) hearts?\b)|à la|\bas (?!well\b|soon\b|long\b|far\b|much\b|many\b)(?P<how>\w+) as)"
    + _TAIL, re.I,
    cues=("like", "similar", "style", "vein", "spirit", "remi", "comparable", "vibe", "same", "along", "akin", "close", "à la", "as "))  # fmt: skip
_LOVE = regex(r"\b(?:(?:i )?(?:really |just |absolutely )?(?<!\ba )(?<!\bmy )(?<!\bour )(?<!\bthe )(?<!\byour )(?<!\bmuch[ -])(?:loved|enjoyed|adored|liked)|i (?:really |also |do )?(?:love|like|enjoy|adore)|(?P<others>if (?:i|you) (?:like|liked|love|loved|enjoyed)|fans of)|fan of|(?P<of>more of))" + _TAIL, re.I, cues=("love", "like", "enjoy", "ador", "fan", "more of"))
_LIKE_ZH = regex(r"(?:(?:像|类似于?|跟|和|与|喜欢(?:看|听|读)?)\s*)(《[^》]+》|“[^”]+”|\"[^\"]+\"|[^，。！？,.!?的]{1,20}?)(?:一样|那样|差不多|类似|相似|这样|这种|那种|的风格|风格|的(?!人)|$|(?=[，。！？,.!?]|但|不过|只是|可是))"
    r"|^(《[^》]+》|[^，。！？,.!?\s]{2,12}?)(?:这种|那种|这样|那样)(?:感觉|风格|类型|味道)?的")
_BY = regex(r"\b(?:by|directed by|written by|starring|featuring|sung by|played by)" + _TAIL, re.I, cues=("by", "starring", "featuring"))
_ROLE = r"(?:people|person|director|author|writer|novelist|artist|singer|band|group|musician|composer|brand|maker|creator|film ?maker|rapper)"
_MAKER = regex(
    rf"(?:\b(?:more|another|others?|else)\s+)?\b(?:by|from)\s+(?:(?:the\s+(?:same\s+)?|same\s+){_ROLE}\s+(?:of|behind|as|(?:who|that)\s+(?:made|wrote|directed|did|sang))|who(?:ever|\s+ever)?\s+(?:made|wrote|directed|did|sang))" + _TAIL,
    re.I, cues=("by", "from"))  # fmt: skip
_MAKER_ZH = regex(r"(《[^》]+》|[^，。！？,.!?\s的]{1,20})的(?:同一?个?)?(?:导演|作者|作家|歌手|原唱|演唱者)(?:的?(?:其他|其它|别的|另外的?)?(?=作品|书|小说|电影|片|歌)|还?[拍写唱](?:过)?的)")
_FULL = regex(r"[A-Z0-9][\w'’.&-]*(?: (?:[A-Z0-9][\w'’.&-]*|of|the|and|in|a|to|for|&|de|von|van))*")
_BARE = regex(
    r"(?:(?:some|any|more|the best|best) )?([A-Z0-9][^,;:()，。]*?)(?:['’]s)?(?: (?:songs?|music|tracks?|movies?|films?|books?|novels?|albums?|stuff))?"
    r"|(?:我?想?[看听读找]|来点|推荐)?(?:一[些首部本下]|几[首部本])?([^，。,\s的]{2,12})(?:的(?:歌曲?|音乐|电影|片子|书|小说|作品|东西))?"
)
_ARTICLE = regex(r"(?:an?|my|your|some) (?=[a-z])")
_CLAUSE = regex(r"(?:i|i['’](?:m|ve|d|ll)|im|it['’]?s|there['’]?s|you['’]?re|we['’]?re|they['’]?re|s?he['’]s|nobody|no one|everyone|someone|somebody)\s+(?=\S)", re.I)
_QUOTED = regex(r"《([^》]+)》|[“\"]([^”\"]{2,80})[”\"]|「([^」]+)」")
_WITH_YEAR = regex(r"([A-Z0-9][^()\n]{0,80}?)\s*\((\d{4})\)")
_COMPARED_ZH = regex(r"(?:比|没有?|不像|不如)$")
_DISLIKE_CUE = regex(r"\b(?:didn'?t|did not|don'?t|do not|not|never|hate[ds]?|boring|bad|wasn'?t|disliked?|haven'?t|have not)\b|不喜欢|没看过|难看", re.I)


def read_makers(r: Reading) -> None:
    """'From the director of Inception', 'by the same author as Dune', 盗梦空间的导演还拍过的: by whoever made it, and not the thing itself."""

    def take(m: re.Match[str]) -> str:
        hits, rest = named_first(r, m[1])
        return f" by {maker} , {rest}" if (maker := _maker_of(r, hits)) else m[0]

    def take_zh(m: re.Match[str]) -> str:
        return f" {maker}的 " if (maker := _maker_of(r, _resolve(r, m[1].strip("《》")))) else m[0]

    r.rest = _MAKER.sub(take, r.rest)
    if has_cjk(r.rest):
        r.rest = _MAKER_ZH.sub(take_zh, r.rest)


def read_likes(r: Reading) -> None:
    """'like X', 'similar to X and Y', 'by X', 像X一样: X is looked up, with typos, the longest name first."""

    def take(m: re.Match[str]) -> str:
        hits, rest = named_first(r, m[m.lastindex or 1])
        r.references.extend(hits)
        # "as heavy as Black Sabbath" wishes for heavy, too.
        how = m.groupdict().get("how") or ""
        return f" {how} , {rest}" if hits else m[0]

    def take_loved(m: re.Match[str]) -> str:
        # "I love Metallica" does not say that more Metallica is unwanted, nor that nothing else is; a title that was loved is known, though.
        hits, rest = named_first(r, m[m.lastindex or 1])
        if not hits or not m["others"] and any(not h.rows and facets_saying(r.index, h.name) for h in hits):
            return m[0]  # who loves New Zealand wishes for it
        for hit in hits:
            if m["others"]:  # what is for fans of Metallica is like it
                r.references.append(hit)
            else:
                note(r, hit, wished=bool(m["of"]))
        return f" , {rest}"

    def take_by(m: re.Match[str]) -> str:
        hits, rest = named_first(r, m[1])
        if any(facets_saying(r.index, f"by {h.name}") for h in hits):  # "by the ocean" says where, whoever is called so
            return m[0]
        if hits and all(h.creator and h.rows for h in hits):
            for hit in hits:
                note(r, hit)
            return f" , {rest}"
        if hits and all(not h.rows and any(k.kind in elsewhere.MAKERS for k in elsewhere.known_as(r, h.name)) for h in hits):
            r.references.extend(hits)  # nothing here is by them, and it is known who is near
            return f" , {rest}"
        return f" , {rest}" if (rest := _surnames(r, m[1])) is not None else m[0]

    def take_zh(m: re.Match[str]) -> str:
        r.references.extend(hits := _resolve(r, next(g for g in m.groups() if g)))
        return " , " if hits else m[0]

    r.rest = _LIKE.sub(take, r.rest)
    r.rest = _BY.sub(take_by, r.rest)
    r.rest = _LOVE.sub(take_loved, r.rest)
    if has_cjk(r.rest):
        r.rest = _LIKE_ZH.sub(take_zh, r.rest)


def _surnames(r: Reading, tail: str) -> str | None:
    """'by Tolstoy or Dostoevsky': creators by a part of their name become wishes; the words behind them, None if there was none."""
    found = False
    while m := re.match(r"\s*([A-Z][\w'’-]+)", tail):
        facets = [f for f in r.index.facets_with((tokens(m[1]) or [""])[0], 20) if not is_tag(r.index, f)]
        if not facets or len({f.key for f in facets}) > 3:
            break
        rows = len(r.index.facet_rows(f.f for f in facets))
        r.wishes.append(Wish(facets[0].key, tuple(f.f for f in facets), (), log(1 + r.index.rows / rows), True))
        found, tail = True, tail[m.end() :]
        joint = _JOINT.match(tail)
        if not joint:
            break
        tail = tail[joint.end() :]
    return tail if found else None


def _maker_of(r: Reading, hits: Sequence[Reference]) -> str:
    """Who made the one title that is named, which is known to whoever asks so; "" if that is not clear."""
    titles = [h for h in hits if not h.creator and h.rows]
    makers = {i.creator for i in r.index.items(titles[0].rows)} if len(hits) == len(titles) == 1 else {""}
    if len(makers) != 1 or "" in makers:
        return ""
    r.excluded.append(Exclusion(titles[0].name, rows=titles[0].rows))
    return makers.pop()


def named_first(r: Reading, tail: str) -> tuple[list[Reference], str]:
    """(what is named at the beginning of these words, the words behind it). Exact names of any length first, joined by commas, "and"
    or "or"; else the words up to the next preposition or conjunction, with typos."""
    hits: list[Reference] = []
    rest = tail
    while found := longest_prefix(r, rest):
        hits.append(found[0])
        rest = rest[found[1] :]
        joint = _JOINT.match(rest)
        if not joint:
            return hits, rest
        rest = rest[joint.end() :]
    # After a name, only another capitalised one goes on ("and Goodfellas", not "and something slow").
    span = re.match(rf"(.+?){_STOPPER}", rest)
    if span is None or (hits and not span[1][:1].isupper()) or (_CLAUSE.match(rest) and not _is_written(span[1])):
        return hits, rest
    article = _ARTICLE.match(span[1])  # "feel like a villain" is no misspelt name
    more = [hit for hit in _resolve(r, span[1]) if hit.sure or not article or fold(hit.name).startswith(article[0])]
    return hits + more, rest[span.end() :] if more else rest


def longest_prefix(r: Reading, text: str) -> tuple[Reference, int] | None:
    """The longest beginning of a text that is a name in full, and how many characters it takes. A lower-case word that is a tag or a common
    wish ("home", "rainy day") is no name."""
    for end in reversed([m.end() for m in re.finditer(r"\S+", text)][:10]):
        bare = text[:end].rstrip(" ,?!'\"")
        if hit := whole(r, bare.lstrip(" ,'\""), text[end:]):
            return hit, len(bare)
    return None


def whole(r: Reading, name: str, behind: str = "") -> Reference | None:
    """What a text names that is a name in full; `behind` is what follows it."""
    words = tokens(name)
    if not words or words[-1] in ("and", "or", "but") or (_CLAUSE.match(name) and not _is_written(name) and behind.strip(" ,.!?")) or (all(w in STOP for w in words) and not (_is_written(name) and (hit := r.find(name, False)) and fold(hit.name) == fold(name))):
        return None
    hit = r.find(name, False) or elsewhere.named_in_full(r, name)
    if (series := _series(r, name)) and not (hit and hit.rows and fold(hit.name) == fold(name)):
        return series
    return hit if hit and not _is_plain(name, hit) and not (name.islower() and is_common(r, name, words) and not (hit.creator and len(hit.rows) > 1)) else None


def _is_written(name: str) -> bool:
    """Whether a name is written as titles are: "Up", "I'm Yours", not "I'm in", nor a request in capitals."""
    words = name.split()
    return name != "I" and not name.isupper() and all(w[:1].isupper() for w in (*words[:2], words[-1]))


def _series(r: Reading, name: str) -> Reference | None:
    """A series by its name: who asks for something like Harry Potter has no single one of them in mind, and wants none of them."""
    columns = {c.name for c in r.index.columns if c.role is Role.TAGS and SERIES.search(c.name)}
    key = facet_key(name)
    found = r.index.facets([key, f"the {key}"]) if columns else {}
    facets = [f for some in found.values() for f in some if f.column in columns]
    return Reference(facets[0].label, tuple(map(int, r.index.facet_rows(f.f for f in facets)))) if facets else None


def _is_plain(name: str, hit: Reference) -> bool:
    """Whether these are words with an article rather than a title: "like a storm" means no song that is called "Storm"."""
    article = _ARTICLE.match(name)
    return article is not None and bool(hit.rows) and not hit.creator and not fold(hit.name).startswith(article[0])


def is_common(r: Reading, name: str, words: Sequence[str]) -> bool:
    """Whether it is a tag or a word of many wishes, not a name; places are known by such words, and are names all the same."""
    wish = len(words) == 1 and words[0] in same() and not any(k.kind == "places" for k in knowledge.find(name))
    return wish or any(is_tag(r.index, f) for f in r.index.facets([facet_key(name)]).get(facet_key(name), ()))


def note(r: Reading, hit: Reference, *, mine: bool = True, liked: bool = True, wished: bool = True) -> None:
    """Note something that was named in passing: a title is known to whoever named it; a creator is a wish for more of the same, if that is `wished`."""
    if hit.creator and hit.rows and liked and wished:
        key = facet_key(hit.name)
        facets = tuple(f.f for f in r.index.facets([key]).get(key, ()))
        r.wishes.append(Wish(key, facets, (), log(1 + r.index.rows / len(hit.rows)), True))
    elif hit.creator and hit.rows and not liked:
        r.excluded.append(Exclusion(hit.name, rows=hit.rows))
    if all(hit.rows != x.rows for x in r.references):
        r.references.append(replace(hit, liked=liked, known=mine and not hit.creator))


def _resolve(r: Reading, span: str) -> list[Reference]:
    span = span.strip(" '\"《》“”")
    strong = bool(re.match(r"[A-Z0-9]", span)) or has_cjk(span)
    if (hit := r.find(span, False)) and not _is_plain(span, hit) and not (span.islower() and is_common(r, span, tokens(span))):
        return [hit]
    parts = [p.strip(" '\"《》“”") for p in re.split(r"\s*(?:,|、|\band\b|\bor\b|&|和|或)\s*", span) if p.strip()]
    if len(parts) > 1:
        return [h for p in parts for h in _resolve(r, p)]
    words = span.split()
    hit = r.find(span, True) if len(words) <= 8 and not facets_saying(r.index, span) and (strong or len(span) >= 5) else None
    known = elsewhere.known_as(r, span) if span and len(words) <= 6 and not (span.islower() and is_common(r, span, tokens(span))) else []
    # What is well known by just this name is meant sooner than what the catalog has that is spelt almost so ("Stranger Things", "The Stranger").
    if hit and not _is_plain(span, hit) and not (known and strong and not f"{fold(hit.name)} ".startswith(f"{fold(span)} ") and any(fold(span) in map(fold, k.names) for k in known)):
        return [hit]
    if known:
        return [Reference(span)]
    if strong and words and not has_cjk(span) and not facets_saying(r.index, span) and len(words) <= 6:
        return [Reference(span)] if words[0][0].isupper() else []
    return []


def read_quoted(r: Reading) -> None:
    """Titles in quotation marks are references if the catalog has them."""

    def take(m: re.Match) -> str:
        name = next(g for g in m.groups() if g)
        if _COMPARED_ZH.search(r.rest[: m.start()]):
            return m[0]  # 比《盗梦空间》更烧脑, see `names_zh`
        hit = r.find(name, True)
        negated = re.search(r"(?:\bnot|\bno|\bexcept|\bbut|\bnothing like|不要|除了|不是)\s*$", r.rest[: m.start()], re.I)
        if hit and negated:
            r.excluded.append(Exclusion(name, rows=hit.rows))
        elif hit:
            r.references.append(hit)
        return " " if hit else m[0]

    r.rest = _QUOTED.sub(take, r.rest)


def read_bare(r: Reading) -> None:
    """A request that is nothing but a well-known name which the catalog has not, or has under another one: "Sabaton", "Beach Boys songs",
    周杰伦的歌. What is by it is asked for, or what is near."""
    if r.references or r.wishes or r.excluded or not (m := _BARE.fullmatch(r.rest.strip(" ,.!?，。！？"))):
        return
    name = next(g for g in m.groups() if g)
    if not has_cjk(name) and (not _FULL.fullmatch(name) or (len(name.split()) == 1 and is_word(name))):  # "Relaxing" only begins a sentence
        return
    hit = r.find(name, False)
    if hit and fold(hit.name) != fold(name):
        note(r, replace(hit, known=False), mine=hit.creator)
    elif not hit and elsewhere.known_as(r, name):
        r.references.append(Reference(name, known=False))
    else:
        return
    r.rest = " , "


def read_dated(r: Reading) -> None:
    """'Title (1999)' names an item whatever stands around it; its words are taken out, so that 1999 is no condition."""
    for m in _WITH_YEAR.finditer(r.rest):
        if found := _longest_suffix(r, m[1], m[2]):
            hit, words = found
            r.references += [hit] * all(hit.rows != x.rows for x in r.references)
            r.rest = re.sub(re.escape(words) + r"\s*\(" + m[2] + r"\)", " , ", r.rest, count=1)


def read_titles(r: Reading) -> None:
    """Without any cue: a run of two or more capitalised words that is a title in full."""
    for m in made(r"(?<![\w])[A-Z][\w'’.-]*(?:\s+(?:[A-Z0-9][\w'’.-]*|of|the|and|in|a|to|for|&))*\s+[A-Z0-9][\w'’.-]*").finditer(r.rest):
        hit = None if all(t in STOP for t in tokens(m[0])) else r.find(m[0], False)  # "Can I have ..." names no song
        if hit and not hit.creator and not facets_saying(r.index, m[0]) and hit not in r.references:
            r.references.append(hit)
            r.rest = r.rest.replace(m[0], " , ", 1)


def _longest_suffix(r: Reading, text: str, year: str) -> tuple[Reference, str] | None:
    """What the last words before "(year)" name, as many as possible, and those words."""
    for start in [m.start() for m in re.finditer(r"\S+", text)][-9:]:
        if hit := r.find(f"{text[start:]} ({year})", False):
            return hit, text[start:]
    return None


def read_mentions(r: Reading, said: Sequence[tuple[bool, str]]) -> None:
    """Titles and creators named anywhere in a dialogue. What the other side named counts unless it was turned down."""
    for i, (mine, text) in enumerate(said):
        reply = said[i + 1][1] if i + 1 < len(said) else ""
        for at, hit in _named_in(r, text):
            cue = text[max(0, at - 30) : at] if mine else reply[:60]
            liked = not _DISLIKE_CUE.search(cue)
            if not hit.creator or liked:
                note(r, hit, mine=mine, liked=liked)


def _named_in(r: Reading, text: str) -> list[tuple[int, Reference]]:
    """(where, what) for every title with its year, run of capitalised words, or quotation that the catalog knows."""
    out = [(m.start(), found[0]) for m in _WITH_YEAR.finditer(text) if (found := _longest_suffix(r, m[1], m[2]))]
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
                if fold(hit.name) == fold(name) or not _series(r, name):  # a series is wished for, unless it is said what of it (see `read_likes`)
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
