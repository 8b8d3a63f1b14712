"""How well rows fit a request, read together by a BERT-type GGUF with a head for classes (one ships with recsh), through the same llama.cpp.

Leaves out: what is read of a request and a row (see `reread`), what the scores count for (see `rank`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recsh.engine.embed import Encoder

PAIR, REQUEST = 96, 48  # tokens of a pair, and of its request, that count: what the model was trained with
PACK = 256  # tokens in a batch: 512 are as fast and take 40 MB more


class Reranker(Encoder):
    """Scores rows for a request."""

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        super().__init__(path, threads, pack=PACK, scores=True)

    def score(self, request: str, rows: Sequence[str]) -> np.ndarray:
        """Log-odds that each row fits the request, float32 (len(rows),), in the order of the rows."""
        return self._read(self.pairs(request, rows))[:, 0]

    def pairs(self, request: str, rows: Sequence[str]) -> list[list[int]]:
        """The token ids that are read: of each row the request, then as much of the row as there is room for."""
        begin, *wish, end = self._model.framed(request)
        return [[*[begin, *wish[:REQUEST], end, *self._model.framed(row)[1:-1]][: PAIR - 1], end] for row in rows]
