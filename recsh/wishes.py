"""What a request wishes for in the catalog's own words: its tags and creators, found in the wish phrase by phrase, longest first.

Leaves out: names that "like" points at (see `references`), free text (BM25 and vectors read that, see `retrieve`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from msgspec.structs import replace

from recsh.index import Index, facet_key
from recsh.lexicon import JOINTS_ZH, STOP, broader, idioms, is_word, same, spoken, synonyms
from recsh.regex import regex
from recsh.request import FILLERS, Reading, Spell, Wish, is_tag, tags_with
from recsh.schema import LESSER
from recsh.text import fold, has_cjk, tokens
from recsh.types import Reference

if TYPE_CHECKING:
    import numpy

WEIGHT_LIMIT = 6.0  # nats; a tag in one row of ten thousand is no surer a wish than one in four hundred
_MONTH_OR_WORD = frozenset(("may", "march"))  # a month only behind a word that says so
# Words that say little of a longer tag: "small town" is about the town, and who has a bad day does not wish for "rainy day".
_OF_OTHERS = frozenset(
    "small big large little high low new newer old older true real last first own different double full half free open single main two non self off back along wrong alone simple easy hard cold hot deep clean young digital "
    "life lives living world time home mind heart day class era century story plot man help stop keep take talk talking word words call post key kick blast hip roll eye ear fit ink lover lovers sick scratch 故事 生活 世界".split()
)
_LONE_ZH = regex(r"(?<![^\W_])[\u4e00-\u9fff](?![^\W_])")
_LONE_BESIDE_ZH = JOINTS_ZH - {*"上下中里会"}  # with which it makes a word: 马上
_DEGREES_ZH = frozenset("大老新强弱长贵难累轻信线派性佛冷")  # of a number, or of too many words
_THINGS = frozenset("song music track movie film book novel album story for with".split())  # beside these a word means what it means alone: "songs for kids"
EXAMPLES = 60  # rows of a name that are looked at
EVERY = 0.9  # share of the rows that nearly all are
LIFTED = 0.5  # what a wish counts that only a broader tag answers: football is a sport, but not every sport is football
EARLIER = 0.5  # what a wish of an earlier turn counts


def weight_of(index: Index, rows: int) -> float:
    """The information of a wish that so many rows meet, in nats."""
    return min(WEIGHT_LIMIT, log(1 + index.rows / max(1, rows)))


def read_wishes(r: Reading, wish: str) -> None:
    """The catalog's own tags and creators in the wish, longest phrase first, without overlap."""
    known = same()
    spans = _spans_zh(wish, r.index) if has_cjk(wish) else _spans(wish)
    rare = max(1, min(3, r.index.rows // 300))
    keys = {k for _, _, key in spans for k in (key, key.replace(" ", ""), f"the {key}", *known.get(key, ()))}
    facets = r.index.facets(keys)
    taken: set[int] = set()
    whole: list[tuple[int, int, str]] = []  # Chinese words that mean one thing, but none that the catalog has
    for start, end, key in sorted(spans, key=lambda s: (s[0] - s[1], s[2] not in facets, s[0])):
        if any(a <= start and end <= b and not _is_part(word, key) for a, b, word in whole):
            continue
        if taken & {*range(start, end)} or (end - start == 1 and key in STOP and key not in known):
            continue
        if key in _MONTH_OR_WORD and not re.search(rf"\b(?:in|during|early|mid|late|next|this|of|for|every)\s+{key}\b", wish, re.I):
            continue
        own = [f for k in dict.fromkeys((key, key.replace(" ", ""), f"the {key}")) for f in facets.get(k, ())]
        # Other words for a word are no names: a song about a king is not one by Queen. In Chinese they are the names of the same.
        alike = [f for k in known.get(key, ()) for f in facets.get(k, ()) if f not in own and (is_tag(r.index, f) or has_cjk(key) or has_cjk(k))]
        single = " " not in key and not has_cjk(key)
        if single and not alike and own and all(not is_tag(r.index, f) for f in own) and not _capital(wish, key) and own[0].count < 2:
            own = []
        entire = single and len(key) > 2 and key not in STOP or has_cjk(key) and len(key) <= 4
        words = [key, *(k for k in known.get(key, ()) if has_cjk(k) and len(k) <= 4)] if entire else []
        partial = list(dict.fromkeys(f for w in words for f in tags_with(r.index, w) if f not in own and f not in alike))
        partial = [f for f in partial if f.count >= rare and key not in _OF_OTHERS] if has_cjk(key) else partial
        if single and not has_cjk(key):
            partial = [f for f in partial if f.count >= rare and len(f.key.split()) <= 3 and key not in _OF_OTHERS]
            if not alike and not partial and sum(f.count for f in own) < rare and not _capital(wish, key) and key not in known:
                continue  # a word that is hardly ever a tag here is just a word, unless it is one that things are known by ("dragons")
        lifted = False
        if not own and not alike and not partial:
            parts = _parts(r, key) if key in known and key not in idioms() and not has_cjk(key) else []
            partial = [] if parts or has_cjk(key) and r.index.chinese else [f for found in r.index.facets(broader().get(key, ())).values() for f in found if is_tag(r.index, f)]
            lifted = bool(partial)
            if has_cjk(key) and len(key) > 2 and key in known:
                whole.append((start, end, key))
            if not lifted:
                if key in idioms():
                    taken |= {start + n for n in idioms()[key]}
                    continue
                if parts or " " in key and key in known:
                    taken |= {*range(start, end)}  # "new year's eve" means one thing; its "new" is not a wish of its own
                    r.wishes += parts
                continue
        # Where the catalog has the very word, other words for it are second best; where it has not, they are all there is.
        exact, alike = (own, alike) if own else (alike, [])
        rows = len(r.index.facet_rows(f.f for f in exact + alike + partial))
        if rows > EVERY * r.index.rows:  # "adult": nearly all are that, or "young adult"
            partial = []
            rows = len(r.index.facet_rows(f.f for f in exact + alike))
        if not 0 < rows <= EVERY * r.index.rows:
            continue  # what nearly every row is ("album") says nothing
        if key in r.index.kind and not own and not alike:
            continue  # a game in a list of games need be no card game
        creator = bool(own) and all(not is_tag(r.index, f) for f in own)
        weight = weight_of(r.index, rows) * (LIFTED if lifted else 1.0)
        r.wishes.append(Wish(key, tuple(f.f for f in exact), tuple(f.f for f in partial[:40]), weight, creator, tuple(f.f for f in alike)))
        taken |= {*range(start, end)}


def _is_part(word: str, key: str) -> bool:
    """Whether a part of a Chinese word means what it means by itself: 摇滚 in 硬摇滚 (hard rock) does, 朋友 in 女朋友 (girlfriend) does not."""
    return key not in synonyms() or any(f" {part} " in f" {said} " for said in synonyms()[word] if said.isascii() for part in synonyms()[key] if part.isascii())


def _parts(r: Reading, key: str) -> list[Wish]:
    """A phrase that no tag says, not even in other words, as wishes for its words, if tags say every one of them: a waterproof jacket is a
    jacket that is waterproof, a rom-com a romantic comedy. Of its own words it may be some, with the last: a white sand beach is a beach, whatever else."""
    known = same()
    for phrase in (key, *known[key]) if " " in key else synonyms()[key][:1]:  # of one word only its plainest name: a romcom is a romantic comedy
        words = [w for w in phrase.split() if w not in STOP]
        bare = [w for w in words if w not in r.index.kind]  # where all are games a party game is one for parties
        found = {w: [f.f for f in r.index.facets([w]).get(w, ()) if is_tag(r.index, f)] for w in words}
        alike = {w: [f.f for k in known.get(w, ()) for f in r.index.facets([k]).get(k, ()) if f.f not in found[w] and is_tag(r.index, f)] for w in words}
        exact = {w: found[w] or alike[w] for w in words}
        if phrase == key and 1 < len(words) == len(phrase.split()) < 4 and words[-1] not in _OF_OTHERS and exact[words[-1]]:
            said = [w for w in words if exact[w] and w not in _OF_OTHERS]
        else:
            said = words if (len(words) > 1 or _THINGS.issuperset({*phrase.split()} - {*words}) and phrase == key) and all(exact.values()) else []
        if bare and len(bare) < len(words):
            said = bare if all(exact[w] for w in bare) else [w for w in said if w in bare]
        if said:
            weight = {w: weight_of(r.index, len(r.index.facet_rows(exact[w]))) for w in said}
            return [Wish(w, tuple(exact[w]), (), weight[w], False, tuple(alike[w] if found[w] else ())) for w in said]
    return []


def _capital(text: str, key: str) -> bool:
    words = text.split()
    return any(w[:1].isupper() and fold(w) == key for w in words[1:] or words)


def _spans(text: str) -> list[tuple[int, int, str]]:
    """(start, end, key) of every run of up to five words that does not cross punctuation."""
    out, at = [], 0
    for clause in re.split(r"[,;.!?:()]", text):
        words = tokens(clause)
        out += [(at + i, at + j, " ".join(words[i:j])) for i in range(len(words)) for j in range(i + 1, min(len(words), i + 5) + 1)]
        at += len(words) + 1
    return out


def _spans_zh(text: str, index: Index) -> list[tuple[int, int, str]]:
    """Every run of two to ten characters (and of Latin words) of a Chinese request, fillers left out, but not of a word that means something
    with them: 歌 says nothing, 情歌 does. A word of one character counts where it stands alone: 酒 in 关于酒的歌."""
    whole = bare = fold(text)
    for filler in map(fold, FILLERS):
        bare = bare.replace(filler, " " * len(filler))
    runs = [(i, j) for i in range(len(bare)) for j in range(i + 2, min(len(bare), i + 10) + 1) if " " not in whole[i:j] and has_cjk(whole[i:j]) and bare[i:j].strip()]
    mixed = {whole[i:j] for i, j in runs if " " in bare[i:j]}
    mixed = {*index.facets(mixed), *(mixed & same().keys())}
    out = [(i, j, whole[i:j]) for i, j in runs if " " not in bare[i:j] or whole[i:j] in mixed]
    if re.search("[·・]", text):  # a foreign name: 雷德利·斯科特
        named = {(i, j): whole[i:j] for i in range(len(whole)) for j in range(i + 3, min(len(whole), i + 20) + 1) if " " in whole[i:j].strip() and whole[i:j] == whole[i:j].strip()}
        known = index.facets(named.values())
        out += [(*at, key) for at, key in named.items() if key in known]
    out += [(m.start(), m.end(), m[0]) for m in _LONE_ZH.finditer("".join(" " if c in _LONE_BESIDE_ZH else c for c in bare)) if m[0] not in _DEGREES_ZH]
    return out + [(m.start(), m.end(), facet_key(m[0])) for m in re.finditer(r"[a-z0-9&]+(?: [a-z0-9&]+)?", bare)]


def spelt(wish: str, spell: Spell) -> str:
    """The wish with the right spelling put behind words that the catalog does not know, but nearly knows."""

    def right(m: re.Match) -> str:
        token = (tokens(m[0]) or [""])[0]
        if not token or token in STOP or token in spoken() or is_word(m[0]):
            return m[0]
        better = spell(token)
        return f"{m[0]} {better}" if better else m[0]

    return re.sub(r"[A-Za-z]{5,}", right, wish)


_SOMEBODY = regex(r"(?<=[讲于写述])一个(?=人)|一个(?=人(?:很|不|比较|更|又|最|太|特别)?[少多]|人[物气生类工造文])")
"""一个 that only counts, and does not say alone with the 人 behind it: 推荐一个人少的海岛."""


_MAKERS = regex(r"\b([A-Za-z-]+)\s+(?:writers|authors|novelists|poets|filmmakers|directors)\b", re.I, cues=("writers", "authors", "novelists", "poets", "filmmakers", "directors"))
_ABOUT = regex(r"\b(?:about|starring|featuring|following)\s+(?:\w+\s+){0,2}$", re.I)
_WHO = frozenset("women female male black asian african european new young debut contemporary modern".split())


def of_makers(text: str, index: Index) -> str:
    """Who a thing is by is not what it is about: "indian writers" is a wish for India, "women writers" for women; "books about writers" stays."""

    def said(m: re.Match[str]) -> str:
        whose = m[1].lower() in _WHO or any(LESSER.search(f.column) for k in (facet_key(m[1]), *same().get(facet_key(m[1]), ())) for f in index.facets([k]).get(k, ()))
        return m[1] if whose and not _ABOUT.search(m.string[: m.start()]) else m[0]

    return _MAKERS.sub(said, text)


# What only says how a thing is asked: "as long as it is new" is not long, who asks how pumps work asks about no job, who runs a shop need not run.
_PUT = regex(r"\bas\s+long\s+as\b|(\bto\s+think)\s+(?:too|so|very|that)\s+(?:hard|much)\b|\b(?:i|we|who|(?:my|our)\s+\w+)\s+runs?\s+(?=(?:an?|my|our|the|his|her)\s)", re.I, cues=("as", "think", "run"))
_HOW_WORKS = regex(r"(\bhow\s+(?:do|does|did)\b[^,.;!?]{1,60}?\s)(?:actually\s+|really\s+|even\s+)?works?\b(?=\s*(?:$|[,.;!?]))", re.I, cues=("how",))


def tidy(text: str) -> str:
    text = _HOW_WORKS.sub(r"\1", _PUT.sub(lambda m: m[1] or " ", _SOMEBODY.sub(" ", text)))
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"(?:\s*,\s*)+", ", ", re.sub(r"\s+", " ", text))).strip(" ,.;:，。")


def untagged(words: list[str], wishes: Sequence[Wish]) -> list[str]:
    """Search words without those that tags answer already ("rock" would find titles with Rock in them). If nothing else is left they stay, but not whom
    it is for: what is for kids need not say so."""
    said = {t for w in wishes if w.exact and not w.creator for t in tokens(w.words)}
    whom = {t for w in wishes if w.exact and w.words.startswith(("for ", "with ")) for t in tokens(w.words)}
    return [w for w in words if w not in said] or [w for w in words if w not in whom]


def merged(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Each wish once, with the greatest weight it was given."""
    out: dict[str, Wish] = {}
    for w in wishes:
        if w.words not in out or out[w.words].weight < w.weight:
            out[w.words] = w
    return tuple(out.values())


def by_example(wishes: Sequence[Wish], references: Sequence[Reference], index: Index) -> list[Wish]:
    """What is named shows what is meant: of a wish that it meets in other words only, those words say it in full (a rock song like Metallica may be metal)."""
    named = _examples(references)

    def shown(wish: Wish) -> Wish:
        has = lambda f: any(2 * int(index.has_facet([f], rows).sum()) >= len(rows) for rows in named)
        meant = () if any(map(has, wish.exact)) else tuple(f for f in (*wish.alike, *wish.partial) if has(f))
        left = [tuple(f for f in other if f not in meant) for other in (wish.partial, wish.alike)]
        return replace(wish, exact=(*wish.exact, *meant), partial=left[0], alike=left[1]) if meant else wish

    return [shown(w) for w in wishes] if named else list(wishes)


def unlike(wishes: Sequence[Wish], references: Sequence[Reference], index: Index) -> bool:
    """Whether something is wished for that nothing named has: jazz like Metallica."""
    named = _examples(references)
    return bool(named) and any(not w.creator and not w.moods and not any(index.has_facet((*w.exact, *w.alike, *w.partial), rows).any() for rows in named) for w in wishes)


def _examples(references: Sequence[Reference]) -> list[numpy.ndarray]:
    """Some rows of each thing that is liked and that the catalog has."""
    import numpy

    return [numpy.array([*dict.fromkeys(r.rows[:EXAMPLES])]) for r in references if r.liked and r.rows]


def recent_first(wishes: Sequence[Wish], last: str) -> list[Wish]:
    """Wishes of earlier turns count half: what was said last is what is wanted now."""
    now = f" {' '.join(tokens(last))} "
    bare = fold(last)
    return [w if f" {w.words} " in now or (has_cjk(w.words) and w.words in bare) else replace(w, weight=w.weight * EARLIER) for w in wishes]
