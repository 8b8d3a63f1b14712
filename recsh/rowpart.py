"""What one process does of indexing: of some batches of rows their words, their vectors, and the names they are found by; at the end one of the merges.

    part = RowPart(folder, 0)
    taken = part.take(Batch(0, 2, text, titles, keys))
    part.written()                      to be merged with that of the other parts

No method depends on what other parts do, so a part may live here or in another process (see `beside`). Leaves out: who takes which batch (see `rowwork`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recsh import grams, vectors, wordwork
from recsh.fulltext import FIELDS
from recsh.surfaces import MARKS
from recsh.text import fold
from recsh.titles import spellings
from recsh.vectors import Space, VectorWriter
from recsh.wordwork import WordPart, WordsWritten

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy

    from recsh.static import StaticEmbedder

PIECES = 128  # pieces of a row that its vector is made of: later ones hardly move a mean
APART = "\x1f"  # between titles, and between their keys: `text.clean` lets none through


class Batch(NamedTuple):
    """Rows that follow one another. Three long texts and not thousands of short ones: they go to another process."""

    first: int  # the number of the first
    rows: int
    text: str  # as `wordwork.row_text` makes it, one behind the other
    titles: str  # with `APART` between them
    keys: str  # the titles folded


class Taken(NamedTuple):
    """What is known of a batch when it was taken."""

    first: int
    lengths: numpy.ndarray  # (rows,) tokens of each
    total: numpy.ndarray | None  # (dims,) the sum of its vectors


class PartWritten(NamedTuple):
    """What a part has, as it is handed to the merges, also to another process."""

    words: WordsWritten
    names: grams.Spooled


class RowPart:
    """The part of this `number`; files go to `folder`. Every method may raise `OSError`."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._words = WordPart(folder / f"words{number}.tmp")
        self._names = grams.Spool(folder / f"names{number}.tmp")
        self._static: StaticEmbedder | None = None
        self._vectors: VectorWriter | None = None

    def see(self, static: StaticEmbedder | Path, space: Space) -> None:
        """From now on vectors are written, too; `static` makes them, or its folder is given. Raises `WeightsError`."""
        if isinstance(static, Path):
            from recsh.static import StaticEmbedder

            static = StaticEmbedder(static)
        self._static, self._vectors = static, VectorWriter(self._folder, space)

    def take(self, batch: Batch) -> Taken:
        """A batch that no other part takes."""
        cut, lengths = self._words.add(batch.first, batch.rows, batch.text, self._static)
        total = self._vectors.add(batch.first, self._block(cut, self._static)) if self._static and self._vectors else None
        titles, keys = batch.titles.split(APART), batch.keys.split(APART)
        self._names.add(batch.first, [(n, *spellings(title, key)) for n, (title, key) in enumerate(zip(titles, keys, strict=True), batch.first)])
        return Taken(batch.first, lengths, total)

    def block(self, text: str, static: StaticEmbedder) -> numpy.ndarray:
        """The vectors of a batch's text, (rows, dims)."""
        return self._block(self._words.surfaces.cut(text, static), static)

    def embed(self, batch: Batch) -> numpy.ndarray:
        """Write the vectors of a batch that was taken before they were to be; their sum."""
        assert self._static and self._vectors
        return self._vectors.add(batch.first, self.block(batch.text, self._static))

    def _block(self, cut: numpy.ndarray, static: StaticEmbedder) -> numpy.ndarray:
        import numpy

        marks = cut < len(MARKS)
        row = numpy.cumsum(marks)[~marks] // FIELDS
        rows = int(marks.sum()) // FIELDS
        pieces, counts = self._words.surfaces.pieces.of(cut[~marks])
        row = numpy.repeat(row, counts)
        each = numpy.bincount(row, minlength=rows)
        if (each > PIECES).any():
            pieces = pieces[numpy.arange(len(row)) - (numpy.cumsum(each) - each)[row] < PIECES]
        return static.mean(pieces, numpy.minimum(each, PIECES))

    def written(self) -> PartWritten:
        """All of it; no more batches can be taken. What was needed for them is let go of."""
        out = PartWritten(self._words.written(), self._names.written())
        if self._vectors is not None:
            self._vectors.close()
        self._static = self._vectors = None
        return out

    def merge_words(self, parts: Sequence[WordsWritten], lengths: numpy.ndarray) -> None:
        """Write the inverted index."""
        wordwork.merge(self._folder, parts, lengths)

    def merge_names(self, parts: Sequence[grams.Spooled]) -> None:
        """Write what titles are found by."""
        grams.merge(self._folder / "titles.names", parts)

    def build_creators(self, labels: Sequence[tuple[int, str]]) -> None:
        """Write what creators are found by."""
        grams.build(self._folder / "creators.names", ((number, [fold(label)], []) for number, label in labels))

    def merge_vectors(self, space: Space, rows: int, total: numpy.ndarray) -> None:
        """Write what is left of the vectors."""
        vectors.finish(self._folder, space, rows, total)

    def close(self) -> None:
        """Forget everything; its files are gone but for what merges wrote."""
        self._words.close()
        self._names.close()
        if self._vectors is not None:
            self._vectors.close()
