"""Judging: yes or no for each row behind a shared text, then the reasons of chosen rows, side by side.

The shared text is evaluated once and each row goes on from it in a sequence of its own, so no row can confuse another, order
does not matter, and a reason sees only the request and its own row. Rows stay in the context in waves: a row
takes a little time to look past the tokens of all others, so that 60 rows of 42 tokens took 23 % less time in waves of 1,000 tokens than
in one go. 24 rows would gain 7 % from waves of 500; one wave that stays whole for the reasons is worth that. A wave goes through in steps, so
that somebody who stops it loses a step and not the wave. Measured (8.5M
parameters, 2 cores): 6 ms a row of 42 tokens, and as much for a step of five reasons side by side as for three tokens one by one.

Reasons of several questions were tried side by side too, and left out: the same answers, but 13 % slower at 9 MB of weights and no faster at 500, as the rows
of the next question then look past those that wait. Leaves out: what the prompt says (see `recsh.prompt`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct
import numpy as np

from recsh.engine import JudgePrompt
from recsh.engine.context import Span, Stopped
from recsh.engine.growth import Growth, grow
from recsh.engine.llama import Model
from recsh.engine.room import Room
from recsh.engine.template import layout, opening_tokens
from recsh.errors import EngineError
from recsh.types import Usage

CROWD = 1024  # tokens of rows in the context at one time: 24 rows of 42
KEEP = 8  # rows that stay in the context when a wave makes room for the next; reasons are mostly asked of these
REASON = 48  # tokens kept free for each of them
STEP = 256  # tokens of rows evaluated between two looks at whether to stop; steps of 128 to 1,024 cost the same


class Asked(Struct, frozen=True):
    """A prompt as token ids. `head` is shared, its first `static` tokens never change; `lead` is yes and what stands before the reason."""

    prompt: JudgePrompt
    head: list[int]
    static: int
    rows: list[list[int]]
    yes: list[int]
    no: list[int]
    lead: list[int]


class Judge:
    """Judges by the model in `room`. `usage` counts the last prompt; `notes` are what the user should know about it."""

    def __init__(self, model: Model, room: Room) -> None:
        self.model, self.room = model, room
        self.usage = Usage()
        self.notes: list[str] = []
        self._asked: Asked | None = None
        self._epoch = -1
        self._budget = 0  # tokens of rows in the context at one time
        self._sequences: dict[int, int] = {}  # row -> its branch in the room, as long as the room's epoch is ours

    def judge(self, prompt: JudgePrompt) -> list[float]:
        """Log-odds of yes, one a row: log of the sum over the yes tokens' probabilities, minus that of no; NaN for rows that were not reached
        before it was stopped. Raises Stopped if none was, EngineError."""
        self.notes = []
        asked = self.compiled(prompt)
        self._begin(asked)
        scores: dict[int, float] = {}
        try:
            self._all_verdicts(asked, scores)
        except Stopped:
            if not scores:
                raise
        return [scores.get(row, math.nan) for row in range(len(asked.rows))]

    def _all_verdicts(self, asked: Asked, scores: dict[int, float]) -> None:
        room = self.room
        wave: list[tuple[int, Span]] = []
        left = self._budget  # tokens the wave may still take
        half, enough = -(-len(asked.rows) // 2), asked.prompt.enough
        for row, ids in enumerate(asked.rows):
            if row == half and enough is not None:
                self._verdicts(asked, wave, scores)
                wave = []
                if sum(odds > 0 for odds in scores.values()) >= enough:
                    return
            sequence = room.branch() if left >= len(ids) else None
            if sequence is None:
                self._verdicts(asked, wave, scores)
                wave = []
                best = sorted(self._sequences, key=scores.__getitem__, reverse=True)
                self._forget(best[KEEP:])
                left = self._budget - sum(room.branches.values())
                if left < max(len(ids), self._budget // 4):  # the best are so long that hardly another row fits beside them
                    self._forget(best[:KEEP])
                    left = self._budget
                sequence = room.branch()
            assert sequence is not None
            wave.append((row, Span(sequence, len(asked.head), ids, True)))
            self._sequences[row] = sequence
            left -= len(ids)
        self._verdicts(asked, wave, scores)

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int) -> Iterator[tuple[int, str]]:
        """(row, new text) of the rows' reasons. Best right after `judge` of the same prompt; else the rows are evaluated again."""
        rows = list(dict.fromkeys(rows))
        asked = self._asked if self._asked and self._asked.prompt == prompt else self.compiled(prompt)
        if self._epoch != self.room.epoch or asked is not self._asked:
            self._begin(asked)
        while rows:
            together = self._together(asked, rows, max_tokens)
            rows = [r for r in rows if r not in together]
            for row, text in grow(self.room, self.model, self._ready(asked, together), max_tokens):
                self._wrote()
                if text:
                    yield row, text

    def compiled(self, prompt: JudgePrompt) -> Asked:
        """The prompt as token ids, cut to what the context holds."""
        model, span = self.model, self.room.span
        around = layout(model, prompt.system, thinking=bool(prompt.answer))
        opening, tail = opening_tokens(model, around), around.closing + prompt.answer
        closing = model.tokens(tail, special=True)
        shared = model.tokens(prompt.prefix)
        room_for_shared = max(0, span * 2 // 3 - len(opening))
        if len(shared) > room_for_shared:
            self.notes.append(f"the request and what goes with it have {len(shared)} tokens; the last {len(shared) - room_for_shared} were left out")
            shared = shared[:room_for_shared]
        head = opening + shared
        longest = span - len(head) - len(closing) - REASON
        rows = []
        cut = 0
        for row in prompt.rows:
            ids = model.tokens(row + prompt.suffix)
            if len(ids) > longest:
                suffix = model.tokens(prompt.suffix)
                ids = model.tokens(row)[: max(0, longest - len(suffix))] + suffix
                cut += 1
            rows.append(ids + closing or model.tokens("\n"))
        if cut:
            self.notes.append(f"{cut} rows were too long for the context and were cut")
        before, trusted = (tail, True) if tail else (prompt.suffix, False)

        def first(words: Sequence[str]) -> dict[int, str]:
            return {model.tokens_after(before, word, special=trusted)[0]: word for word in reversed(words)}

        yes, no = first(prompt.yes), first(prompt.no)
        for token in set(yes) & set(no):  # "▁" of " yes" and " no" in some vocabularies: it tells nothing
            del yes[token], no[token]
        if not yes or not no:
            raise EngineError("yes and no begin with the same token in these weights", "use --mode write, or other weights")
        spelling = min(yes.values(), key=prompt.yes.index)
        lead = model.tokens_after(before, spelling + prompt.lead, special=trusted)
        return Asked(prompt, head, len(opening), rows, sorted(yes), sorted(no), lead)

    def _begin(self, asked: Asked) -> None:
        lengths = [len(ids) for ids in asked.rows] or [0]
        crowd = min(sum(lengths), max(CROWD, 2 * KEEP * max(lengths)))
        growth = min(KEEP, len(lengths)) * (REASON + len(asked.lead))
        cached = self.room.prepare(asked.head, crowd + growth, asked.static)
        self._asked, self._epoch, self._sequences = asked, self.room.epoch, {}
        self._budget = max(max(lengths), min(crowd, self.room.free - growth))
        self.usage = Usage(prompt_tokens=len(asked.head), cached_tokens=cached)

    def _verdicts(self, asked: Asked, wave: Sequence[tuple[int, Span]], scores: dict[int, float]) -> None:
        for step in _steps(wave):
            logits = self.room.decode([span for _, span in step], [*asked.yes, *asked.no]).astype(np.float64)
            split = len(asked.yes)
            odds = np.logaddexp.reduce(logits[:, :split], axis=1) - np.logaddexp.reduce(logits[:, split:], axis=1)
            scores.update({row: float(value) for (row, _), value in zip(step, odds, strict=True)})
            self._read(sum(len(span.tokens) for _, span in step))

    def _read(self, tokens: int) -> None:
        u = self.usage
        self.usage = Usage(u.prompt_tokens + tokens, u.cached_tokens, u.completion_tokens)

    def _wrote(self) -> None:
        u = self.usage
        self.usage = Usage(u.prompt_tokens, u.cached_tokens, u.completion_tokens + 1)

    def _forget(self, rows: Sequence[int]) -> None:
        self.room.drop([self._sequences.pop(row) for row in rows])

    def _together(self, asked: Asked, rows: Sequence[int], max_tokens: int) -> list[int]:
        """The first of `rows` that can grow side by side, at least one, with everything else out of their way if need be."""

        def need(row: int) -> int:
            kept = row in self._sequences and self.room.cut(self._sequences[row], len(asked.rows[row]))
            return (0 if kept else len(asked.rows[row])) + len(asked.lead) + max_tokens

        if sum(map(need, rows)) > self.room.free or any(row not in self._sequences for row in rows):
            self._forget([row for row in self._sequences if row not in rows])
        fit: list[int] = []
        taken = new = 0  # cells, and sequences
        for row in rows:
            taken, new = taken + need(row), new + (row not in self._sequences)
            if taken > self.room.free or new > self.room.spare:
                if fit:
                    break
                self._forget([other for other in self._sequences if other != row])
            fit.append(row)
        return fit

    def _ready(self, asked: Asked, rows: Sequence[int]) -> dict[int, Growth]:
        """The reasons of these rows about to be written; of rows that are not in the context any more, the row before that."""
        room, start = self.room, len(asked.head)
        growing = {}
        for row in rows:
            ids = asked.rows[row]
            sequence = self._sequences.get(row)
            if sequence is not None and not room.cut(sequence, len(ids)):
                self._forget([row])  # a recurrent model cannot go back: the row is evaluated again
                sequence = None
            if sequence is None:
                sequence = room.branch()
                assert sequence is not None  # as `_together` saw to
                self._sequences[row] = sequence
                growing[row] = Growth(sequence, start, ids + asked.lead)
            else:
                growing[row] = Growth(sequence, start + len(ids), asked.lead)
        self._read(sum(len(g.tokens) for g in growing.values()))
        return growing


def _steps(wave: Sequence[tuple[int, Span]]) -> Iterator[list[tuple[int, Span]]]:
    """Rows in order, in parts of about STEP tokens."""
    step: list[tuple[int, Span]] = []
    taken = 0
    for row, span in wave:
        if step and taken + len(span.tokens) > STEP:
            yield step
            step, taken = [], 0
        step.append((row, span))
        taken += len(span.tokens)
    if step:
        yield step
