"""The header of a GGUF: keys with values, and where the tensors lie. Layout: github.com/ggml-org/ggml/blob/master/docs/gguf.md.

A file may come from anywhere, so nothing in it is believed: every count and length is checked against the size of the file, and no more than
`MAX_HEADER` bytes of it are read. It is read and not mapped: a mapped file that somebody cuts short meanwhile kills the process.
Leaves out: what the values mean (see `weights`).
"""

from __future__ import annotations

import errno
import math
import os
import stat
import struct
from pathlib import Path
from typing import BinaryIO

from recsh.errors import WeightsError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEYS = 10_000
MAX_TENSORS = 200_000  # the largest mixtures of experts have some 60,000
MAX_VALUES = 1 << 63  # of a tensor
MAX_HEADER = 64 << 20  # bytes; the largest vocabularies, 300,000 tokens with 600,000 merges, take 20 MB
MAX_TEXT = 16 << 20  # bytes of one text; long chat templates have 50 KB
KEPT_ARRAY = 1024  # numbers of an array that is kept; more than any model has layers
CHUNK = 1 << 20  # bytes read at a time; most headers have fewer than ten of these

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_OTHERS = {  # how files begin that people give by mistake
    b"version https://git-lfs": "a Git LFS pointer; the weights themselves were not fetched",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"PK\x03\x04": "a zip or PyTorch file; it has to be converted to GGUF",
    b"ggml": "in a format older than GGUF",
    b"lmgg": "in a format older than GGUF",
    b"tjgg": "in a format older than GGUF",
    b"fmgg": "in a format older than GGUF",
    b"{": "text",
}


def opened(path: Path) -> BinaryIO:
    """A regular file that is not empty, opened for reading, unbuffered. Raises WeightsError with the cause for anything else."""
    try:
        # A pipe would wait for a writer for ever, hence NONBLOCK. What it is, is asked of the open file: the name might mean another by then.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise WeightsError(f"{path}: there is no such file", "check the path, or see: recsh models list") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        if os.path.isdir(path):  # Windows does not open folders at all
            raise WeightsError(f"{path} is a folder, not a GGUF file", "give the .gguf file in it") from None
        odd = isinstance(error, OSError) and error.errno in (errno.ENXIO, errno.EOPNOTSUPP)  # how a socket answers
        what = "is not a regular file" if odd else f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise WeightsError(f"{path} {what}") from error
    info = os.fstat(handle)
    regular = stat.S_ISREG(info.st_mode)
    if regular and info.st_size:
        return os.fdopen(handle, "rb", buffering=0)
    os.close(handle)
    if stat.S_ISDIR(info.st_mode):
        raise WeightsError(f"{path} is a folder, not a GGUF file", "give the .gguf file in it")
    raise WeightsError(f"{path} is empty" if regular else f"{path} is not a regular file", "fetch it again" if regular else "")


class Header:
    """The header of one file of `size` bytes: `values` (key-values; of arrays only short ones of numbers), `arrays` (their lengths), `tensors`
    (type, how many values, offset); `at` is where it ends. Raises WeightsError with the cause if it is not one, or cannot be true."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self.path, self.at = path, 0
        self._file, self._end = file, min(size, MAX_HEADER)
        self._read = bytearray()
        self._need(min(32, size))
        if self._read[:4] != MAGIC:
            what = next((text for start, text in _OTHERS.items() if self._read.startswith(start)), "something else")
            raise WeightsError(f"{path} is not a GGUF file but {what}", "give a file that ends in .gguf")
        self.at = 4
        version = self._scalar("I")
        if version not in VERSIONS:
            other = struct.unpack(">I", struct.pack("<I", version))[0]
            why = "for big-endian machines" if other in VERSIONS else f"of version {version}; recsh reads 2 and 3"
            raise WeightsError(f"{path} is a GGUF {why}")
        tensors = self._count(self._scalar("Q"), MAX_TENSORS, 24, "tensors")
        keys = self._count(self._scalar("Q"), MAX_KEYS, 13, "keys")
        self.values: dict[str, object] = {}
        self.arrays: dict[str, int] = {}
        for _ in range(keys):
            key = self._text()
            self._value(key, self._scalar("I"))
        self.tensors = [self._tensor() for _ in range(tensors)]

    def _need(self, end: int) -> None:
        """Have the file's bytes up to `end` in memory."""
        if end > self._end:
            raise self.damaged("its header ends early")
        while len(self._read) < end:
            piece = self._file.read(max(CHUNK, end - len(self._read)))
            if not piece:  # it has become shorter since it was opened
                raise self.damaged("its header ends early")
            self._read += piece

    def damaged(self, what: str) -> WeightsError:
        return WeightsError(f"{self.path} is damaged or truncated: {what}", "fetch it again")

    def _count(self, count: int, limit: int, least: int, what: str) -> int:
        """A count is believable when that many entries of `least` bytes can still follow."""
        if count > limit or count * least > self._end - self.at:
            raise self.damaged(f"it announces {count} {what}")
        return count

    def _scalar(self, code: str) -> int | float | bool:
        size = struct.calcsize(code)
        self._need(self.at + size)
        (value,) = struct.unpack_from("<" + code, self._read, self.at)
        self.at += size
        return value

    def _text(self) -> str:
        size = self._scalar("Q")
        if size > MAX_TEXT or self.at + size > self._end:
            raise self.damaged(f"it announces a text of {size} bytes")
        self._need(self.at + size)
        self.at += size
        return self._read[self.at - size : self.at].decode("utf-8", "replace")

    def _value(self, key: str, kind: int) -> None:
        if kind == _TEXT:
            self.values[key] = self._text()
        elif kind in _SCALARS:
            self.values[key] = self._scalar(_SCALARS[kind])
        elif kind == _ARRAY:
            inner = self._scalar("I")
            least = 8 if inner == _TEXT else struct.calcsize(_SCALARS[inner]) if inner in _SCALARS else 0
            if not least:
                raise self.damaged(f"the array {key} holds values of type {inner}")
            self.arrays[key] = count = self._count(self._scalar("Q"), MAX_HEADER, least, f"values of {key}")
            if inner == _TEXT:
                self._skip_texts(count)
            else:
                self._need(self.at + count * least)
                if count <= KEPT_ARRAY:
                    self.values[key] = struct.unpack_from(f"<{count}{_SCALARS[inner]}", self._read, self.at)
                self.at += count * least
        else:
            raise self.damaged(f"{key} has the unknown type {kind}")

    def _skip_texts(self, count: int) -> None:
        at, data, length = self.at, self._read, struct.Struct("<Q").unpack_from
        for _ in range(count):
            if at + 8 > len(data):
                self._need(at + 8)
            at += 8 + length(data, at)[0]
        self._need(at)
        self.at = at

    def _tensor(self) -> tuple[int, int, int]:
        self._text()
        dimensions = self._scalar("I")
        if dimensions > 8:
            raise self.damaged(f"a tensor has {dimensions} dimensions")
        count = math.prod(self._scalar("Q") for _ in range(dimensions))
        if count >= MAX_VALUES:
            raise self.damaged(f"a tensor has {count:.0e} values")
        return self._scalar("I"), count, self._scalar("Q")
