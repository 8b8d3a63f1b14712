"""The engine that runs a GGUF on this machine: checks and probes it, loads it, and hands questions to judge.py and write.py.

Leaves out: everything they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from recsh import weights
from recsh.engine import JudgePrompt, Options, WritePrompt, failure
from recsh.engine.probe import fingerprint, probe
from recsh.types import Mode, Usage

if TYPE_CHECKING:
    from recsh.engine.judge import Asked

T = TypeVar("T")


class LocalEngine:
    """An `Engine` (see `recsh.engine`) over llama.cpp. Raises WeightsError, EngineError when it cannot be made."""

    def __init__(self, path: str | Path, options: Options = Options(), cache_dir: Path | None = None) -> None:
        described = weights.describe(path)
        verdict = probe(path, cache_dir, options.gpu_layers, options.lora)
        from recsh.engine.cores import physical_cores
        from recsh.engine.judge import Judge
        from recsh.engine.llama import Model
        from recsh.engine.room import Room
        from recsh.engine.write import Writer

        self.name, self.path, self.mode = described.name, str(path), Mode(described.mode)
        self._model = Model(path, extra_bufts=verdict.extra_bufts, gpu_layers=options.gpu_layers)
        self._model.layouts, self._model.markers = dict(verdict.layouts), verdict.markers
        adapter = self._model.adapter(options.lora) if options.lora else None
        # A state belongs to the weights alone; with an adapter on top it would be another one, not worth a file.
        states = cache_dir / "states" / f"{fingerprint(path)}.state" if cache_dir and not adapter else None
        threads = options.threads or physical_cores()
        exact = options.gpu_layers == 0  # graphics processors have kernels of their own, not all of them for bfloat16
        self._room = Room(self._model, options.ctx_size, threads, exact=exact, adapter=adapter, states=states)
        self._judge = Judge(self._model, self._room)
        self._writer = Writer(self._model, self._room)
        self._last: Judge | Writer = self._judge
        self.notes: list[str] = []

    @property
    def usage(self) -> Usage:
        """Tokens of the last question: read (kept ones included), of these taken from kept state, and written."""
        return self._last.usage

    def judge(self, prompt: JudgePrompt) -> list[float]:
        """Log-odds of yes, one a row, in row order; NaN for rows that `interrupt()` left no time for, EngineError "interrupted" if that is all."""
        from recsh.engine.context import Stopped

        self._last = self._judge
        self._room.begin()
        try:
            odds = self._judge.judge(prompt)
        except Stopped:  # the context was cleared, and the room with it
            self._room.settled = True
            raise failure("interrupted", "interrupted") from None
        finally:
            self.notes = list(self._judge.notes)
        self._room.settled = True
        return odds

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int = 40) -> Iterator[tuple[int, str]]:
        """(row, new text) as the rows' reasons grow side by side. Ends early after `interrupt()`."""
        self._last = self._judge
        self._room.begin()
        return self._until_stopped(self._judge.reasons(prompt, rows, max_tokens))

    def write(self, prompt: WritePrompt, *, max_tokens: int, temperature: float = 0.0, seed: int = 42) -> Iterator[str]:
        """Pieces of the list. Raises EngineError at once, with code "context", if the prompt is too long. Ends early after `interrupt()`."""
        self._last, self.notes = self._writer, []
        self._room.begin()
        return self._until_stopped(self._writer.write(prompt, max_tokens, temperature, seed))

    def fits(self, prompt: WritePrompt) -> bool:
        """Whether the prompt leaves room in the context for its lines."""
        return self._writer.fits(prompt)

    def count(self, text: str) -> int:
        """Tokens in a text."""
        return len(self._model.tokens(text))

    def compiled(self, prompt: JudgePrompt) -> Asked:
        """The token ids that `judge` reads for this prompt."""
        return self._judge.compiled(prompt)

    def interrupt(self) -> None:
        """Stop the running call at its next batch or token, sooner where llama.cpp is asked in between (see `Context`)."""
        self._room.stop()

    def close(self) -> None:
        """Free the context, then the weights; safe to call twice, and on what is half made."""
        for part in ("_room", "_model"):
            if made := vars(self).get(part):
                made.close()

    def __del__(self) -> None:
        """What nobody holds any more is freed: its memory is llama.cpp's, which Python does not see."""
        with suppress(Exception):  # at the end of the process
            self.close()

    def _until_stopped(self, pieces: Iterator[T]) -> Iterator[T]:
        """The pieces; between them, and behind the last, the room is in order."""
        from recsh.engine.context import Stopped

        try:
            for piece in pieces:
                self._room.settled = True
                yield piece
                self._room.settled = False
        except Stopped:
            pass
        self._room.settled = True
