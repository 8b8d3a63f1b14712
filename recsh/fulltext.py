"""Full text search over an inverted index in mapped arrays: which rows have a word, and BM25.

    terms.bin   every token, sorted, in UTF-8, one behind the other
    terms.npy   (3, terms) int64        where each token ends in terms.bin; in how many rows it stands; where its rows begin (or which dense one it is)
    rows.u4     uint32                  the rows of one token behind those of another, sorted
    hits.u2     uint16                  beside each row: hits << 4 | fields (a bit each for title, creator, tags, text)
    dense.u2    (words, rows) uint16    the same for words in more than one row of `DENSE`, one number a row, 0 where the word is not
    norms.npy   (rows,) float32         k1 x (1 - b + b x length / mean length)

BM25 with k1 1.2, b 0.75, idf ln((N - n + .5) / (n + .5)) but at least 1e-6, a hit in a field counting its weight (Robertson and Zaragoza, "The
Probabilistic Relevance Framework", 2009, with the weights of "simple BM25 extension to multiple weighted fields", 2004). A word in most rows costs a
pass over one number a row. Leaves out: writing it (see `wordwork`).
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from recsh.vectors import best

if TYPE_CHECKING:
    import numpy

WEIGHTS = (4, 3, 2, 1)  # what a hit counts: title, creator, tags, text
FIELDS = len(WEIGHTS)
TITLE, NAMED = 1, 7  # bits of fields: the title; title, creator or tags
K1, B = 1.2, 0.75
LEAST = 1e-6  # idf of a word in half of the rows or more
HITS = (1 << 12) - 1  # hits counted at most
DENSE = 8
FILES = ("terms.bin", "terms.npy", "rows.u4", "hits.u2", "dense.u2", "norms.npy")


class FullText:
    """The index of `rows` rows. `maps` has the files, mapped; `arrays` those that are numpy's."""

    def __init__(self, rows: int, maps: Mapping[str, mmap.mmap | bytes], arrays: Mapping[str, numpy.ndarray]) -> None:
        self.rows = rows
        self._bytes = maps["terms.bin"]
        self._ends, self._counts, self._starts = arrays["terms.npy"]
        self._norms = arrays["norms.npy"].reshape(-1)
        self._maps = maps

    def _term(self, at: int) -> bytes:
        return self._bytes[int(self._ends[at - 1]) if at else 0 : int(self._ends[at])]

    def _place(self, word: bytes) -> int:
        """Where a token stands or would stand among the terms."""
        low, high = 0, len(self._ends)
        while low < high:
            middle = (low + high) // 2
            if self._term(middle) < word:
                low = middle + 1
            else:
                high = middle
        return low

    def _find(self, word: str) -> int | None:
        wanted = word.encode("utf-8", "surrogatepass")
        at = self._place(wanted)
        return at if at < len(self._ends) and self._term(at) == wanted else None

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """In how many rows each token stands; absent ones are missing."""
        return {word: int(self._counts[at]) for word in dict.fromkeys(words) if (at := self._find(word)) is not None}

    def terms(self, low: str, high: str, shortest: int, longest: int) -> list[tuple[str, int]]:
        """(token, rows) of the vocabulary from `low` up to but without `high`, of these lengths."""
        import numpy

        first, last = (self._place(w.encode("utf-8", "surrogatepass")) for w in (low, high))
        sizes = numpy.diff(self._ends[first:last], prepend=self._ends[first - 1] if first else 0)  # in bytes, up to four a character
        maybe = numpy.flatnonzero((sizes >= shortest) & (sizes <= 4 * longest)) + first
        found = ((self._term(at).decode("utf-8", "surrogatepass"), int(self._counts[at])) for at in maybe.tolist())
        return [(term, count) for term, count in found if shortest <= len(term) <= longest]

    def postings(self, at: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        """(sorted rows, hits and fields beside them) of a term."""
        import numpy

        start, count = int(self._starts[at]), int(self._counts[at])
        if (dense := self._dense(at)) is not None:
            rows = numpy.flatnonzero(dense)
            return rows, dense[rows]
        return numpy.frombuffer(self._maps["rows.u4"], "<u4", count, 4 * start), numpy.frombuffer(self._maps["hits.u2"], "<u2", count, 2 * start)

    def _dense(self, at: int) -> numpy.ndarray | None:
        import numpy

        if int(self._counts[at]) * DENSE <= self.rows:
            return None
        return numpy.frombuffer(self._maps["dense.u2"], "<u2", self.rows, 2 * self.rows * int(self._starts[at]))

    def scores(self, words: Sequence[str], weights: Sequence[float] = WEIGHTS) -> numpy.ndarray:
        """BM25 of every row for these tokens, (rows,) float32, 0 where none of them stands. With other weights than `WEIGHTS` a token counts once
        a field, however often it is there. Words so common that they say nothing are read only if there are no others."""
        import numpy

        out = numpy.zeros(self.rows, dtype=numpy.float32)
        places = [at for word in dict.fromkeys(words) if (at := self._find(word)) is not None]
        ratios = [(self.rows - n + 0.5) / (n + 0.5) for n in (int(self._counts[at]) for at in places)]
        idfs = [max(float(numpy.log(r)), LEAST) for r in ratios]
        if self.rows > SPARING and max(idfs, default=0.0) > LEAST:
            places, idfs = [p for p, i in zip(places, idfs, strict=True) if i > LEAST], [i for i in idfs if i > LEAST]
        per_fields = None if tuple(weights) == WEIGHTS else _per_fields(weights)
        for at, idf in zip(places, idfs, strict=True):
            factor = numpy.float32(idf * (K1 + 1))
            if (dense := self._dense(at)) is not None:
                for a in range(0, self.rows, _BLOCK):  # a block at a time stays in the cache
                    part = slice(a, a + _BLOCK)
                    out[part] += _saturated(dense[part], self._norms[part], per_fields, factor)
            else:
                rows, packed = self.postings(at)
                out[rows] += _saturated(packed, self._norms[rows], per_fields, factor)
        return out

    def search(self, words: Sequence[str], limit: int, weights: Sequence[float] = WEIGHTS) -> list[tuple[int, float]]:
        """(row, BM25) of the best rows that have any of these tokens, at most `limit`, the best first, equal ones in order."""
        import numpy

        scores = self.scores(words, weights)
        rows = best(scores, limit)
        rows = rows[scores[rows] > 0]
        rows = rows[numpy.lexsort((rows, -scores[rows]))]
        return list(zip(rows.tolist(), scores[rows].tolist(), strict=True))

    def containing(self, words: Sequence[str], fields: int = (1 << FIELDS) - 1) -> numpy.ndarray:
        """Sorted rows that have all of these tokens in any of these fields (a bit each), int64."""
        import numpy

        places = [self._find(word) for word in dict.fromkeys(words)]
        if not places or None in places:
            return numpy.empty(0, dtype=numpy.int64)
        places.sort(key=lambda at: int(self._counts[at]))
        rows, packed = self.postings(places[0])
        rows = rows[(packed & fields) != 0]
        for at in places[1:]:
            if (dense := self._dense(at)) is not None:
                rows = rows[(dense[rows] & fields) != 0]
                continue
            others, packed = self.postings(at)
            place = numpy.minimum(numpy.searchsorted(others, rows), len(others) - 1)
            rows = rows[(others[place] == rows) & ((packed[place] & fields) != 0)]
        return rows.astype(numpy.int64)


SPARING = 50_000  # rows beyond which a word that stands in half of them is not read, if there are others
_BLOCK = 1 << 15


def _per_fields(weights: Sequence[float]) -> numpy.ndarray:
    """Sums of the weights of the fields that each number's bits stand for, (16,) float32."""
    import numpy

    return numpy.array([sum(w for i, w in enumerate(weights) if bits >> i & 1) for bits in range(1 << FIELDS)], dtype=numpy.float32)


def _saturated(packed: numpy.ndarray, norms: numpy.ndarray, per_fields: numpy.ndarray | None, factor: numpy.float32) -> numpy.ndarray:
    """factor x hits / (hits + norm), (n,) float32."""
    import numpy

    hits = (packed >> FIELDS).astype(numpy.float32) if per_fields is None else per_fields[packed & ((1 << FIELDS) - 1)]
    below = hits + norms
    hits *= factor
    hits /= below
    return hits
