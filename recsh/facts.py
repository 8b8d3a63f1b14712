"""What can truly be said of a row: its tags that answer a wish or are shared, its numbers, its description, as phrases without a sentence.

Leaves out: sentences around the facts (see `tone`), which of them are said (see `reason`), what the person liked (see `personal`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from os.path import commonprefix

from recsh.cells import LEVEL, RANGE, split
from recsh.index import facet_key
from recsh.knowledge import Known
from recsh.lexicon import same, synonyms
from recsh.planted import spoken
from recsh.prompt import LOOKED_AT, lasting, number_text
from recsh.regex import regex
from recsh.request import Query
from recsh.schema import LESSER
from recsh.schema import aside, noted, role_named
from recsh.text import clean, fold, has_cjk, tokens
from recsh.types import Column, Item, Role

DESCRIPTION_LIMIT = 160  # characters
MOST = 3  # tags that one part of a reason names


_TIME = regex(r"time\b|duration|length|runtime|minutes|min\b|dauer|zeit|durée|durata|duración|时", re.I)  # of the thing itself, and not of its battery


def telling(tags: Iterable[str], item: Item, columns: Sequence[Column]) -> list[str]:
    """The tags without those that half the catalog has, its language and the like."""
    lesser = {fold(t) for c in columns if c.role is Role.TAGS and LESSER.search(c.name) for t in split(item.cells.get(c.name, ""), c.joiner)}
    return [t for t in tags if fold(t) not in lesser]


def distinct(tags: Sequence[str]) -> list[str]:
    """Tags without those that another one says more exactly ("metal" beside "thrash metal"), or that say the same ("Japan", "Japanese")."""
    out: list[str] = []
    for tag in tags:
        if not any(alike(tag, other) for other in out) and not any(within(tag, other) and fold(tag) != fold(other) for other in tags):
            out.append(tag)
    return out


def alike(a: str, b: str) -> bool:
    """Whether two tags say the same."""
    a, b = facet_key(a), facet_key(b)
    return a == b or a in synonyms().get(b, ()) or (min(len(a), len(b)) > 4 and len(commonprefix((a, b))) >= min(len(a), len(b)) - 1 and " " not in a + b)


def within(part: str, whole: str) -> bool:
    """Whether the words of one stand in the other."""
    a, b = fold(part), fold(whole)
    return a in b if has_cjk(a) else f" {a} " in f" {b} "


def wished(item: Item, query: Query) -> list[str]:
    """The item's own tags that answer a wish, in the words of the row: those that say it first, then those that contain it."""
    exact, near = [], []
    for wish in query.wishes:
        keys = {key for word in (wish.words, *map(facet_key, wish.moods)) for key in (word, *same().get(word, ()))}
        for tag in item.tags:
            key = facet_key(tag)
            if key in keys or key.replace(" ", "") in keys:
                exact.append(tag)
            elif wish.words and within(wish.words, key):
                near.append(tag)
    return list(dict.fromkeys(exact + near))


def wished_creator(item: Item, query: Query) -> bool:
    """Whether the item is by someone the request wishes for."""
    return bool(item.creator) and any(w.creator and fold(w.words) in fold(item.creator) for w in query.wishes)


def common(item: Item, reference: Item, tags: Sequence[str], said: Sequence[str]) -> tuple[list[str], int]:
    """Tags that both rows have and that no word `said` already contains, in the order of `tags`, the first `MOST`; and how many the rows
    share in all. The same creator counts for more than any tags, and is said instead of them: ([], 100)."""
    if item.creator and fold(item.creator) == fold(reference.creator):
        return [], 100
    theirs = {fold(t) for t in reference.tags}
    both = [t for t in tags if fold(t) in theirs]
    shared = [t for t in distinct(both) if not any(within(t, s) for s in said)][:MOST]
    return shared, len(both) if shared else 0


def reputed(item: Item, entry: Known, columns: Sequence[Column], said: Sequence[str]) -> list[str]:
    """The item's own telling tags that are known of something, in the order in which they are known, none that `said` already contains, the first `MOST`."""
    known = {key: n for n, tag in reversed([*enumerate(entry.tags)]) for key in (facet_key(tag), *synonyms().get(facet_key(tag), ()))}
    both = sorted((known[facet_key(t)], t) for t in telling(item.tags, item, columns) if facet_key(t) in known)
    return [t for t in distinct([t for _, t in both]) if not any(within(t, s) for s in said)][:MOST]


def mentioned(item: Item, query: Query, columns: Sequence[Column]) -> list[str]:
    """The request's words that stand in the row's title, tags or text, as they are written there."""
    said = typed(query)
    values = [item.title, *item.tags, *(clean(item.cells.get(c.name, ""))[:2000] for c in columns if c.role is Role.TEXT)]
    words: dict[str, str] = {}  # search token -> the word as it is written where it comes first
    for value in values:
        if has_cjk(value):  # half a word is none: only names and tags that are short enough to be quoted whole
            words |= {value: value} if len(value) <= 8 and said & {*tokens(value)} else {}
        else:
            for m in re.finditer(r"[\w&'’-]+", value):
                if said & {*(found := tokens(m[0]))}:
                    words.setdefault(" ".join(found), m[0])
    return list(words.values())[:MOST]


def typed(query: Query) -> set[str]:
    """Search tokens of the request as it was typed, not what they were translated or corrected to."""
    own = {*tokens(query.text)}
    return {w for w in query.words if w in own and (len(w) > 3 or has_cjk(w))}


def description(item: Item, columns: Sequence[Column]) -> str:
    """The row's own one-line description, if it has one that is short enough to quote whole."""
    for column in columns:
        text = spoken(clean(item.cells.get(column.name, "")[:LOOKED_AT])) if column.role is Role.TEXT else ""
        if text and (role_named(column.name) is Role.TEXT or _is_prose(text)) and len(text) <= DESCRIPTION_LIMIT and fold(text) != fold(item.title):
            return text
    return ""


def _is_prose(text: str) -> bool:
    """Whether a cell of which nothing is known but its length reads as a sentence, and not as names, hours or dates."""
    return has_cjk(text) or len(re.findall(r"(?<!\S)[a-zà-ÿ'’-]+(?=[\s,.;:!?]|$)", text)) >= 3


def meets(item: Item, query: Query) -> bool:
    """Whether every condition of the request on a number that the row has holds in it: one may have been set aside. False without any."""
    asked = [c for c in query.conditions if c.column in item.numbers]
    return bool(asked) and all((c.low <= item.numbers[c.column] <= c.high) is not c.negated for c in asked)


def is_its_year(column: Column) -> bool:
    """Whether a column says when an item is from, rather than since when it is known."""
    return column.year and (fold(column.name) in ("year", "date", "released", "published") or has_cjk(column.name))


def figure(item: Item, column: Column, zh: bool, columns: Sequence[Column] = ()) -> str:
    """A number of the item's, as `number` says it; a range, signs of money, or the day that the keeper of the list noted, as they stand in the row:
    "players 2-4", "price €€", "date read 2018/08/09"."""
    if column.unit == "age" or (column.role is Role.DATE and noted(column, columns)):
        return f"{_called(column)} {clean(item.cells[column.name])}"
    if column.joiner != RANGE and column.unit not in (LEVEL, "gb"):  # or gigabytes, which may be terabytes there
        return number(item.numbers[column.name], column, zh, plain=item.cells[column.name].strip().isdigit())
    cell = clean(item.cells[column.name])
    return cell if column.unit in ("min", "$", "€", "£", "元") else f"{_called(column)} {cell}"


def _called(column: Column) -> str:
    """A column's name as it stands in a sentence: "Release_Date" as "release date", "RAM" as it is."""
    return " ".join(w if w.isupper() else w.lower() for w in clean(column.name.replace("_", " ")).split())


def number(value: float, column: Column, zh: bool, *, plain: bool = False) -> str:
    """A number said of the item: from 1990, known since 1991, rated 4.6, 940 g, 2841 reviews; 1990年, 117分钟. What stands in `plain` figures is said in them."""
    text, name = number_text(value, column) if plain else lasting(value, column), _called(column)
    if not value and column.unit in ("$", "€", "£", "元"):
        return "免费" if zh else "free"
    if column.year:
        if value < 0:
            text = f"公元前{-int(value)}" if zh else f"{-int(value)} BC"
        if is_its_year(column):
            return f"{text}年" if zh else f"from {text}"
        return f"{name} {text}"
    if column.unit == "rating" and aside(column):
        return f"{name} {text}"
    if column.unit == "rating":
        return f"评分{text}" if zh else f"rated {text}"
    if column.unit == "min":
        return text.replace(" min", "分钟").replace(" h", "小时").replace(" days", "天") if zh else text if role_named(column.name) or _TIME.search(name) else f"{name} {text}"
    if column.unit == "元" and not zh:
        return text.replace("元", " yuan")
    if column.unit in _UNITS_ZH:
        shown = _UNITS_EN.get(column.unit, column.unit)
        return f"{text}{_UNITS_ZH[column.unit]}" if zh else f"{text} {shown}" if column.unit in ("g", "kg", "pages", "stars") else f"{name} {text} {shown}"
    if column.unit == "%":
        return f"{name.replace('%', '').strip()} {text}%"
    if column.unit in ("people", "stock"):
        return f"{name} {text}"
    if column.unit == "count":
        return f"{text} {name}"
    return text if column.unit else f"{name} {text}"


_UNITS_ZH = {"g": "克", "kg": "公斤", "pages": "页", "km": "公里", "mi": "英里", "gb": "GB", "in": "英寸", "stars": "星"}
_UNITS_EN = {"gb": "GB", "in": "inches", "mi": "miles"}
