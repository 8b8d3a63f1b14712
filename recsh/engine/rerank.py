"""How well rows fit a request, read together by a BERT-type GGUF with a head for classes (one ships with recsh), through the same llama.cpp.

Leaves out: what is read of a request and a row (see `reread`), what the scores count for (see `rank`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from recsh.engine.context import Context
from recsh.engine.cores import physical_cores
from recsh.engine.embed import TEXTS, packs
from recsh.engine.llama import Model

PAIR, REQUEST = 96, 48  # tokens of a pair, and of its request, that count: what the model was trained with
PACK = 256  # tokens in a batch: 512 are as fast and take 40 MB more


class Reranker:
    """Scores rows for a request. Raises WeightsError for a file that is not a model of this kind."""

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        self._model = Model(path)
        self._context = Context(self._model, cells=PACK, threads=threads or physical_cores(), sequences=TEXTS, batch=PACK, microbatch=PACK, pooled=True, scores=True)

    def score(self, request: str, rows: Sequence[str]) -> np.ndarray:
        """Log-odds that each row fits the request, float32 (len(rows),), in the order of the rows."""
        pairs = self.pairs(request, rows)
        found = np.empty(len(pairs), dtype=np.float32)
        for pack in packs([len(ids) for ids in pairs], PACK):
            found[pack] = self._context.pooled([pairs[i] for i in pack])[:, 0]
        return found

    def pairs(self, request: str, rows: Sequence[str]) -> list[list[int]]:
        """The token ids that are read: of each row the request, then as much of the row as there is room for."""
        begin, *wish, end = self._model.framed(request)
        return [[*[begin, *wish[:REQUEST], end, *self._model.framed(row)[1:-1]][: PAIR - 1], end] for row in rows]

    def close(self) -> None:
        """Free the weights; safe to call twice."""
        self._context.close()
        self._model.close()

    def __del__(self) -> None:
        """What nobody holds any more is freed: its memory is llama.cpp's, which Python does not see."""
        with suppress(Exception):  # half made, or at the end of the process
            self.close()
