"""Static word vectors: a text's vector is the mean of its tokens' vectors. A hundred thousand rows in seconds, for catalogs too large for the
sentence model. The array is mapped; only `tokenizers` is imported.

Leaves out: how they were made (models/static.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.errors import WeightsError

if TYPE_CHECKING:
    import numpy

_BATCH = 4096
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
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self.dims = int(self._vectors.shape[1])

    def encode(self, texts: Iterable[str], progress: Callable[[int], None] | None = None) -> "numpy.ndarray":
        """One vector a text; a text without known tokens gets zeros."""
        import numpy

        texts = iter(texts)
        out = []
        while batch := list(islice(texts, _BATCH)):
            ids = [numpy.array(e.ids, dtype=numpy.int64) for e in self._tokenizer.encode_batch(batch, add_special_tokens=False)]
            lengths = numpy.array([len(i) for i in ids])
            flat = numpy.concatenate(ids) if lengths.sum() else numpy.empty(0, dtype=numpy.int64)
            block = numpy.zeros((len(batch), self.dims), dtype=numpy.float32)
            if len(flat):
                rows = self._vectors[flat].astype(numpy.float32) * self._scales[flat][:, None]
                filled = numpy.flatnonzero(lengths)
                block[filled] = numpy.add.reduceat(rows, numpy.concatenate([[0], numpy.cumsum(lengths[filled])[:-1]]), axis=0)
            norms = numpy.linalg.norm(block, axis=1, keepdims=True)
            out.append(block / numpy.maximum(norms, 1e-9))
            if progress:
                progress(sum(map(len, out)))
        return numpy.concatenate(out) if out else numpy.zeros((0, self.dims), dtype=numpy.float32)
