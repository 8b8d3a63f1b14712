"""The tags and creators of a catalog's rows -> its facets: which values there are, and the rows of each.

Values are held until there are `HELD` different ones; then they go to disk, and what was met twice is merged at the end. So a catalog where every
row has tags of its own needs no more memory than others. Leaves out: which rows there are (see `compiler`), reading facets (see `index`).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

from recsh.layout import facet_key
from recsh.runs import Runs, merged

HELD = 300_000  # different values, about 100 MB
_SPILL = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE parts(id INTEGER PRIMARY KEY, col INTEGER, key TEXT, label TEXT);"


def facet_words(key: str) -> set[str]:
    """The parts by which a facet is found: its words; of a short Chinese one every run of two to four characters ('中国香港' by '香港')."""
    words = {*key.split()}
    if len(key) <= 8 and not key.isascii():
        words |= {key[i:j] for i in range(len(key)) for j in range(i + 2, min(len(key), i + 4) + 1)}
    return words


class TagWork:
    """Takes the values of each row, in order; `finish` puts the facets into a database and their rows into a file. Raises `OSError` and
    `sqlite3.Error`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = Runs(folder / "tags.tmp")
        self._parts = folder / "parts.tmp"
        self._spill = sqlite3.connect(self._parts)
        self._spill.executescript(_SPILL)
        self._by_value: dict[tuple[int, str], int] = {}
        self._by_key: dict[tuple[int, str], int] = {}
        self._labels: list[str] = []
        self._first = 0  # the number of the first value that is held
        self._met, self._ends = array("i"), array("q")
        self._rows = 0

    def add(self, values: Sequence[tuple[int, str]]) -> None:
        """The (column, value) of the next row."""
        met, known = self._met, self._by_value
        for value in values:
            number = known.get(value)
            met.append(self._number(value) if number is None else number)
        self._ends.append(len(met))

    def _number(self, value: tuple[int, str]) -> int:
        column, label = value
        key = (column, facet_key(label))
        number = self._by_key.get(key)
        if number is None:
            self._by_key[key] = number = self._first + len(self._labels)
            self._labels.append(label)
        self._by_value[value] = number
        return number

    def flush(self) -> None:
        """Write what the rows since the last time have as a run."""
        import numpy

        if not self._ends:
            return
        met, ends = numpy.array(self._met, dtype=numpy.int64), numpy.array(self._ends)
        rows = len(ends)
        packed = met * rows + numpy.repeat(numpy.arange(rows), numpy.diff(ends, prepend=0))
        packed.sort()
        number, row = numpy.divmod(packed[numpy.diff(packed, prepend=-1) > 0], rows)  # "Rock|rock" is one tag
        self._runs.add(number, row + self._rows)
        self._rows += rows
        self._met, self._ends = array("i"), array("q")
        if len(self._by_value) > HELD:
            self._set_down()

    def _set_down(self) -> None:
        parts = ((self._first + i, column, key, label) for i, ((column, key), label) in enumerate(zip(self._by_key, self._labels, strict=True)))
        self._spill.executemany("INSERT INTO parts VALUES(?,?,?,?)", parts)
        self._first += len(self._labels)
        self._by_value, self._by_key, self._labels = {}, {}, []

    def finish(self, db: sqlite3.Connection) -> None:
        """Fill the tables `facets` and `facet_words`, and facets.u4."""
        import numpy

        self.flush()
        self._set_down()
        rank = numpy.empty(self._first, dtype=numpy.int64)
        place, before = -1, None
        self._spill.execute("CREATE TABLE named(f INTEGER PRIMARY KEY, col INTEGER, key TEXT, label TEXT)")
        for number, column, key, label in self._spill.execute("SELECT id, col, key, label FROM parts ORDER BY col, key, id"):
            if (column, key) != before:
                place, before = place + 1, (column, key)
                self._spill.execute("INSERT INTO named VALUES(?,?,?,?)", (place, column, key, label))
            rank[number] = place
        start = 0
        with (self._folder / "facets.u4").open("wb") as file:
            for first, counts, rows, _ in merged([self._runs.written()], [rank], place + 1):
                file.write(rows.astype("<u4", copy=False).tobytes())
                starts = start + numpy.cumsum(counts) - counts
                start += int(counts.sum())
                named = self._spill.execute("SELECT f, col, key, label FROM named WHERE f >= ? AND f < ? ORDER BY f", (first, first + len(counts)))
                facets = [(*value, n, s) for value, n, s in zip(named, counts.tolist(), starts.tolist(), strict=True)]
                db.executemany("INSERT INTO facets(f, col, key, label, count, start) VALUES(?,?,?,?,?,?)", facets)
                db.executemany("INSERT INTO facet_words VALUES(?,?)", ((word, f[0]) for f in facets for word in sorted(facet_words(f[2]))))

    def close(self) -> None:
        """Let go of the files; nothing is left but what `finish` wrote."""
        self._runs.close()
        self._spill.close()
        self._parts.unlink(missing_ok=True)
