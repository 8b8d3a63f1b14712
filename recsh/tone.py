"""How a reason sounds: plain, warm or playful, in English or Chinese. Facts in, sentences out.

    >>> Voice("warm", "en", seed=1).say("near", False, "m1")[:2].isalpha()
    True

The sentences stand in `words/tones.txt`, which explains its form. One `Voice` speaks for one answer: it varies the frames over the rows, the
same for the same rows and seed. Leaves out: which facts are said (see `reason`), and whether they are true (see `facts`, `personal`).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from recsh.errors import UsageError
from recsh.index import facet_key
from recsh.lexicon import glosses, same, synonyms
from recsh.regex import regex
from recsh.text import clean, fold, has_cjk

TITLE_LIMIT = 48  # characters of a title that is cited
_SLOT = regex(r"{(\w+)}")
_BESIDE = {"met": "number"}  # kinds whose frames include another's
_UPPER = regex(r"(?:[a-z]&[a-z]|ai|tv|uk|us|usa|edm|rpg|lgbtq?)[,;.:]?")
_REGIONS = ("europe", "asia", "africa", "oceania", "north america", "latin america", "caribbean", "middle east", "non english", "chinese")


class Tone(StrEnum):
    """The manner of reasons."""

    PLAIN = "plain"
    WARM = "warm"
    PLAYFUL = "playful"


class Lang(StrEnum):
    """The language of reasons; auto is the request's."""

    AUTO = "auto"
    EN = "en"
    ZH = "zh"


class Voice:
    """Speaks the reasons of one answer. Without a seed it uses the first frame of each kind, always.

    Raises `UsageError` for a tone or language there is not.
    """

    def __init__(self, tone: str = Tone.PLAIN, lang: str = Lang.AUTO, seed: int | None = None) -> None:
        try:
            self.tone, self.lang = Tone(tone), Lang(lang)
        except ValueError as error:
            raise UsageError(f"reasons: {error}", "tone is one of plain, warm, playful; lang one of auto, en, zh") from None
        self.seed = seed
        self._used: Counter[str] = Counter()

    def chinese(self, asked: bool) -> bool:
        """Whether the sentences are Chinese, where `asked` says that the request was."""
        return asked if self.lang is Lang.AUTO else self.lang is Lang.ZH

    def say(self, kind: str, zh: bool, key: str, **slots: str) -> str:
        """A sentence of this kind without capital and stop. `key` (the item's id) and the seed decide which, among the frames that this
        answer has used least and whose first words it has heard least."""
        frames = [f for f in _frames()[self.tone, "zh" if zh else "en", kind] if all(slots.get(s) for s in _SLOT.findall(f))]
        frame = frames[0]
        if self.seed is not None:
            frame = min(frames, key=lambda f: (self._used[f], self._used[_opening(f, zh)], zlib.crc32(f"{self.seed}\0{key}\0{f}".encode())))
            self._used.update((frame, _opening(frame, zh)))
        return _SLOT.sub(lambda m: slots[m[1]], frame)

    def describe(self, zh: bool, key: str, text: str) -> str:
        """The row's own description, behind the rest of a reason: as it is, or in half of the rows of a tone that is not plain, led in."""
        if self.seed is None or self.tone is Tone.PLAIN or has_cjk(text) is not zh or zlib.crc32(f"{self.seed}\0{key}".encode()) % 2:
            return text
        return capital(self.say("text", zh, key, text=text))

    def join(self, parts: Sequence[str], zh: bool) -> str:
        """The parts of a reason as one text: a list of facts where it is plain, else sentences."""
        if self.tone is Tone.PLAIN:
            text = ("；" if zh and self.seed is not None else "，" if zh else "; ").join(dict.fromkeys(parts))
            return text if zh and has_cjk(text) else capital(text)
        return ("。" if zh else ". ").join(capital(p) for p in dict.fromkeys(parts))


@cache
def _frames() -> dict[tuple[str, str, str], tuple[str, ...]]:
    """(tone, language, kind) -> its frames."""
    out: dict[tuple[str, str, str], list[str]] = {}
    for line in (Path(__file__).parent / "words" / "tones.txt").read_text("utf-8").split("\n"):
        if line.startswith("["):
            tone, lang, kind = line.strip("[]").split(" ")
            out[tone, lang, kind] = []
        elif line and line[0] != "#":
            out[tone, lang, kind].append(line)
    for (tone, lang, kind), frames in out.items():
        if kind in _BESIDE:
            frames += out[tone, lang, _BESIDE[kind]]
    return {key: tuple(frames) for key, frames in out.items()}


def _opening(frame: str, zh: bool) -> str:
    """The first words of a frame, by which two sentences sound alike; a slot is one word."""
    words = re.findall(r"{\w+}|[\w'’-]" if zh else r"{\w+}|[\w'’-]+", frame)
    return "^" + " ".join(words[: 3 if zh else 2])


def capital(text: str) -> str:
    """With its first letter large, or its first word if that is initials (R&B)."""
    head, _, tail = text.partition(" ")
    if _UPPER.fullmatch(head):
        head = head.upper()
    return head[:1].upper() + head[1:] + (f" {tail}" if tail else "")


def listed(values: Sequence[str], zh: bool) -> str:
    """Values as one phrase: a, b and c; 甲、乙."""
    if zh:
        return "、".join(values)
    return "".join(values) if len(values) < 2 else ", ".join(values[:-1]) + " and " + values[-1]


def gloss(tag: str, zh: bool) -> str:
    """A tag in the language of the sentence, if the lexicon has a word for it; else as it is written."""
    if zh is has_cjk(tag):
        return tag
    if zh:
        return next((w for w in synonyms().get(facet_key(tag), ()) if has_cjk(w)), tag)
    word = glosses().get(fold(tag), tag)
    return " ".join(w.upper() if w in ("usa", "uk", "uae") else w.capitalize() if w not in ("and", "of", "the") else w for w in word.split()) if word in _proper() else word


@cache
def _proper() -> frozenset[str]:
    """Words of the lexicon that English writes with a capital: places, peoples and languages."""
    return frozenset(w for region in _REGIONS for w in same().get(region, ()) if w.isascii()) - {"silent", "instrumental", "non english", "foreign language"}


def titled(title: str, zh: bool, *, work: bool, quoted: bool = False) -> str:
    """A title as it stands in a sentence: bare in English where it looks like a name (unless `quoted`), else in quotes; of a work in
    Chinese, in 《》."""
    title = clean(title)
    if len(title) > TITLE_LIMIT:
        title = title[:TITLE_LIMIT].rsplit(" ", 1)[0].rstrip(",;:.-– ") + "…"
    if has_cjk(title) or zh:
        if work:
            return title if "《" in title else f"《{title}》"
        return title if not has_cjk(title) and len(title.split()) < 5 else f"“{title}”"
    words = title.split()
    named = title[:1].isupper() and not re.search(r"[,;:?!…“”\"(]|\.$", title) and all(not w[0].islower() or w in _SMALL for w in words)
    return title if named and not quoted and (1 < len(words) < 7 or not work) else f"“{title}”"


_SMALL = frozenset("a an and at by de del der di for from in into la le of on or the to und with".split())


def looks_bare(title: str, *, work: bool) -> bool:
    """Whether `titled` leaves it without quotes in English."""
    return titled(title, False, work=work)[:1] not in "“《"


# English adjectives among tags ("shares calm with" is no English): these words, and what ends like one but for some nouns.
_ADJECTIVES = frozenset(
    "absurd alpine ambient ancient angry arid bittersweet bleak calm catchy cheap choral colourful compact cool cosy cozy dark dense disturbing dreamy elegant epic erotic exciting"
    " fast feel-good funny gentle gory gritty groovy handmade happy haunting indoor intimate inspiring light live local lonely long loud lush medium melancholy mind-bending minimal"
    " minimalist moving neutral nonlinear outdoor playful polar polarized quick quiet quirky raunchy raw relaxing retro sad scary short silent slow slow-burning soft sweet temperate"
    " tender tense thought-provoking touching traditional triumphant uplifting vibrant violent warm wholesome wild wired witty".split()
)
_ENDING = regex(r"(?:ic|ful|ive|ous|ish|less|able|ible|ed|al|like|proof|resistant|friendly|compatible|free)$")
_NOUNS = regex(r"(?:music|classic|magic|logic|fabric|ceramic|epidemic|comic|metal|medal|animal|festival|musical|journal|capital|hospital|survival|detective|vegetable|table|cable|speed|need|seed|bed)$")


def nouns(tags: Sequence[str]) -> bool:
    """Whether every tag seems to be a noun, or is in Chinese, where it does not matter."""
    last = [t.lower().split()[-1] for t in tags if t.split()]
    return all(has_cjk(w) or (w not in _ADJECTIVES and (not _ENDING.search(w) or _NOUNS.search(w) is not None)) for w in last)
