"""Wishes relative to what was shown: "older", "a bit cheaper", "too long", "newer than the second", 更老一点的, 便宜点 -> bounds on number columns.

"Older" means before the median year of what was shown ("much older": before all of it), so that saying it again goes further back. A bound
that was set before still holds at its other end as long as that leaves room. What has no number ("darker", "less touristy", 更伤感一点) is put in
words that a request is read by. Leaves out: bounds in figures (see `conditions`), which item "the second" is (see `mentions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf, isnan

from msgspec import Struct

from recsh.conditions import Condition
from recsh.index import Index
from recsh.lexicon import same
from recsh.regex import regex
from recsh.request import facets_saying, tags_with
from recsh.text import fold, has_cjk, tokens
from recsh.types import Column, Item, Role

DAY = 1 / 365.25  # years
COARSE = 20  # from this on a whole number is one of many
_END = r"(?=\s*(?:$|[,.;!?，。！？]|please\b|ones?\b|than\s+(?:⟦|that|this|these|those|it\b|them|the\b)|and\b|but\b|songs?\b|movies?\b|films?\b|books?\b|reads?\b|stories\b|stuff\b|things?\b|tracks?\b|music\b|options?\b|if\b|though\b|now\b|is fine\b|still\b|again\b|⟦))"
_BIT = r"(?:一?点儿?|一些|些)"


def _zh(words: str) -> str:
    """更老, 老一点, 再老些."""
    return rf"(?:(?:更加?|再|还要|稍微|最好)(?:{words})(?:{_BIT})?|(?:{words}){_BIT})的?"


# (units of the column, direction, English, Chinese): -1 asks for lower values than were shown, 1 for higher ones.
_RULES: tuple[tuple[tuple[str, ...], int, str, str], ...] = (
    (("year",), -1, rf"(?:older|earlier)(?!\s+(?:people|kids|children|adults|readers|brother|sister)){_END}|(?:more|something) (?:classic|vintage)\b|less (?:recent|modern)\b|too (?:new|modern|recent)\b", _zh("老|早|旧|久远") + "|太新"),
    (("year",), 1, rf"newer{_END}|(?:more recent|more modern|more current)(?! first)\b|less old\b|too old\b|more up to date\b", _zh("新|近") + "|太老|太旧"),
    (("$", "元", "€", "£"), -1, r"cheaper\b(?! (?:than )?[$€£\d])|less (?:expensive|pricey)\b|more affordable\b|(?:too|very|so) (?:expensive|pricey|dear|costly)\b", _zh("便宜|实惠") + "|太贵"),
    (("$", "元", "€", "£"), 1, rf"more expensive{_END}|pricier\b|fancier\b|too cheap\b", _zh("贵|高档")),
    (("min", "s", "ms", "pages"), -1, rf"shorter{_END}|quicker{_END}|less long\b|too long\b", _zh("短") + "|太长"),
    (("min", "s", "ms", "pages"), 1, rf"longer{_END}|too short\b", _zh("长") + "|太短"),
    (("g", "kg"), -1, rf"lighter{_END}|less heavy\b|too heavy\b", _zh("轻|轻便") + "|太重"),
    (("g", "kg"), 1, rf"heavier{_END}", _zh("重")),
    (("rating",), 1, r"(?:better|higher)[ -]rated\b|better reviewed\b|better (?:ratings?|reviews?)\b|higher ratings?\b", _zh("评分高|口碑好|好评") + "|评分(?:更|再)?高" + f"(?:{_BIT})?的?"),
    (("count",), 1, rf"(?:more popular|better known|more famous){_END}", _zh("热门|出名|有名")),
    (("count",), -1, rf"(?:less popular|less known|more obscure){_END}", _zh("冷门|小众")),
)
_LEAD = r"(?:\b(?:(?:something|anything|some|ones?|it['’]?s|that['’]?s|they['’]?re|these are|are|is|all|make it|maybe|rather|go)\s+)*(?P<how>(?:(?:a\s+(?:bit|little|lot)|much|even|far|way|slightly|somewhat|still)\s+)*))?"
_MUCH = regex(r"\b(?:much|far|way|a lot)\b|[老早旧]得多|多了")
_COMPARATIVE = regex(r"\b(?:more\s+)?([a-z]{2,}er)\b(?:\s+than\s+(?:⟦\d+⟧|that|this|these|those|it|them)|(?!\s+than\b))", re.I)
_THE_MORE = regex(r"\bthe\s+(?:more\s+)?(?=[\w-]+,?\s+the\s+(?:better|merrier)\b)|(?<=\w),?\s+the\s+(?:better|merrier)\b", re.I, cues=("the",))  # the sillier the better
_TOO = regex(r"\b(?:it['’]?s|that['’]?s|they['’]?re|this is|these are|those are|a bit|way|far|all)?\s*\btoo\s+([a-z]{3,})\b", re.I)
_ARTICLE = regex(r"\b(?:an?|the|my|our|this|these|some)\s+(?:(?!(?:bit|little|lot|touch|tad|shade|whole|much|far|way|something|one)\b)\w+\s+)?$", re.I)
_NO_NOUN = regex(r"\s*(?:$|[^\w\s]|(?:that|which|for|with|to|in|on|at|and|or|but|under|over|from)\b)", re.I)
_NEGATED = regex(r"(?:\bnot|n['’]t|\bnothing|\bnever)\s*$", re.I)
_MORE_ZH = regex(r"(?:更加?|再|稍微)(?=[\u4e00-\u9fff])")
_BIT_ZH = regex(rf"(?<=[\u4e00-\u9fff]){_BIT}(?=的|$|[，。！？,.])")
_ONE_ZH = regex(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])(?=的?(?:$|[，。！？,.]))")


class Relative(Struct, frozen=True):
    """What was found: bounds, and the clause without their words, the rest put in words that can be looked up; `changed` if any of it was relative."""

    conditions: tuple[Condition, ...]
    rest: str
    changed: bool = False


def read_relative(said: str, shown: Sequence[Item], index: Index, now: Sequence[Condition], places: Callable[[str], tuple[int, ...]]) -> Relative:
    """Relative wishes in a clause. `now` are the conditions that hold, `places(text)` the places of the items that its marks stand for.
    Without anything shown there is nothing to be older than; then the clause is left as it is."""
    rest, found = said, []
    if shown:
        for units, sign, english, chinese in _RULES:
            if column := next((c for c in index.number_columns if c.unit in units or (c.year and "year" in units)), None):
                rest = _take(rest, rf"{_LEAD}\b(?:{english})" if not has_cjk(said) else chinese, column, sign, shown, now, places, found)
        for column in index.number_columns:
            if not column.unit and not column.year and len(column.name) >= 4:
                stem = re.escape(column.name[:5].lower())
                for sign, word in ((1, "more|higher"), (-1, "less|lower")):
                    rest = _take(rest, rf"{_LEAD}\b(?:{word}) {stem}\w*", column, sign, shown, now, places, found)
    spoken = _spoken(rest, index)
    return Relative(tuple(found), spoken, bool(found) or fold(spoken) != fold(rest))


def _take(said: str, pattern: str, column: Column, sign: int, shown: Sequence[Item], now: Sequence[Condition], places: Callable[[str], tuple[int, ...]], found: list[Condition]) -> str:
    m = re.search(pattern + r"(?P<than>\s*\bthan\s+(?:⟦\d+⟧(?:['’]s)?|that|this|these|those|it|them|(?:the\s+)?(?:ones?|others?)))?(?:\s+(?:ones|please))?", said, re.I)
    if not m:
        return said
    chosen = [shown[p] for p in places(m["than"] or "")] or shown
    values = [i.numbers[column.name] for i in chosen if column.name in i.numbers and not isnan(i.numbers[column.name])]
    if not values:
        return said
    from statistics import median

    much = _MUCH.search(m[0]) is not None
    at = (min(values) if sign < 0 else max(values)) if much else median(values)
    found.append(_beyond(column, sign, at, m[0].strip(), next((c for c in now if c.column == column.name and not c.negated), None)))
    return f"{said[: m.start()]} , {said[m.end() :]}"


def _beyond(column: Column, sign: int, at: float, words: str, old: Condition | None) -> Condition:
    """Strictly below (or above) a value: by a day for a date, by one for larger whole numbers, else by as little as shows. Ratings crowd at
    their top, so there the value itself will do."""
    step = 0.0 if column.unit == "rating" else DAY if column.role is Role.DATE else 1.0 if at == int(at) and abs(at) >= COARSE else abs(at) * 1e-6
    bound = round(at + sign * step, 6)
    low, high = (-inf, bound) if sign < 0 else (bound, inf)
    if old is not None and sign < 0 and old.low <= high:
        low = old.low
    if old is not None and sign > 0 and old.high >= low:
        high = old.high
    return Condition(column.name, low, high, words)


# --- what has no number ----------------------------------------------------------------------------------------------


def _spoken(said: str, index: Index) -> str:
    """Comparatives as the words that rows have: "darker" -> "dark", "too slow" -> "less slow", 慢一点 -> 慢歌."""
    return positive(_TOO.sub(lambda m: f" less {m[1]} " if _known(m[1], index) and not _NEGATED.search(m.string[: m.start()]) else m[0], said), index)


def positive(said: str, index: Index) -> str:
    """Comparatives in the positive, which is what rows are tagged with: "like Radiohead but happier" -> "like Radiohead but happy"."""
    said = _THE_MORE.sub(" ", said)
    said = _COMPARATIVE.sub(lambda m: m[0] if _names(m) and not facets_saying(index, _base(m[1], index) or "") else _base(m[1], index) or m[0], said)
    if has_cjk(said):
        said = _BIT_ZH.sub("", _MORE_ZH.sub(" ", said))
        said = _ONE_ZH.sub(lambda m: _label(m[1], index), said)
    return re.sub(r"(?:\s*,\s*)+", ", ", re.sub(r"\s+", " ", said)).strip(" ,")


def _names(m: re.Match[str]) -> bool:
    """Whether a word that ends as comparatives do is a noun by where it stands: "a stroller that folds", "a stroller"."""
    return bool(_ARTICLE.search(m.string[: m.start()]) and _NO_NOUN.match(m.string[m.end() :]))


def _base(word: str, index: Index) -> str | None:
    """"funnier" -> "funny", "sadder" -> "sad", if the catalog or the lexicon knows that and not the word itself ("thriller", "winter"). As a part of a tag
    it is written small: there is an Emma Stone, but nothing is "stone"."""
    word = word.lower()
    if _known(word, index):
        return None
    forms = [word[:-3] + "y"] if word.endswith("ier") else [word[:-2], word[:-1], *([word[:-3]] if len(word) > 4 and word[-3] == word[-4] else [])]
    return next((f for f in forms if len(f) > 2 and (facets_saying(index, f) or f in same() or any(f in t.label.split() for t in tags_with(index, f)))), None)


def _known(word: str, index: Index) -> bool:
    return bool(facets_saying(index, word) or tags_with(index, (tokens(word) or [word])[0]) or tokens(word) and tokens(word)[0] in same())


def _label(word: str, index: Index) -> str:
    """A Chinese word, or the tag that it begins if it is one character: 慢 -> 慢歌."""
    if len(word) > 1:
        return word
    return next((f"{word}{tail}" for tail in "歌片曲节" if facets_saying(index, word + tail)), word)
