"""Parquet -> rows, a batch at a time. The only importer of pyarrow.

A few KB of Parquet can say a cell of a megabyte a million times: what is held at once is bounded, and so is what a file may expand to.

Leaves out: pandas, which would read the whole file and turn large whole numbers with gaps into rounded floats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.account import CELL_LIMIT, MAX_COLUMNS, Account, tidy
from recsh.errors import CatalogError
from recsh.jsonrows import as_cell
from recsh.regex import regex

if TYPE_CHECKING:
    import pyarrow

_BATCH = 2_000  # rows
_HELD = 1 << 26  # bytes of a batch, as far as the file tells the truth about itself
_BULKY = 16  # times that, for lists: they cannot be cut before they are read
_EXPANSION = 1_000  # characters for each byte of the file: one that holds more was made to fill the memory or the disk
_ALLOWED = 1 << 28  # ... but so many may be in any file
_MIDNIGHT = regex(r" 00:00:00(?:\.0+)?(?:Z|[+-]00:?00)?$")


def look(path: Path) -> tuple[str, ...]:
    """The names of the columns. Raises `CatalogError`."""
    import pyarrow
    import pyarrow.parquet

    try:
        names = tuple(map(str, pyarrow.parquet.read_schema(path).names))
    except (pyarrow.ArrowException, MemoryError, OSError, ValueError) as error:
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
        left = max(_ALLOWED, _EXPANSION * path.stat().st_size)
        with pyarrow.parquet.ParquetFile(path) as file:
            texts = _texts(file.metadata)
            size = _batch_rows(file.metadata)
        # Kept as a dictionary, a cell that stands in every row is in memory once.
        with pyarrow.parquet.ParquetFile(path, read_dictionary=texts) as file:
            for batch in file.iter_batches(size, use_threads=False):
                if batch.num_columns != len(header):
                    raise CatalogError(f"{path}: the file changes while it is read", "try again when it is complete")
                columns = [*map(_cells, batch.columns)]
                for values in zip(*columns, strict=True):
                    line += 1
                    yield line, tidy(line, [*values], header, account)
                left -= sum(sum(map(len, cells)) for cells in columns)
                if left < 0:
                    raise CatalogError(f"{path}: this expands to more than {_EXPANSION:,} times its size", "a catalog is no such thing; if you trust it, save it as CSV")
    except (pyarrow.ArrowException, MemoryError, OSError, OverflowError, ValueError) as error:
        raise _damaged(path, error) from error


def _texts(about: pyarrow.parquet.FileMetaData) -> list[str]:
    """The columns of text, also inside lists."""
    # subtle: what the file says of each column's pieces is not asked. Where that is damaged, pyarrow does not raise, but ends the process.
    columns = (about.schema.column(i) for i in range(about.num_columns))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _batch_rows(about: pyarrow.parquet.FileMetaData) -> int:
    """How many rows to read at a time, so that `_HELD` is not exceeded."""
    groups = [about.row_group(g) for g in range(about.num_row_groups)]
    widest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(_BATCH, int(_HELD / max(1, widest))))


def _damaged(path: Path, error: Exception) -> CatalogError:
    what = "it asks for more memory than there is" if isinstance(error, MemoryError) else (str(error).splitlines() or ["unreadable"])[0][:200]
    return CatalogError(f"{path}: damaged Parquet file: {what}", "write it again, or save it as CSV")


def _cells(column: pyarrow.Array) -> list[str]:
    """One column of a batch as text."""
    import pyarrow
    import pyarrow.compute

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        if _written_out(column) > _HELD:  # longer cells are cut anyway
            cut = pyarrow.compute.utf8_slice_codeunits(column.dictionary.cast(pyarrow.large_string()), 0, CELL_LIMIT + 1)
            column = pyarrow.DictionaryArray.from_arrays(column.indices, cut)
        return _cells(column.dictionary_decode())
    if pyarrow.types.is_list(kind) and pyarrow.types.is_dictionary(kind.value_type):
        if _written_out(column.flatten()) > _HELD * _BULKY:
            raise ValueError(f"{len(column):,} rows are lists of more than {_HELD * _BULKY:,} characters")
        return _cells(column.cast(pyarrow.list_(kind.value_type.value_type)))
    if column.nbytes > _HELD and (pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind)):
        column = pyarrow.compute.list_slice(column, 0, CELL_LIMIT)
    try:
        if pyarrow.types.is_temporal(kind) and not pyarrow.types.is_duration(kind):
            return [_MIDNIGHT.sub("", v or "") for v in _timed(column).to_pylist()]
        if pyarrow.types.is_float32(kind) or pyarrow.types.is_float16(kind):  # Arrow prints the shortest text that reads back: 4.3, not 4.300000190734863
            return ["" if v is None else as_cell(float(v)) for v in column.cast(pyarrow.string()).to_pylist()]
        return [*map(as_cell, column.to_pylist())]
    except UnicodeDecodeError:  # a text column whose bytes are not UTF-8
        return [*map(as_cell, column.cast(pyarrow.binary()).to_pylist())]


def _written_out(column: pyarrow.DictionaryArray) -> int:
    """How many bytes the texts would be, each where it stands; 0 for what is no text."""
    import pyarrow
    import pyarrow.compute

    kind = column.dictionary.type
    if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)):
        return 0
    return pyarrow.compute.sum(pyarrow.compute.binary_length(column.dictionary).take(column.indices)).as_py() or 0


def _timed(column: pyarrow.Array) -> pyarrow.Array:
    """Moments as text; in a time zone that nobody knows, as they are."""
    import pyarrow

    try:
        return column.cast(pyarrow.string())
    except pyarrow.ArrowInvalid:
        if not pyarrow.types.is_timestamp(column.type):
            raise
        return column.cast(pyarrow.timestamp(column.type.unit)).cast(pyarrow.string())
