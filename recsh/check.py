"""Examine a catalog file from end to end: the whole account of its defects, without writing anything.

Leaves out: what happens to good rows (see `index`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from recsh.account import Account
from recsh.catalog import Entry, Reading, columns_of
from recsh.rows import RowReader
from recsh.table import Table, open_table
from recsh.text import counted
from recsh.types import Column


class Report(Struct, frozen=True):
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
        verdict = f"{counted(defects, 'defect')}, {counted(a.lost, 'row')} left out, the others kept or mended" if defects else "no defects"
        return f"{t.path.name}: {counted(a.rows, 'item')} ({how}): {verdict}"


def examine(entry: Entry, reading: Reading) -> Report:
    """Read every row as compiling would. Raises `CatalogError` if the file is no catalog at all."""
    table = open_table(entry.path, delimiter=reading.delimiter, encoding=reading.encoding, header=reading.header)
    table, columns = columns_of(table, reading)
    account = Account()
    reader = RowReader(columns, account)
    for line, cells in table.rows(account):
        reader.read(line, cells)
    return Report(table, columns, account)
