"""Numbers as people write them, in digits or in English and Chinese words -> values.

Leaves out: what is counted (see `conditions`), and cells of a table (see `cells.number`).
"""

from __future__ import annotations

import re

MONTHS = "january february march april may june july august september october november december".split()
_WORD_NUMBERS = {w: i for i, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split())}  # fmt: skip
_TENS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}
_TENTHS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SOME = {"half": 0.5, "couple": 2, "few": 3, "a": 0, "an": 0, "of": 0, "and": 0}
_THOUSAND = frozenset(("thousand", "grand", "k"))
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}


def han_number(text: str) -> float | None:
    """'一百五' is 150, '一万五' 15,000, '一万零五' 10,005, '两千' 2000, '120' 120; None if it is no number."""
    try:
        return float(text)
    except ValueError:
        pass
    total = section = digit = 0.0
    unit = 1.0
    for c in text:
        if c in _HAN:
            digit = _HAN[c]
        elif c in "十百千":
            unit = {"十": 10.0, "百": 100.0, "千": 1000.0}[c]
            section += (digit or 1.0) * unit
            digit = 0.0
        elif c == "万":
            total, section, digit, unit = (section + digit or 1.0) * 10_000, 0.0, 0.0, 10_000.0
        else:
            return None
    # '一百五': a last digit behind a unit counts in the next lower unit; '一百零五' says so with its zero.
    if digit and unit >= 100 and text[-2:-1] not in ("零", "〇"):
        digit *= unit / 10
    return total + section + digit


def value_of(text: str) -> float:
    """'1,500', '1.5k', 'twelve' or '三百' as a number; 0 for what is none.

    >>> value_of("1.5k"), value_of("twelve"), value_of("三百")
    (1500.0, 12.0, 300.0)
    """
    text = text.lower().strip()
    if text.endswith("k") and text[:-1].replace(".", "").replace(",", "").isdigit():
        return value_of(text[:-1]) * 1000
    if text in _WORD_NUMBERS:
        return float(_WORD_NUMBERS[text])
    value = han_number(text.replace(",", "").replace("\u00a0", ""))
    return value if value is not None else 0.0


def in_words(text: str) -> float:
    """'a hundred and fifty', 'two grand', 'seventy-five', '2k', 'an' as a number; 0 for what is none.

    >>> in_words("a hundred and fifty"), in_words("half a grand"), in_words("an")
    (150.0, 500.0, 1.0)
    """
    total = now = 0.0
    words = re.findall(r"\d+(?:\.\d+)?|[a-z]+", text.lower())
    for word in words:
        if word == "hundred":
            now = (now or 1.0) * 100
        elif word in _THOUSAND:
            total, now = (total + now or 1.0) * 1000, 0.0
        else:
            now += _TENTHS.get(word) or _SOME.get(word) or value_of(word)
    return total + now or float(words in (["a"], ["an"]))


def decade(text: str) -> int | None:
    """'90s', '1990s', 'nineties', '九十' -> 1990; two digits below 30 mean the 2000s."""
    text = text.lower().strip("'’")
    if text in _TENS:
        return 1900 + _TENS[text]
    value = han_number(text.removesuffix("s"))
    if value is None:
        return None
    value = int(value)
    return value if value >= 1000 else 1900 + value if 20 < value < 100 or (value == 20 and text == "twenties") else 2000 + value
