"""How people ask: frames of sentences (frames.txt), words for a tag, numbers in words and digits, slips of the pen.

Pure functions of a `random.Random`. Leaves out: what is asked for, and what fits (see `tasks`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from worlds import Lexicon, World

TENS = {10: "teens", 20: "twenties", 30: "thirties", 40: "forties", 50: "fifties", 60: "sixties", 70: "seventies", 80: "eighties", 90: "nineties", 0: "two-thousands"}
TENS_ZH = dict(zip((20, 30, 40, 50, 60, 70, 80, 90), "二三四五六七八九", strict=True))
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
ROUND = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
DIGITS_ZH = "零一二三四五六七八九"
IN_WORDS, LOWER, SLIP, OTHER_WORD = 0.25, 0.4, 0.07, 0.35  # shares of requests with numbers in words, in lower case, with a slip; of tags said otherwise


@cache
def frames() -> dict[str, list[str]]:
    """frames.txt: section -> its lines."""
    out: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (Path(__file__).parent / "frames.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = out.setdefault(line[1 : line.index("]")], [])
        elif line and line[0] != "#":
            lines.append(line)
    return out


@cache
def pairs(section: str) -> list[tuple[str, str]]:
    """The lines "a = b" of a section."""
    return [(a, b) for a, _, b in (line.partition(" = ") for line in frames()[section])]


@cache
def moods(lang: str) -> list[tuple[str, frozenset[str]]]:
    """(what a person says, the tags of which any answers it)."""
    return [(said, frozenset(tags.split(", "))) for said, tags in pairs(f"mood {lang}")]


def fill(section: str, lang: str, dice: random.Random, **slots: object) -> str:
    """A frame of a section with its slots filled."""
    out = dice.choice(frames()[f"{section} {lang}"])
    for name, value in slots.items():
        out = out.replace(f"{{{name}}}", str(value))
    return out


def said(tag: str, lang: str, lexicon: Lexicon, dice: random.Random, row_lang: str = "en") -> str:
    """A way to say a tag in a language: mostly itself; "" if there is none in that language."""
    ways = lexicon.says.get(tag.lower(), {})
    if lang != row_lang:
        return dice.choice(ways[lang][:2]) if ways.get(lang) else ""
    others = [*ways.get(lang, ()), *(ways.get("near", ()) if lang == "en" else ())]
    return dice.choice(others) if others and dice.random() < OTHER_WORD else tag


def noun_phrase(words: Sequence[tuple[str, str]], world: World, lang: str, dice: random.Random) -> str:
    """(word, how it is said of a thing) -> "sad jazz songs with piano for a rainy day"; in Chinese "带钢琴的悲伤爵士歌"."""
    if lang == "zh":
        before = [f"适合{w}" if h == "for" else f"有{w}" if h == "with" else f"关于{w}" if h == "about" else w for w, h in words]
        return "".join(f"{w}的" for w in before[:-1]) + (before[-1] + dice.choice(("的", "的", "")) if before else "") + world.noun_zh
    before = [w for w, h in words if h == "be"]
    behind = [(w, h) for w, h in words if h != "be"]
    noun = dice.choice((world.nouns, world.nouns, world.nouns, world.noun, "things", "ones", "stuff"))
    joined = dice.choice((" ", " ", ", ", " and ")).join(before)
    if before and not behind and dice.random() < 0.15:
        out = f"{noun} that are {' and '.join(before)}"
    elif before and dice.random() < 0.12:
        out = joined  # tags alone, as in a search box
    else:
        out = f"{joined} {noun}".strip()
    return out + "".join(f" {h} {w}" if n == 0 or behind[n - 1][1] != h else f" and {w}" for n, (w, h) in enumerate(behind))


# --- numbers --------------------------------------------------------------------------------------------------------------


def in_words(n: int) -> str:
    """A whole number below 1,000 in English words.

    >>> in_words(45), in_words(200), in_words(117)
    ('forty-five', 'two hundred', 'a hundred and seventeen')
    """
    if n < 20:
        return ONES[n]
    if n < 100:
        return ROUND[n // 10 * 10] + (f"-{ONES[n % 10]}" if n % 10 else "")
    return ("a" if n < 200 and n != 100 else ONES[n // 100]) + " hundred" + (f" and {in_words(n % 100)}" if n % 100 else "")


def in_words_zh(n: int) -> str:
    """A whole number below 10,000 in Chinese.

    >>> in_words_zh(45), in_words_zh(200), in_words_zh(12)
    ('四十五', '二百', '十二')
    """
    if n >= 100:
        unit, sign = (1000, "千") if n >= 1000 else (100, "百")
        rest = n % unit
        return DIGITS_ZH[n // unit] + sign + (("零" if rest < unit // 10 else "") + in_words_zh(rest) if rest else "")
    tens, ones = divmod(n, 10)
    return ("" if tens < 2 else DIGITS_ZH[tens]) + ("十" if tens else "") + (DIGITS_ZH[ones] if ones or not tens else "")


def money(value: float, unit: str, lang: str, dice: random.Random) -> str:
    """$50, 50 dollars, fifty dollars, 50 bucks; 50元, 五十块."""
    n = round(value)
    words = dice.random() < IN_WORDS and n < 1000
    if lang == "zh":
        return (in_words_zh(n) if words else str(n)) + ("美元" if unit == "$" else dice.choice("元块"))
    if unit == "元":
        return f"{n} yuan"
    return f"{in_words(n)} dollars" if words else dice.choice((f"${n}", f"${n}", f"{n} dollars", f"{n} bucks", f"{n} usd"))


def minutes(value: float, lang: str, dice: random.Random) -> str:
    """90 minutes, an hour and a half, 2 hours; 90分钟, 一个半小时."""
    n = round(value)
    if n >= 60 and n % 30 == 0 and dice.random() < 0.6:
        hours, half = divmod(n, 60)
        if lang == "zh":
            number = "两" if hours == 2 else in_words_zh(hours) if dice.random() < 0.5 else str(hours)
            return f"{number}个半小时" if half else f"{number}小时"
        number = in_words(hours) if dice.random() < 0.5 else str(hours)
        name = "hour" if hours == 1 else "hours"
        return f"{dice.choice(('an', 'one')) if hours == 1 else number} {name}{' and a half' if half else ''}"
    words = dice.random() < IN_WORDS and n < 1000
    if lang == "zh":
        return (in_words_zh(n) if words else str(n)) + "分钟"
    return f"{in_words(n)} minutes" if words else dice.choice((f"{n} minutes", f"{n} minutes", f"{n} min", f"{n} mins"))


def bound(unit: str, at: float, lang: str, dice: random.Random) -> tuple[str, float, float]:
    """Words for a range that a value of `at` lies in, and the range: ("before 1990", -inf, 1989)."""
    kind = dice.choice(("below", "above", "between", "decade", "decade", "decade", "same") if unit == "year" else ("below", "below", "below", "above", "between"))
    if unit == "year":
        year, low = int(at), int(at) // 10 * 10
        if kind == "decade" and year >= 1920:
            short = low % 100
            digits = dice.choice((f"{low}", f"{short:02}")) if low < 2000 else f"{low}"
            if lang == "zh":
                return fill("year decade", lang, dice, d=digits if low < 2000 else low, w=f"{TENS_ZH[short]}十" if short in TENS_ZH else low), low, low + 9
            return fill("year decade", lang, dice, d=digits, w=TENS.get(short, f"{low}s")), low, low + 9
        if kind == "below":
            n = year + dice.randint(1, 8)
            n = dice.choice((n, -(-n // 10) * 10))
            frame = fill("year below", lang, dice, n=n)
            return frame, -1e9, n if frame.startswith(("no newer", "until", "up to")) else n - 1
        if kind == "above":
            n = year - dice.randint(1, 8)
            n = dice.choice((n, n // 10 * 10))
            frame = fill("year above", lang, dice, n=n)
            return frame, n if re.search(r"since|from|or later|older than|onwards|至今|以后|之后", frame) else n + 1, 1e9
        if kind == "between":
            n, m = year - dice.randint(0, 6), year + dice.randint(1, 6)
            return fill("year between", lang, dice, n=n, m=m), n, m
        return fill("year same", lang, dice, n=year), year, year
    name = "time" if unit == "min" else "money"
    step = 10 if at < 100 else 50 if at < 1000 else 500
    up, down = max(step, -(-int(at * dice.uniform(1.0, 1.3) + 1) // step) * step), max(1, int(at * dice.uniform(0.6, 0.95)) // step * step)
    write = (lambda v: minutes(v, lang, dice)) if unit == "min" else (lambda v: money(v, unit, lang, dice))
    slots = {"n": write(up), "c": write(up)} if kind == "below" else {"n": write(down), "c": write(down), "e": write(up)}
    if kind == "between" and unit == "min":
        kind, slots = "below", {"n": write(up)}
    frame = fill(f"{name} {kind}", lang, dice, **slots)
    if kind == "below":
        return frame, -1e9, up
    return frame, down, 1e9 if kind == "above" else up


# --- slips and registers --------------------------------------------------------------------------------------------------


def spoken(text: str, lang: str, dice: random.Random) -> str:
    """The request as it might be typed: with something before or behind it, in lower case, with a slip of the pen."""
    text = re.sub(r"\s+", " ", text).strip()
    if dice.random() < 0.08:
        text = dice.choice(frames()[f"open {lang}"]) + (text if lang == "zh" else text[:1].lower() + text[1:])
    if dice.random() < 0.1:
        text = text.rstrip("?.") + dice.choice(frames()[f"close {lang}"])
    if lang == "zh":
        return text
    if dice.random() < SLIP:
        text = _slip(text, dice)
    roll = dice.random()
    if roll < LOWER:
        return text.lower().replace("?", "") if roll < LOWER / 2 else text.lower()
    return text[:1].upper() + text[1:] + ("." if roll > 0.93 and text[-1:].isalnum() else "")


def _slip(text: str, dice: random.Random) -> str:
    """One letter of a longer word dropped, doubled or swapped with the next."""
    words = [m for m in re.finditer(r"[A-Za-z]{5,}", text)]
    if not words:
        return text
    at = dice.choice(words).start() + dice.randint(1, 3)
    kind = dice.randrange(3)
    return text[:at] + (text[at + 1 :] if kind == 0 else text[at] + text[at:] if kind == 1 else text[at + 1] + text[at] + text[at + 2 :])
