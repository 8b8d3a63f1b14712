"""Many (key, row, value) triples -> the rows of each key, in bounded memory: sorted runs in files on disk, merged at the end in any order of the keys.

    runs = Runs(path, "<u2")
    runs.add(keys, rows, values)             a batch: sorted by key, then row, no pair twice, no row in two batches
    for first, counts, rows, values in merged([runs.written()], [rank], keys): ...

What full text and facets are built with. Several processes may each write runs of their own, with keys of their own. Leaves out: what keys and values are
(see `wordwork`, `tagwork`) and the files that are read later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy

MERGED = 1 << 24  # triples merged at a time: about 300 MB while they are put in place


class _Run(NamedTuple):
    """In the file, one behind the other: its keys, sorted, and how many triples each has, 4 bytes each; rows, 4 bytes; values."""

    row: int  # the least one
    at: int
    keys: int
    triples: int


class Written(NamedTuple):
    """The runs of a file, as they are handed to `merged`, also from another process."""

    path: Path
    kind: str | None
    runs: list[_Run]


class Runs:
    """Triples on disk at `path`; `kind` is the type of values, None if there are none. Raises `OSError`."""

    def __init__(self, path: Path, kind: str | None = None) -> None:
        self._path, self._kind = path, kind
        self._file = path.open("wb")
        self._runs: list[_Run] = []

    def add(self, keys: numpy.ndarray, rows: numpy.ndarray, values: numpy.ndarray | None = None) -> None:
        """Write a run. `keys` (n,) sorted, `rows` (n,), `values` (n,)."""
        import numpy

        if not len(keys):
            return
        starts = numpy.flatnonzero(numpy.concatenate([[True], keys[1:] != keys[:-1]]))
        self._runs.append(_Run(int(rows.min()), self._file.tell(), len(starts), len(keys)))
        self._file.write(keys[starts].astype("<i4").tobytes())
        self._file.write(numpy.diff(starts, append=len(keys)).astype("<i4").tobytes())
        self._file.write(rows.astype("<u4").tobytes())
        if values is not None:
            self._file.write(values.astype(self._kind).tobytes())

    def written(self) -> Written:
        """All of it; nothing can be added any more."""
        self._file.close()
        return Written(self._path, self._kind, self._runs)

    def close(self) -> None:
        """Forget everything; the file is gone."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def merged(files: Sequence[Written], ranks: Sequence[numpy.ndarray], keys: int) -> Iterator[tuple[int, numpy.ndarray, numpy.ndarray, numpy.ndarray | None]]:
    """(first key, counts of it and the next ones, their rows, their values), pieces in order. Of each file's keys `ranks` says the place
    among `keys`; keys of one place are one, but not within a run. Raises `OSError`."""
    import numpy

    with ExitStack() as stack:
        opened = [stack.enter_context(written.path.open("rb")) for written in files]
        runs = sorted((run, i) for i, written in enumerate(files) for run in written.runs)
        totals = numpy.zeros(keys, dtype=numpy.int64)
        for run, i in runs:
            places, counts = _keys(opened[i], run)
            totals[ranks[i][places]] += counts
        starts = numpy.concatenate([[0], numpy.cumsum(totals)])
        kind = files[0].kind if files else None
        low = 0
        while low < keys:
            high = max(low + 1, int(numpy.searchsorted(starts, starts[low] + MERGED, side="right")) - 1)
            rows = numpy.empty(starts[high] - starts[low], dtype=numpy.uint32)
            values = numpy.empty(len(rows), dtype=kind) if kind else None
            filled = starts[low:high] - starts[low]
            for run, i in runs:
                _put(opened[i], run, ranks[i], low, filled, rows, values)
            yield low, totals[low:high], rows, values
            low = high


def _keys(file: IO[bytes], run: _Run) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(the keys of a run, how many triples each has); its rows are read next."""
    import numpy

    file.seek(run.at)
    return numpy.frombuffer(file.read(4 * run.keys), dtype="<i4"), numpy.frombuffer(file.read(4 * run.keys), dtype="<i4")


def _put(file: IO[bytes], run: _Run, rank: numpy.ndarray, low: int, filled: numpy.ndarray, rows: numpy.ndarray, values: numpy.ndarray | None) -> None:
    """A run's triples of the keys from place `low` on, as many as `filled` counts, each behind those of its key that are there already."""
    import numpy

    keys, counts = _keys(file, run)
    at = rank[keys] - low
    mine = (at >= 0) & (at < len(filled))
    if not mine.any():
        return
    taken = slice(None) if mine.all() else numpy.repeat(mine, counts)
    order, counts = at[mine], counts[mine].astype(numpy.int64)
    # Where each key's triples go, less where they stand: one number a key, repeated.
    shift = numpy.repeat(filled[order] - (numpy.cumsum(counts) - counts), counts)
    filled[order] += counts
    shift += numpy.arange(len(shift))
    rows[shift] = numpy.frombuffer(file.read(4 * run.triples), dtype="<u4")[taken]
    if values is not None:
        values[shift] = numpy.frombuffer(file.read(values.itemsize * run.triples), dtype=values.dtype)[taken]
