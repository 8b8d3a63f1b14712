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

from recsh.regex import regex


# Control, bidi-override, zero-width, blank, private and surrogate characters and noncharacters: they move the cursor, reorder or hide text on
# a terminal, or cannot be written at all. Joiners stay between letters beyond Latin: Persian, Indic and emoji are spelt with them. One variation
# selector stays behind what has variants, and a few marks on a letter: as many as no script needs reach over the lines around it.
_CONTROL = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U0003ffff\U000e0000-\U000e0fff\U000efffe-\U0010ffff]"
)
_LATIN = "\x00-\u02ff\u200c\u200d"
_LOOSE = f"(?<![^{_LATIN}])[\u200c\u200d]|[\u200c\u200d](?![^{_LATIN}])"  # a joiner that joins nothing
_VARIANT = "(?<![0-9#*©®\u0300-\ufdff\ufe10-\U0010ffff])[\ufe00-\ufe0f]"
_MARK = "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a\u0898-\u0902\u093c\u0941-\u094d\u0951-\u0957\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ece\u0f18\u0f19\u0f35-\u0f39\u0f71-\u0fbc\u1ab0-\u1aff\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2de0-\u2dff\u302a-\u302d\u3099\u309a\ua66f-\ua67d\ua8e0-\ua8f1\ufe20-\ufe2f]"
_MARKS = 8  # on one letter; biblical Hebrew and Tibetan come close
UNSAFE = regex(f"{_CONTROL}|{_LOOSE}|{_VARIANT}|(?<={_MARK}{{{_MARKS}}}){_MARK}")
_MAYBE = regex(f"{_CONTROL}|{_MARK}|[\u200c\u200d\ufe00-\ufe0f]".replace("]|[", ""))  # one set of all that may be unsafe: most text has none of it
_JOINERS = regex("[\u200c\u200d\ufe00-\ufe0f]")
_SPACE = regex(r"\s+")
_BLANK = regex(r"[\s\u2800]+")  # the braille pattern without dots shows as a space, too
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_HAS_CJK = regex(f"[{_CJK}]")
_HAN = regex("[\u3400-\u9fff\uf900-\ufaff]")
_INITIALS = regex(r"\b([^\W\d_])(?:[&.'](?=\w\b)([^\W\d_]))+")
_POSSESSIVE = regex(r"(?<=\w)['’]s\b")
_APOSTROPHE = regex(r"(?<=\w)['’`´](?=\w)")
_RUN = regex(f"[{_CJK}]+|[^{_CJK}]+")
_ORNAMENT = regex("[\u0300-\u036f]")
_PUNCTUATION = regex(r"[\W_]+")


def clean(value: str) -> str:
    """Text as it may be shown: no control, bidi or zero-width characters, white space collapsed, ends trimmed."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    if not _MAYBE.search(value):
        return _BLANK.sub(" ", value).strip()
    value = value.replace("\r", " ")
    while (shown := _BLANK.sub(" ", UNSAFE.sub("", value))) != value:  # what stood beside a joiner or between marks may be gone by now
        value = shown
    return value.strip()


@cache
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character (OpenCC's table). Loaded when the first Han text comes by."""
    import opencc

    traditional = "".join(map(chr, [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]))
    simple = opencc.OpenCC("t2s").convert(traditional)
    return {ord(a): b for a, b in zip(traditional, simple, strict=True) if a != b}


def counted(n: int, what: str) -> str:
    """So many of a thing.

    >>> counted(1, "answer"), counted(2000, "answer")
    ('1 answer', '2,000 answers')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def has_cjk(value: str) -> bool:
    """Whether any Chinese, Japanese or Korean character stands in it."""
    if value.isascii():
        return False
    return "\u4e00" <= value[0] <= "\u9fff" or _HAS_CJK.search(value) is not None  # Han comes first in most that has any; the pattern takes 2 ms to compile


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
    if not _ORNAMENT.search(split):
        return unicodedata.normalize("NFC", split)
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
    value = value.strip()
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
