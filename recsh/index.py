"""A compiled catalog, as it is read: items and facets in SQLite, all else in mapped arrays.

    <folder>/items.sqlite   items(n, id, key, title, creator, cells) · facets(column, key, count, where its rows begin)
    <folder>/facets.u4      the rows of each facet, sorted, uint32
    <folder>/numbers.npy    (number columns, rows) float64, NaN where a cell is empty
    <folder>/firsts.npy     (columns of ranges, rows) float64, where a range begins whose end is in numbers.npy, if there are such columns
    <folder>/places.npy     (number columns, rows) float32, a row's place from the smallest number up, equal ones sharing the middle
    <folder>/terms.*, ...   the inverted index (see `fulltext`)
    <folder>/vectors.npy    (rows, dims) float16, unit length: sentence vectors; or, of a large catalog, the files of `vectors`
    <folder>/*.names        titles and creators by their letters (see `grams`)
    <folder>/meta.json      columns, counts, the account of defects, the size of each file

Opening costs milliseconds whatever the size. Everything is opened at once: an index that is replaced or deleted later stays readable.
Leaves out: writing it (see `compiler`), which file belongs to which index (see `catalog`), and ranking (see `retrieve`).
"""

from __future__ import annotations

import io
import json
import math
import mmap
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh import fulltext, vectors
from recsh.cells import EMPTY, ranged, split
from recsh.errors import CatalogError
from recsh.fulltext import FullText
from recsh.grams import Grams
from recsh.layout import CELL_END, FORMAT, describe, facet_key
from recsh.schema import things, told_first
from recsh.text import has_cjk, tokens
from recsh.types import Column, Item, Role

if TYPE_CHECKING:
    import numpy

__all__ = ["EMPTY", "TEXT_WEIGHTS", "Facet", "Index", "facet_key"]

TEXT_WEIGHTS = fulltext.WEIGHTS  # BM25 column weights: title, creator, tags, text
_ATTEMPTS, _PAUSE = 8, 0.005  # times an index is opened that is being replaced at this moment, and seconds between them
_CHUNK = 500  # values bound in one statement; SQLite's own limit was 999 for long


class Facet(Struct, frozen=True):
    """One value of one tag or creator column: `key` its folded tokens, `label` as first seen, `count` rows that have it."""

    f: int
    column: str
    key: str
    label: str
    count: int


class Index:
    """A compiled catalog, opened for reading; arrays and rows are read when asked for.

    `meta` is what the compiler noted, `rows` the number of items, `db` the read-only database, `names` titles and creators by their letters.
    Every method raises `CatalogError` if the files turn out to be damaged. Raises `CatalogError` if the folder is not a whole index of this version.
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
        self._stored = [c for c in self.columns if c.role in (Role.NUMBER, Role.DATE)]  # in the order of their arrays
        self.number_columns = told_first(self._stored)
        self._names = [c.name for c in self.columns]

    def _opened(self) -> bool:
        """Open every file; False if the folder was replaced meanwhile, so that they may be of two indexes."""
        with (self.folder / "meta.json").open(encoding="utf-8") as file:
            self.meta: dict[str, Any] = json.load(file)
            if self.meta["format"] != FORMAT:
                raise ValueError(f"format {self.meta['format']}, not {FORMAT}")
            self.columns = tuple(Column(**{**c, "role": Role(c["role"])}) for c in self.meta["columns"])
            self._maps = {name: self._mapped(name, size) for name, size in self.meta["files"].items() if name != "items.sqlite"}
            self._codes = vectors.CodesFile(self.folder / "codes.npy") if "codes.npy" in self._maps else None
            path = self.folder / "items.sqlite"
            if path.stat().st_size != self.meta["files"]["items.sqlite"]:
                raise ValueError("items.sqlite is cut off")
            # subtle: as_uri quotes; a '?' or '%' in the path would else be read as part of the address.
            self.db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            self.db.execute("SELECT 1 FROM items LIMIT 1")
            self.names = {kind: Grams(self._maps[f"{kind}.names"]) for kind in ("titles", "creators")}
            return (self.folder / "meta.json").stat().st_ino == os.fstat(file.fileno()).st_ino

    def _mapped(self, name: str, size: int) -> mmap.mmap | bytes:
        with (self.folder / name).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""  # an empty file cannot be mapped
        if len(mapped) != size:
            raise ValueError(f"{name} is cut off")
        return mapped

    def _array(self, name: str) -> numpy.ndarray:
        import numpy

        mapped = self._maps[name]
        header = io.BytesIO(mapped[:1024])
        numpy.lib.format.read_magic(header)
        shape, _, dtype = numpy.lib.format.read_array_header_1_0(header)
        return numpy.frombuffer(mapped, dtype=dtype, offset=header.tell(), count=math.prod(shape)).reshape(shape) if 0 not in shape else numpy.empty(shape, dtype)

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
        at = next((i for i, c in enumerate(self._stored) if c.name == name), None)
        if at is None:
            raise KeyError(name)
        return self._numbers[at]

    def firsts(self, name: str) -> numpy.ndarray:
        """Where the ranges of a column begin, (rows,) float64, NaN where empty; of one without ranges its numbers. Raises `KeyError` as `numbers`."""
        at = next((i for i, c in enumerate(filter(ranged, self._stored)) if c.name == name), None)
        return self.numbers(name) if at is None else self._array("firsts.npy")[at]

    def places(self, name: str) -> numpy.ndarray:
        """The rows of one number column in its order, (rows,) float32, the smallest 0, equal ones sharing the middle of their places, NaN where
        empty. Raises `KeyError` as `numbers`."""
        at = next((i for i, c in enumerate(self._stored) if c.name == name), None)
        if at is None:
            raise KeyError(name)
        return self._array("places.npy")[at]

    @cached_property
    def kind(self) -> frozenset[str]:
        """Search tokens of what all rows are, by the names of the file, of the title's column, and of who makes such: a laptop in laptops.csv, a game where titles are called "Game"."""
        return frozenset(tokens(f"{things(self.columns)} {Path(self.meta.get('path', '')).stem}".replace("_", " ")))

    @cached_property
    def popular(self) -> numpy.ndarray | None:
        """How well known each row is, (rows,) float32 in 0..1: the logarithm of the first column that counts people; None without one."""
        return self._array("popular.npy")[0] if "popular.npy" in self._maps else None

    @cached_property
    def text(self) -> FullText:
        """The words of all rows."""
        return FullText(self.rows, self._maps, {name: self._array(name) for name in fulltext.FILES if name.endswith(".npy")})

    @cached_property
    def vectors(self) -> numpy.ndarray | vectors.Vectors | None:
        """(rows, dims) of unit length, mapped: float16, or `Vectors` where there are many rows; None if the catalog was compiled without."""
        if "codes.npy" in self._maps:
            return vectors.Vectors(*map(self._array, vectors.FILES), self._codes)
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
        values = cells.split(CELL_END)
        tags = [v for c, cell in zip(self.columns, values, strict=True) if c.role is Role.TAGS for v in split(cell, c.joiner)]
        numbers = {c.name: float(v) for c, v in zip(self._stored, self._numbers[:, n], strict=True) if v == v}
        return Item(n, identity, title, creator, tuple(dict.fromkeys(tags)), numbers, dict(zip(self._names, values, strict=True)))

    def describe(self, item: Item) -> str:
        """The item as the sentence model reads it (the same text its stored sentence vector was made from)."""
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

    def beginning(self, start: str, limit: int) -> list[int]:
        """Positions of the first rows whose folded title begins with this."""
        sql = "SELECT n FROM items WHERE key >= ? AND key < ? ORDER BY n LIMIT ?"
        return [n for (n,) in self._ask(sql, (_writable(start), _writable(start) + "\U0010ffff", limit))]

    def called(self, ns: Iterable[int]) -> list[tuple[int, str, str, str]]:
        """(position, folded title, title, creator) of the rows at these positions, in order of position."""
        return sorted(self._ask_many("SELECT n, key, title, creator FROM items WHERE n IN ({})", map(int, ns)))

    def facets_at(self, numbers: Iterable[int]) -> list[Facet]:
        """The facets of these numbers, most frequent first."""
        found = [self._facet(*row) for row in self._ask_many("SELECT f, col, key, label, count FROM facets WHERE f IN ({})", map(int, numbers))]
        return sorted(found, key=lambda facet: (-facet.count, facet.f))

    def search(self, words: Sequence[str], limit: int, weights: Sequence[float] = TEXT_WEIGHTS) -> list[tuple[int, float]]:
        """(position, BM25 score, higher is better) of the rows with any of these `tokens`, best first, at most `limit` (see `fulltext`)."""
        return self.text.search(words, limit, weights)

    def containing(self, words: Sequence[str]) -> list[int]:
        """Positions of the rows that have all of these tokens anywhere, in order."""
        return self.text.containing(words).tolist()

    def having(self, words: Sequence[str]) -> list[int]:
        """Positions of the rows whose title, creator or tags have all of these tokens, in order."""
        return self.text.containing(words, fulltext.NAMED).tolist()

    def titled(self, words: Sequence[str]) -> list[int]:
        """Positions of the rows whose title has all of these tokens, in order."""
        return self.text.containing(words, fulltext.TITLE).tolist()

    def cells(self, column: str) -> Iterator[tuple[int, str]]:
        """(position, cell) of one column, all rows. Raises `ValueError` if there is no such column."""
        at = self._names.index(column)
        try:
            for n, cells in self.db.execute("SELECT n, cells FROM items ORDER BY n"):
                yield n, cells.split(CELL_END)[at]
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many rows each token stands; absent ones are missing."""
        return self.text.frequencies([*words])

    def terms(self, low: str, high: str, shortest: int, longest: int) -> list[tuple[str, int]]:
        """(token, rows) of the vocabulary from `low` up to but without `high`, of these lengths."""
        return self.text.terms(low, high, shortest, longest)

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

        found = self._ask_many("SELECT start, count FROM facets WHERE f IN ({})", map(int, facets))
        rows = [numpy.frombuffer(self._maps["facets.u4"], "<u4", count, 4 * start) for start, count in found]
        if len(rows) < 2:  # one facet's are sorted and distinct as they are
            return rows[0].astype(numpy.int64) if rows else numpy.empty(0, dtype=numpy.int64)
        if sum(map(len, rows)) * 20 > self.rows:
            hit = numpy.zeros(self.rows, dtype=bool)
            for some in rows:
                hit[some] = True
            return numpy.flatnonzero(hit)
        every = numpy.sort(numpy.concatenate(rows))  # numpy.unique would load numpy.ma
        return every[numpy.concatenate(([True], every[1:] != every[:-1]))].astype(numpy.int64)

    def has_facet(self, facets: Iterable[int], rows: numpy.ndarray) -> numpy.ndarray:
        """Which of these positions have any of these facets, bool (n,)."""
        import numpy

        have = self.facet_rows(facets)
        return have[numpy.minimum(numpy.searchsorted(have, rows), len(have) - 1)] == rows if len(have) else numpy.zeros(len(rows), dtype=bool)


def _writable(value: str) -> str:
    """Text as the database takes it: what no file could hold (lone surrogates) is found nowhere, not an error."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()

