"""GGUF files from the outside: where they are and what they say about themselves. Read without llama.cpp, in milliseconds.

A file may come from anywhere, so nothing in it is believed: every count and length is checked against the size of the file, and
the tensors it announces must fit into it. Layout: github.com/ggml-org/ggml/blob/master/docs/gguf.md.
Leaves out: running weights (see `engine`), fetching them.
"""

from __future__ import annotations

import math
import mmap
import os
import stat
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from recsh import paths
from recsh.errors import WeightsError
from recsh.types import Mode

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEYS = 10_000
MAX_TENSORS = 1_000_000
MAX_ARRAY = 8_000_000  # elements; the largest vocabularies have some 300,000 tokens and 600,000 merges
MAX_TEXT = 16 << 20  # bytes of one text; long chat templates have 50 KB

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_BLOCKS = {  # tensor type: name, values in a block, bytes of a block (gguf.GGML_QUANT_SIZES)
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip
_FILE_TYPES = {  # general.file_type: name (gguf.LlamaFileType)
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L",
    14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M",
    32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Weights:
    """What a GGUF says about itself. `parameters` counts weights, `context` tokens (0 if it does not say), `kind` is "chat",
    "embedding", "adapter", "vocabulary" or "projector"; `format` is the judge format of recsh's own weights, else empty."""

    path: Path
    name: str
    architecture: str
    parameters: int
    quantization: str
    context: int
    mode: Mode
    format: str
    template: bool
    size_bytes: int
    licence: str
    kind: str = "chat"


def describe(path: str | Path) -> Weights:
    """Read a GGUF's header. Raises WeightsError, with the cause, for what is not a whole GGUF file."""
    path = Path(path)
    size = _regular_size(path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _weights(path, size, _Reader(path, data))
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error


def check_adapter(path: str | Path) -> None:
    """Raises WeightsError unless the file is a LoRA adapter."""
    if describe(path).kind != "adapter":
        raise WeightsError(f"{path} is not a LoRA adapter", "an adapter says general.type = adapter in its header")


def bundled(name: str) -> Path:
    """A file of weights that ships with recsh. Raises WeightsError when the installation lacks it."""
    path = paths.bundled("models", name)
    if not path.is_file():
        raise WeightsError(f"{name} is missing from this installation ({path})", "reinstall recsh")
    return path


def listing(home: Path) -> dict[str, Path]:
    """Names and files of the models folder, `home/models/NAME.gguf`, by name. Not opened: `describe` says what is in them."""
    return {p.name[: -len(".gguf")]: p for p in sorted((home / "models").glob("*.gguf"))}


def find(name: str, home: Path) -> Path:
    """The GGUF of a registered name, of "embedded" or "recsh-mini", or at a path. Raises WeightsError."""
    if name in ("embedded", "recsh-mini"):
        return bundled("recsh-mini.gguf")
    known = listing(home)
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if path.exists() or path.is_symlink():
        return path
    if name.endswith(".gguf") or "/" in name or os.sep in name:
        raise WeightsError(f"{path}: there is no such file", "check the path, or see: recsh models list")
    import difflib

    close = difflib.get_close_matches(name, ["embedded", *known], n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise WeightsError(f"no weights are called {name!r}", f"{hint}see: recsh models list, or give the path of a GGUF file")


def _regular_size(path: Path) -> int:
    try:
        info = path.stat()
    except FileNotFoundError:
        raise WeightsError(f"{path}: there is no such file", "check the path, or see: recsh models list") from None
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(info.st_mode):
        raise WeightsError(f"{path} is a folder, not a GGUF file", "give the .gguf file in it")
    if not stat.S_ISREG(info.st_mode):  # opening a pipe would wait for a writer for ever
        raise WeightsError(f"{path} is not a regular file")
    if info.st_size == 0:
        raise WeightsError(f"{path} is empty", "fetch it again")
    return info.st_size


class _Reader:
    """The header of one file: `values` (key-values without arrays), `arrays` (their lengths), `tensors` (type, values, offset)."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0
        head = bytes(data[:32])
        if head[:4] != MAGIC:
            what = next((text for start, text in _OTHERS.items() if head.startswith(start)), "something else")
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

    def _damaged(self, what: str) -> WeightsError:
        return WeightsError(f"{self.path} is damaged or truncated: {what}", "fetch it again")

    def _count(self, count: int, limit: int, least: int, what: str) -> int:
        """A count is believable when that many entries of `least` bytes can still follow."""
        if count > limit or count * least > len(self.data) - self.at:
            raise self._damaged(f"it announces {count} {what}")
        return count

    def _scalar(self, code: str) -> int | float | bool:
        size = struct.calcsize(code)
        if self.at + size > len(self.data):
            raise self._damaged("its header ends early")
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def _text(self) -> str:
        size = self._scalar("Q")
        if size > MAX_TEXT or self.at + size > len(self.data):
            raise self._damaged(f"it announces a text of {size} bytes")
        self.at += size
        return self.data[self.at - size : self.at].decode("utf-8", "replace")

    def _value(self, key: str, kind: int) -> None:
        if kind == _TEXT:
            self.values[key] = self._text()
        elif kind in _SCALARS:
            self.values[key] = self._scalar(_SCALARS[kind])
        elif kind == _ARRAY:
            inner = self._scalar("I")
            least = 8 if inner == _TEXT else struct.calcsize(_SCALARS[inner]) if inner in _SCALARS else 0
            if not least:
                raise self._damaged(f"the array {key} holds values of type {inner}")
            self.arrays[key] = count = self._count(self._scalar("Q"), MAX_ARRAY, least, f"values of {key}")
            if inner == _TEXT:
                self._skip_texts(count)
            else:
                self.at += count * least
        else:
            raise self._damaged(f"{key} has the unknown type {kind}")

    def _skip_texts(self, count: int) -> None:
        at, data, length, end = self.at, self.data, struct.Struct("<Q").unpack_from, len(self.data)
        for _ in range(count):
            if at + 8 > end:
                raise self._damaged("its header ends early")
            at += 8 + length(data, at)[0]
        if at > end:
            raise self._damaged("its header ends early")
        self.at = at

    def _tensor(self) -> tuple[int, int, int]:
        self._text()
        dimensions = self._scalar("I")
        if dimensions > 8:
            raise self._damaged(f"a tensor has {dimensions} dimensions")
        count = math.prod(self._scalar("Q") for _ in range(dimensions))
        return self._scalar("I"), count, self._scalar("Q")


def _weights(path: Path, size: int, header: _Reader) -> Weights:
    values = header.values

    def text(key: str) -> str:
        value = values.get(key, "")
        return value if isinstance(value, str) else ""

    def number(key: str) -> int:
        value = values.get(key, 0)
        return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else 0

    _check_tensors(header, size, number("general.alignment") or 32)
    architecture = text("general.architecture")
    if not architecture:
        raise WeightsError(f"{path} does not say its architecture", "it may be damaged; fetch it again")
    name = text("general.name") or path.stem
    types = Counter(_BLOCKS[kind][0] for kind, count, _ in header.tensors if kind in _BLOCKS and count > 1_000_000)
    quantization = _FILE_TYPES.get(number("general.file_type")) if "general.file_type" in values else None
    return Weights(
        path=path,
        name=name,
        architecture=architecture,
        parameters=sum(count for _, count, _ in header.tensors),
        quantization=quantization or (types.most_common(1)[0][0] if types else ""),
        context=number(f"{architecture}.context_length"),
        mode=_mode(text("recsh.mode"), name),
        format=text("recsh.format"),
        template=bool(text("tokenizer.chat_template")),
        size_bytes=size,
        licence=text("general.license"),
        kind=_kind(architecture, values, header),
    )


def _mode(said: str, name: str) -> Mode:
    """What the file asks for; else rerankers judge and chat models write."""
    if said in tuple(Mode):
        return Mode(said)
    return Mode.JUDGE if "rerank" in name.lower() else Mode.WRITE


def _kind(architecture: str, values: dict[str, object], header: _Reader) -> str:
    if values.get("general.type") == "adapter":
        return "adapter"
    if architecture == "clip" or values.get("general.type") == "mmproj":
        return "projector"
    if not header.tensors:
        return "vocabulary"
    encodes = values.get(f"{architecture}.attention.causal") is False or "bert" in architecture
    return "embedding" if encodes else "chat"


def _check_tensors(header: _Reader, size: int, alignment: int) -> None:
    """Every tensor must lie inside the file. Types this list does not know are left to llama.cpp."""
    if alignment < 1 or alignment > 1 << 20:
        raise header._damaged(f"its tensors are aligned to {alignment} bytes")
    start = -(-header.at // alignment) * alignment
    ends = [start + at + -(-n // _BLOCKS[k][1]) * _BLOCKS[k][2] for k, n, at in header.tensors if k in _BLOCKS]
    if ends and max(ends) > size:
        raise WeightsError(f"{header.path} is truncated: it has {size} of {max(ends)} bytes", "fetch it again")
