"""A column of numbers in ranges that a person would name: decades of years, sixths of a price's rows.

    >>> band.column, band.labels[:2], band.of(1984)
    ('year', ('1960s', '1970s'), '1980s')

Leaves out: conditions in a request (see `conditions`), which mean what they say and not a range of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from recsh.index import Index
from recsh.text import clean, fold, has_cjk
from recsh.types import Column

SIXTHS = (0.0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0)
SAMPLED = 8192  # rows looked at to cut a column into ranges
LONG = 40  # years from which a column is cut into decades


class Bands(Struct, frozen=True):
    """A number column in ranges: `edges` ascending, `labels` and `shares` (of the rows) one fewer."""

    column: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    shares: tuple[float, ...]

    def of(self, value: float) -> str:
        """The label of the range this value is in; empty if it is in none."""
        return next((label for label, (low, high) in zip(self.labels, pairwise(self.edges), strict=True) if low <= value < high), "")



def bands_of(index: Index) -> Iterator[Bands]:
    """Years in decades, where they span four or more; other numbers in sixths of the rows."""
    import numpy

    step = max(1, index.rows // SAMPLED)
    for column in index.number_columns:
        values = index.numbers(column.name)[::step]
        values = values[~numpy.isnan(values)]
        if not len(values):
            continue
        low, high = float(values.min()), float(values.max())
        if column.year and high - low >= LONG:
            edges = [10.0 * d for d in range(int(low // 10), int(high // 10) + 2)]
            labels = [_named(column, f"{int(e)}s") for e in edges[:-1]]
        else:
            cuts = [*dict.fromkeys(float(e) for e in numpy.quantile(values, SIXTHS))]
            edges = [*cuts[:-1], float(numpy.nextafter(max(cuts[-1], column.high or cuts[-1]), numpy.inf))]
            edges[0] = min(edges[0], column.low if column.low is not None else edges[0])
            if len(edges) < 3:
                continue
            labels = [_range(column, a, b) for a, b in pairwise(edges)]
        shares = numpy.histogram(values, edges)[0] / len(values)
        yield Bands(column.name, tuple(edges), tuple(labels), tuple(map(float, shares)))


def _range(column: Column, low: float, high: float) -> str:
    from recsh.prompt import number_text

    return _named(column, f"{number_text(float(f'{low:.4g}'), column)} – {number_text(float(f'{high:.4g}'), column)}")


def _named(column: Column, text: str) -> str:
    """With the column's name, where a unit does not say what it is."""
    plain = column.unit in ("$", "€", "£", "元", "min") or (column.year and (fold(column.name) in ("year", "date", "released", "published") or has_cjk(column.name)))
    return text if plain else f"{clean(column.name).replace('_', ' ')} {text}"
