"""The only text normalisation of recsh: `clean` for showing, `fold` for comparing, `tokens` for searching.

    >>> fold("Beyoncé — ＡＢＢＡ 電影")
    'beyonce abba 电影'
    >>> tokens("Wolves in the Throne Room's hip-hop, R&B")
    ['wolf', 'in', 'the', 'throne', 'room', 'hip', 'hop', 'rb']
    >>> tokens("科幻电影")
    ['科幻', '幻电', '电影']

Retrieval and matching both stand on these, so that a word found by one is a word for the other.
Leaves out: stop words and meaning (see `query`), fuzzy distance (see `match`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Control, bidi-override, zero-width, private and surrogate characters: they move the cursor, reorder or hide text on a terminal, or
# cannot be written at all. Joiners stay between letters beyond Latin: Persian, Indic and emoji are spelt with them.
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
_LATIN = "\x00-\u02ff\u200c\u200d"
_LOOSE = f"(?<![^{_LATIN}])[\u200c\u200d]|[\u200c\u200d](?![^{_LATIN}])"  # a joiner that joins nothing
UNSAFE = re.compile(f"{_CONTROL}|{_LOOSE}")
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_SPACE = re.compile(r"\s+")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_HAS_CJK = re.compile(f"[{_CJK}]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_INITIALS = re.compile(r"\b([^\W\d_])(?:[&.'](?=\w\b)([^\W\d_]))+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_APOSTROPHE = re.compile(r"(?<=\w)['’`´](?=\w)")
_RUN = re.compile(f"[{_CJK}]+|[^{_CJK}]+")
_PUNCTUATION = re.compile(r"[\W_]+")


def clean(value: str) -> str:
    """Text as it may be shown: no control, bidi or zero-width characters, white space collapsed, ends trimmed."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    value = _SPACE.sub(" ", UNSAFE.sub("", value.replace("\r", " ")))
    if _JOINERS.search(value):  # what stood beside a joiner may be gone by now
        value = _SPACE.sub(" ", UNSAFE.sub("", value))
    return value.strip()


@cache
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character (OpenCC's table). Loaded when the first Han text comes by."""
    import opencc

    traditional = "".join(map(chr, [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]))
    simple = opencc.OpenCC("t2s").convert(traditional)
    return {ord(a): b for a, b in zip(traditional, simple, strict=True) if a != b}


def has_cjk(value: str) -> bool:
    """Whether any Chinese, Japanese or Korean character stands in it."""
    return _HAS_CJK.search(value) is not None


def _bare(value: str) -> str:
    """Lower case, width and compatibility forms unified, Latin diacritics dropped, Han simplified."""
    if value.isascii():
        return value.lower()
    # Folding case can undo a normal form ("İ", "ŉ"), so it goes first and the form is made once, behind it.
    value = unicodedata.normalize("NFKC", _JOINERS.sub("", value).casefold()).casefold()
    if _HAN.search(value):
        value = value.translate(_simplified())
    # subtle: only marks on Latin, Greek and Cyrillic go. Kana voicing marks and Indic vowels are letters, not ornaments.
    split = unicodedata.normalize("NFD", value)
    kept = [c for i, c in enumerate(split) if not ("\u0300" <= c <= "\u036f" and i)]
    return unicodedata.normalize("NFC", "".join(kept))


def _spaced(bare: str) -> str:
    """Punctuation runs to one space. Marks are kept with their letter: Thai and Indic vowels are marks to Unicode, not ornaments."""
    if bare.isascii():
        return _PUNCTUATION.sub(" ", bare).strip()
    return " ".join(_PUNCTUATION.sub(_marks, bare).split())


def _marks(run: re.Match[str]) -> str:
    return "".join(c if unicodedata.category(c)[0] == "M" else " " for c in run[0])


def fold(value: str) -> str:
    """The form in which two spellings of one name are equal: bare letters and digits, single spaces.

    A name of punctuation alone ("!!!") keeps it, so that it still equals itself and nothing else.
    """
    bare = _APOSTROPHE.sub("", _bare(value))
    return _spaced(bare) or _SPACE.sub(" ", bare).strip() or _SPACE.sub(" ", value).strip()


def stem(word: str) -> str:
    """Harman's S-stemmer (1991): plural endings only, so that names survive. 'movies' -> 'movie', 'glass' -> 'glass'."""
    if len(word) < 4 or not word.endswith("s") or not word.isascii() or word in _SAME:
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-1] if len(word) == 4 or word in _IE else word[:-3] + "y"
    if word.endswith("ves") and word in _VES:
        return _VES[word]
    if word.endswith(("sses", "xes", "zzes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("us", "ss", "is")) else word[:-1]


_IE = frozenset(("movies", "cookies", "zombies", "indies", "rookies", "selfies", "genies", "brownies", "hoodies", "foodies"))
_SAME = frozenset(("series", "species", "news", "always", "lens", "mars", "texas", "paris", "james", "charles"))
_VES = {"wolves": "wolf", "knives": "knife", "wives": "wife", "lives": "life", "leaves": "leaf", "thieves": "thief", "elves": "elf"}


def tokens(value: str) -> list[str]:
    """Search tokens in order: folded, plural-stripped words; runs of CJK as overlapping bigrams (one character alone stays).

    Initials are joined ("R&B", "U.S.A" -> "rb", "usa"), an inner apostrophe is dropped, a possessive 's too.
    """
    bare = _POSSESSIVE.sub("", _bare(value))
    bare = _INITIALS.sub(lambda m: re.sub(r"[&.']", "", m[0]), bare)
    words = _spaced(_APOSTROPHE.sub("", bare)).split()
    if bare.isascii():
        return [stem(w) if w[-1] == "s" else w for w in words]
    out: list[str] = []
    for run in (r for word in words for r in _RUN.findall(word)):
        if _HAS_CJK.match(run):
            out.extend(run[i : i + 2] for i in range(len(run) - 1)) if len(run) > 1 else out.append(run)
        else:
            out.append(stem(run))
    return out
