"""The context in use: how large it is, which prefix sequence 0 holds, which sequences branch off it.

It is made when first needed, of the size the question needs, and made anew when a larger one comes: a context of 4,096 tokens
costs three times the time of one of 1,024. What a new prompt shares with the held prefix is not evaluated again, and the part
that never changes (the format and the system text) is kept in a file for the next run. Leaves out: what the tokens mean.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from recsh.engine.context import SEQUENCES, Context, Span
from recsh.engine.llama import Model
from recsh.errors import EngineError

STEP = 1024  # cells are added in steps, so that a conversation does not make a context at every turn
LEAST = 256  # cells: llama.cpp rounds smaller contexts up
STATIC = 32  # tokens worth a file: reading one takes 1 ms, evaluating as many 10 ms at 10 MB of weights, a quarter of a second at 500


class Room:
    """Sequence 0 holds `held`; every other sequence shares it and goes on by itself (`branches`: sequence -> tokens of its own).

    `epoch` changes when all of that was dropped. `limit` is the size of the largest context, `span` of the longest sequence.
    """

    def __init__(
        self, model: Model, limit: int, threads: int, *, exact: bool = True, adapter: int | None = None, states: Path | None = None
    ) -> None:
        if limit < LEAST:
            raise EngineError(f"a context of {limit} tokens is too small", f"--ctx-size {LEAST} or more")
        self.model, self.limit, self.threads, self.exact, self.adapter = model, limit, threads, exact, adapter
        self.span = min(limit, model.trained_context or limit)
        self.states = states
        self.held: list[int] = []
        self.branches: dict[int, int] = {}
        self.epoch = 0
        self.settled = True
        self._stopping = False
        self._context: Context | None = None

    @property
    def free(self) -> int:
        """Cells that are not taken."""
        return (self._context.cells if self._context else 0) - len(self.held) - sum(self.branches.values())

    @property
    def spare(self) -> int:
        """Sequences that are not taken."""
        return SEQUENCES - 1 - len(self.branches)

    def prepare(self, tokens: Sequence[int], more: int, static: int = 0) -> int:
        """Make sequence 0 hold exactly `tokens` and drop the branches, with up to `more` cells to spare; how many were there already.

        The first `static` tokens are the same for every question. Raises Stopped, EngineError.
        """
        context = self._sized(min(self.limit, len(tokens) + more))
        self.drop(self.branches)
        self.epoch += 1
        common = next((i for i, (a, b) in enumerate(zip(self.held, tokens, strict=False)) if a != b), min(len(self.held), len(tokens)))
        if common < len(self.held) and not context.trim(0, common):
            self._clear()
            common = 0
        self.held = self.held[:common]
        if self.states and static >= STATIC and common < static:
            common = self._static(context, list(tokens[:static]))
        self.advance(tokens[len(self.held) :], want=False)
        return common

    def advance(self, tokens: Sequence[int], want: bool = True) -> np.ndarray | None:
        """Put tokens behind sequence 0; the logits after the last of them, (vocabulary,), if wanted."""
        if not tokens:
            return None
        found = self.decode([Span(0, len(self.held), tokens, want)])
        self.held += tokens
        return found[0] if want else None

    def decode(self, spans: Sequence[Span], ids: Sequence[int] | None = None) -> np.ndarray:
        """As `Context.decode`; spans of sequences other than 0 become branches."""
        context = self._sized(0)
        try:
            found = context.decode(spans, ids)
        except BaseException:
            self._clear()  # whatever stopped it, the context holds an unknown part of the batch
            raise
        for span in spans:
            if span.sequence:
                self.branches[span.sequence] = span.start + len(span.tokens) - len(self.held)
        return found

    def branch(self) -> int | None:
        """A new sequence that shares the held prefix; None when all are taken."""
        sequence = next((s for s in range(1, SEQUENCES) if s not in self.branches), None)
        if sequence is not None:
            self._sized(0).copy(0, sequence)
            self.branches[sequence] = 0
        return sequence

    def cut(self, sequence: int, own: int) -> bool:
        """Keep the first `own` tokens of a branch. False where the model cannot forget a part of a sequence."""
        if self.branches[sequence] == own:
            return True
        done = self._sized(0).trim(sequence, len(self.held) + own)
        if done:
            self.branches[sequence] = own
        return done

    def drop(self, sequences: Iterable[int]) -> None:
        """Forget branches."""
        for sequence in list(sequences):
            self._sized(0).trim(sequence, 0)
            del self.branches[sequence]

    def stop(self) -> None:
        """See `Context.stop`; a context that is made later in this question stops as well."""
        self._stopping = True
        if self._context:
            self._context.stop()

    def begin(self) -> None:
        """A question is at work from now until `settled` is set. If an earlier one was torn out of its work (Ctrl-C strikes between any two
        steps), what is held and what the context holds may not be the same any more: all of it goes. Raises EngineError if the file of the weights was cut meanwhile."""
        if not self.settled:
            self.close()
            self._forgotten()
        self.settled = self._stopping = False
        self.model.check()
        if self._context:
            self._context.resume()

    def close(self) -> None:
        """Free the context; safe to call twice."""
        context, self._context = self._context, None
        if context:
            context.close()

    def _sized(self, cells: int) -> Context:
        if self._context is None or self._context.cells < cells:
            self.close()
            self._forgotten()
            cells = min(self.limit, -(-max(cells, 1) // STEP) * STEP)
            self._context = Context(self.model, cells=cells, threads=self.threads, exact=self.exact, adapter=self.adapter)
            if self._stopping:
                self._context.stop()
        return self._context

    def _forgotten(self) -> None:
        self.held, self.branches = [], {}
        self.epoch += 1

    def _clear(self) -> None:
        self._forgotten()
        if self._context:
            self._context.clear()

    def _static(self, context: Context, tokens: list[int]) -> int:
        """Sequence 0 becomes the static tokens, from their file or by evaluating and filing them; how many were on file."""
        assert self.states is not None
        self._clear()
        files = list(self.states.parent.glob(f"{self.states.stem}-*.state"))
        # llama.cpp ends the process for a state that is damaged, so only one whose sum is that in its name is given to it.
        if any(file.stem.endswith(f"-{_sum(file)}") and context.load(file, 0) == tokens for file in files):
            self.held = tokens
            return len(tokens)
        self._clear()
        self.advance(tokens, want=False)
        part = self.states.with_suffix(f".{os.getpid()}.part")
        try:
            self.states.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.touch(mode=0o600)
            if context.save(part, 0, tokens):
                for file in files:
                    file.unlink(missing_ok=True)
                part.replace(self.states.with_stem(f"{self.states.stem}-{_sum(part)}"))
            part.unlink(missing_ok=True)
        except OSError:  # a cache that cannot be written only costs time
            return 0
        return 0


def _sum(file: Path) -> str:
    """A file's CRC-32, 8 hexadecimal digits; empty if it cannot be read."""
    try:
        return f"{zlib.crc32(file.read_bytes()):08x}"
    except OSError:
        return ""
