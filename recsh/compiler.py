"""Rows -> an index on disk, in one pass and bounded memory, put in its place in one step.

Built in a folder beside the place and renamed into it, so a reader sees all or nothing; two processes that compile the same catalog at
once both succeed, and the later one's index stays. What a killed process left behind is swept up by a later one.

The rows are read in this process. Of a large file their words, vectors and names are looked at by other processes as well, a batch at a time, and this
one does what they are too slow for (see `rowwork`); what is written is the same.
Memory: some batches of rows, the ids, the numbers (8 bytes a cell, 16 where cells are ranges), the different words in each process, and a bounded number of tags.
Leaves out: reading rows (see `table`, `rows`), tags (see `tagwork`), the layout's reader (see `index`), which file belongs to which index (see `catalog`).
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from recsh.cells import open_range, ranged
from recsh.engine.cores import physical_cores
from recsh.errors import CatalogError, StoreError
from recsh.folder import make_private
from recsh.layout import CELL_END, FORMAT, describe
from recsh.rows import Row, RowReader
from recsh.rowwork import RowWork
from recsh.table import Account, Table
from recsh.tagwork import TagWork
from recsh.text import fold
from recsh.types import Column, Role
from recsh.wordwork import row_text

if TYPE_CHECKING:
    import numpy

    from recsh.static import StaticEmbedder

STALE_SECONDS = 6 * 3600  # a build that nothing was written to for so long belongs to no living process
_BATCH_ROWS, _BATCH_SIZE = 10_000, 8_000_000  # rows and characters that are written at a time

LARGE = 10_000_000  # bytes of a file that is worth other processes: for less they take too long to start
MOST = 2  # other processes: more would wait for this one

_SCHEMA = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE items(n INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL, cells TEXT NOT NULL);
CREATE TABLE facets(
    f INTEGER PRIMARY KEY, col INTEGER NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL, start INTEGER NOT NULL
);
CREATE TABLE facet_words(word TEXT NOT NULL, f INTEGER NOT NULL);
"""
_INDEXES = """
CREATE UNIQUE INDEX items_id ON items(id);
CREATE INDEX items_key ON items(key);
CREATE INDEX facets_key ON facets(key);
CREATE INDEX facets_col ON facets(col, count);
CREATE INDEX facet_words_word ON facet_words(word);
"""


def compile_index(
    folder: Path,
    table: Table,
    columns: Sequence[Column],
    *,
    embed: Callable[[Iterable[str]], numpy.ndarray | None] | None = None,
    static_for: Callable[[int], StaticEmbedder | None] | None = None,
    progress: Callable[[str, int], None] = lambda stage, done: None,
    extra: dict[str, Any] | None = None,
    others: int | None = None,
) -> Account:
    """Read every row of `table` and write an index to `folder`, in place of one that is there. `embed` turns one text a row into (n, d), or
    None for an index without vectors; if `static_for(rows so far)` gives static vectors, they are made in passing, and `embed` is not asked.

    `progress(stage, rows done)` is called now and then; `extra` goes into the index's `meta` and may be filled while `embed` runs. `others`: how many
    processes help, if a file's size and the cores are not to decide.
    Raises `CatalogError` if no row is left or the file cannot be read, `StoreError` if the index cannot be written; on any error
    nothing that was written stays.
    """
    account = Account()
    building = None
    try:
        _sweep(folder.parent)
        building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".tmp", dir=folder.parent))
        _write(building, table, columns, account, embed, static_for, progress, extra, _others(table.path) if others is None else others)
        for path in building.iterdir():
            make_private(path, 0o600)
        _publish(building, folder)
    except (OSError, sqlite3.Error) as error:
        what = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(f"{folder.parent}: the index cannot be written: {what}", "free some space, or set RECSH_HOME to another folder") from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
    return account


def _write(
    building: Path, table: Table, columns: Sequence[Column], account: Account, embed: Callable[[Iterable[str]], numpy.ndarray | None] | None,
    static_for: Callable[[int], StaticEmbedder | None] | None, progress: Callable[[str, int], None], extra: dict[str, Any] | None,
    others: int,
) -> None:  # fmt: skip
    with closing(RowWork(building, static_for, others)) as work, closing(_Builder(building, table, columns, account, work)) as builder:
        builder.read_all(progress)
        if not builder.n:
            raise CatalogError(f"{table.path}: no usable rows", account.summary() or "a catalog needs a header line and at least one row")
        progress("index", builder.n)
        builder.merge(building)
        vectors = embed(builder.texts()) if embed and not work.has_vectors else None
        if vectors is not None:
            _write_array(building / "vectors.npy", vectors, "<f2")
        work.finish()
    meta = {
        "format": FORMAT, "path": str(table.path), "rows": builder.n, "columns": [asdict(c) for c in builder.columns()],
        "encoding": table.encoding, "file_format": table.format, "delimiter": table.delimiter, "has_header": table.has_header,
        "account": {"counts": account.counts, "lost": account.lost, "notes": account.notes[:1000]},
        "files": {f.name: f.stat().st_size for f in building.iterdir()}, **(extra or {}),
    }  # fmt: skip
    (building / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


def _write_numbers(building: Path, numbers: numpy.ndarray) -> None:
    """Of (rows, columns): the numbers a column at a time, and the place of each row in the order of each column, equal ones sharing one."""
    import numpy

    _write_array(building / "numbers.npy", numbers.T, "<f8")
    places = numpy.full(numbers.T.shape, numpy.nan, dtype=numpy.float32)
    for place, values in zip(places, numbers.T, strict=True):
        filled = numpy.flatnonzero(values == values)
        found, which, counts = numpy.unique(values[filled], return_inverse=True, return_counts=True)
        place[filled] = ((numpy.cumsum(counts) - counts) + (counts - 1) / 2)[which] if len(found) else 0
    _write_array(building / "places.npy", places, "<f4")


def _write_popular(building: Path, numbers: numpy.ndarray, numeric: Sequence[Column]) -> None:
    """How well known each row is, 0..1: the logarithm of the first column that counts people, if there is one."""
    import numpy

    counting = [c.unit == "count" for c in numeric]
    if any(counting):
        known = numpy.log1p(numpy.nan_to_num(numpy.maximum(numbers[:, counting.index(True)], 0)))
        _write_array(building / "popular.npy", (known / max(1e-9, float(known.max())))[None], "<f4")


def _write_array(path: Path, values: numpy.ndarray, kind: str) -> None:
    """numpy.save, but converted a piece at a time. Not a memory map: on a full disk writing to one kills the process."""
    import numpy

    with path.open("wb") as file:
        numpy.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": values.shape})
        step = max(1, 4_000_000 // max(1, values.shape[1]))
        for at in range(0, len(values), step):
            file.write(numpy.ascontiguousarray(values[at : at + step], dtype=kind).tobytes())


def _publish(building: Path, folder: Path) -> None:
    """Rename into place. A folder that is there is moved aside first; a process that came between is moved aside as well."""
    for path in building.iterdir():
        with path.open("rb+") as file:  # a rename must not reach the disk before what it shows
            os.fsync(file.fileno())
    for attempt in range(20):
        aside = building.with_name(f"{building.name[:-4]}.{attempt}.old.tmp")
        try:
            folder.rename(aside)
        except FileNotFoundError:
            pass
        try:
            building.rename(folder)
            return
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    raise OSError(f"{folder}: other processes keep writing it")


def _sweep(parent: Path) -> None:
    """Remove what builds that died left behind: folders nothing was written to for `STALE_SECONDS`."""
    for left in parent.glob("*.tmp"):
        try:
            newest = max(p.stat().st_mtime for p in (left, *left.iterdir()))
        except OSError:  # its owner was faster
            continue
        if time.time() - newest > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _others(path: Path) -> int:
    """How many processes beside this one pay."""
    with suppress(OSError):  # it is not there any more: who reads it will say so
        if path.stat().st_size >= LARGE and sys.executable and not getattr(sys, "frozen", False):
            return min(MOST, physical_cores() - 1)
    return 0


class _Builder:
    """One pass over the rows: batches into SQLite and to `work`, tags and numbers aside."""

    def __init__(self, building: Path, table: Table, columns: Sequence[Column], account: Account, work: RowWork) -> None:
        self.table, self._columns, self.account, self.work = table, columns, account, work
        self.n = 0
        self.numbers = array("d")
        self._firsts = array("d")
        self._numeric: list[int] = []
        self._text = [i for i, c in enumerate(columns) if c.role is Role.TEXT]
        self._tags = frozenset(i for i, c in enumerate(columns) if c.role is Role.TAGS)
        self.db = sqlite3.connect(building / "items.sqlite", check_same_thread=False)
        self.db.executescript(_SCHEMA)
        self._facets = TagWork(building)

    @property
    def numeric(self) -> list[Column]:
        """The number and date columns."""
        return [self._columns[i] for i in self._numeric]

    def close(self) -> None:
        self.db.close()
        self._facets.close()

    def read_all(self, progress: Callable[[str, int], None]) -> None:
        reader = RowReader(self._columns, self.account)  # with all ids: let go of when they are read
        self._numeric = reader.numeric
        ranges = [i for i in reader.numeric if ranged(self._columns[i])]
        items: list[tuple[int, str, str, str, str, str]] = []
        texts: list[str] = []
        size = 0
        for line, cells in self.table.rows(self.account):
            row = reader.read(line, cells)
            if row is None:
                continue
            stored = CELL_END.join(row.cells)
            items.append((self.n, row.id, fold(row.title), row.title, row.creator, stored))
            texts.append(self._searched(row))
            self._facets.add(row.values)
            self.numbers.extend(row.numbers)
            self._firsts.extend((open_range(row.cells[i]) or (math.nan,))[0] for i in ranges)
            size += len(stored)
            self.n += 1
            if len(items) >= _BATCH_ROWS or size >= _BATCH_SIZE:
                self._flush(items, texts)
                items, texts, size = [], [], 0
                progress("read", self.n)
        self._flush(items, texts)
        progress("read", self.n)

    def _searched(self, row: Row) -> str:
        cells = row.cells
        return row_text(row.title, row.creator, [v for i, v in row.values if i in self._tags], " ".join([cells[i] for i in self._text]))

    def _flush(self, items: list[tuple[int, str, str, str, str, str]], texts: list[str]) -> None:
        if not items:
            return
        self.work.add(texts, [item[3] for item in items], [item[2] for item in items])
        self.db.executemany("INSERT INTO items VALUES(?,?,?,?,?,?)", items)
        self._facets.flush()

    def merge(self, folder: Path) -> None:
        """All rows were read: what is not theirs alone."""
        import numpy

        self.work.merge()
        self._facets.finish(self.db)
        creators = ",".join(str(i) for i, c in enumerate(self._columns) if c.role is Role.CREATOR)
        self.work.creators(self.db.execute(f"SELECT f, label FROM facets WHERE col IN ({creators}) ORDER BY f").fetchall())
        self.db.commit()
        self.db.executescript(_INDEXES)
        self.db.commit()
        numbers = numpy.frombuffer(self.numbers, dtype=numpy.float64).reshape(self.n, -1)
        _write_numbers(folder, numbers)
        if self._firsts:
            _write_array(folder / "firsts.npy", numpy.frombuffer(self._firsts, dtype=numpy.float64).reshape(self.n, -1).T, "<f8")
        _write_popular(folder, numbers, self.numeric)

    def columns(self) -> list[Column]:
        """The columns with the ranges that were met."""
        import numpy

        numbers = numpy.frombuffer(self.numbers, dtype=numpy.float64).reshape(self.n, -1)
        ranges = {i: (float(numpy.nanmin(column)), float(numpy.nanmax(column))) for i, column in zip(self._numeric, numbers.T, strict=True) if (column == column).any()}
        return [Column(c.name, c.role, c.unit, *ranges.get(i, (None, None)), c.year, c.joiner) for i, c in enumerate(self._columns)]

    def texts(self) -> Iterator[str]:
        """One text a row, for vectors: what a person would say of it, in a fixed order."""
        names = [c.name for c in self._columns]
        for title, creator, cells in self.db.execute("SELECT title, creator, cells FROM items ORDER BY n"):
            yield describe(title, creator, cells.split(CELL_END), self._columns, names)
