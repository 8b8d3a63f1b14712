"""Which vectors a catalog gets, and what a request's vector is: the sentence model for catalogs it can embed at once, static vectors beyond.

Up to `SENTENCE_ROWS` rows the index holds sentence vectors. Larger catalogs hold static ones, which find; where a model takes part, the sentence
model then reads the head of what was found. Every text that was read once is kept, by its hash, in one small database in the cache folder, so that an edited
catalog costs only its new rows; the rows of the sample catalogs come ready made with recsh.

Leaves out: the models themselves (see `engine.embed`, `static`).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from recsh import paths
from recsh.ahead import Ahead

if TYPE_CHECKING:
    import numpy

    from recsh.engine.embed import Embedder
    from recsh.engine.rerank import Reranker
    from recsh.index import Index
    from recsh.static import StaticEmbedder

SENTENCE_ROWS = 10_000  # about a minute and a half of two cores; beyond this it would be minutes
SENTENCE = "recsh-sentence-2"
SENTENCE_FILE = "recsh-sentence-q8_0.gguf"
RERANKER_FILE = "recsh-reranker-q8_0.gguf"
_BLOCK = 512  # texts embedded between two writes, so that an interrupted build goes on where it was

Progress = Callable[[int], None]


class RowEmbedder(Struct, frozen=True):
    """An embedder by the name that goes into an index: `encode(texts, progress)` -> (n, dims), `progress(texts done)`. `static` where rows are
    embedded by their words alone, while they are read (see `wordwork`)."""

    name: str
    encode: "Callable[[Iterable[str], Progress | None], numpy.ndarray]"
    static: "Callable[[], StaticEmbedder] | None" = None


class _Which(NamedTuple):
    """A model that llama.cpp runs: the class that does, and its weights."""

    module: str
    name: str
    file: str


_SENTENCE = _Which("recsh.engine.embed", "Embedder", SENTENCE_FILE)
_RERANKER = _Which("recsh.engine.rerank", "Reranker", RERANKER_FILE)


def _load(which: _Which, threads: int | None) -> Any:
    return getattr(import_module(which.module), which.name)(paths.bundled("models", which.file), threads=threads)


class Semantic:
    """The two embedders and the reranker, each loaded when first needed. `threads` as for the chat model; None for all physical cores."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._ahead: dict[_Which, Ahead[Any]] = {}

    @cached_property
    def sentence(self) -> "Embedder":
        """The sentence model. Raises `WeightsError` if its weights are damaged or missing."""
        return self._loaded(_SENTENCE)

    @cached_property
    def reranker(self) -> "Reranker":
        """The model that reads a request and a row together. Raises `WeightsError` if its weights are damaged or missing."""
        return self._loaded(_RERANKER)

    def prepare(self) -> "Ahead[Embedder]":
        """Begin to load the sentence model in another thread. What goes wrong is raised where it is used."""
        return self._begun(_SENTENCE)

    def prepare_reranker(self) -> None:
        """Begin to load the reranker in another thread, if nobody has. What goes wrong is raised where it is used."""
        if "reranker" not in vars(self):
            self._begun(_RERANKER)

    def _loaded(self, which: "_Which") -> Any:
        return self._ahead[which].result() if which in self._ahead else _load(which, self._threads)

    def _begun(self, which: "_Which") -> "Ahead[Any]":
        if which not in self._ahead:
            with suppress(ImportError):  # said where it is used, too
                import_module(which.module)  # here, so that two threads do not import one thing at once
            self._ahead[which] = Ahead(partial(_load, which, self._threads))
        return self._ahead[which]

    @cached_property
    def static(self) -> "StaticEmbedder":
        """The static vectors. Raises `WeightsError` if they are damaged or missing."""
        from recsh.static import StaticEmbedder

        return StaticEmbedder(paths.bundled("models", "static"))

    def for_rows(self, rows: int) -> RowEmbedder:
        """The embedder for a catalog of this size."""
        if rows <= SENTENCE_ROWS:
            return RowEmbedder(SENTENCE, lambda texts, progress: self.read(list(texts), progress))
        return RowEmbedder("static-256", lambda texts, progress: self.static.encode(texts, progress), lambda: self.static)

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> "numpy.ndarray":
        """Sentence vectors of many texts, (n, dims) float32: kept ones looked up, the others embedded and kept."""
        import numpy

        if not texts:
            return numpy.zeros((0, self.sentence.dimensions), dtype=numpy.float32)
        keys = [key_of(t) for t in texts]
        kept = _ready(keys) | _Kept().read(keys)
        missing = [i for i, key in enumerate(keys) if key not in kept]
        for at in range(0, len(missing), _BLOCK):
            block = missing[at : at + _BLOCK]
            made = self.sentence.encode([texts[i] for i in block]).astype(numpy.float16)
            fresh = {keys[i]: vector for i, vector in zip(block, made, strict=True)}
            kept |= fresh
            _Kept().write(fresh)
            if progress:
                progress(len(texts) - len(missing) + at + len(block))
        return numpy.stack([kept[key] for key in keys]).astype(numpy.float32)

    def request(self, text: str, index: "Index") -> "numpy.ndarray | None":
        """The request in the space of the index's vectors, (dims,); None if the index has none or the text is empty."""
        if not text or index.embedder is None:
            return None
        return self.sentence.encode([text])[0] if index.embedder == SENTENCE else self.static.encode([text])[0]

    def head(self, text: str, index: "Index") -> "Callable[[Sequence[int]], numpy.ndarray] | None":
        """For catalogs with static vectors: positions -> cosines by the sentence model, (n,). None where the index has them already."""
        if not text or index.embedder in (None, SENTENCE):
            return None
        return lambda rows: self.read([index.describe(i) for i in index.items(rows)]) @ self.sentence.encode([text])[0]


def key_of(text: str) -> int:
    """A text's key: 63 bits of BLAKE2b over model and text, so that it fits an SQLite integer."""
    return int.from_bytes(hashlib.blake2b(f"{SENTENCE}\0{text}".encode(), digest_size=8).digest()) >> 1


def _ready(keys: Sequence[int]) -> "dict[int, numpy.ndarray]":
    """Vectors of the sample catalogs' rows, made by models/samples.py: keys.npy sorted, vectors.npy float16."""
    import numpy

    folder = paths.bundled("models", "samples")
    if not (folder / "keys.npy").exists():
        return {}
    known = numpy.load(folder / "keys.npy")
    vectors = numpy.load(folder / "vectors.npy", mmap_mode="r")
    wanted = numpy.array(keys, dtype=numpy.int64)
    at = numpy.minimum(numpy.searchsorted(known, wanted), len(known) - 1)
    return {key: vectors[i] for key, i, hit in zip(keys, at, known[at] == wanted, strict=True) if hit}


class _Kept:
    """Texts read before, in the cache folder. Losing it costs time only, so an error means "not kept"."""

    def _open(self) -> sqlite3.Connection:
        path = paths.cache_dir() / "sentence.sqlite"
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))  # SQLite makes what belongs to it as private
        db = sqlite3.connect(path, timeout=5)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE IF NOT EXISTS vectors(key INTEGER PRIMARY KEY, v BLOB NOT NULL)")
        return db

    def read(self, keys: Sequence[int]) -> "dict[int, numpy.ndarray]":
        import numpy

        out: dict[int, numpy.ndarray] = {}
        try:
            db = self._open()
            for at in range(0, len(keys), 500):
                part = keys[at : at + 500]
                found = db.execute(f"SELECT key, v FROM vectors WHERE key IN ({','.join('?' * len(part))})", part)
                out |= {key: numpy.frombuffer(v, dtype=numpy.float16) for key, v in found}
            db.close()
        except sqlite3.Error:
            return {}
        return out

    def write(self, made: "dict[int, numpy.ndarray]") -> None:
        try:
            db = self._open()
            with db:
                db.executemany("INSERT OR IGNORE INTO vectors VALUES(?,?)", [(key, v.tobytes()) for key, v in made.items()])
            db.close()
        except sqlite3.Error:
            return
