"""The adapter as a log trains it: the verdicts of a catalog's log and the vectors that were logged with them -> `adapter.Adapter`, kept on disk.

Leaves out: the adapter itself and whether to trust it (see `adapter`), reading the log (see `memory`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from recsh import adapter, paths
from recsh.errors import StoreError
from recsh.index import Index
from recsh.learn import PRIOR, SIGNALS, Examples
from recsh.types import Impression

if TYPE_CHECKING:
    import numpy


LOOSE = 0.05  # how far from 1 the length of a vector may be that was kept with few digits


def packed(vector: numpy.ndarray | None) -> str:
    """A request's vector (dims,) as the log keeps it: float16, little-endian, base64; empty for none."""
    return "" if vector is None else base64.b64encode(vector.astype("<f2").tobytes()).decode()


def unpacked(text: str, dims: int) -> numpy.ndarray | None:
    """The opposite of `packed`, (dims,) float32; None for what is not of so many dimensions and of length 1, as all are that recsh logs: an imported
    log may have anything."""
    import numpy

    try:
        data = base64.b64decode(text)
    except ValueError:
        return None
    if len(data) != 2 * dims:
        return None
    vector = numpy.frombuffer(data, dtype="<f2").astype(numpy.float32)
    return vector if abs(float(numpy.linalg.norm(vector.astype(numpy.float64))) - 1.0) < LOOSE else None


def trained(index: Index, impressions: Sequence[Impression], seen: Examples, stamp: str) -> adapter.Adapter | None:
    """What the vectors tell of these examples (of these impressions): as it was kept for the same `stamp`, else trained, in less than a second.
    None without vectors, or with too few examples."""
    if len(seen) < adapter.LEAST or index.vectors is None:
        return None
    dims = index.vectors.shape[1]
    path = paths.cache_dir() / "adapters" / f"{hashlib.sha256(str(index.folder).encode()).hexdigest()[:24]}.npz"
    if (kept := adapter.load(path, stamp, dims)) is not None:
        return kept
    requests = {shown: vector for shown in {*seen.impression} if (vector := unpacked(impressions[shown].vector, dims)) is not None}
    at = [(i, n) for i, (shown, item) in enumerate(zip(seen.impression, seen.item, strict=True)) if shown in requests and (n := index.by_id(item)) is not None]
    if len(at) < adapter.LEAST:
        return None
    made = _train(index, requests, seen, [i for i, _ in at], [n for _, n in at])
    try:
        adapter.save(path, made, stamp)
    except StoreError:  # it is made again next time, and that is all
        pass
    return made


def _train(index: Index, requests: Mapping[int, numpy.ndarray], seen: Examples, which: Sequence[int], rows: Sequence[int]) -> adapter.Adapter:
    import numpy

    scores = seen.x @ [PRIOR[name] for name in SIGNALS]
    return adapter.train(
        numpy.stack([requests[seen.impression[i]] for i in which]), index.vectors[rows].astype(numpy.float32), seen.liked[which], scores[which], seen.weight[which]
    )
