"""The `--where` language: conditions written out, as in beets. Words are joined by AND, a comma alone is OR.

    genre:rock            a tag or text column contains "rock" (folded)        genre:=rock       is exactly "rock"
    year:1980..1989       a number in a range; year:..1989, year:1980..       price:<50  rating:>=4.5
    ^mood:sad             not                                                 "open your eyes"   words anywhere in the row
    genre:jazz year:..1969 , genre:blues      either the first two, or the third
    artist:"Guns N' Roses"  "release date":2020-05..2021                      quotation marks keep words together; what they hold is no column

A row whose number is empty meets no condition on it, and so meets every negated one. Plurals are one with their singular in tags, as
everywhere (`genre:=movies` is `genre:=movie`).
Leaves out: natural language (see `query`).
"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct

from recsh.errors import UsageError
from recsh.index import Index, facet_key
from recsh.regex import regex
from recsh.cells import date, number
from recsh.text import fold, tokens
from recsh.types import Column, Role

if TYPE_CHECKING:
    import numpy

_WORD = regex(r'(?P<not>\^+(?=\S))?(?:(?P<name>"[^"]+"|[^\s":]+):(?P<value>(?:"[^"]*"|[^\s"])*)|(?P<words>(?:"[^"]*"|[^\s"])+))')
_COMPARE = regex(r"(<=|>=|<|>|=)\s*(.+)")
_DAY = 1 / 366 / 4  # a quarter of a day in years: dates are compared with room for rounding


class _Term(Struct, frozen=True):
    """One condition as written: `name` is None for words anywhere in the row."""

    negated: bool
    name: str | None
    value: str
    written: str


def mask(expression: str, index: Index) -> numpy.ndarray:
    """Which rows the expression means, bool (rows,). Raises `UsageError` for an unknown column or a value that is no number."""
    import numpy

    groups = [[_rows(term, index) for term in group] for group in _parse(expression)]
    return numpy.logical_or.reduce([numpy.logical_and.reduce(g) for g in groups])


def _parse(expression: str) -> list[list[_Term]]:
    """Terms joined by AND, in groups joined by OR; no group is empty."""
    groups: list[list[_Term]] = [[]]
    at = 0
    while at < len(expression):
        if expression[at].isspace():
            at += 1
            continue
        found = _WORD.match(expression, at)
        at_end = found.end() if found else at
        if not found or (at_end < len(expression) and not expression[at_end].isspace()):
            raise UsageError(f"--where {expression!r}: a quotation mark is not closed", "put another \" at the end of the words it opens")
        at = at_end
        if found[0] == ",":
            groups.append([])
        else:
            text = found["words"] if found["name"] is None else found["value"]
            name = found["name"].strip('"') if found["name"] is not None else None
            groups[-1].append(_Term(len(found["not"] or "") % 2 == 1, name, text.replace('"', ""), found[0]))
    groups = [g for g in groups if g]
    if not groups:
        raise UsageError("--where is empty", "for example --where 'year:1980..1989'")
    return groups


def _rows(term: _Term, index: Index) -> numpy.ndarray:
    found = _anywhere(term.value, index) if term.name is None else _in_column(term.name, term, index)
    return ~found if term.negated else found


def _in_column(name: str, term: _Term, index: Index) -> numpy.ndarray:
    if not term.value.removeprefix("=").strip():
        raise UsageError(f"--where: {term.written!r} has no value", f"for example {name}:something")
    column = next((c for c in index.columns if c.name.lower() == name.lower()), None) or _by_role(name, index)
    if column is None:
        if name.lower() == "id":  # a file without ids: the rows' numbers
            return _positions([n for n in [index.by_id(term.value.removeprefix("="))] if n is not None], index)
        names = ", ".join(c.name for c in index.columns)
        raise UsageError(f"--where: no column is called {name!r}", f"the columns are: {names[:500]}; put words with a colon in quotation marks")
    if column.role in (Role.NUMBER, Role.DATE):
        return _number(column, term, index)
    return _text(column, term.value, index)


def _by_role(name: str, index: Index) -> Column | None:
    """'creator:', 'tag:', 'title:', 'year:' work whatever the file calls them."""
    key = name.lower().removesuffix("s")
    if key == "year":
        return next((c for c in index.columns if c.year), None)
    return next((c for c in index.columns if c.role.value.removesuffix("s") == key), None)


def _positions(rows: list[int] | numpy.ndarray, index: Index) -> numpy.ndarray:
    import numpy

    out = numpy.zeros(index.rows, dtype=bool)
    out[rows] = True
    return out


def _anywhere(words: str, index: Index) -> numpy.ndarray:
    wanted = tokens(words)
    if wanted:
        return _positions(index.containing(wanted), index)
    key = fold(words)  # punctuation alone is a title or nothing: "!!!"
    return _positions(index.by_key([key]).get(key, []), index)


def _number(column: Column, term: _Term, index: Index) -> numpy.ndarray:
    values = index.numbers(column.name)
    low, dots, high = term.value.partition("..")
    if dots:
        least = _limits(column, low, term)[0] if low else -inf
        most = _limits(column, high, term)[1] if high else inf
        return (values >= least) & (values <= most)
    compare = _COMPARE.fullmatch(term.value)
    least, most = _limits(column, compare[2] if compare else term.value, term)
    match compare[1] if compare else "=":
        case "<":
            return values < least
        case "<=":
            return values <= most
        case ">":
            return values > most
        case ">=":
            return values >= least
    return (values >= least) & (values <= most)


def _limits(column: Column, text: str, term: _Term) -> tuple[float, float]:
    """The first and last value that `text` means: a number twice, or the ends of a year, a month or a day."""
    if column.role is Role.DATE and (start := date(text)) is not None:
        parts = len([p for p in re.split(r"\D+", text) if p])
        return start - _DAY, start + (1 if parts == 1 else 1 / 12 if parts == 2 else 0) + (-_DAY if parts < 3 else _DAY)
    value = number(text)
    if value is None or column.role is Role.DATE:
        raise UsageError(f"--where: {term.written!r} is not a number or a range", f"for example {column.name}:1980..1989 or {column.name}:<50")
    return value, value


def _text(column: Column, value: str, index: Index) -> numpy.ndarray:
    exact = value.startswith("=")
    value = value.removeprefix("=")
    if column.role in (Role.TAGS, Role.CREATOR):
        key = facet_key(value)
        if exact:
            return _positions(index.facet_rows(f.f for f in index.facets([key]).get(key, ()) if f.column == column.name), index)
        return _positions(index.facet_rows(f.f for f in index.facet_values(column.name, -1) if key in f.key), index)
    key = fold(value)
    return _positions([n for n, cell in index.cells(column.name) if (fold(cell) == key if exact else key in fold(cell))], index)
