"""Words as they are written -> search tokens and pieces of static vectors, each word looked at once however often it comes.

A catalog of a million rows has some fifty million words, but a few hundred thousand different ones; so a row is cut at white space alone, and what
`text.tokens` and the tokenizer say of a word is kept. That gives what they would say of the whole text: neither looks across white space.

Leaves out: what is made of tokens and pieces (see `wordwork`).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from recsh.text import stem, tokens

if TYPE_CHECKING:
    import numpy

    from recsh.static import StaticEmbedder

MARKS = ("\x01", "\x02", "\x03", "\x00")  # behind title, creator, tags and text of a row; `text.clean` lets none of them through
_ALONE = (", ", ". ", "，", "。", "、")
LIMIT = 400_000  # words kept; Chinese sentences are words here, and hardly come twice


class _Known(dict):
    """Word -> number; a new word gets the next one."""

    def __init__(self) -> None:
        super().__init__({mark: i for i, mark in enumerate(MARKS)})
        self.fresh: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = n = len(self)
        self.fresh.append(word)
        return n


class Flat:
    """Lists of numbers, one behind the other: list i is `values[ends[i - 1]:ends[i]]`."""

    def __init__(self) -> None:
        self.values, self.ends = array("i"), array("q")

    def of(self, which: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
        """(the lists of these, one behind the other; how long each is)."""
        import numpy

        values, ends = numpy.array(self.values), numpy.array(self.ends)
        counts = numpy.diff(ends, prepend=0)
        starts = (ends - counts)[which]
        counts = counts[which]
        at = numpy.repeat(starts - (numpy.cumsum(counts) - counts), counts) + numpy.arange(counts.sum())
        return values[at] if len(values) else values, counts


class Surfaces:
    """The words met so far. `terms` are the tokens of all of them, in order of their numbers; it only grows."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self._static: StaticEmbedder | None = None
        self._forget()

    def _forget(self) -> None:
        self._known = _Known()
        self.tokens, self.pieces = Flat(), Flat()
        for flat in (self.tokens, self.pieces):
            flat.ends.extend([0] * len(MARKS))

    def cut(self, text: str, static: StaticEmbedder | None) -> numpy.ndarray:
        """The numbers of the words of `text`, marks among them. They hold until the next call. With `static`, `pieces` are filled too."""
        import numpy

        if len(self._known) > LIMIT or static is not self._static:
            self._static = static
            self._forget()
        for mark in _ALONE:  # "night," and "night" are one word, and a Chinese sentence ends at its commas
            text = text.replace(mark, f" {mark[0]} ")
        words = text.lower().split()
        out = numpy.fromiter(map(self._known.__getitem__, words), dtype=numpy.int32, count=len(words))
        fresh, self._known.fresh = self._known.fresh, []
        for word in fresh:
            self.tokens.values.extend(self._terms(word))
            self.tokens.ends.append(len(self.tokens.values))
        if static is not None and fresh:
            values, counts = static.pieces(fresh)
            ends = numpy.cumsum(counts) + len(self.pieces.values)
            self.pieces.values.frombytes(values.astype(numpy.int32).tobytes())
            self.pieces.ends.frombytes(ends.astype(numpy.int64).tobytes())
        return out

    def _terms(self, word: str) -> list[int]:
        if word.isascii():
            if word.isalnum():  # nothing in it to be cut or dropped
                low = word.lower()
                found = [stem(low) if low[-1] == "s" else low]
            else:
                found = tokens(word)
        else:
            found = tokens(f" {word}")  # subtle: a mark at the very beginning of a text stays, one behind a space does not
        terms = self.terms
        return [terms.setdefault(token, len(terms)) for token in found]
