"""The words of a catalog's rows -> its inverted index and, for a large one, its row vectors: a batch of rows at a time, in a thread of its own.

    work = WordWork(folder, static_for)
    work.add([row_text(title, creator, tags, text), ...])
    work.finish()

What is written is read by `fulltext` and `vectors`. Leaves out: which rows there are (see `compiler`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.fulltext import DENSE, FIELDS, HITS, K1, WEIGHTS, B
from recsh.runs import Runs
from recsh.surfaces import MARKS, Surfaces
from recsh.vectors import VectorWriter

if TYPE_CHECKING:
    import numpy

    from recsh.static import StaticEmbedder

EARLY = 50_000
PIECES = 128  # pieces of a row that its vector is made of: later ones hardly move a mean


def row_text(title: str, creator: str, tags: Sequence[str], text: str) -> str:
    """One row as it is handed over: its four fields, a mark behind each."""
    return f"{title} {MARKS[0]} {creator} {MARKS[1]} {' '.join(tags)} {MARKS[2]} {text} {MARKS[3]} "


class WordWork:
    """`static_for(rows)` gives the static vectors for a catalog of at least so many rows, None as long as there are to be none; from when it does,
    the rows before get theirs too, if they are no more than `EARLY`. Memory: the different tokens, and a few batches. Raises `OSError`."""

    def __init__(self, folder: Path, static_for: Callable[[int], StaticEmbedder | None] | None = None) -> None:
        self._folder, self._static_for = folder, static_for
        self._runs = Runs(folder / "words.tmp", "<u2")
        self._surfaces = Surfaces()
        self._lengths: list[numpy.ndarray] = []
        self._early: list[str] = []  # batches whose vectors wait for the decision
        self._static: StaticEmbedder | None = None
        self._vectors: VectorWriter | None = None
        self.rows = 0

    @property
    def has_vectors(self) -> bool:
        """Whether row vectors are made."""
        return self._vectors is not None

    def add(self, rows: Sequence[str]) -> None:
        """The next rows, each as `row_text` made it."""
        text = "".join(rows)
        if self._static_for is not None and self._static is None:
            self._static = self._static_for(self.rows + len(rows))
            if self.rows > EARLY and self._static is None:
                self._static_for = None  # nor will it say otherwise later
                self._early.clear()
            elif self._static is not None:
                self._vectors = VectorWriter(self._folder, self._static.dims)
                for early in self._early:
                    self._embed(self._surfaces.cut(early, self._static))
                self._early.clear()
            else:
                self._early.append(text)
        cut = self._surfaces.cut(text, self._static)
        self._index(cut, len(rows))
        if self._static is not None:
            self._embed(cut)
        self.rows += len(rows)

    def _index(self, cut: numpy.ndarray, rows: int) -> None:
        """A run of postings: for each token and row how often, a hit in a field counting its weight, and in which fields."""
        import numpy

        marks = cut < len(MARKS)
        place = numpy.cumsum(marks)[~marks]  # rows and fields passed so far: four marks a row
        terms, counts = self._surfaces.tokens.of(cut[~marks])
        place = numpy.repeat(place, counts)
        self._lengths.append(numpy.bincount(place // FIELDS, minlength=rows).astype(numpy.uint32))
        packed = terms.astype(numpy.int64) * (rows * FIELDS) + place  # token, then row, then field
        packed.sort()
        pair, field = numpy.divmod(packed, FIELDS)
        starts = numpy.flatnonzero(numpy.concatenate([[True], pair[1:] != pair[:-1]])) if len(pair) else numpy.empty(0, dtype=numpy.int64)
        if len(starts):
            hits = numpy.add.reduceat(numpy.array(WEIGHTS, dtype=numpy.int64)[field], starts)
            fields = numpy.bitwise_or.reduceat(1 << field, starts)
            term, row = numpy.divmod(pair[starts], rows)
            self._runs.add(term, row + self.rows, numpy.minimum(hits, HITS) << FIELDS | fields)

    def _embed(self, cut: numpy.ndarray) -> None:
        import numpy

        marks = cut < len(MARKS)
        row = numpy.cumsum(marks)[~marks] // FIELDS
        rows = int(marks.sum()) // FIELDS
        pieces, counts = self._surfaces.pieces.of(cut[~marks])
        row = numpy.repeat(row, counts)
        each = numpy.bincount(row, minlength=rows)
        early = numpy.arange(len(row)) - (numpy.cumsum(each) - each)[row] < PIECES
        self._vectors.add(self._static.mean(pieces[early], numpy.minimum(each, PIECES)))

    def finish(self) -> None:
        """Write the files."""
        import numpy

        lengths = numpy.concatenate(self._lengths)
        numpy.save(self._folder / "norms.npy", (K1 * (1 - B + B * lengths / max(1e-9, lengths.mean()))).astype(numpy.float32))
        terms = sorted(self._surfaces.terms)  # by code points, which is by bytes of UTF-8
        rank = numpy.empty(len(terms), dtype=numpy.int64)
        rank[numpy.fromiter(map(self._surfaces.terms.__getitem__, terms), dtype=numpy.int64, count=len(terms))] = numpy.arange(len(terms))
        ends = numpy.cumsum(numpy.fromiter((len(t.encode("utf-8", "surrogatepass")) for t in terms), dtype=numpy.int64, count=len(terms)))
        with (self._folder / "terms.bin").open("wb") as file:
            for at in range(0, len(terms), 100_000):
                file.write("".join(terms[at : at + 100_000]).encode("utf-8", "surrogatepass"))
        counts = self._write(rank, len(terms))
        dense = counts * DENSE > self.rows
        kept = numpy.where(dense, 0, counts)
        starts = numpy.where(dense, numpy.cumsum(dense) - 1, numpy.cumsum(kept) - kept)
        numpy.save(self._folder / "terms.npy", numpy.stack([ends, counts, starts]))
        self._runs.close()
        if self._vectors is not None:
            self._vectors.finish()

    def _write(self, rank: numpy.ndarray, terms: int) -> numpy.ndarray:
        """The postings, those of words in many rows as one number a row. Returns in how many rows each term stands."""
        import numpy

        counts = numpy.zeros(terms, dtype=numpy.int64)
        with (self._folder / "rows.u4").open("wb") as rows_file, (self._folder / "hits.u2").open("wb") as hits_file, (self._folder / "dense.u2").open("wb") as dense_file:
            for first, count, rows, hits in self._runs.merged(rank, terms):
                counts[first : first + len(count)] = count
                often = count * DENSE > self.rows
                ends = numpy.cumsum(count)
                for i in numpy.flatnonzero(often):
                    mine = slice(ends[i] - count[i], ends[i])
                    whole = numpy.zeros(self.rows, dtype="<u2")
                    whole[rows[mine]] = hits[mine]
                    dense_file.write(whole.tobytes())
                if often.any():
                    kept = numpy.repeat(~often, count)
                    rows, hits = rows[kept], hits[kept]
                rows_file.write(rows.astype("<u4", copy=False).tobytes())
                hits_file.write(hits.astype("<u2", copy=False).tobytes())
        return counts

    def close(self) -> None:
        """Let go of the files; what was not finished is of no use."""
        self._runs.close()
        if self._vectors is not None:
            self._vectors.close()
