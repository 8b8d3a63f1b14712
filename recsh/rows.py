"""One checked row: its cells read as what their columns are for, with every defect in the account.

    reader = RowReader(columns, account)
    for line, cells in table.rows(account):
        if row := reader.read(line, cells): ...

The same reading whether a file is compiled (see `index`) or only examined. Leaves out: where rows go.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import nan
from typing import NamedTuple

from recsh.account import Account
from recsh.cells import EMPTY, YES, reader, split
from recsh.text import clean
from recsh.types import Column, Role

_REMEMBERED = 1 << 14  # cells of a column
TITLE_LIMIT = 500  # characters of a title: it stands in every table and prompt (the cell itself is kept whole)


class Row(NamedTuple):  # a million are made
    """`values` has (column position, value) for each creator and tag; `numbers` one for each number and date column, NaN where there
    is none; `cells` are cleaned."""

    id: str
    title: str
    creator: str
    values: list[tuple[int, str]]
    numbers: list[float]
    cells: list[str]


class RowReader:
    """Reads rows in order: ids are unique among all rows it has read. Memory: the ids, if the file has any."""

    def __init__(self, columns: Sequence[Column], account: Account) -> None:
        self.columns = columns
        self.account = account
        self.numeric = [i for i, c in enumerate(columns) if c.role in (Role.NUMBER, Role.DATE)]
        self.listed = [i for role in (Role.CREATOR, Role.TAGS) for i, c in enumerate(columns) if c.role is role]
        self._joined = [(i, columns[i].joiner) for i in self.listed]
        self._numbers = {i: lru_cache(maxsize=_REMEMBERED)(reader(columns[i])) for i in self.numeric}  # years repeat
        self._creators = frozenset(i for i, c in enumerate(columns) if c.role is Role.CREATOR)
        self._title = next(i for i, c in enumerate(columns) if c.role is Role.TITLE)
        self._id = next((i for i, c in enumerate(columns) if c.role is Role.ID), None)
        self._ids: set[str] = set()
        self._repeats: dict[str, int] = {}

    def read(self, line: int, cells: Sequence[str]) -> Row | None:
        """The row, counted in `account.rows`; None if it has no title, which is counted as lost."""
        whole = "|".join(cells)
        plain = is_clean(whole)  # most rows are: one look instead of one a cell
        cleaned = [*map(str.strip if plain else clean, cells)]
        title = cleaned[self._title]
        if not title:
            self.account.add(line, "missing title", "a row without a title cannot be recommended", lost=True)
            return None
        if len(title) > TITLE_LIMIT:
            self.account.add(line, "long title", f"{len(title):,} characters, cut to {TITLE_LIMIT}")
            title = title[:TITLE_LIMIT].rstrip()
        self.account.rows += 1
        values: list[tuple[int, str]] = []
        for i, joiner in self._joined:
            cell = cleaned[i]
            if not cell:
                continue
            if not plain or cell[0] == "[" or joiner[:1] == YES:
                values += [(i, v) for v in split(cells[i], joiner)]
            elif joiner and joiner in cell:
                values += [(i, v) for v in dict.fromkeys(map(str.strip, cell.split(joiner))) if v]
            else:
                values.append((i, cell))
        creator = ", ".join([v for i, v in values if i in self._creators])
        numbers = [self._number(line, i, cleaned[i]) if cleaned[i] else nan for i in self.numeric]
        return Row(self._identity(line, cleaned), title, creator, values, numbers, cleaned)

    def _identity(self, line: int, cells: Sequence[str]) -> str:
        """The row's own id, else its number; repeated ones get '~2', '~3', ... and are reported."""
        own = str(self.account.rows)
        if self._id is None:
            return own
        identity = cells[self._id]
        if not identity:
            self.account.add(line, "missing id", f"the row was given its number, {own}")
            identity = own
        if identity in self._ids:
            first, k = identity, self._repeats.get(identity, 1)
            while identity in self._ids:
                k += 1
                identity = f"{first}~{k}"
            self._repeats[first] = k
            self.account.add(line, "duplicate id", f"{first[:80]!r} stands in an earlier row; this one became {identity[-80:]!r}")
        self._ids.add(identity)
        return identity

    def _number(self, line: int, i: int, cell: str) -> float:
        value = self._numbers[i](cell)
        if value is None and cell.lower() not in EMPTY:
            self.account.add(line, "not a number", f"{self.columns[i].name}: {cell[:40]!r} is kept as text only")
        return nan if value is None else value


def is_clean(value: str) -> bool:
    """Whether `clean` would do nothing but trim the ends."""
    return value.isprintable() and "  " not in value if value.isascii() else clean(value) == value.strip()
