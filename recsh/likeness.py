"""How surely two names are one, in 0..100: equal but for what stands apart, a name inside a name, or a slip of the pen.

Besides `match` the only importer of rapidfuzz. Leaves out: year and creator, which confirm or contradict a name (see `match`).
"""

from __future__ import annotations

from collections.abc import Collection

from recsh.regex import regex
from recsh.text import fold, has_cjk
from recsh.titles import ARTICLES, SMALL, Name, canonical, variants

CUTOFF = 84.0  # similarity in 0..100 below which two names are different
GAP = 4.0  # how much better than the next different name the best one must be
EXACT, APART, RESPELT, NESTED, PARTIAL = 100.0, 98.0, 96.0, 88.0, 80.0
"""Scores of equal names: as written, something set apart, spelt otherwise; of a subtitle that names its work; of another piece of a
name, which is below `CUTOFF` and needs confirming."""
OTHER_TAKE, REMARKED, DENIED = 8.0, 4.0, 30.0
"""What is taken off for another recording, for a bracket that only one of them has, and for what cannot be forgiven."""
ALONE = 88.0  # similarity that a misspelt title of a single word needs

CREATORS = regex(r"\s*(?:[,，;；/、|]|\bfeat\.?|\bft\.?|\s&\s|\band\b)\s*")
_HAN_NUMBER = regex("[一二三四五六七八九十上下前后]")


def same_creator(a: str, b: str) -> bool | None:
    """Whether two creator cells mean someone in common; None if one of them is empty. Surnames and a missing 'The' count as the same."""
    if not a.strip() or not b.strip():
        return None
    from rapidfuzz import fuzz

    lists = [[canonical(fold(p)) for p in (*CREATORS.split(whole), whole) if fold(p)] for whole in (a, b)]
    for x in lists[0]:
        for y in lists[1]:
            joined = "".join(x), "".join(y)
            near = min(map(len, joined)) > 4 and fuzz.ratio(*joined) >= CUTOFF + GAP
            if joined[0] == joined[1] or near or (max(map(len, min(x, y, key=len))) > 3 and (set(x) < set(y) or set(y) < set(x))):
                return True
    return False


def distinctive(name: Name) -> bool:
    """A name that hardly two works share by chance: at least two long words and ten letters."""
    return len(name.joined) >= (5 if has_cjk(name.core) else 10) and (sum(len(w) > 2 for w in name.words) >= 2 or has_cjk(name.core))


def likeness(wanted: Name, key: str, found: Name, known: Collection[str] = ()) -> float:
    """How surely two names are the same, 0..100, year and creator aside. `key`: the found title folded whole; `known`: those of the wanted
    words that the catalog knows, which therefore are no misspellings."""
    if key == wanted.whole:
        return EXACT
    off = OTHER_TAKE * (wanted.take != found.take) + REMARKED * (wanted.remark != found.remark)
    if (wanted.kind and found.kind and wanted.kind != found.kind) or (wanted.remark and found.remark and wanted.remark != found.remark):
        off = DENIED
    if wanted.joined == found.joined and min(len(wanted.joined), len(found.joined)) > 1:
        return _respelt(wanted, found) - off
    ends = min(map(len, (wanted.heads, wanted.tails, found.heads, found.tails)))
    if ends and (wanted.heads[0], wanted.tails[-1]) == (found.heads[0], found.tails[-1]) and " " in wanted.tails[-1]:
        return RESPELT - off - 1  # "Star Wars: Episode VIII - The Last Jedi" without its middle
    inner = _nested(found, wanted)
    # A title in what was written is written there in full: "Captain America: The Winter Soldier" has no "Winter Soldier (film)" in it.
    if inner and not any(key in variants(piece) for piece in (*wanted.heads, *wanted.tails)):
        inner = 0.0
    return max(_nested(wanted, found, (found.remark,)), inner, _misspelt(wanted, found, known)) - off


def _respelt(wanted: Name, found: Name) -> float:
    """How sure it is that two names of the same letters are one. An article alone can make another title of a single word ("The Heat")."""
    a, b = wanted.core.split(), found.core.split()
    if a == b:
        return APART
    if [w for w in a if w != "and"] == [w for w in b if w != "and"]:
        return RESPELT + 1
    inner = [[w for w in words[1:] if w in ARTICLES] for words in (a, b)]
    if inner[0] != inner[1] and len(found.words) < 3:
        return PARTIAL
    led, leads = a[0] in ARTICLES and len(a) > 1, b[0] in ARTICLES and len(b) > 1
    if led and leads and a[0] != b[0] or (led and not leads and (a[0] != "the" or len(found.words) < 2)):
        return PARTIAL
    if leads and not led and len(wanted.words) < 2 and len(wanted.joined) < 6:
        return PARTIAL
    return RESPELT


def _nested(whole: Name, longer: Name, aliases: tuple[str, ...] = ()) -> float:
    """One name that is a piece of another. A subtitle that begins with 'The' names its work ("The Rise of Skywalker"); without, half of
    those seen were other works ("A Cinderella Story"), and what stands before it may be a whole series."""
    chinese = has_cjk(whole.core)
    behind = [t for t in longer.tails if canonical(t) == whole.words]
    if len(whole.joined) >= (5 if chinese else 8) and any(chinese or (len(t.split()) >= 3 and "the" in (t.split()[0], whole.core.split()[0])) for t in behind):
        return NESTED
    pieces = (*longer.heads, *longer.tails, *aliases)
    return PARTIAL if len(whole.joined) >= (2 if chinese else 4) and any(canonical(p) == whole.words for p in pieces) else 0.0


def slip(wanted: str, found: str) -> float:
    """How surely a folded name, of which nothing is known but that it is none itself, is another one by a slip of the pen: 0 or `CUTOFF` to 100.

    Stricter than `likeness`, which looks for a title of this catalog: a letter too few, too many, swapped or another, a second one only in a name of
    twelve, the first letter right. In Chinese one character of a name of four, of three only the last (周杰轮).
    """
    from rapidfuzz.distance import OSA

    if has_cjk(wanted):
        apart = [n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b]
        fits = len(wanted) == len(found) and len(apart) == 1 and apart[0] > 0 and (len(wanted) > 3 or (len(wanted) == 3 and apart[0] == 2))
        return 100.0 * (1 - 1 / len(wanted) / 2) if fits else 0.0
    slips = OSA.distance(wanted, found, score_cutoff=2)
    ending = wanted.startswith(found) or found.startswith(wanted)  # a plural, a longer name
    if len(wanted) < 6 or wanted[0] != found[0] or not 0 < slips <= 1 + (len(wanted) > 11) or (ending and len(wanted) < 10) or [*filter(str.isdigit, wanted)] != [*filter(str.isdigit, found)]:
        return 0.0
    return 100.0 * (1 - slips / max(len(wanted), len(found)))


def _misspelt(wanted: Name, found: Name, known: Collection[str]) -> float:
    """Similarity of two spellings if it can be a slip of the pen, else 0."""
    from rapidfuzz import fuzz
    from rapidfuzz.distance import OSA

    a, b = wanted.words, found.words
    score = fuzz.ratio(" ".join(a), " ".join(b), score_cutoff=CUTOFF - GAP)
    if not score or [w for w in a if w.isdigit()] != [w for w in b if w.isdigit()]:
        return 0.0
    if has_cjk(wanted.core):
        apart = OSA.distance(wanted.joined, found.joined)
        same_numbers = _HAN_NUMBER.findall(wanted.core) == _HAN_NUMBER.findall(found.core)
        return score if len(wanted.joined) >= 5 and apart == 1 and same_numbers and len(wanted.joined) == len(found.joined) else 0.0
    plain_a, plain_b = [w for w in a if w not in SMALL], [w for w in b if w not in SMALL]
    if len(plain_a) != len(plain_b) or abs(len(a) - len(b)) > 1 or (a != b and plain_a == plain_b and (len(plain_a) < 3 or len(a) == len(b))):
        return 0.0
    odd = [(x, y) for x, y in zip(plain_a, plain_b, strict=True) if x != y]
    if len(odd) > 2 or (len(odd) == 2 and len(plain_a) < 4):
        return 0.0
    if odd and len(plain_a) == 1 and (score < ALONE or len(plain_a[0]) < 8):
        return 0.0
    for x, y in odd:
        plural = x in (f"{y}s", f"{y}es") or y in (f"{x}s", f"{x}es")
        ending = plural or x.startswith(y) or y.startswith(x) or x[:-1] == y[:-1]  # makes another word sooner than a slip does: Alien, Aliens
        slips = OSA.distance(x, y)
        if ending and len(plain_a) - len(odd) < 1 + (len("".join(plain_a)) < 14):
            return 0.0
        if not plural and (x in known or x[0] != y[0] or min(len(x), len(y)) < 5 or slips > (1 if len(x) < 8 else 2)):
            return 0.0
    return min(max(score, CUTOFF), RESPELT - 1)
