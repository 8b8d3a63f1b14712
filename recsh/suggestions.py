"""What could be asked of a catalog: examples made of its own tags, titles and numbers, in the person's language.

    examples(index, False)     ("rock, sing-along", "something like Bohemian Rhapsody", "jazz from before 1970")

One well-known row gives them, so that each has an answer. Leaves out: when they are said (see `smalltalk`, `repl`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recsh.index import Index
from recsh.schema import LESSER
from recsh.cells import split
from recsh.text import clean, fold, has_cjk, tokens
from recsh.tone import gloss
from recsh.types import Column, Item, Role


LOOKED_AT = 240  # rows, over the whole catalog
SHORT, LONG = 24, 30  # characters of a tag, and of a title, that stand in an example


def examples(index: Index, chinese: bool) -> tuple[str, ...]:
    """Up to three requests that this catalog has an answer to, the plainest first; none for one without tags and short titles."""
    rows = rows_over(index)
    columns = [c for c in index.columns if c.role is Role.TAGS and not LESSER.search(c.name)]
    counts = Counter(t for row in rows for c in columns for t in {*split(row.cells.get(c.name, ""), c.joiner)} if 0 < len(clean(t)) <= SHORT)
    ranked = sorted(rows, key=lambda row: _worth(row, columns, counts), reverse=True)
    best = ranked[0] if ranked else None
    tags = _telling(best, columns, counts) if best else []
    said = [gloss(clean(t), chinese) for t in tags]
    out = []
    if said:
        out.append(("、" if chinese else ", ").join(said[:2]))
    if title := next((clean(r.title) for r in ranked[1:] if 2 <= len(clean(r.title)) <= LONG and _plain(r.title)), ""):
        out.append(f"像《{title}》那样的" if chinese else f"something like {title}")
    if bound := _bound(index, said[0] if said else "", chinese):
        out.append(bound)
    return tuple(out)


def rows_over(index: Index) -> list[Item]:
    """Some of the rows, from all over the catalog; the best known, where the catalog says which these are."""
    import numpy

    if index.popular is not None and index.rows > LOOKED_AT:
        return index.items(numpy.argsort(-index.popular, kind="stable")[:LOOKED_AT].tolist())
    return index.items(range(0, index.rows, max(1, index.rows // LOOKED_AT)))


def _worth(row: Item, columns: Sequence[Column], counts: Counter[str]) -> float:
    """How much a row stands for the catalog: the frequent tags that it has."""
    return sum(counts[t] ** 0.5 for t in _telling(row, columns, counts)[:2])


def _telling(row: Item, columns: Sequence[Column], counts: Counter[str]) -> list[str]:
    """Its most frequent tag of the first column of tags, then of each other one."""
    out: list[str] = []
    for column in columns:
        found = [t for t in split(row.cells.get(column.name, ""), column.joiner) if counts[t] > 1 and fold(t) not in map(fold, out)]
        out += sorted(found, key=lambda t: -counts[t])[:1]
    return out


def _plain(title: str) -> bool:
    """Whether a title can stand in a sentence as it is."""
    return not any(mark in title for mark in ",;:()（），。：？?!！\"“”《》") and (has_cjk(title) or len(tokens(title)) > 1)


def _bound(index: Index, tag: str, chinese: bool) -> str:
    """A request with a number: a price, a year, or minutes, about the middle of what there is."""
    import numpy

    for units in (("$", "元", "€", "£"), ("year",), ("min",)):
        column = next((c for c in index.number_columns if c.role is Role.NUMBER and (c.unit in units or (c.year and "year" in units))), None)
        if column is None:
            continue
        values = index.numbers(column.name)
        values = values[values == values]
        if not len(values):
            continue
        middle = float(numpy.median(values))
        return _said(column, middle, tag, chinese)
    return ""


def _said(column: Column, middle: float, tag: str, chinese: bool) -> str:
    if column.year:
        year = int(middle) // 10 * 10
        return f"{year}年以前的{tag}" if chinese else f"{tag} from before {year}".strip()
    figure = int(middle) if middle < 20 else round(middle / 10) * 10
    if column.unit == "min":
        return f"{figure}分钟以内的{tag}" if chinese else f"{tag} under {figure} minutes".strip()
    if chinese:
        return f"{figure}{'元' if column.unit == '元' else '美元'}以内的{tag}"
    return f"{tag} under {column.unit if column.unit != '元' else ''}{figure}{' yuan' if column.unit == '元' else ''}".strip()
