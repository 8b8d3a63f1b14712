"""Sentence vectors from a BERT-type GGUF (one ships with recsh), through the same llama.cpp.

Texts are sorted by length and packed into batches, because attention costs the square of what lies in a batch. Always
loaded with the safe setting of probe.py: these weights are Q8_0, which nothing but AMX repacks. Leaves out: storing or searching vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from recsh.engine.context import Context
from recsh.engine.cores import physical_cores
from recsh.engine.llama import Model

LIMIT = 256  # tokens of a text that count: what the model was trained with
PACK = 512  # tokens in a batch
TEXTS = 64  # texts in a batch


class Encoder:
    """An encoder's weights with their context, `pack` tokens in a batch: one vector a text, or with `scores` one number. Raises WeightsError for a file
    that gives none."""

    def __init__(self, path: str | Path, threads: int | None = None, *, pack: int = PACK, scores: bool = False) -> None:
        self._pack = pack
        self._model = Model(path)
        self._context = Context(
            self._model, cells=pack, threads=threads or physical_cores(), sequences=TEXTS, batch=pack, microbatch=pack, pooled=True, scores=scores
        )

    def _read(self, ids: Sequence[Sequence[int]], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """What the context says of each text, float32 (texts, width), in order; `progress` as for `Embedder.encode`."""
        found = np.empty((len(ids), self._context.width), dtype=np.float32)
        for pack in packs([len(i) for i in ids], self._pack):
            found[pack] = self._context.pooled([ids[i] for i in pack])
            if progress:
                progress(len(pack))
        return found

    def close(self) -> None:
        """Free the weights; safe to call twice, and on what is half made."""
        for part in ("_context", "_model"):
            if made := vars(self).get(part):
                made.close()

    def __del__(self) -> None:
        """What nobody holds any more is freed: its memory is llama.cpp's, which Python does not see."""
        with suppress(Exception):  # at the end of the process
            self.close()


class Embedder(Encoder):
    """Turns texts into vectors of unit length."""

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        return self._context.width

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dimensions), each of length 1, in the order of the texts.

        Only the first 256 tokens of a text count. `progress` is called with the number of texts done since it was last called.
        """
        limit = min(LIMIT, PACK, self._model.trained_context)
        found = self._read([cut(self._model.framed(text), limit) for text in texts], progress)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return found / np.maximum(lengths, np.finfo(np.float32).tiny)


def cut(ids: list[int], limit: int) -> list[int]:
    """At most `limit` ids, with the last one (the end mark) kept: cut([1, 2, 3, 9], 3) is [1, 2, 9]."""
    return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]


def packs(lengths: Sequence[int], most: int = PACK) -> list[list[int]]:
    """Positions of texts that go through together: like lengths side by side, at most `most` tokens and TEXTS texts."""
    out: list[list[int]] = []
    room = 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not out or lengths[i] > room or len(out[-1]) == TEXTS:
            out.append([])
            room = most
        out[-1].append(i)
        room -= lengths[i]
    return out
