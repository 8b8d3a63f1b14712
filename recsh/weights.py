"""GGUF files from the outside: where they are and what they say about themselves. Read without llama.cpp, in milliseconds.

Nothing in a file is believed (see `header`): the tensors it announces must fit into it, and what is shown of its texts is cut and clean.
Leaves out: the bytes (see `header`), running weights (see `engine`), fetching them.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path, PurePath

from msgspec import Struct

from recsh import footprint, paths
from recsh.errors import WeightsError
from recsh.header import Header, opened
from recsh.regex import regex
from recsh.smallfile import settled
from recsh.text import clean
from recsh.types import Mode

MAX_NAME = 200  # characters of a name that are shown
_LAST: dict[tuple[object, ...], Weights] = {}  # what was read last, by file and mark: who opens weights asks three times

_PART = regex(r"-(\d{5})-of-\d{5}$")  # how llama.cpp names the files of split weights
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


class Weights(Struct, frozen=True):
    """What a GGUF says about itself. `parameters` counts weights, `context` tokens (0 if it does not say), `kind` is "chat",
    "embedding", "adapter", "vocabulary", "projector", or "part" for a later file of split weights; `format` is the judge format of recsh's own weights, else empty."""

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
    shape: footprint.Shape = footprint.Shape()
    parts: int = 1  # files that these weights are split into, of which this is one


def describe(path: str | Path) -> Weights:
    """Read a GGUF's header. Raises WeightsError, with the cause, for what is not a whole GGUF file."""
    path = Path(path)
    with opened(path) as file:
        try:
            found = os.fstat(file.fileno())
            mark = (path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            if (known := _LAST.get(mark)) is None:
                known = _weights(path, found.st_size, Header(path, file, found.st_size))
                if settled(found.st_mtime_ns):
                    _LAST.clear()
                    _LAST[mark] = known
            return known
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
    """Names and files of the models folder, `home/models/NAME.gguf` or `home/models/NAME/*.gguf` (the first of several parts), by name. Not
    opened: `describe` says what is in them."""
    folders = {p.parent.name: p for p in (home / "models").glob("[!.]*/*.gguf") if whole_name(p)}
    return dict(sorted((folders | {name: p for p in (home / "models").glob("*.gguf") if (name := whole_name(p))}).items()))


def whole_name(path: PurePath) -> str:
    """What weights are called by their file; empty for the second and later parts of weights that are split into several files.

    >>> whole_name(Path("qwen-7b-00001-of-00002.gguf")), whole_name(Path("qwen-7b-00002-of-00002.gguf"))
    ('qwen-7b', '')
    """
    stem = path.name.removesuffix(".gguf")
    part = _PART.search(stem)
    return stem if part is None else stem[: part.start()] if part[1] == "00001" else ""


def find(name: str, home: Path) -> Path:
    """The GGUF of a registered name, of "embedded" or "recsh-mini", or at a path. Raises WeightsError."""
    if name in ("embedded", "recsh-mini"):
        return bundled("recsh-mini.gguf")
    known = listing(home)
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if os.path.lexists(path):
        return path
    if name.endswith(".gguf") or "/" in name or os.sep in name:
        raise WeightsError(f"{path}: there is no such file", "check the path, or see: recsh models list")
    import difflib

    close = difflib.get_close_matches(name, ["embedded", *known], n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise WeightsError(f"no weights are called {name!r}", f"{hint}see: recsh models list, or give the path of a GGUF file")


def _weights(path: Path, size: int, header: Header) -> Weights:
    values = header.values

    def text(key: str) -> str:
        value = values.get(key, "")
        return value if isinstance(value, str) else ""

    def number(key: str) -> int:
        value = values.get(key, 0)
        return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else 0

    _check_tensors(header, size, number("general.alignment") or 32)
    architecture = text("general.architecture")
    later = number("split.no") > 0  # only the first part of split weights says what they are
    if not architecture and not later:
        raise WeightsError(f"{path} does not say its architecture", "it may be damaged; fetch it again")
    name = clean(text("general.name"))[:MAX_NAME] or path.stem
    types = Counter(_BLOCKS[kind][0] for kind, count, _ in header.tensors if kind in _BLOCKS and count > 1_000_000)
    quantization = _FILE_TYPES.get(number("general.file_type")) if "general.file_type" in values else None
    return Weights(
        path=path,
        name=name,
        architecture=clean(architecture)[:MAX_NAME],
        parameters=sum(count for _, count, _ in header.tensors),
        quantization=quantization or (types.most_common(1)[0][0] if types else ""),
        context=max(0, number(f"{architecture}.context_length")),
        mode=_mode(text("recsh.mode")),
        format=text("recsh.format"),
        template=bool(text("tokenizer.chat_template")),
        size_bytes=size,
        licence=clean(text("general.license"))[:MAX_NAME],
        kind="part" if later else _kind(architecture, values, header),
        shape=footprint.shape(architecture, values, header.arrays.get("tokenizer.ggml.tokens", 0)),
        parts=max(1, number("split.count")),
    )


def _mode(said: str) -> Mode:
    """What the file asks for; else judge: small models answer a list of rows with gaps, repeats and the order they were given in (Qin et al. 2023,
    "Large Language Models are Effective Text Rankers with Pairwise Ranking Prompting"), and writing it takes several times as long."""
    return Mode(said) if said in tuple(Mode) else Mode.JUDGE


def _kind(architecture: str, values: dict[str, object], header: Header) -> str:
    if values.get("general.type") == "adapter":
        return "adapter"
    if architecture == "clip" or values.get("general.type") == "mmproj":
        return "projector"
    if not header.tensors:
        return "vocabulary"
    encodes = values.get(f"{architecture}.attention.causal") is False or "bert" in architecture
    return "embedding" if encodes else "chat"


def _check_tensors(header: Header, size: int, alignment: int) -> None:
    """Every tensor must lie inside the file. Types this list does not know are left to llama.cpp."""
    if alignment < 1 or alignment > 1 << 20:
        raise header.damaged(f"its tensors are aligned to {alignment} bytes")
    start = -(-header.at // alignment) * alignment
    ends = [start + at + -(-n // _BLOCKS[k][1]) * _BLOCKS[k][2] for k, n, at in header.tensors if k in _BLOCKS]
    if ends and max(ends) > size:
        raise WeightsError(f"{header.path} is truncated: it has {size} of {max(ends)} bytes", "fetch it again")
