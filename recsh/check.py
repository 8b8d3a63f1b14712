"""Examine a catalog file from end to end: the whole account of its defects, without writing anything.

Leaves out: what happens to good rows (see `index`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recsh.catalog import Entry, Reading, columns_of
from recsh.schema import date, number
from recsh.table import Account, Table, open_table
from recsh.text import clean
from recsh.types import Column, Role


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: how the file is read, its columns, and the account."""

    table: Table
    columns: tuple[Column, ...]
    account: Account

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        t = self.table
        return {
            "path": str(t.path), "format": t.format, "encoding": t.encoding, "delimiter": t.delimiter or None, "header": t.has_header,
            "items": self.account.rows, "lost": self.account.lost, "columns": {c.name: c.role.value for c in self.columns},
            "counts": dict(self.account.counts), "defects": [{"line": a, "kind": k, "note": n} for a, k, n in self.account.notes],
        }  # fmt: skip

    def summary(self) -> str:
        """One line for a person."""
        a, t = self.account, self.table
        how = f"{t.format}, {t.encoding}" + (f", delimiter {t.delimiter!r}" if t.delimiter else "") + ("" if t.has_header else ", no header")
        defects = a.counts.total()
        verdict = f"{_many(defects, 'defect')}, {_many(a.lost, 'row')} left out, the others kept or mended" if defects else "no defects"
        return f"{t.path.name}: {_many(a.rows, 'item')} ({how}): {verdict}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def examine(entry: Entry, reading: Reading) -> Report:
    """Read every row as compiling would. Raises `CatalogError` if the file is no catalog at all."""
    table = open_table(entry.path, delimiter=reading.delimiter, encoding=reading.encoding, header=reading.header)
    columns = columns_of(table, reading)
    account = Account()
    seen: set[str] = set()
    at = {role: [i for i, c in enumerate(columns) if c.role is role] for role in Role}
    for line, cells in table.rows(account):
        if not clean(cells[at[Role.TITLE][0]]):
            account.add(line, "missing title", "a row without a title cannot be recommended", lost=True)
            continue
        account.rows += 1
        _identity(line, cells, at[Role.ID], seen, account)
        _numbers(line, cells, columns, account)
    return Report(table, columns, account)


def _identity(line: int, cells: Sequence[str], ids: Sequence[int], seen: set[str], account: Account) -> None:
    if not ids:
        return
    identity = clean(cells[ids[0]])
    if not identity:
        account.add(line, "missing id", "the row's number serves instead")
    elif identity in seen:
        account.add(line, "duplicate id", f"{identity!r} stands in an earlier row; this one is numbered")
    seen.add(identity)


def _numbers(line: int, cells: Sequence[str], columns: Sequence[Column], account: Account) -> None:
    from recsh.index import EMPTY

    for column, cell in zip(columns, cells, strict=True):
        if column.role not in (Role.NUMBER, Role.DATE) or cell.strip().lower() in EMPTY:
            continue
        if (date if column.role is Role.DATE else number)(cell) is None:
            account.add(line, "not a number", f"{column.name}: {clean(cell)[:40]!r} is kept as text only")
