"""What to ask back when a request says nothing: one short question, with the choices that split what there is best.

    Which genre: rock, jazz, pop or electronic?

Leaves out: reading the answer (`turns` does, by `Talk.asked`), and how it is shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import log

from msgspec import Struct

from recsh.regex import regex
from recsh.cells import split
from recsh.text import clean, fold
from recsh.types import Column, Item, Role

CHOICES = 4  # at most so many to choose from
_COVER = 0.3  # share of the items that the choices together must say something about
_GENERAL = regex(r"(?:tags?|labels?|keywords?|标签|关键词)", re.I)  # a column that may hold anything: asked for only where no other splits half as well
_NAMES = {"genre": "类型", "type": "类型", "kind": "类型", "category": "类别", "section": "版块", "topic": "话题", "mood": "心情", "style": "风格", "continent": "大洲", "country": "国家", "language": "语言"}
_SAME = 0.9  # a value that nearly all items have splits nothing


class Question(Struct, frozen=True):
    """`text` to be shown, about `column`; `choices` as the catalog writes them."""

    text: str
    column: str
    choices: tuple[str, ...]


def ask_back(items: Sequence[Item], columns: Sequence[Column], *, chinese: bool = False, known: Sequence[str] = (), word: Callable[[str], str] = str) -> Question | None:
    """One question about the tag column that splits these items best, None if none does; `known` values are not asked for again, `word` says a value in
    the person's language.

    A column's worth is the entropy (Shannon 1948) of its choices' shares, times the share of items that have any of them: even halves that say
    something of every item win over a dozen tags that hardly any has. The first of two equal columns is asked for.
    """
    said = {fold(k) for k in known}
    best: tuple[float, Column, tuple[str, ...]] | None = None
    for column in columns:
        if column.role is not Role.TAGS or len(items) < 2:
            continue
        values = [dict.fromkeys(v for v in split(i.cells.get(column.name, ""), column.joiner) if v) for i in items]
        counts = Counter(v for own in values for v in own)
        top = tuple(v for v, n in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])) if 1 < n < _SAME * len(items) and fold(v) not in said and len(clean(v)) <= 24)[:CHOICES]
        covered = sum(any(v in own for v in top) for own in values) / len(items)
        if len(top) < 2 or covered < _COVER:
            continue
        total = sum(counts[v] for v in top)
        worth = covered * -sum(counts[v] / total * log(counts[v] / total) for v in top)
        worth *= 0.5 if _GENERAL.fullmatch(clean(column.name)) else 1.0
        if best is None or worth > best[0] + 1e-9:
            best = worth, column, top
    if best is None:
        return None
    _, column, top = best
    shown = [clean(word(v)) for v in top]
    name = clean(column.name.replace("_", " "))
    if _GENERAL.fullmatch(name):
        name = "" if chinese else "of these"
    elif chinese:
        name = _NAMES.get(name.lower().removesuffix("s"), name)
    text = f"哪一种{name}：{'、'.join(shown[:-1])}还是{shown[-1]}？" if chinese else f"Which {name}: {', '.join(shown[:-1])} or {shown[-1]}?"
    return Question(text, column.name, top)
