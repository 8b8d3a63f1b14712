"""Names by their letters, in one mapped file: which of a million are spelt so, or almost so.

    build(path, [(0, ["grand budapest hotel"], []), (1, ["mission impossible fallout"], ["fallout"])])
    names = Grams(mapped)
    names.exact(["fallout"])["fallout"]         [1]
    names.alike("grand budapst hotel", 14, 24)  ["grand budapest hotel"]

A name is a number with texts: whole ones and pieces. By each it is found when spelt so, blanks aside (a sorted table of hashes); by whole ones
also when spelt almost so: every run of three characters, ends included, is listed with the whole texts that have it. Of a name that is asked
for the rarest runs are looked up, until `ENOUGH` places are read, and the texts that share the most of them are given.

What is given is to be checked: hashes collide, and shared runs are no likeness. Leaves out: how alike two names are (see `likeness`).
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import compress, count, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    import mmap

    import numpy

ENOUGH, SHARE = 60_000, 64  # places that are read for one name, or one for so many texts if that is more ...
LISTS = 24  # ... and runs that are looked up
MOST = 200  # texts that are given
LONGEST = 255  # characters of a text that count

_MAGIC = b"recsh nm"
_HEADER = struct.Struct("<8s12Q")  # then, of each section, where it begins and how many values it has
_KINDS = ("<u8", "<u1", "<u8", "<u1", "<u8", "<u4")
"""Sections: hash and number of every text, sorted; the distinct whole texts on end; where each ends; their characters; where the places of
each run begin; the places, run by run, rising. Of ends and beginnings one more than there are."""
_BITS = 16  # of a run's hash, at most
_CHUNK = 50_000  # texts taken at a time
_RANGE = 4_000_000  # places merged at a time


def _hash(text: str) -> int:
    return crc32(text[:LONGEST].replace(" ", "").encode("utf-8", "surrogatepass"))


def _runs(texts: Sequence[str], bits: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(hash of each run of three characters, which text it stands in). Texts are set off by line ends, which none of them holds."""
    import numpy

    codes = numpy.frombuffer("\n".join(["", *texts, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = codes == 10
    hashed = codes[:-2] * numpy.uint32(0x9E3779B1) + codes[1:-1] * numpy.uint32(0x85EBCA6B) + codes[2:] * numpy.uint32(0xC2B2AE35)
    inside = ~ends[1:-1]
    which = numpy.cumsum(ends[:-2], dtype=numpy.uint32) - numpy.uint32(1)
    return (hashed[inside] >> numpy.uint32(32 - bits)).astype(numpy.uint16), which[inside]


# --- writing ---------------------------------------------------------------------------------------------------------


class Spooled(NamedTuple):
    """Names that wait for the others, as they are handed to `merge`, also from another process."""

    path: Path
    batches: list[tuple[int, int, int]]  # of each, its place among all, where it stands in the file, and how many bytes it has
    keys: numpy.ndarray  # hash and number of each text, (n,) uint64


class Spool:
    """Takes names (number, whole texts, pieces), folded, a batch at a time; its whole texts go to a file at `path`, a line each. Memory: 8 bytes a
    text. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._batches: list[tuple[int, int, int]] = []
        self._keys = array("Q")

    def add(self, place: int, names: Sequence[tuple[int, Sequence[str], Sequence[str]]]) -> None:
        """A batch, and its place among all of them: a number."""
        at = self._file.tell()
        self._keys.extend([_hash(text) << 32 | number for number, *both in names for texts in both for text in texts])
        self._file.write("".join([f"{text[:LONGEST]}\n" for _, texts, _ in names for text in texts]).encode("utf-8", "surrogatepass"))
        self._batches.append((place, at, self._file.tell() - at))

    def written(self) -> Spooled:
        """All of them; nothing can be added any more."""
        import numpy

        self._file.close()
        return Spooled(self._path, self._batches, numpy.array(self._keys))

    def close(self) -> None:
        """Forget everything; the file is gone."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def build(path: Path, names: Iterable[tuple[int, Sequence[str], Sequence[str]]]) -> None:
    """Write names (number, whole texts, pieces), folded, to `path`. Memory: some 30 bytes a name and 100 MB. Raises `OSError`."""
    spool = Spool(path.with_name(f"{path.name}.tmp"))
    try:
        each = iter(names)
        for place in count():
            if not (chunk := [*islice(each, _CHUNK)]):
                break
            spool.add(place, chunk)
        merge(path, [spool.written()])
    finally:
        spool.close()


def merge(path: Path, spooled: Sequence[Spooled]) -> None:
    """Write the names of these to `path`; their files are not needed any more. The same whoever took which batch. Memory and errors as of `build`."""
    import tempfile

    import numpy

    sections: list[int] = []

    def section(blocks: Iterable[numpy.ndarray | bytes]) -> None:
        out.write(b"\0" * (-out.tell() % 8))
        start = out.tell()
        for block in blocks:
            out.write(memoryview(block).cast("B") if len(block) else b"")
        sections.extend((start, (out.tell() - start) // int(_KINDS[len(sections) // 2][2])))

    with path.open("wb") as out, tempfile.TemporaryFile(dir=path.parent) as places:
        out.write(b"\0" * _HEADER.size)
        section([numpy.unique(numpy.concatenate([numpy.empty(0, dtype=numpy.uint64), *(s.keys for s in spooled)]))])
        fresh = _fresh(_lines(spooled))
        bits = max(6, min(_BITS, int(fresh.sum()).bit_length() + 1))
        ends, lengths, counts = array("Q", [0]), array("B"), []
        section(_split(_lines(spooled), fresh, bits, places, ends, lengths, counts))
        section([ends])
        section([lengths])
        begins = numpy.zeros((1 << bits) + 1, dtype=numpy.uint64)
        begins[1:] = numpy.cumsum(sum(counts, numpy.zeros(1 << bits, dtype=numpy.uint64)))
        section([begins])
        section(_merged(places, counts, begins))
        out.seek(0)
        out.write(_HEADER.pack(_MAGIC, *sections))


def _lines(spooled: Sequence[Spooled]) -> Iterator[str]:
    """Every whole text, in order."""
    with ExitStack() as stack:
        files = [stack.enter_context(s.path.open("rb")) for s in spooled]
        for _, at, size, i in sorted((*batch, i) for i, s in enumerate(spooled) for batch in s.batches):
            files[i].seek(at)
            yield from files[i].read(size).decode("utf-8", "surrogatepass").split("\n")[:-1]


def _fresh(texts: Iterator[str]) -> numpy.ndarray:
    """Which texts come for the first time, (n,) bool."""
    import numpy

    seen = numpy.fromiter(map(hash, texts), dtype=numpy.int64)  # subtle: another process hashes otherwise; nothing of it is written
    fresh = numpy.zeros(len(seen), dtype=bool)
    fresh[numpy.unique(seen, return_index=True)[1]] = True
    return fresh


def _split(texts: Iterator[str], fresh: numpy.ndarray, bits: int, places: IO[bytes], ends: array[int], lengths: array[int], counts: list[numpy.ndarray]) -> Iterator[bytes]:
    """The distinct texts, some at a time. `places` gets their runs' places, sorted by run within each time, `counts` how many each run has,
    `ends` and `lengths` where each text ends and its characters."""
    import numpy

    done = base = at = 0
    while chunk := [*islice(texts, _CHUNK)]:
        kept = [*compress(chunk, fresh[done : done + len(chunk)].tolist())]
        done += len(chunk)
        if kept:
            hashed, which = _runs(kept, bits)
            places.write((which[numpy.argsort(hashed, kind="stable")] + numpy.uint32(base)).data)
            counts.append(numpy.bincount(hashed, minlength=1 << bits).astype(numpy.uint32))
            blobs = [text.encode("utf-8", "surrogatepass") for text in kept]
            sizes = numpy.cumsum([*map(len, blobs)], dtype=numpy.uint64) + numpy.uint64(at)
            ends.frombytes(sizes.tobytes())
            lengths.extend(map(len, kept))
            base, at = base + len(kept), int(sizes[-1])
            yield b"".join(blobs)


def _merged(places: IO[bytes], counts: Sequence[numpy.ndarray], begins: numpy.ndarray) -> Iterator[numpy.ndarray]:
    """The places run by run: those of the chunks put behind one another, a range of runs at a time."""
    import numpy

    within = [numpy.concatenate([[0], numpy.cumsum(c, dtype=numpy.int64)]) for c in counts]
    bases = numpy.cumsum([0, *(int(w[-1]) for w in within)])
    begins = begins.astype(numpy.int64)
    low = 0
    while low < len(begins) - 1:
        high = max(low + 1, int(numpy.searchsorted(begins, begins[low] + _RANGE, side="right")) - 1)
        merged = numpy.empty(begins[high] - begins[low], dtype=numpy.uint32)
        filled = begins[low:high] - begins[low]
        for c, w, base in zip(counts, within, bases, strict=False):
            places.seek(4 * int(base + w[low]))
            total = int(w[high] - w[low])
            chunk = numpy.frombuffer(places.read(4 * total), dtype=numpy.uint32)
            merged[numpy.repeat(filled - (w[low:high] - w[low]), c[low:high]) + numpy.arange(total)] = chunk
            filled += c[low:high]
        yield merged
        low = high


# --- reading ---------------------------------------------------------------------------------------------------------


class Grams:
    """What `build` wrote, from the mapped file; only what is asked for is read. Raises `ValueError` if it is no such file or is cut off."""

    def __init__(self, mapped: mmap.mmap | bytes) -> None:
        import numpy

        if len(mapped) < _HEADER.size or mapped[:8] != _MAGIC:
            raise ValueError("no list of names")
        _, *sections = _HEADER.unpack_from(mapped)
        arrays = [numpy.frombuffer(mapped, kind, count, start) for kind, start, count in zip(_KINDS, sections[::2], sections[1::2], strict=True)]
        self._keys, _, self._ends, self._lengths, self._begins, self._places = arrays
        self._mapped, self._start = mapped, sections[2]
        self._bits = len(self._begins).bit_length() - 1

    def exact(self, texts: Iterable[str]) -> dict[str, numpy.ndarray]:
        """Text -> numbers (int64, rising) of the names that have a text of these letters, and by chance maybe of others."""
        import numpy

        wanted = [*dict.fromkeys(texts)]
        hashes = numpy.array([_hash(text) for text in wanted], dtype=numpy.uint64) << numpy.uint64(32)
        lows = numpy.searchsorted(self._keys, hashes)
        highs = numpy.searchsorted(self._keys, hashes | numpy.uint64(0xFFFFFFFF), side="right")
        return {text: (self._keys[a:b] & numpy.uint64(0xFFFFFFFF)).astype(numpy.int64) for text, a, b in zip(wanted, lows, highs, strict=True) if a < b}

    def alike(self, text: str, shortest: int, longest: int) -> list[str]:
        """Whole texts of `shortest` to `longest` characters that share the most runs with this one, at most `MOST`."""
        import numpy

        if not text or not len(self._lengths):
            return []
        runs = numpy.unique(_runs([text[:LONGEST]], self._bits)[0]).astype(numpy.int64)
        sizes = self._begins[runs + 1] - self._begins[runs]
        order = numpy.argsort(sizes, kind="stable")
        order = order[sizes[order] > 0][:LISTS]
        enough = max(1, int(numpy.searchsorted(numpy.cumsum(sizes[order]), max(ENOUGH, len(self._lengths) // SHARE), side="right")))
        lists = [self._places[self._begins[run] : self._begins[run + 1]] for run in runs[order[:enough]].tolist()]
        if not lists:
            return []
        places = numpy.sort(numpy.concatenate(lists))
        starts = numpy.flatnonzero(numpy.concatenate([[True], places[1:] != places[:-1]]))
        found, shared = places[starts], numpy.diff(starts, append=len(places))
        lengths = self._lengths[found].astype(numpy.int64)
        fit = (lengths >= min(shortest, LONGEST)) & (lengths <= min(longest, LONGEST))
        found = found[fit]
        if len(found) > MOST:
            share = shared[fit] / (lengths[fit] + min(len(text), LONGEST))
            found = found[numpy.argpartition(share, len(share) - MOST)[-MOST:]]
        start, found = self._start, found.astype(numpy.int64)
        spans = zip(self._ends[found].tolist(), self._ends[found + 1].tolist(), strict=True)
        return [self._mapped[start + a : start + b].decode("utf-8", "surrogatepass") for a, b in spans]
