"""A compiled catalog, as it is read: items, full text and facets in SQLite, numbers and vectors in mapped arrays.

    <folder>/items.sqlite   items(n, id, key, title, creator, cells) · fts5 · facets(column, key, rows as uint32 blob)
    <folder>/numbers.npy    (rows, number columns) float64, NaN where a cell is empty
    <folder>/vectors.npy    (rows, dims) float16, unit length, if the catalog has vectors
    <folder>/meta.json      columns, counts, the account of defects, the size of each file

Opening costs milliseconds whatever the size. Everything is opened at once: an index that is replaced or deleted later stays readable.
Leaves out: writing it (see `compiler`), which file belongs to which index (see `catalog`), and ranking (see `retrieve`).
"""

from __future__ import annotations

import io
import json
import mmap
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsh.compiler import FORMAT, compile_index, describe, facet_key
from recsh.errors import CatalogError
from recsh.schema import EMPTY, split
from recsh.text import has_cjk
from recsh.types import Column, Item, Role

if TYPE_CHECKING:
    import numpy

__all__ = ["EMPTY", "FORMAT", "TEXT_WEIGHTS", "Facet", "Index", "compile_index", "facet_key"]

TEXT_WEIGHTS = (4.0, 3.0, 2.0, 1.0)  # BM25 column weights: title, creator, tags, text
_ATTEMPTS, _PAUSE = 8, 0.005  # times an index is opened that is being replaced at this moment, and seconds between them
_CHUNK = 500  # values bound in one statement; SQLite's own limit was 999 for long


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of one tag or creator column: `key` its folded tokens, `label` as first seen, `count` rows that have it."""

    f: int
    column: str
    key: str
    label: str
    count: int


class Index:
    """A compiled catalog, opened for reading; arrays and rows are read when asked for.

    `meta` is what the compiler noted, `rows` the number of items, `db` the read-only database. Every method raises `CatalogError` if the
    files turn out to be damaged. Raises `CatalogError` if the folder is not a whole index of this version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        problem: object = "it is replaced again and again"
        for _ in range(_ATTEMPTS):
            try:
                if self._opened():
                    break
            except (OSError, ValueError, KeyError, TypeError, AttributeError, sqlite3.Error) as error:
                problem = error  # of half an old and half a new index, maybe: then it is gone the next time
            time.sleep(_PAUSE)
        else:
            raise self._damaged(problem)
        self.rows: int = self.meta["rows"]
        self.number_columns = [c for c in self.columns if c.role in (Role.NUMBER, Role.DATE)]
        self._names = [c.name for c in self.columns]

    def _opened(self) -> bool:
        """Open every file; False if the folder was replaced meanwhile, so that they may be of two indexes."""
        with (self.folder / "meta.json").open(encoding="utf-8") as file:
            self.meta: dict[str, Any] = json.load(file)
            if self.meta["format"] != FORMAT:
                raise ValueError(f"format {self.meta['format']}, not {FORMAT}")
            self.columns = tuple(Column(**{**c, "role": Role(c["role"])}) for c in self.meta["columns"])
            self._maps = {name: self._mapped(name, size) for name, size in self.meta["files"].items() if name.endswith(".npy")}
            path = self.folder / "items.sqlite"
            if path.stat().st_size != self.meta["files"]["items.sqlite"]:
                raise ValueError("items.sqlite is cut off")
            # subtle: as_uri quotes; a '?' or '%' in the path would else be read as part of the address.
            self.db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            self.db.execute("SELECT 1 FROM items LIMIT 1")
            return (self.folder / "meta.json").stat().st_ino == os.fstat(file.fileno()).st_ino

    def _mapped(self, name: str, size: int) -> mmap.mmap:
        with (self.folder / name).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(mapped) != size:
            raise ValueError(f"{name} is cut off")
        return mapped

    def _array(self, name: str) -> numpy.ndarray:
        import numpy

        mapped = self._maps[name]
        header = io.BytesIO(mapped[:1024])
        numpy.lib.format.read_magic(header)
        shape, _, dtype = numpy.lib.format.read_array_header_1_0(header)
        return numpy.frombuffer(mapped, dtype=dtype, offset=header.tell(), count=shape[0] * shape[1]).reshape(shape) if shape[1] else numpy.empty(shape, dtype)

    def _damaged(self, error: object) -> CatalogError:
        return CatalogError(f"{self.folder}: damaged index: {error}", "delete that folder; it is built again from the catalog")

    def _ask(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self.db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _ask_many(self, sql: str, keys: Iterable[object]) -> Iterator[tuple[Any, ...]]:
        """The rows for all keys; `{}` in the statement takes some at a time."""
        distinct = [*dict.fromkeys(keys)]
        for at in range(0, len(distinct), _CHUNK):
            part = distinct[at : at + _CHUNK]
            yield from self._ask(sql.format(",".join("?" * len(part))), part)

    @cached_property
    def chinese(self) -> bool:
        """Whether a third or more of the first titles are in Chinese, Japanese or Korean characters."""
        titles = self._ask("SELECT title FROM items ORDER BY n LIMIT 60")
        return sum(has_cjk(title) for (title,) in titles) * 3 >= len(titles)

    def close(self) -> None:
        """Close the database. Arrays that were handed out stay readable."""
        self.db.close()

    @cached_property
    def _numbers(self) -> numpy.ndarray:
        return self._array("numbers.npy")

    def numbers(self, name: str) -> numpy.ndarray:
        """One number column, (rows,) float64, NaN where empty. Raises `KeyError` if it is no number or date column."""
        at = next((i for i, c in enumerate(self.number_columns) if c.name == name), None)
        if at is None:
            raise KeyError(name)
        return self._numbers[:, at]

    @cached_property
    def vectors(self) -> numpy.ndarray | None:
        """(rows, dims) float16 of unit length, mapped; None if the catalog was compiled without."""
        return self._array("vectors.npy") if "vectors.npy" in self._maps else None

    @property
    def embedder(self) -> str | None:
        """The name of what made the vectors, as its maker wrote it into the index."""
        return self.meta.get("embedder")

    def items(self, ns: Iterable[int]) -> list[Item]:
        """The items at these positions, in this order. Raises `KeyError` for a position that is not there."""
        ns = [int(n) for n in ns]
        found = {row[0]: self._item(*row) for row in self._ask_many("SELECT n, id, title, creator, cells FROM items WHERE n IN ({})", ns)}
        return [found[n] for n in ns]

    def _item(self, n: int, identity: str, title: str, creator: str, cells: str) -> Item:
        values = json.loads(cells)
        tags = [v for c, cell in zip(self.columns, values, strict=True) if c.role is Role.TAGS for v in split(cell, c.joiner)]
        numbers = {c.name: float(v) for c, v in zip(self.number_columns, self._numbers[n], strict=True) if v == v}
        return Item(n, identity, title, creator, tuple(dict.fromkeys(tags)), numbers, dict(zip(self._names, values, strict=True)))

    def describe(self, item: Item) -> str:
        """The item as the sentence model reads it (the same text its stored vector was made from)."""
        return describe(item.title, item.creator, list(item.cells.values()), self.columns, self._names)

    def by_id(self, identity: str) -> int | None:
        """The position of the item with this id."""
        return next((n for (n,) in self._ask("SELECT n FROM items WHERE id = ?", (_writable(identity),))), None)

    def by_key(self, keys: Iterable[str]) -> dict[str, list[int]]:
        """Folded titles -> positions of the rows that have exactly that title."""
        out: dict[str, list[int]] = {}
        for key, n in self._ask_many("SELECT key, n FROM items WHERE key IN ({}) ORDER BY n", map(_writable, keys)):
            out.setdefault(key, []).append(n)
        return out

    def titles(self) -> list[str]:
        """All folded titles in order of position. Costs a read of the whole column: for fuzzy look-ups only."""
        return [key for (key,) in self._ask("SELECT key FROM items ORDER BY n")]

    def search(self, words: Sequence[str], limit: int, weights: Sequence[float] = TEXT_WEIGHTS) -> list[tuple[int, float]]:
        """(position, BM25 score, higher is better) of the rows with any of these `tokens`, best first, at most `limit`.

        FTS5's BM25: k1 1.2, b 0.75, idf ln((N - n + .5) / (n + .5)) but at least 1e-6, a hit in a column counting its weight. Equal
        scores in order of position.
        """
        if not words:
            return []
        sql = "SELECT rowid, -bm25(fts, ?, ?, ?, ?) AS score FROM fts WHERE fts MATCH ? ORDER BY score DESC, rowid LIMIT ?"
        return self._ask(sql, (*weights, _match(dict.fromkeys(words), "OR"), limit))  # type: ignore[return-value]

    def containing(self, words: Sequence[str]) -> list[int]:
        """Positions of the rows that have all of these tokens anywhere, in order."""
        return [n for (n,) in self._ask("SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid", (_match(words, "AND"),))] if words else []

    def having(self, words: Sequence[str]) -> list[int]:
        """Positions of the rows whose title, creator or tags have all of these tokens, in order."""
        match = "{title creator tags} : (" + _match(words, "AND") + ")"
        return [n for (n,) in self._ask("SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid", (match,))] if words else []

    def cells(self, column: str) -> Iterator[tuple[int, str]]:
        """(position, cell) of one column, all rows. Raises `ValueError` if there is no such column."""
        at = self._names.index(column)
        try:
            yield from self.db.execute(f"SELECT n, json_extract(cells, '$[{at}]') FROM items ORDER BY n")
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many rows each token stands; absent ones are missing."""
        return dict(self._ask_many("SELECT term, doc FROM vocabulary WHERE term IN ({})", map(_writable, words)))  # type: ignore[arg-type]

    def terms(self, low: str, high: str, shortest: int, longest: int) -> list[tuple[str, int]]:
        """(token, rows) of the vocabulary from `low` up to but without `high`, of these lengths."""
        return self._ask("SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?", (low, high, shortest, longest))

    def facets(self, keys: Iterable[str]) -> dict[str, list[Facet]]:
        """Facets whose key is exactly one of these, most frequent first."""
        out: dict[str, list[Facet]] = {}
        for row in self._ask_many("SELECT f, col, key, label, count FROM facets WHERE key IN ({}) ORDER BY count DESC, f", map(_writable, keys)):
            out.setdefault(row[2], []).append(self._facet(*row))
        return out

    def facets_with(self, word: str, limit: int = 200) -> list[Facet]:
        """Facets whose key has this token as one of its words ('rock' -> 'art rock', 'rock'), most frequent first."""
        sql = "SELECT f, col, key, label, count FROM facets JOIN facet_words USING(f) WHERE word = ? ORDER BY count DESC, f LIMIT ?"
        return [self._facet(*row) for row in self._ask(sql, (_writable(word), limit))]

    def facet_values(self, column: str, limit: int = 50) -> list[Facet]:
        """The most frequent values of one column."""
        sql = "SELECT f, col, key, label, count FROM facets WHERE col = ? ORDER BY count DESC, key LIMIT ?"
        return [self._facet(*row) for row in self._ask(sql, (self._names.index(column), limit))]

    def _facet(self, f: int, col: int, key: str, label: str, count: int) -> Facet:
        return Facet(f, self._names[col], key, label, count)

    def columns_of(self, facets: Iterable[int]) -> set[str]:
        """The columns that these facets are values of."""
        return {self._names[col] for (col,) in self._ask_many("SELECT DISTINCT col FROM facets WHERE f IN ({})", facets)}

    def facet_rows(self, facets: Iterable[int]) -> numpy.ndarray:
        """Sorted distinct positions (int64) of the rows that have any of these facets."""
        import numpy

        blobs = [rows for (rows,) in self._ask_many("SELECT rows FROM facets WHERE f IN ({})", map(int, facets))]
        if not blobs:
            return numpy.empty(0, dtype=numpy.int64)
        rows = numpy.frombuffer(b"".join(blobs), dtype=numpy.uint32)
        return (numpy.unique(rows) if len(blobs) > 1 else rows).astype(numpy.int64)  # one facet's are sorted and distinct as they are


def _match(words: Iterable[str], operator: str) -> str:
    """Tokens as a full-text expression, each in quotation marks so that none is an operator."""
    return f" {operator} ".join('"' + _writable(w).replace('"', '""').replace("\0", "") + '"' for w in words)


def _writable(value: str) -> str:
    """Text as the database takes it: what no file could hold (lone surrogates) is found nowhere, not an error."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()

