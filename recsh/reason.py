"""Reasons that are true: the model's, if every word of it stands in the row, the request or the reference; otherwise one made from facts.

    "thrash metal, like Metallica; from 1986"

A reason names only what is in the item's row, in the request, or in what the person said. `untrue` is the check, `compose` the fallback.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recsh.lexicon import STOP, same
from recsh.prompt import number_text
from recsh.query import Query
from recsh.text import clean, fold, has_cjk, tokens
from recsh.types import Column, Item, Role

_GLUE = STOP | frozenset(
    "also fit match same similar both because since share while full made perfect suit work offer bring feature mix blend come stand your close near both era decade sound"
    " mood theme genre tag artist author director brand maker year price minute long short new old high low classic request wish here under over after before between per".split()
)


def untrue(reason: str, item: Item, query: Query, references: Sequence[Item] = ()) -> list[str]:
    """Words of a reason that nothing supports: not in the row, not in the request, not in a reference, not plain glue. Empty means true.

    Tags and names must stand in the row itself when they are said of it; the request alone supports a word only if the row says the
    same in other words (see lexicon.SAME).
    """
    row = _support([item])
    named = {t for r in references for t in tokens(f"{r.title} {r.creator}")} | {t for r in query.references for t in tokens(r.name)}
    return [w for w in tokens(reason) if w not in row and w not in named and w not in _GLUE and not (len(w) == 1 and w.isascii() and w.isalpha())]


def _support(items: Sequence[Item]) -> set[str]:
    out: set[str] = set()
    for item in items:
        for cell in item.cells.values():
            out.update(tokens(cell[:2000]))
        for value in item.numbers.values():
            if value == int(value):
                year = int(value)
                out.update((str(year), f"{year // 10 * 10}s", f"{year % 100 // 10}0s"))
        for tag in item.tags:
            out.update(w for k in same().get(fold(tag), ()) for w in tokens(k))
    return out


def tidy(reason: str) -> str:
    """The model's reason as one clean line: no list marks, no trailing stop, first letter as written."""
    return clean(re.sub(r"^[\s—–:,-]+", "", reason)).rstrip(" .;,，。")


def compose(item: Item, query: Query, columns: Sequence[Column], references: Sequence[Item] = ()) -> str:
    """A reason from facts alone: the wished tags it has, what it shares with the reference, the conditions it meets, what it is."""
    zh = query.chinese
    parts: list[str] = []
    wished = _wished_tags(item, query)
    if wished:
        parts.append(_join(wished[:3], zh))
    reference = next((r for r in references), None)
    if reference is not None:
        shared = [t for t in item.tags if fold(t) in {fold(x) for x in reference.tags} and t not in wished]
        name = query.references[0].name if query.references and query.references[0].creator else reference.title
        if item.creator and fold(item.creator) == fold(reference.creator):
            parts.append(f"同样来自{item.creator}" if zh else f"also by {item.creator}")
        elif shared:
            parts.append(f"和《{name}》一样：{_join(shared[:3], zh)}" if zh else f"{_join(shared[:3], zh)} like {name}")
    if item.creator and any(fold(item.creator) in fold(w.words) or fold(w.words) in fold(item.creator) for w in query.wishes if w.creator):
        parts.insert(0, f"{item.creator}的作品" if zh else f"by {item.creator}")
    for condition in query.conditions:
        column = next((c for c in columns if c.name == condition.column), None)
        if column and condition.column in item.numbers:
            parts.append(_fact(item.numbers[condition.column], column, zh))
    for leaning in query.leanings[:1]:
        column = next((c for c in columns if c.name == leaning.column), None)
        if column and leaning.column in item.numbers and all(leaning.column != c.column for c in query.conditions):
            parts.append(_fact(item.numbers[leaning.column], column, zh))
    if not parts:
        found = [w for w in query.words if w in {t for c in item.cells.values() for t in tokens(c[:2000])}]
        words = _as_written(found, item)
        parts.append((f"提到{_join(words[:3], zh)}" if zh else f"mentions {_join(words[:3], zh)}") if words else _what_it_is(item, columns, zh))
    text = ("，" if zh else "; ").join(dict.fromkeys(p for p in parts if p))
    return text[:1].upper() + text[1:] if not zh else text


def _wished_tags(item: Item, query: Query) -> list[str]:
    """The item's own tags that answer a wish, in the words of the row."""
    out = []
    for wish in query.wishes:
        keys = {wish.words, *same().get(wish.words, ())}
        for tag in item.tags:
            key = fold(tag)
            stemmed = " ".join(tokens(tag)) if not has_cjk(tag) else key
            if key in keys or stemmed in keys or any(k in stemmed.split() for k in keys) or (has_cjk(key) and any(k in key for k in keys)):
                if tag not in out:
                    out.append(tag)
    return out


def _as_written(words: Sequence[str], item: Item) -> list[str]:
    """Search tokens back to the forms that stand in the row."""
    out = []
    for word in words:
        if has_cjk(word):
            out.append(word)
            continue
        for cell in item.cells.values():
            hit = next((m[0] for m in re.finditer(r"[\w'’-]+", cell) if word in tokens(m[0])), None)
            if hit:
                out.append(hit.lower() if not hit.isupper() else hit)
                break
    return list(dict.fromkeys(out))


def _fact(value: float, column: Column, zh: bool) -> str:
    text = number_text(value, column)
    if column.year:
        return f"{text}年" if zh else f"from {text}"
    if column.unit == "rating":
        return f"评分{text}" if zh else f"rated {text}"
    return text if column.unit else f"{column.name.replace('_', ' ')} {text}"


def _what_it_is(item: Item, columns: Sequence[Column], zh: bool) -> str:
    if item.tags:
        return _join(list(item.tags[:3]), zh)
    return (f"{item.creator}的作品" if zh else f"by {item.creator}") if item.creator else ("与请求相近" if zh else "close to the request in meaning")


def _join(values: Sequence[str], zh: bool) -> str:
    if zh or len(values) < 2:
        return "、".join(values) if zh else "".join(values)
    return ", ".join(values[:-1]) + " and " + values[-1]
