"""Many (key, row, value) triples -> the rows of each key, in bounded memory: sorted runs in one file on disk, merged at the end in any order of the keys.

    runs = Runs(path, "<u2")
    runs.add(keys, rows, values)             a batch: sorted by key, then row, no pair twice, rows behind those of earlier batches
    for first, counts, rows, values in runs.merged(rank): ...

What full text and facets are built with. Leaves out: what keys and values are (see `wordwork`, `tagwork`) and the files that are read later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy

MERGED = 1 << 24  # triples merged at a time: about 300 MB while they are put in place


class _Run(NamedTuple):
    keys: numpy.ndarray  # (k,) sorted
    counts: numpy.ndarray  # (k,) triples of each
    at: int  # where the rows stand in the file, the values behind them


class Runs:
    """Triples on disk at `path`; `kind` is the type of values, None if there are none. Raises `OSError`."""

    def __init__(self, path: Path, kind: str | None = None) -> None:
        self._path, self._kind = path, kind
        self._file = path.open("w+b")
        self._runs: list[_Run] = []

    def add(self, keys: numpy.ndarray, rows: numpy.ndarray, values: numpy.ndarray | None = None) -> None:
        """Write a run. `keys` (n,) sorted, `rows` (n,), `values` (n,)."""
        import numpy

        if not len(keys):
            return
        starts = numpy.flatnonzero(numpy.concatenate([[True], keys[1:] != keys[:-1]]))
        self._runs.append(_Run(keys[starts].astype(numpy.int32), numpy.diff(starts, append=len(keys)).astype(numpy.int32), self._file.seek(0, os.SEEK_END)))
        self._file.write(rows.astype("<u4").tobytes())
        if values is not None:
            self._file.write(values.astype(self._kind).tobytes())

    def close(self) -> None:
        """Forget everything; the file is gone."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def merged(self, rank: numpy.ndarray, keys: int) -> Iterator[tuple[int, numpy.ndarray, numpy.ndarray, numpy.ndarray | None]]:
        """(first key, counts of it and the next ones, their rows, their values), pieces in order. `rank` maps a key as it was added to its place
        among `keys`; keys of one place are one, but not within a run."""
        import numpy

        ranks = [rank[run.keys] for run in self._runs]
        totals = numpy.zeros(keys, dtype=numpy.int64)
        for run, at in zip(self._runs, ranks, strict=True):
            numpy.add.at(totals, at, run.counts)
        starts = numpy.concatenate([[0], numpy.cumsum(totals)])
        low = 0
        while low < keys:
            high = max(low + 1, int(numpy.searchsorted(starts, starts[low] + MERGED, side="right")) - 1)
            yield low, totals[low:high], *self._piece(ranks, starts, low, high)
            low = high

    def _piece(self, ranks: list[numpy.ndarray], starts: numpy.ndarray, low: int, high: int) -> tuple[numpy.ndarray, numpy.ndarray | None]:
        import numpy

        rows = numpy.empty(starts[high] - starts[low], dtype=numpy.uint32)
        values = numpy.empty(len(rows), dtype=self._kind) if self._kind else None
        filled = starts[low:high] - starts[low]
        for run, at in zip(self._runs, ranks, strict=True):
            mine = (at >= low) & (at < high)
            if not mine.any():
                continue
            n = int(run.counts.sum())
            taken = slice(None) if mine.all() else numpy.repeat(mine, run.counts)
            order = at[mine] - low
            counts = run.counts[mine].astype(numpy.int64)
            # Where each key's triples go, less where they stand: one number a key, repeated.
            shift = numpy.repeat(filled[order] - (numpy.cumsum(counts) - counts), counts)
            filled[order] += counts
            to = shift + numpy.arange(len(shift))
            self._file.seek(run.at)
            rows[to] = numpy.frombuffer(self._file.read(4 * n), dtype="<u4")[taken]
            if values is not None:
                values[to] = numpy.frombuffer(self._file.read(values.itemsize * n), dtype=self._kind)[taken]
        return rows, values
