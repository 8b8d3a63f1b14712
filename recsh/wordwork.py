"""The words of a catalog's rows -> its inverted index: a batch of rows at a time, in any order, by several processes.

    part = WordPart(path)
    cut, lengths = part.add(first, rows, "".join([row_text(title, creator, tags, text), ...]))
    merge(folder, [part.written()], lengths)

What is written is read by `fulltext`. Leaves out: which rows there are (see `compiler`), who takes which batch (see `rowwork`), vectors (see `rowpart`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recsh import runs
from recsh.fulltext import DENSE, FIELDS, HITS, K1, WEIGHTS, B
from recsh.surfaces import MARKS, Surfaces

if TYPE_CHECKING:
    import numpy

    from recsh.static import StaticEmbedder


def row_text(title: str, creator: str, tags: Sequence[str], text: str) -> str:
    """One row as it is handed over: its four fields, a mark behind each."""
    return f"{title} {MARKS[0]} {creator} {MARKS[1]} {' '.join(tags)} {MARKS[2]} {text} {MARKS[3]} "


class WordsWritten(NamedTuple):
    """What a part has, as it is handed to `merge`, also from another process."""

    terms: list[str]  # by their numbers
    postings: runs.Written


class WordPart:
    """The words of some batches; postings go to a file at `path`. Memory: the different tokens. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self._runs = runs.Runs(path, "<u2")
        self.surfaces = Surfaces()

    def add(self, first: int, rows: int, text: str, static: StaticEmbedder | None = None) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The rows from `first` on, each as `row_text` made it. Returns (their words as `Surfaces.cut` gives them, how many tokens each row has)."""
        cut = self.surfaces.cut(text, static)
        return cut, self._index(cut, first, rows)

    def _index(self, cut: numpy.ndarray, first: int, rows: int) -> numpy.ndarray:
        """A run of postings: for each token and row how often, a hit in a field counting its weight, and in which fields."""
        import numpy

        marks = cut < len(MARKS)
        place = numpy.cumsum(marks)[~marks]  # rows and fields passed so far: four marks a row
        terms, counts = self.surfaces.tokens.of(cut[~marks])
        place = numpy.repeat(place, counts)
        packed = terms.astype(numpy.int64) * (rows * FIELDS) + place  # token, then row, then field
        packed.sort()
        pair, field = numpy.divmod(packed, FIELDS)
        starts = numpy.flatnonzero(numpy.concatenate([[True], pair[1:] != pair[:-1]])) if len(pair) else numpy.empty(0, dtype=numpy.int64)
        if len(starts):
            hits = numpy.add.reduceat(numpy.array(WEIGHTS, dtype=numpy.int64)[field], starts)
            fields = numpy.bitwise_or.reduceat(1 << field, starts)
            term, row = numpy.divmod(pair[starts], rows)
            self._runs.add(term, row + first, numpy.minimum(hits, HITS) << FIELDS | fields)
        return numpy.bincount(place // FIELDS, minlength=rows).astype(numpy.uint32)

    def written(self) -> WordsWritten:
        """All of it; nothing can be added any more."""
        terms, self.surfaces = [*self.surfaces.terms], Surfaces()
        return WordsWritten(terms, self._runs.written())

    def close(self) -> None:
        """Forget everything; the file is gone."""
        self._runs.close()


def merge(folder: Path, parts: Sequence[WordsWritten], lengths: numpy.ndarray) -> None:
    """Write the files of the index to `folder`, the same whoever took which batch. `lengths` (rows,): the tokens of each row. Raises `OSError`."""
    import numpy

    norms = (K1 * (1 - B + B * lengths / max(1e-9, lengths.mean()))).astype(numpy.float32)
    numpy.save(folder / "norms.npy", norms)
    terms = sorted({*chain.from_iterable(part.terms for part in parts)})  # by code points, which is by bytes of UTF-8
    place = dict(zip(terms, range(len(terms)), strict=True))
    ranks = [numpy.fromiter(map(place.__getitem__, part.terms), dtype=numpy.int64, count=len(part.terms)) for part in parts]
    sizes = [len(t) if t.isascii() else len(t.encode("utf-8", "surrogatepass")) for t in terms]
    ends = numpy.cumsum(numpy.array(sizes, dtype=numpy.int64))
    with (folder / "terms.bin").open("wb") as file:
        for at in range(0, len(terms), 100_000):
            file.write("".join(terms[at : at + 100_000]).encode("utf-8", "surrogatepass"))
    del place, terms
    rows = len(lengths)
    counts = _write(folder, [part.postings for part in parts], ranks, rows, len(ends))
    dense = counts * DENSE > rows
    kept = numpy.where(dense, 0, counts)
    starts = numpy.where(dense, numpy.cumsum(dense) - 1, numpy.cumsum(kept) - kept)
    numpy.save(folder / "terms.npy", numpy.stack([ends, counts, starts]))


def _write(folder: Path, postings: Sequence[runs.Written], ranks: Sequence[numpy.ndarray], rows: int, terms: int) -> numpy.ndarray:
    """The postings, those of words in many rows as one number a row. Returns in how many rows each term stands."""
    import numpy

    counts = numpy.zeros(terms, dtype=numpy.int64)
    with (folder / "rows.u4").open("wb") as rows_file, (folder / "hits.u2").open("wb") as hits_file, (folder / "dense.u2").open("wb") as dense_file:
        for first, count, where, hits in runs.merged(postings, ranks, terms):
            assert hits is not None
            counts[first : first + len(count)] = count
            often = count * DENSE > rows
            ends = numpy.cumsum(count)
            for i in numpy.flatnonzero(often):
                mine = slice(ends[i] - count[i], ends[i])
                whole = numpy.zeros(rows, dtype="<u2")
                whole[where[mine]] = hits[mine]
                dense_file.write(whole.tobytes())
            if often.any():
                kept = numpy.repeat(~often, count)
                where, hits = where[kept], hits[kept]
            rows_file.write(where.astype("<u4", copy=False).tobytes())
            hits_file.write(hits.astype("<u2", copy=False).tobytes())
    return counts
