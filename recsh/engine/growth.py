"""Lines of text that are written side by side, each in a sequence of its own, the likeliest token each time.

One decode serves them all: five lines at once cost two to three times one, twenty some five times. Leaves out: where a line begins, what it is about.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from recsh.engine.context import Span
from recsh.engine.llama import Model

if TYPE_CHECKING:
    from recsh.engine.room import Room

Key = TypeVar("Key")


class Line:
    """One line of text out of tokens' bytes: whole characters only, no space before it, ended by a line break."""

    def __init__(self) -> None:
        self.ended = False
        self._begun = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def add(self, piece: bytes) -> str:
        """The characters this piece completes, up to the line's end."""
        text = self._decoder.decode(piece)
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        head, end, _ = text.partition("\n")
        self.ended = bool(end)
        return head


class Growth(Struct):
    """A line that is being written: its sequence, and the tokens to be evaluated next, from `place` on."""

    sequence: int
    place: int
    tokens: list[int]
    line: Line = field(default_factory=Line)


def grow(room: Room, model: Model, growing: Mapping[Key, Growth], max_tokens: int) -> Iterator[tuple[Key, str]]:
    """(key, new text, perhaps none) for every token that is written, at most `max_tokens` a line. Ends early where the context is full."""
    going = dict(growing)
    for _ in range(max_tokens):
        if not going or sum(len(g.tokens) for g in going.values()) > room.free:
            return
        chosen = room.decode([Span(g.sequence, g.place, g.tokens, True) for g in going.values()]).argmax(axis=1).tolist()
        for (key, g), token in zip(list(going.items()), chosen, strict=True):
            if model.is_end(token):
                del going[key]
                continue
            g.place, g.tokens = g.place + len(g.tokens), [token]
            yield key, g.line.add(model.piece(token))
            if g.line.ended:
                del going[key]
