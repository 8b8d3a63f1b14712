"""Parquet -> rows, a batch at a time. The only importer of pyarrow.

Leaves out: pandas, which would read the whole file and turn large whole numbers with gaps into rounded floats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.account import MAX_COLUMNS, Account, tidy
from recsh.errors import CatalogError
from recsh.jsonrows import as_cell

if TYPE_CHECKING:
    import pyarrow

_BATCH = 2_000  # rows
_MIDNIGHT = re.compile(r" 00:00:00(?:\.0+)?(?:Z|[+-]00:?00)?$")


def look(path: Path) -> tuple[str, ...]:
    """The names of the columns. Raises `CatalogError`."""
    import pyarrow
    import pyarrow.parquet

    try:
        names = tuple(map(str, pyarrow.parquet.read_schema(path).names))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not names:
        raise CatalogError(f"{path}: a Parquet file without columns")
    if len(names) > MAX_COLUMNS:
        raise CatalogError(f"{path}: {len(names):,} columns; at most {MAX_COLUMNS:,} are read", "keep the columns that describe an item")
    return names


def rows(path: Path, header: Sequence[str], account: Account) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) for each row; `header` has the columns' cleaned names."""
    import pyarrow
    import pyarrow.parquet

    line = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                for values in zip(*map(_cells, batch.columns), strict=True):
                    line += 1
                    yield line, tidy(line, [*values], header, account)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> CatalogError:
    return CatalogError(f"{path}: damaged Parquet file: {(str(error).splitlines() or ['unreadable'])[0][:200]}", "write it again, or save it as CSV")


def _cells(column: pyarrow.Array) -> list[str]:
    """One column of a batch as text."""
    import pyarrow

    kind = column.type
    try:
        if pyarrow.types.is_temporal(kind) and not pyarrow.types.is_duration(kind):
            return [_MIDNIGHT.sub("", v or "") for v in column.cast(pyarrow.string()).to_pylist()]
        if pyarrow.types.is_float32(kind) or pyarrow.types.is_float16(kind):  # Arrow prints the shortest text that reads back: 4.3, not 4.300000190734863
            return ["" if v is None else as_cell(float(v)) for v in column.cast(pyarrow.string()).to_pylist()]
        return [*map(as_cell, column.to_pylist())]
    except UnicodeDecodeError:  # a text column whose bytes are not UTF-8
        return [*map(as_cell, column.cast(pyarrow.binary()).to_pylist())]
