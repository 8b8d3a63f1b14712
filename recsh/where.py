"""The `--where` language: conditions written out, as in beets. Words are joined by AND, a comma alone is OR.

    genre:rock            a tag or text column contains "rock" (folded)        genre:=rock       is exactly "rock"
    year:1980..1989       a number in a range; year:..1989, year:1980..       price:<50  rating:>=4.5
    ^mood:sad             not                                                 "open your eyes"   words anywhere in the row
    genre:jazz year:..1969 , genre:blues      either the first two, or the third

Leaves out: natural language (see `query`).
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from recsh.errors import UsageError
from recsh.index import Index
from recsh.schema import number
from recsh.text import fold, tokens
from recsh.types import Column, Role

if TYPE_CHECKING:
    import numpy

_RANGE = re.compile(r"^(-?[\d.]+)?\.\.(-?[\d.]+)?$")
_COMPARE = re.compile(r"^(<=|>=|<|>|=)\s*(.+)$")


def mask(expression: str, index: Index) -> "numpy.ndarray":
    """Which rows the expression means, bool (rows,). Raises `UsageError` for an unknown column or a value that is no number."""
    import numpy

    try:
        words = shlex.split(expression.replace(" , ", " ',' "))
    except ValueError as error:
        raise UsageError(f"--where {expression!r}: {error}", "close the quotation mark") from None
    groups: list[list[str]] = [[]]
    for word in words:
        if word == ",":
            groups.append([])
        else:
            groups[-1].append(word)
    groups = [g for g in groups if g]
    if not groups:
        raise UsageError("--where is empty", "for example --where 'year:1980..1989'")
    return numpy.logical_or.reduce([numpy.logical_and.reduce([_term(w, index) for w in g]) for g in groups])


def _term(word: str, index: Index) -> "numpy.ndarray":
    if word.startswith("^") and len(word) > 1:
        return ~_term(word[1:], index)
    name, colon, value = word.partition(":")
    if not colon:
        return _anywhere(word, index)
    column = next((c for c in index.columns if c.name.lower() == name.lower()), None) or _by_role(name, index)
    if column is None:
        names = ", ".join(c.name for c in index.columns)
        raise UsageError(f"--where: no column is called {name!r}", f"the columns are: {names}")
    if not value:
        raise UsageError(f"--where: {word!r} has no value", f"for example {name}:something")
    if column.role in (Role.NUMBER, Role.DATE):
        return _number(column, value, word, index)
    return _text(column, value, index)


def _by_role(name: str, index: Index) -> Column | None:
    """'creator:', 'tag:', 'title:', 'year:' work whatever the file calls them."""
    key = name.lower().removesuffix("s")
    if key == "year":
        return next((c for c in index.columns if c.year), None)
    return next((c for c in index.columns if c.role.value.removesuffix("s") == key), None)


def _anywhere(words: str, index: Index) -> "numpy.ndarray":
    import numpy

    out = numpy.zeros(index.rows, dtype=bool)
    wanted = tokens(words)
    out[index.containing(wanted)] = True
    return out


def _number(column: Column, value: str, word: str, index: Index) -> "numpy.ndarray":
    values = index.numbers(column.name)
    wrong = UsageError(f"--where: {word!r} is not a number or a range", f"for example {column.name}:1980..1989 or {column.name}:<50")
    if found := _RANGE.match(value):
        try:
            low = float(found[1]) if found[1] else float("-inf")
            high = float(found[2]) if found[2] else float("inf")
        except ValueError:
            raise wrong from None
        return (values >= low) & (values <= (high + 0.999 if column.role is Role.DATE else high))
    compare = _COMPARE.match(value)
    limit = number(compare[2] if compare else value)
    if limit is None:
        raise wrong
    match compare[1] if compare else "=":
        case "<":
            return values < limit
        case "<=":
            return values <= limit
        case ">":
            return values > limit
        case ">=":
            return values >= limit
    return (values >= limit) & (values < limit + 1) if column.role is Role.DATE else values == limit


def _text(column: Column, value: str, index: Index) -> "numpy.ndarray":
    import numpy

    out = numpy.zeros(index.rows, dtype=bool)
    exact = value.startswith("=")
    key = fold(value.removeprefix("="))
    if column.role in (Role.TAGS, Role.CREATOR):
        facets = [f.f for f in index.facet_values(column.name, 10_000_000) if (fold(f.label) == key if exact else key in fold(f.label))]
        out[index.facet_rows(facets)] = True
        return out
    out[[n for n, cell in index.cells(column.name) if (fold(cell) == key if exact else key in fold(cell))]] = True
    return out
