"""Static word vectors: a text's vector is the mean of its tokens' vectors. A hundred thousand rows in seconds, for catalogs too large for the
sentence model. The array is mapped; only `tokenizers` is imported.

Leaves out: how they were made (models/static.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.errors import WeightsError

if TYPE_CHECKING:
    import numpy

_BATCH = 4096
_FEW = 4096  # pieces
_MAX_TOKENS = 128  # later tokens hardly move a mean, and rows may be long


class StaticEmbedder:
    """`encode(texts)` -> (n, 256) float32 of unit length. Raises `WeightsError` if the folder is not one made by models/static.py."""

    name = "static-256"

    def __init__(self, folder: Path) -> None:
        import numpy
        from tokenizers import Tokenizer

        try:
            self._vectors = numpy.load(folder / "vectors.npy", mmap_mode="r")
            self._scales = numpy.load(folder / "scales.npy").astype(numpy.float32)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception for a damaged file
            raise WeightsError(f"{folder}: damaged static vectors: {error}", "reinstall recsh") from error
        if self._vectors.ndim != 2 or not self._tokenizer.get_vocab_size() <= len(self._vectors) == len(self._scales):
            raise WeightsError(f"{folder}: damaged static vectors: vectors, scales and tokenizer do not belong together", "reinstall recsh")
        self.folder = folder
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self.dims = int(self._vectors.shape[1])

    def pieces(self, words: Sequence[str]) -> "tuple[numpy.ndarray, numpy.ndarray]":
        """(numbers of the words' pieces, one word's behind the other's; how many each has)."""
        import numpy

        ids = [e.ids for e in self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False)]
        return numpy.fromiter(chain.from_iterable(ids), dtype=numpy.int32), numpy.fromiter(map(len, ids), dtype=numpy.int64, count=len(ids))

    def mean(self, pieces: "numpy.ndarray", counts: "numpy.ndarray") -> "numpy.ndarray":
        """The vectors of texts of so many pieces each, (n, 256) float32 of unit length; zeros for a text without any."""
        import numpy

        ends = numpy.concatenate([[0], numpy.cumsum(counts)])
        if len(pieces) > _FEW:
            from scipy.sparse import csr_array

            held = csr_array((numpy.ones(len(pieces), dtype=numpy.float32), pieces, ends), shape=(len(counts), len(self._table)))
            block = held @ self._table
        else:  # a question: not worth a table of 30 MB, nor importing scipy
            block = numpy.zeros((len(counts), self.dims), dtype=numpy.float32)
            if len(pieces):
                filled = numpy.flatnonzero(counts)
                block[filled] = numpy.add.reduceat(self._vectors[pieces].astype(numpy.float32) * self._scales[pieces][:, None], ends[filled], axis=0)
        return block / numpy.maximum(numpy.linalg.norm(block, axis=1, keepdims=True), 1e-9)

    @cached_property
    def _table(self) -> "numpy.ndarray":
        return self._vectors.astype("f4") * self._scales[:, None]

    def encode(self, texts: Iterable[str], progress: Callable[[int], None] | None = None) -> "numpy.ndarray":
        """One vector a text; a text without known tokens gets zeros."""
        import numpy

        texts = iter(texts)
        out = []
        while batch := list(islice(texts, _BATCH)):
            out.append(self.mean(*self.pieces(batch)))
            if progress:
                progress(sum(map(len, out)))
        return numpy.concatenate(out) if out else numpy.zeros((0, self.dims), dtype=numpy.float32)
