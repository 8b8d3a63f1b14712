"""All rows of a catalog, shared among processes: their words, vectors and names -> files of the index, the same however many take part.

    work = RowWork(folder, static_for, others=1)
    work.add(texts, titles, keys)       a batch: to a process that is free, else done here
    work.merge()                        begins to write the files
    work.finish()                       they are written

Leaves out: what is done of a batch (see `rowpart`), how a process is told (see `beside`), which rows there are (see `compiler`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsh.beside import Beside
from recsh.rowpart import APART, Batch, RowPart, Taken
from recsh.vectors import Space, space_of

if TYPE_CHECKING:
    import numpy

    from recsh.static import StaticEmbedder

EARLY = 50_000
FIRST = 2_000  # rows whose mean vectors are sketched around
WAITING = 3  # batches that a process has before it, the one it works on among them


class RowWork:
    """`static_for(rows)` gives the static vectors for a catalog of at least so many rows, None as long as there are to be none; from when it does,
    the rows before get theirs too, if they are no more than `EARLY`. Memory: the different words, in each process, and some batches.
    Every method may raise what a part raises, and `StoreError` if a process ends."""

    def __init__(self, folder: Path, static_for: Callable[[int], StaticEmbedder | None] | None = None, others: int = 0) -> None:
        self._folder, self._static_for = folder, static_for
        self._part = RowPart(folder, 0)
        self._others = [Beside("recsh.rowpart", "RowPart", folder, number) for number in range(1, others + 1)]
        # Alone, what numpy and the tokenizer do goes on beside the reading of rows.
        self._thread = None if others else ThreadPoolExecutor(1, thread_name_prefix="recsh-words")
        self._under_way: list[tuple[Future[Taken], Batch]] = []
        self._taken: list[Taken] = []
        self._first = ""
        self._early: list[Batch] = []  # batches whose vectors wait for the decision
        self._totals: dict[int, numpy.ndarray] = {}  # of those
        self._seen: list[tuple[StaticEmbedder, Space]] = []  # the decision
        self._told: set[Beside] = set()  # who knows it
        self._promised: list[Future[None]] = []  # what is to be done by the end
        self._left: list[tuple[Any, ...]] = []  # by this process
        self.rows = 0

    @property
    def has_vectors(self) -> bool:
        """Whether row vectors are made."""
        return bool(self._seen)

    def add(self, texts: Sequence[str], titles: Sequence[str], keys: Sequence[str]) -> None:
        """The next rows: each as `wordwork.row_text` made it, its title, and that folded."""
        batch = Batch(self.rows, len(texts), "".join(texts), APART.join(titles), APART.join(keys))
        self.rows += len(texts)
        self._first = self._first or "".join(texts[:FIRST])
        if self._static_for is not None and not self._seen:
            self._decide(self._static_for(self.rows), batch)
        self._collect()
        if self._thread is not None:
            if len(self._under_way) > 1:  # it is as far as it can be behind
                self._under_way[0][0].result()
            self._under_way.append((self._thread.submit(self._part.take, batch), batch))
            return
        free = self._free()
        if free is None or free.waiting >= WAITING:
            self._taken.append(self._part.take(batch))
            return
        if self._seen and free not in self._told:
            self._told.add(free)
            self._promised.append(free.ask("see", self._seen[0][0].folder, self._seen[0][1]))
        self._under_way.append((free.ask("take", batch), batch))

    def _free(self) -> Beside | None:
        """The process that has the least to do."""
        return min((other for other in self._others if other.ready()), key=lambda other: other.waiting, default=None)

    def _decide(self, static: StaticEmbedder | None, batch: Batch) -> None:
        if static is not None:
            if self._thread is not None:
                wait([future for future, _ in self._under_way])  # a part does one thing at a time
            space = space_of(self._part.block(self._first, static))
            self._seen.append((static, space))
            self._part.see(static, space)
            for early in self._early:
                self._totals[early.first] = self._part.embed(early)
            self._early.clear()
        elif batch.first > EARLY:
            self._static_for = None  # nor will it say otherwise later
            self._early.clear()
        else:
            self._early.append(batch)

    def _collect(self) -> None:
        """What was done elsewhere meanwhile. Raises what went wrong there."""
        before, self._under_way = self._under_way, []
        for future, batch in before:
            if future.done():  # subtle: asked once, or one that ends between two looks is lost
                self._taken.append(future.result())
            else:
                self._under_way.append((future, batch))

    def merge(self) -> None:
        """All rows were added: begin to write the files, in other processes if there are any."""
        if self._thread is not None:
            self._promised.append(self._thread.submit(self._merge))
        else:
            self._merge()

    def _merge(self) -> None:
        import numpy

        for future, batch in reversed(self._under_way if self._others else []):  # the ones nobody has begun
            if future.cancel():
                self._taken.append(self._part.take(batch))
        self._taken += [future.result() for future, _ in self._under_way if not future.cancelled()]
        self._under_way.clear()
        others = [other for other in self._others if other.ready()]
        parts = [self._part.written(), *(asked.result() for asked in [other.ask("written") for other in others])]
        taken = sorted(self._taken, key=lambda one: one.first)
        assert sum(len(one.lengths) for one in taken) == self.rows
        self._share("merge_words", [part.words for part in parts], numpy.concatenate([one.lengths for one in taken]))
        if self._seen:
            totals = {**self._totals, **{one.first: one.total for one in taken if one.total is not None}}
            total = numpy.sum([value for _, value in sorted(totals.items())], axis=0)
            self._part.merge_vectors(self._seen[0][1], self.rows, total)
        names = ("merge_names", [part.names for part in parts])
        if len(others) == 1:  # which has enough to do
            self._left.append(names)
        else:
            self._share(*names)

    def creators(self, labels: Sequence[tuple[int, str]]) -> None:
        """Begin to write what creators are found by: the number and the name of each."""
        if self._thread is not None:
            self._promised.append(self._thread.submit(self._part.build_creators, labels))
        else:
            self._share("build_creators", labels)

    def _share(self, method: str, *values: Any) -> None:
        """Have another process do something, if there is one."""
        if (free := self._free()) is not None:
            self._promised.append(free.ask(method, *values))
        else:
            getattr(self._part, method)(*values)

    def finish(self) -> None:
        """Write what nobody else does, and wait until all files are written."""
        for method, *values in self._left:
            getattr(self._part, method)(*values)
        for promised in self._promised:
            promised.result()

    def close(self) -> None:
        """Let go of the files and end the other processes; what was not finished is of no use."""
        for other in self._others:
            other.close()
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        self._part.close()
        for left in self._folder.glob("*.tmp"):  # the other parts'
            left.unlink()
