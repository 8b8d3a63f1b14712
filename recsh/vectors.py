"""Row vectors of a large catalog: 8 bits a number, and a sketch of one bit a number that finds the near ones among millions.

    codes.npy    (rows, dims) int8        a row's vector is code x scale
    scales.npy   (2, rows) float32        the scale; the length of vector - centre
    sketch.npy   (dims / 64, rows) uint64 the signs of (vector - centre) turned, 64 numbers a word
    space.npy    (dims + 2, dims) float32 the centre (the mean of the first rows), the mean of all rows, the turn

The signs of a vector tell its direction, the better if its numbers vary alike, which a turn at random sees to (Charikar, "Similarity estimation
techniques from rounding algorithms", 2002; Gao and Long, "RaBitQ", 2024). The request's own numbers count by two levels, so a row is two counts of
bits: some 12 ms for a million rows. What that finds is read again exactly. Catalogs up to `EXACT` rows are read exactly altogether.
Leaves out: how vectors are made (see `static`), sentence vectors, which are few (see `index`).
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy

EXACT = 50_000  # rows up to which no sketch is needed: 20 ms
FILES = ("codes.npy", "scales.npy", "sketch.npy", "space.npy")
_NEAR = "near.tmp"  # scale, length and signs of each row until all are there
_BLOCK = 1024  # rows turned into floats at a time: enough, and too few for BLAS to start threads, which costs more than it gains
_WORDS = 1 << 15  # rows whose signs are compared at a time, so that they stay in the cache
_FITTED = 500  # rows by which what signs tell is put in terms of cosines
STRONG = 1.1  # a number of the request that counts thrice is so many times as large as usual


class Space(NamedTuple):
    """By what vectors are sketched."""

    centre: numpy.ndarray  # (dims,)
    turn: numpy.ndarray  # (dims, dims)


def space_of(block: numpy.ndarray) -> Space:
    """The space of vectors of which these, (n, dims), are the first."""
    import numpy

    dims = block.shape[1]
    return Space(block.mean(axis=0), numpy.linalg.qr(numpy.random.default_rng(0).standard_normal((dims, dims)))[0].astype(numpy.float32))


class VectorWriter:
    """Takes blocks of vectors, in any order, and writes them into files of a folder, beside others that do the same. Raises `OSError`."""

    def __init__(self, folder: Path, space: Space) -> None:
        self._space = space
        self._codes, self._near = (os.fdopen(os.open(folder / name, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b") for name in ("codes.npy", _NEAR))
        self._start = _header(self._codes, (0, len(space.centre)))

    def add(self, first: int, block: numpy.ndarray) -> numpy.ndarray:
        """The rows from `first` on, (n, dims) float32. Returns their sum, (dims,) float64, for `finish`."""
        import numpy

        scale = numpy.maximum(numpy.abs(block).max(axis=1), 1e-9).astype(numpy.float32) / 127
        self._codes.seek(self._start + first * block.shape[1])
        self._codes.write(numpy.rint(block / scale[:, None]).astype(numpy.int8).tobytes())
        away = block - self._space.centre
        near = numpy.empty(len(block), dtype=_near(block.shape[1]))
        near["scale"], near["away"], near["signs"] = scale, numpy.linalg.norm(away, axis=1), signs(away @ self._space.turn)
        self._near.seek(first * near.itemsize)
        self._near.write(near.tobytes())
        return block.sum(axis=0, dtype=numpy.float64)

    def close(self) -> None:
        """Write what is held back."""
        self._codes.close()
        self._near.close()


def finish(folder: Path, space: Space, rows: int, total: numpy.ndarray) -> None:
    """Write what is left when every writer is closed. `total` is the sum of all rows. Memory: the sketch, an eighth of a byte a number."""
    import numpy

    dims = len(space.centre)
    with (folder / "codes.npy").open("r+b") as codes:
        _header(codes, (rows, dims))
    scales, sketch = numpy.empty((2, rows), dtype=numpy.float32), numpy.empty((dims // 64, rows), dtype=numpy.uint64)
    with (folder / _NEAR).open("rb") as file:
        for at in range(0, rows, _WORDS):
            near = numpy.frombuffer(file.read(_WORDS * _near(dims).itemsize), dtype=_near(dims))
            part = slice(at, at + len(near))
            scales[0, part], scales[1, part], sketch[:, part] = near["scale"], near["away"], near["signs"].T
    (folder / _NEAR).unlink()
    numpy.save(folder / "scales.npy", scales)
    numpy.save(folder / "sketch.npy", sketch)
    numpy.save(folder / "space.npy", numpy.concatenate([[space.centre, total / rows], space.turn]).astype(numpy.float32))


def _header(file: IO[bytes], shape: tuple[int, int]) -> int:
    """At the beginning of the file; where it ends. numpy leaves room in it for a larger number of rows."""
    import numpy

    file.seek(0)
    numpy.lib.format.write_array_header_1_0(file, {"descr": "|i1", "fortran_order": False, "shape": shape})
    return file.tell()


def _near(dims: int) -> numpy.dtype:
    """What stands in `_NEAR` of a row."""
    import numpy

    return numpy.dtype([("scale", "<f4"), ("away", "<f4"), ("signs", "<u8", (dims // 64,))])


def signs(values: numpy.ndarray) -> numpy.ndarray:
    """(n, dims) -> (n, dims / 64) uint64: a bit a number, set where it is above 0."""
    import numpy

    return numpy.packbits(values > 0, axis=1).view(numpy.uint64)


class CodesFile:
    """codes.npy, held open for reading single rows: a page of a map would stay in memory with fifteen around it, for every row that was ever read."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        self._size = os.fstat(self._file).st_size
        weakref.finalize(self, os.close, self._file)

    def rows(self, rows: numpy.ndarray, shape: tuple[int, int]) -> numpy.ndarray:
        """Some rows of an array of this shape, which stands at the end of the file."""
        import numpy

        dims = shape[1]
        start = self._size - shape[0] * dims
        read = b"".join([os.pread(self._file, dims, start + dims * n) for n in rows.tolist()])
        return numpy.frombuffer(read, dtype=numpy.int8).reshape(-1, dims)


class Vectors:
    """The rows' vectors, mapped. Indexing gives float32, as an array of all of them would: `vectors[[3, 5]]` is (2, dims)."""

    ndim = 2

    def __init__(self, codes: numpy.ndarray, scales: numpy.ndarray, sketch: numpy.ndarray, space: numpy.ndarray, file: CodesFile | None = None) -> None:
        import numpy

        self._file = file if hasattr(os, "pread") else None

        self._codes, (self._scales, self._away), self._sketch = codes, scales, sketch
        self._centre, self.mean, self._turn = space[0], space[1], space[2:]
        self.shape = codes.shape
        self.dtype = numpy.dtype(numpy.float32)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: object) -> numpy.ndarray:
        import numpy

        codes = self._codes[rows]
        return codes.astype(numpy.float32) * self._scales[rows][..., None] if codes.ndim > 1 else codes.astype(numpy.float32) * self._scales[rows]

    def __matmul__(self, vector: numpy.ndarray) -> numpy.ndarray:
        return self.cosines(vector)[0]

    def astype(self, kind: object) -> numpy.ndarray:
        """All of them at once, (rows, dims): for small catalogs only."""
        return self[:].astype(kind)

    def dots(self, vector: numpy.ndarray, rows: numpy.ndarray | slice = slice(None)) -> numpy.ndarray:
        """Products of these rows with a vector, float32, exact to what 8 bits are."""
        import numpy

        vector = vector.astype(numpy.float32)
        alone = self._file is not None and not isinstance(rows, slice) and len(self) > EXACT
        codes = self._file.rows(rows, self.shape) if alone else self._codes[rows]
        scales = self._scales[rows]
        out = numpy.empty(len(codes), dtype=numpy.float32)
        for at in range(0, len(codes), _BLOCK):
            out[at : at + _BLOCK] = codes[at : at + _BLOCK].astype(numpy.float32) @ vector
        return out * scales

    def cosines(self, vector: numpy.ndarray) -> tuple[numpy.ndarray, bool]:
        """(products of all rows with a vector, (rows,) float32, whether they are exact).

        Beyond `EXACT` rows they are estimates: a line through the products of the `_FITTED` rows that seem nearest and as many spread over all;
        those rows' own are exact.
        """
        import numpy

        rows = len(self)
        if rows <= EXACT:
            return self.dots(vector), True
        out = self._estimates(vector.astype(numpy.float32))
        known = numpy.union1d(best(out, _FITTED), numpy.arange(0, rows, max(1, rows // _FITTED)))
        exact = self.dots(vector, known)
        seem = out[known] - out[known].mean()
        slope = float(seem @ exact) / max(1e-9, float(seem @ seem))  # least squares
        out -= out[known].mean()
        out *= numpy.float32(slope)
        out += exact.mean()
        out[known] = exact
        return out, False

    def _estimates(self, vector: numpy.ndarray) -> numpy.ndarray:
        """What the product of each row with a vector is by its signs, times and plus the same for all, (rows,) float32."""
        import numpy

        turned = vector @ self._turn
        wanted = signs(turned[None])[0]
        strong = signs((numpy.abs(turned) > STRONG * turned.std())[None])[0]
        # Of signs that agree less those that differ, the strong numbers counting thrice: all - 2 x differing + 2 x (strong - 2 x strong differing).
        most = numpy.float32(len(turned) + 2 * int(numpy.bitwise_count(strong).sum()))
        out = numpy.empty(len(self), dtype=numpy.float32)
        for at in range(0, len(self), _WORDS):
            part = slice(at, at + _WORDS)
            differ = numpy.zeros(len(out[part]), dtype=numpy.uint16)
            for i in range(len(wanted)):
                apart = self._sketch[i, part] ^ wanted[i]
                differ += numpy.bitwise_count(apart)
                apart &= strong[i]
                apart = numpy.bitwise_count(apart)
                differ += apart
                differ += apart
            numpy.multiply(most - 2 * differ.astype(numpy.float32), self._away[part], out=out[part])
        return out


def best(score: numpy.ndarray, k: int) -> numpy.ndarray:
    """Positions of the k highest scores, in no order; equal scores at the border in order of position.

    Of many rows only those above a bound are looked at that a sample of the scores gives.
    """
    import numpy

    if len(score) <= k:
        return numpy.arange(len(score))
    rows = numpy.arange(len(score))
    if (step := len(score) // 20_000) > 1:
        sampled = score[::step]
        place = 2 * (k // step + 10)
        if place < len(sampled):
            above = numpy.flatnonzero(score >= numpy.partition(sampled, len(sampled) - place)[len(sampled) - place])
            rows = above if len(above) >= k else rows
    score = score[rows]
    bound = numpy.partition(score, len(score) - k)[len(score) - k]
    sure, tied = rows[score > bound], rows[score == bound]
    return numpy.concatenate([sure, tied[: k - len(sure)]])
