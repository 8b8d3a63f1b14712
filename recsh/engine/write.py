"""Writing a list: free, or with every title held to the shortlist.

Held, the titles' token ids form a trie, walked as the list of titles still possible. Where one token alone can follow it is not
asked for: forced tokens wait and go through in one batch with the next real choice (jump-forward, 3 times faster than one by one).
A title ends where the model prefers the separator to going on ("Alive" or "Alive and Kicking"). The reason after it is free, up
to a line break. Leaves out: parsing the list (see `recsh.parse`).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence

import numpy as np

from recsh.engine import LINE_TOKENS, WritePrompt, failure
from recsh.engine.growth import Line
from recsh.engine.llama import Model
from recsh.engine.room import Room
from recsh.engine.template import layout, opening_tokens
from recsh.types import Usage

REASON = 40  # tokens of a reason
LIKELY = 0.05  # sampling leaves out tokens less likely than this share of the likeliest (min-p)


class Writer:
    """Writes by the model in `room`. `usage` counts the last prompt."""

    def __init__(self, model: Model, room: Room) -> None:
        self.model, self.room = model, room
        self.usage = Usage()
        self._pending: list[int] = []
        self._left = 0
        self._temperature = 0.0
        self._random: np.random.Generator | None = None  # numpy.random is loaded where chance is asked for

    def fits(self, prompt: WritePrompt) -> bool:
        """Whether the prompt leaves room for `limit` lines."""
        return len(self._compile(prompt)[0]) + LINE_TOKENS * prompt.limit <= self.room.span

    def write(self, prompt: WritePrompt, max_tokens: int, temperature: float, seed: int) -> Iterator[str]:
        """Pieces of the list. The prompt is checked before the first is asked for: EngineError "context" when a line has no room behind it."""
        tokens, static = self._compile(prompt)
        room_left = self.room.span - len(tokens)
        if room_left < LINE_TOKENS:
            raise failure(
                f"the prompt has {len(tokens)} tokens, the context {self.room.span}", "context", "raise --ctx-size, or ask with fewer rows"
            )
        self._left = max(0, min(max_tokens, room_left))
        self._temperature, self._random = temperature, np.random.default_rng(seed) if temperature > 0 else None
        return self._run(prompt, tokens, static)

    def _run(self, prompt: WritePrompt, tokens: list[int], static: int) -> Iterator[str]:
        cached = self.room.prepare(tokens[:-1], 1 + self._left, static)
        self.usage = Usage(len(tokens), cached, 0)
        self._pending = tokens[-1:]
        if prompt.titles is None:
            yield from self._free()
        else:
            yield from self._held(prompt)

    def _compile(self, prompt: WritePrompt) -> tuple[list[int], int]:
        around = layout(self.model, prompt.system)
        opening = opening_tokens(self.model, around)
        tokens = opening + self.model.tokens(prompt.user) + self.model.tokens(around.closing, special=True)
        return tokens or self.model.tokens("\n"), min(len(opening), len(tokens) - 1)

    def _choose(self, allowed: Sequence[int] | None = None) -> int:
        """Evaluate what is pending and choose the next token, among `allowed` if given."""
        logits = self.room.advance(self._pending)
        assert logits is not None
        self._pending = []
        ids = np.asarray(allowed if allowed is not None else range(len(logits)))
        values = logits[ids].astype(np.float64)
        if self._random is None:
            return int(ids[values.argmax()])
        shares = np.exp((values - values.max()) / self._temperature)
        shares[shares < LIKELY] = 0
        return int(self._random.choice(ids, p=shares / shares.sum()))

    def _put(self, tokens: Sequence[int]) -> None:
        """Tokens that are written now and evaluated with the next choice."""
        self._pending += tokens
        self._left -= len(tokens)
        u = self.usage
        self.usage = Usage(u.prompt_tokens, u.cached_tokens, u.completion_tokens + len(tokens))

    def _free(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        while self._left > 0:
            token = self._choose()
            if self.model.is_end(token):
                return
            self._put([token])
            if text := decoder.decode(self.model.piece(token)):
                yield text

    def _held(self, prompt: WritePrompt) -> Iterator[str]:
        model = self.model
        ids = {title: model.tokens_after("\n", title) for title in dict.fromkeys(prompt.titles or ()) if title}
        separator = prompt.separator.rstrip()  # the space behind it belongs to the reason's first token
        behind = model.tokens(separator) if separator else model.tokens("\n")
        for _ in range(prompt.limit):
            title = self._title(ids, behind[0])
            if title is None:
                return
            del ids[title]
            yield title
            if separator:
                self._put(behind)
                yield prompt.separator
                yield from self._reason()
            yield "\n"
            if not separator or not self._ended_by_break():
                self._put(model.tokens("\n"))

    def _title(self, ids: dict[str, list[int]], stop: int) -> str | None:
        """Write one of the titles; None when there is none left or no room for it. `stop` is the token that ends a title."""
        possible = list(ids)
        depth = 0
        while possible and self._left > 0:
            ended = [title for title in possible if len(ids[title]) == depth]
            following = {ids[title][depth] for title in possible if len(ids[title]) > depth}
            if not following:
                return ended[0]
            choices = sorted(following | {stop}) if ended else sorted(following)
            token = choices[0] if len(choices) == 1 else self._choose(choices)
            if ended and token == stop:
                return ended[0]
            self._put([token])
            possible = [title for title in possible if ids[title][depth : depth + 1] == [token]]
            depth += 1
        return None

    def _reason(self) -> Iterator[str]:
        line = Line()
        for _ in range(REASON):
            if self._left <= 0:
                return
            token = self._choose()
            if self.model.is_end(token):
                return
            self._put([token])
            if text := line.add(self.model.piece(token)):
                yield text
            if line.ended:
                return

    def _ended_by_break(self) -> bool:
        return bool(self._pending) and self.model.piece(self._pending[-1]).endswith(b"\n")
