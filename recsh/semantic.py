"""Which vectors a catalog gets, and what a request's vector is: the sentence model for catalogs it can embed at once, static vectors beyond.

Up to `SENTENCE_ROWS` rows the index holds sentence vectors. Larger catalogs hold static ones, which find; the sentence model then reads only
the head of what was found, and each row it has read is kept beside the index for the next time.

Leaves out: the models themselves (see `engine.embed`, `static`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.index import Index
from recsh.paths import bundled

if TYPE_CHECKING:
    import numpy

    from recsh.engine.embed import Embedder

SENTENCE_ROWS = 20_000  # beyond this the sentence model would take minutes to read the catalog
SENTENCE = "all-MiniLM-L6-v2"


class Semantic:
    """The two embedders, each loaded when first needed. `threads` as for the chat model; None for all physical cores."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads

    @cached_property
    def sentence(self) -> "Embedder":
        """The sentence model. Raises `WeightsError` if its weights are damaged or missing."""
        from recsh.engine.embed import Embedder

        return Embedder(bundled("models", "all-MiniLM-L6-v2-q8_0.gguf"), threads=self._threads)

    @cached_property
    def static(self):
        """The static vectors. Raises `WeightsError` if they are damaged or missing."""
        from recsh.static import StaticEmbedder

        return StaticEmbedder(bundled("models", "static"))

    def for_rows(self, rows: int) -> "_Named":
        """The embedder for a catalog of this size."""
        if rows <= SENTENCE_ROWS:
            return _Named(SENTENCE, lambda texts, progress: self.sentence.encode(list(texts), progress=_added_up(progress)))
        return _Named(self.static.name, lambda texts, progress: self.static.encode(texts, progress))

    def request(self, text: str, index: Index) -> "numpy.ndarray | None":
        """The request in the space of the index's vectors, (dims,); None if the index has none or the text is empty."""
        if not text or index.embedder is None:
            return None
        if index.embedder == SENTENCE:
            return self.sentence.encode([text])[0]
        return self.static.encode([text])[0]

    def head(self, text: str, index: Index) -> "Callable[[Sequence[int]], numpy.ndarray] | None":
        """For catalogs with static vectors: positions -> cosines by the sentence model, (n,). None where the index has them already."""
        if not text or index.embedder in (None, SENTENCE):
            return None
        return lambda rows: _Kept(index, self.sentence).cosines(rows, self.sentence.encode([text])[0])


def _added_up(progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
    """A progress callback for totals -> one for what was done since the last call."""
    if progress is None:
        return None
    done = 0

    def add(more: int) -> None:
        nonlocal done
        done += more
        progress(done)

    return add


class _Named:
    """An embedder with the name that goes into the index."""

    def __init__(self, name: str, encode: "Callable[[Iterable[str], Callable[[int], None] | None], numpy.ndarray]") -> None:
        self.name = name
        self._encode = encode

    def encode(self, texts: Iterable[str], progress: Callable[[int], None] | None = None) -> "numpy.ndarray":
        return self._encode(texts, progress)


class _Kept:
    """Sentence vectors of rows that were read before, in a small database beside the index (safe to lose)."""

    def __init__(self, index: Index, model: "Embedder") -> None:
        self.index, self.model = index, model
        self.path: Path = index.folder / "sentence.sqlite"

    def cosines(self, rows: Sequence[int], vector: "numpy.ndarray") -> "numpy.ndarray":
        import numpy

        rows = [int(r) for r in rows]
        known = self._read(rows)
        missing = [r for r in rows if r not in known]
        if missing:
            made = self.model.encode([self.index.describe(i) for i in self.index.items(missing)])
            known |= dict(zip(missing, made, strict=True))
            self._write({r: known[r] for r in missing})
        return numpy.stack([known[r] for r in rows]).astype(numpy.float32) @ vector

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=2)
        db.execute("CREATE TABLE IF NOT EXISTS vectors(n INTEGER PRIMARY KEY, v BLOB NOT NULL)")
        return db

    def _read(self, rows: Sequence[int]) -> "dict[int, numpy.ndarray]":
        import numpy

        try:
            db = self._open()
            marks = ",".join("?" * len(rows))
            found = db.execute(f"SELECT n, v FROM vectors WHERE n IN ({marks})", rows).fetchall()
            db.close()
        except sqlite3.Error:  # a cache that cannot be read is an empty cache
            return {}
        return {n: numpy.frombuffer(v, dtype=numpy.float16).astype(numpy.float32) for n, v in found}

    def _write(self, made: "dict[int, numpy.ndarray]") -> None:
        import numpy

        try:
            db = self._open()
            with db:
                db.executemany("INSERT OR IGNORE INTO vectors VALUES(?,?)", [(n, v.astype(numpy.float16).tobytes()) for n, v in made.items()])
            db.close()
        except sqlite3.Error:  # read-only or full: the vectors are made again next time
            return
