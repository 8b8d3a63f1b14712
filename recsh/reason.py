"""Reasons that are true: the model's, if every word of it is supported; otherwise one made from the row's own facts.

    "Shares thrash metal and guitar solo with Metallica; from 1990. A vow of vengeance at breakneck tempo."

A reason names only what is in the item's row, in the request, or in what the person said. `untrue` is the check, `compose` the fallback;
a model too small for sentences still chooses which facts come first (`named_facts`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recsh.lexicon import STOP, same
from recsh.prompt import number_text
from recsh.request import Query
from recsh.text import clean, fold, has_cjk, tokens
from recsh.types import Column, Item, Role

_GLUE = STOP | frozenset(
    "also fit match same similar both because since share while full made perfect suit work offer bring feature mix blend come stand your close near both era decade sound"
    " mood theme genre tag artist author director brand maker year price minute long short new old high low classic request wish here under over after before between per".split()
)


DESCRIPTION_LIMIT = 160  # characters


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


def named_facts(text: str, item: Item) -> list[str]:
    """The item's own tags that a model's reason names in full, in its order: what it found worth saying."""
    said = f" {' '.join(tokens(text))} "
    found = [(said.find(f" {' '.join(tokens(t))} "), t) for t in item.tags if tokens(t)]
    return [t for at, t in sorted(found) if at >= 0]


def compose(item: Item, query: Query, columns: Sequence[Column], references: Sequence[Item] = (), first: Sequence[str] = ()) -> str:
    """A reason from facts alone: the wished tags the row has, what it shares with the reference, the conditions it meets, and its own
    description. `first` are tags to prefer where there is a choice. Never empty."""
    zh = query.chinese
    parts: list[str] = []
    wished = _wished_tags(item, query)[:3]
    named = next((r.name for r in query.references if r.rows and r.liked), None)
    reference = next(iter(references), None)
    if any(w.creator and fold(w.words) in fold(item.creator) for w in query.wishes):
        parts.append(f"{item.creator}的作品" if zh else f"by {item.creator}")
    if wished:
        parts.append(_join(wished, zh))
    if reference is not None and named:
        parts.append(_shared(item, reference, named, [*first, *item.tags], wished, zh))
    numbers = [c.column for c in query.conditions] + [x.column for x in query.leanings]
    for column in columns:
        if column.name in numbers and column.name in item.numbers:
            parts.append(_fact(item.numbers[column.name], column, zh))
    parts = [p for p in parts if p]
    if not parts and first:
        parts = [_join(list(first)[:3], zh)]
    if not parts:
        parts = [_mentioned(item, query, zh) or _what_it_is(item, zh)]
    text = ("，" if zh else "; ").join(dict.fromkeys(parts))
    return _sentences(text, _description(item, columns), zh)


def _shared(item: Item, reference: Item, named: str, tags: Sequence[str], said: Sequence[str], zh: bool) -> str:
    """What the item and the reference have in common, tags in the order given, those said already left out."""
    if item.creator and fold(item.creator) == fold(reference.creator) and fold(named) != fold(reference.creator):
        return f"同样来自{item.creator}" if zh else f"also by {item.creator}"
    theirs = {fold(t) for t in reference.tags}
    shared = [t for t in dict.fromkeys(tags) if fold(t) in theirs and t not in said][:3]
    if not shared:
        return ""
    return f"和{named}一样：{_join(shared, zh)}" if zh else f"shares {_join(shared, zh)} with {named}"


def _mentioned(item: Item, query: Query, zh: bool) -> str:
    found = [w for w in query.words if w in {t for c in item.cells.values() for t in tokens(c[:2000])}]
    words = _as_written(found, item)[:3]
    return (f"提到{_join(words, zh)}" if zh else f"mentions {_join(words, zh)}") if words else ""


def _description(item: Item, columns: Sequence[Column]) -> str:
    """The row's own one-line description, if it has one that is short enough to quote whole."""
    for column in columns:
        text = clean(item.cells.get(column.name, "")) if column.role is Role.TEXT else ""
        if text and len(text) <= DESCRIPTION_LIMIT and fold(text) != fold(item.title):
            return text
    return ""


def _sentences(text: str, description: str, zh: bool) -> str:
    text = text if zh else text[:1].upper() + text[1:]
    if not description:
        return text
    return f"{text}{'。' if zh else '. '}{description.rstrip('.。')}"


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


def _what_it_is(item: Item, zh: bool) -> str:
    if item.tags:
        return _join(list(item.tags[:3]), zh)
    return (f"{item.creator}的作品" if zh else f"by {item.creator}") if item.creator else ("与请求相近" if zh else "close to the request in meaning")


def _join(values: Sequence[str], zh: bool) -> str:
    if zh or len(values) < 2:
        return "、".join(values) if zh else "".join(values)
    return ", ".join(values[:-1]) + " and " + values[-1]
