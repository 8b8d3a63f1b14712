"""Rows -> an index on disk, in one pass and bounded memory, put in its place in one step.

Built in a folder beside the place and renamed into it, so a reader sees all or nothing; two processes that compile the same catalog at
once both succeed, and the later one's index stays. What a killed process left behind is swept up by a later one.

Memory: a batch of rows, the ids, the numbers (8 bytes a cell) and up to `FACETS_HELD` distinct tags; more of those go to disk and are
merged. Leaves out: reading rows (see `table`, `rows`), the layout's reader (see `index`), which file belongs to which index (see `catalog`).
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsh.errors import CatalogError, StoreError
from recsh.rows import Row, RowReader
from recsh.schema import split
from recsh.table import Account, Table
from recsh.text import fold, tokens
from recsh.types import Column, Role

if TYPE_CHECKING:
    import numpy

FORMAT = 3  # part of every index's key: raise it when the layout, or how cells are read, changes
FACETS_HELD = 300_000  # distinct tags and creators held in memory, about 100 MB
STALE_SECONDS = 6 * 3600  # a build that nothing was written to for so long belongs to no living process
_BATCH_ROWS, _BATCH_SIZE = 5_000, 8_000_000  # rows and characters that are written at a time

_SCHEMA = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE items(n INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL, cells TEXT NOT NULL);
CREATE TABLE facets(f INTEGER PRIMARY KEY, col INTEGER NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL, rows BLOB NOT NULL);
CREATE TABLE facet_words(word TEXT NOT NULL, f INTEGER NOT NULL);
CREATE VIRTUAL TABLE fts USING fts5(title, creator, tags, text, content='', tokenize="ascii");
"""
# subtle: tokenize=ascii, because `tokens` has folded and cut already: unicode61 would cut Indic and Thai words at their vowel marks.
_INDEXES = """
CREATE UNIQUE INDEX items_id ON items(id);
CREATE INDEX items_key ON items(key);
CREATE INDEX facets_key ON facets(key);
CREATE INDEX facets_col ON facets(col, count);
CREATE INDEX facet_words_word ON facet_words(word);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(fts, row);
"""
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SPILL = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE parts(col INTEGER, key TEXT, label TEXT, rows BLOB);"


@lru_cache(maxsize=1 << 16)  # tags repeat
def facet_key(value: str) -> str:
    """The form in which a request's words and a tag meet: search tokens joined by spaces; CJK kept whole ('科幻片' stays), and so is a
    name of punctuation alone.

    >>> facet_key("Sci-Fi Movies"), facet_key("科幻"), facet_key("!!!")
    ('sci fi movie', '科幻', '!!!')
    """
    folded = fold(value)
    return folded if any("\u3040" <= c <= "\u9fff" for c in folded) else " ".join(tokens(value)) or folded


def describe(title: str, creator: str, values: Sequence[str], columns: Sequence[Column], names: Sequence[str], limit: int = 400) -> str:
    """A row as a sentence for the sentence model: title, creator, tags, text; at most `limit` characters."""
    tags = [v for c, cell in zip(columns, values, strict=True) if c.role is Role.TAGS for v in split(cell, c.joiner)[:8]]
    text = [cell for c, cell in zip(columns, values, strict=True) if c.role is Role.TEXT and fold(cell) != fold(title)]
    parts = [title, f"by {creator}" if creator else "", ", ".join(dict.fromkeys(tags)), " ".join(text)]
    return ". ".join(p for p in parts if p)[:limit]


def compile_index(
    folder: Path,
    table: Table,
    columns: Sequence[Column],
    *,
    embed: Callable[[Iterable[str]], numpy.ndarray | None] | None = None,
    progress: Callable[[str, int], None] = lambda stage, done: None,
    extra: dict[str, Any] | None = None,
) -> Account:
    """Read every row of `table` and write an index to `folder`, in place of one that is there. `embed` turns one text a row into (n, d), or
    None for an index without vectors.

    `progress(stage, rows done)` is called now and then; `extra` goes into the index's `meta` and may be filled while `embed` runs.
    Raises `CatalogError` if no row is left or the file cannot be read, `StoreError` if the index cannot be written; on any error
    nothing that was written stays.
    """
    account = Account()
    building = None
    try:
        _sweep(folder.parent)
        building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".tmp", dir=folder.parent))
        _write(building, table, columns, account, embed, progress, extra)
        _publish(building, folder)
    except (OSError, sqlite3.Error) as error:
        what = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(f"{folder.parent}: the index cannot be written: {what}", "free some space, or set RECSH_HOME to another folder") from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
    return account


def _write(
    building: Path, table: Table, columns: Sequence[Column], account: Account,
    embed: Callable[[Iterable[str]], numpy.ndarray | None] | None, progress: Callable[[str, int], None], extra: dict[str, Any] | None,
) -> None:  # fmt: skip
    import numpy

    builder = _Builder(building, table, columns, account)
    try:
        builder.read_all(progress)
        if not builder.n:
            raise CatalogError(f"{table.path}: no usable rows", account.summary() or "a catalog needs a header line and at least one row")
        _write_array(building / "numbers.npy", numpy.frombuffer(builder.numbers, dtype=numpy.float64).reshape(builder.n, -1), "<f8")
        progress("index", builder.n)
        builder.finish()
        vectors = embed(builder.texts()) if embed else None
        if vectors is not None:
            _write_array(building / "vectors.npy", vectors, "<f2")
    finally:
        builder.close()
    meta = {
        "format": FORMAT, "path": str(table.path), "rows": builder.n, "columns": [asdict(c) for c in builder.columns()],
        "encoding": table.encoding, "file_format": table.format, "delimiter": table.delimiter, "has_header": table.has_header,
        "account": {"counts": account.counts, "lost": account.lost, "notes": account.notes[:1000]},
        "files": {f.name: f.stat().st_size for f in building.iterdir()}, **(extra or {}),
    }  # fmt: skip
    (building / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")


def _write_array(path: Path, values: numpy.ndarray, kind: str) -> None:
    """numpy.save, but converted a piece at a time. Not a memory map: on a full disk writing to one kills the process."""
    import numpy

    with path.open("wb") as file:
        numpy.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": values.shape})
        for at in range(0, len(values), 10_000):
            file.write(numpy.ascontiguousarray(values[at : at + 10_000], dtype=kind).tobytes())


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


class _Builder:
    """One pass over the rows: batches into SQLite, facets in memory until there are too many, numbers in one array."""

    def __init__(self, building: Path, table: Table, columns: Sequence[Column], account: Account) -> None:
        self.table, self._columns, self.account = table, columns, account
        self.n = 0
        self.numbers = array("d")
        self._reader = RowReader(columns, account)
        self._text = [i for i, c in enumerate(columns) if c.role is Role.TEXT]
        self._tags = frozenset(i for i, c in enumerate(columns) if c.role is Role.TAGS)
        self._facets: dict[tuple[int, str], tuple[str, array[int]]] = {}
        self._range = {i: [float("inf"), float("-inf")] for i in self._reader.numeric}
        self._spill_path = building / "facets.tmp"
        self.db = sqlite3.connect(building / "items.sqlite")
        self._spill = sqlite3.connect(self._spill_path)
        self.db.executescript(_SCHEMA)
        self._spill.executescript(_SPILL)

    def close(self) -> None:
        self.db.close()
        self._spill.close()
        self._spill_path.unlink(missing_ok=True)

    def read_all(self, progress: Callable[[str, int], None]) -> None:
        items: list[tuple[object, ...]] = []
        texts: list[tuple[object, ...]] = []
        size = 0
        for line, cells in self.table.rows(self.account):
            row = self._reader.read(line, cells)
            if row is None:
                continue
            stored = _ENCODE(row.cells)
            items.append((self.n, row.id, fold(row.title), row.title, row.creator, stored))
            texts.append(self._searched(row))
            size += len(stored)
            self._note(row)
            self.n += 1
            if len(items) >= _BATCH_ROWS or size >= _BATCH_SIZE:
                self._flush(items, texts)
                size = 0
                progress("read", self.n)
        self._flush(items, texts)
        progress("read", self.n)

    def _searched(self, row: Row) -> tuple[object, ...]:
        tags = " ".join(_joined_tag(v) for i, v in row.values if i in self._tags)
        return (self.n, _joined(row.title), _joined(row.creator), tags, " ".join(_joined(row.cells[i]) for i in self._text))

    def _note(self, row: Row) -> None:
        """The row's facets, each once, and its numbers."""
        for i, value in row.values:
            rows = self._facets.setdefault((i, facet_key(value)), (value, array("I")))[1]
            if not rows or rows[-1] != self.n:  # "Rock|rock" is one tag
                rows.append(self.n)
        self.numbers.extend(row.numbers)
        for i, value in zip(self._reader.numeric, row.numbers, strict=True):
            if value == value:
                low, high = self._range[i]
                self._range[i] = [min(low, value), max(high, value)]

    def _flush(self, items: list[tuple[object, ...]], texts: list[tuple[object, ...]]) -> None:
        self.db.executemany("INSERT INTO items VALUES(?,?,?,?,?,?)", items)
        self.db.executemany("INSERT INTO fts(rowid, title, creator, tags, text) VALUES(?,?,?,?,?)", texts)
        items.clear()
        texts.clear()
        if len(self._facets) > FACETS_HELD:
            self._spill_facets()

    def _spill_facets(self) -> None:
        self._spill.executemany("INSERT INTO parts VALUES(?,?,?,?)", ((i, key, label, rows.tobytes()) for (i, key), (label, rows) in self._facets.items()))
        self._spill.commit()
        self._facets.clear()

    def _merged_facets(self) -> Iterator[tuple[int, str, str, bytes]]:
        """(column, key, label as first seen, rows as uint32 bytes), each key of a column once."""
        self._spill_facets()
        parts = self._spill.execute("SELECT col, key, label, rows FROM parts ORDER BY col, key, rowid")
        for (i, key), same in groupby(parts, lambda part: part[:2]):
            (_, _, label, rows), *more = same
            yield i, key, label, b"".join([rows, *(part[3] for part in more)])

    def finish(self) -> None:
        for f, (i, key, label, rows) in enumerate(self._merged_facets()):
            self.db.execute("INSERT INTO facets VALUES(?,?,?,?,?,?)", (f, i, key, label, len(rows) // 4, rows))
            self.db.executemany("INSERT INTO facet_words VALUES(?,?)", ((word, f) for word in _facet_words(key)))
        self.db.commit()
        self.db.executescript(_INDEXES)
        self.db.execute("INSERT INTO fts(fts) VALUES('optimize')")
        self.db.commit()

    def columns(self) -> list[Column]:
        """The columns with the ranges that were met."""
        return [
            Column(c.name, c.role, c.unit, *((lo, hi) if lo <= hi else (None, None)), c.year, c.joiner)
            for i, c in enumerate(self._columns)
            for lo, hi in [self._range.get(i, (1.0, 0.0))]
        ]

    def texts(self) -> Iterator[str]:
        """One text a row, for vectors: what a person would say of it, in a fixed order."""
        names = [c.name for c in self._columns]
        for title, creator, cells in self.db.execute("SELECT title, creator, cells FROM items ORDER BY n"):
            yield describe(title, creator, json.loads(cells), self._columns, names)


def _facet_words(key: str) -> set[str]:
    """The parts by which a facet is found: its words; of a short Chinese one every run of two to four characters ('中国香港' by '香港')."""
    words = {*key.split()}
    if len(key) <= 8 and not key.isascii():
        words |= {key[i:j] for i in range(len(key)) for j in range(i + 2, min(len(key), i + 4) + 1)}
    return words


def _joined(value: str) -> str:
    return " ".join(tokens(value))


_joined_tag = lru_cache(maxsize=1 << 16)(_joined)  # tags repeat
