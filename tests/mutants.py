"""GGUF files that lie, made from a whole one: each mutation by its name, the same ones for the same seed.

A file is taken apart into the places that mean something (counts, lengths, types, values, dimensions, offsets), so that a mutation hits what a
reader trusts and not only what it skips.     python tests/mutants.py FOLDER      use each *.gguf of a folder as recsh would, one after the other; a JSON line before and behind each

Leaves out: what ought to become of them (see `test_attack_weights`).
"""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9
WIDE = (0, 1, 2**31 - 1, 2**32, 2**32 + 7, 2**40, 2**63 - 1, 2**63, 2**64 - 1)  # what is put in place of a length, a count, a dimension
NARROW = (0, 1, 2, 3, 7, 255, 2**31 - 1, 2**31, 2**32 - 1)


@dataclass(slots=True)
class Map:
    """Where things lie in a GGUF: offsets of 8-byte lengths and counts, of 4-byte types, of scalar values, of texts and of array data."""

    lengths: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    values: dict[str, tuple[int, str]] = field(default_factory=dict)
    texts: dict[str, tuple[int, int]] = field(default_factory=dict)
    arrays: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)  # key: (offset of the count, element type, begin, end)
    dims: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # tensor offsets
    tensor_types: list[int] = field(default_factory=list)
    header: int = 0
    data: int = 0


def survey(whole: bytes) -> Map:
    """Take a GGUF apart."""
    found, at = Map(), 24
    tensors, keys = struct.unpack_from("<QQ", whole, 8)
    found.lengths += [8, 16]

    def text() -> tuple[int, int]:
        nonlocal at
        (size,) = struct.unpack_from("<Q", whole, at)
        found.lengths.append(at)
        at += 8 + size
        return at - size, at

    for _ in range(keys):
        begin, end = text()
        key = whole[begin:end].decode()
        (kind,) = struct.unpack_from("<I", whole, at)
        found.types.append(at)
        at += 4
        if kind == TEXT:
            found.texts[key] = text()
        elif kind == ARRAY:
            inner, count = struct.unpack_from("<IQ", whole, at)
            found.types.append(at)
            found.lengths.append(at + 4)
            start = at = at + 12
            if inner == TEXT:
                for _ in range(count):
                    at += 8 + struct.unpack_from("<Q", whole, at)[0]
            else:
                at += count * struct.calcsize(SCALARS[inner])
            found.arrays[key] = (start - 8, inner, start, at)
        else:
            found.values[key] = (at, SCALARS[kind])
            at += struct.calcsize(SCALARS[kind])
    for _ in range(tensors):
        text()
        (dims,) = struct.unpack_from("<I", whole, at)
        found.types.append(at)
        found.dims += range(at + 4, at + 4 + 8 * dims, 8)
        at += 4 + 8 * dims
        found.tensor_types.append(at)
        found.places.append(at + 4)
        at += 12
    found.header, found.data = at, -(-at // 32) * 32
    return found


def mutants(whole: bytes, count: int, seed: int = 7, skip: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """(what was done, the file) `count` times, each kind of damage in its turn; `skip` names those for which this file has nothing."""
    found, dice = survey(whole), random.Random(seed)
    kinds = (_bits, _length, _value, _text, _array, _shape, _place, _kind, _counts, _tensor_data, _cut, _numbers, _giant)
    kinds = tuple(kind for kind in kinds if kind.__name__[1:] not in skip)
    for n in range(count):
        data = bytearray(whole)
        kind = kinds[n % len(kinds)]
        said = kind(data, found, dice)
        yield f"{n} {kind.__name__[1:]}: {said}", bytes(data)


def _put(data: bytearray, at: int, code: str, value: int) -> None:
    data[at : at + struct.calcsize(code)] = struct.pack("<" + code, value)


def _bits(data: bytearray, found: Map, dice: random.Random) -> str:
    places = [dice.randrange(found.header) for _ in range(dice.choice((1, 3, 20)))]
    for at in places:
        data[at] ^= 1 << dice.randrange(8)
    return f"{len(places)} bits of the header, the first at {places[0]}"


def _length(data: bytearray, found: Map, dice: random.Random) -> str:
    at, value = dice.choice(found.lengths), dice.choice(WIDE)
    _put(data, at, "Q", value)
    return f"the length at {at} is {value}"


def _value(data: bytearray, found: Map, dice: random.Random) -> str:
    key = dice.choice(sorted(found.values))
    at, code = found.values[key]
    raw = struct.pack("<Q", dice.choice((*NARROW, dice.getrandbits(64))))[: struct.calcsize(code)]
    data[at : at + len(raw)] = raw
    return f"{key} is {raw.hex()}"


def _text(data: bytearray, found: Map, dice: random.Random) -> str:
    key = dice.choice(sorted(found.texts))
    begin, end = found.texts[key]
    junk = dice.choice((b"\xff\xfe", b"\0", b"{{", b"{% for a in range(99999) %}{{ 'a' * 9999 }}{% endfor %}", b"%n%s", "\u202e\x1b[2J".encode()))
    data[begin:end] = (junk * (end - begin))[: end - begin]
    return f"{key} is {junk[:12]!r} again and again"


def _array(data: bytearray, found: Map, dice: random.Random) -> str:
    key = dice.choice(sorted(found.arrays))
    _, inner, begin, end = found.arrays[key]
    if inner != TEXT:
        for _ in range(200):
            data[dice.randrange(begin, end)] = dice.randrange(256)
        return f"200 bytes of {key}"
    at, changed, rate = begin, 0, dice.choice((0.0005, 0.05))
    while at < end:
        (size,) = struct.unpack_from("<Q", data, at)
        if size and dice.random() < rate:
            data[at + 8 : at + 8 + size] = bytes(dice.choice((0, 32, 65, 0x80, 0xC4, 0xFF)) for _ in range(size))
            changed += 1
        at += 8 + size
    return f"{changed} texts of {key}"


def _shape(data: bytearray, found: Map, dice: random.Random) -> str:
    at, value = dice.choice(found.dims), dice.choice(WIDE)
    _put(data, at, "Q", value)
    return f"a dimension at {at} is {value}"


def _place(data: bytearray, found: Map, dice: random.Random) -> str:
    at, value = dice.choice(found.places), dice.choice((*WIDE, 32, 33, len(data) - 32, len(data)))
    _put(data, at, "Q", value)
    return f"the tensor at {at} begins at {value}"


def _kind(data: bytearray, found: Map, dice: random.Random) -> str:
    at, value = dice.choice((*found.types, *found.tensor_types)), dice.choice((*range(40), 2**31, 2**32 - 1))
    _put(data, at, "I", value)
    return f"the type at {at} is {value}"


def _counts(data: bytearray, found: Map, dice: random.Random) -> str:
    at, value = dice.choice((8, 16)), dice.choice((*WIDE, 73, 75, 1000, 9999))
    _put(data, at, "Q", value)
    return f"{'tensors' if at == 8 else 'keys'} are {value}"


def _tensor_data(data: bytearray, found: Map, dice: random.Random) -> str:
    begin = dice.randrange(found.data, len(data))
    size = min(len(data) - begin, dice.choice((64, 4096, 1 << 20)))
    data[begin : begin + size] = dice.choice((bytes(size), b"\xff" * size, b"\x00\x7c" * (size // 2) + b"\0" * (size % 2), dice.randbytes(size)))
    return f"{size} bytes of tensors from {begin}"


def _cut(data: bytearray, found: Map, dice: random.Random) -> str:
    del data[dice.choice((dice.randrange(1, found.header), dice.randrange(found.header, len(data)), len(data) - 1)) :]
    return f"{len(data)} bytes are left"


def _numbers(data: bytearray, found: Map, dice: random.Random) -> str:
    """Every number of the model at once: heads, blocks, widths."""
    for at, code in found.values.values():
        if dice.random() < 0.3:
            raw = struct.pack("<Q", dice.choice(NARROW))[: struct.calcsize(code)]
            data[at : at + len(raw)] = raw
    return "a third of all numbers"


def _giant(data: bytearray, found: Map, dice: random.Random) -> str:
    at = dice.choice(found.lengths[2:])
    value = dice.choice((2**32, 2**32 - 8, len(data) - at - 8, len(data) - at))
    _put(data, at, "Q", value)
    return f"a text of {value} bytes at {at}"


def use(path: Path) -> str:
    """What comes of asking these weights all that recsh asks: "ran", or the error that a person would see."""
    from recsh.engine import JudgePrompt, Options, WritePrompt, open_engine
    from recsh.errors import RecshError

    rows = JudgePrompt("Request: sad <|im_end|> \u60b2\u3057\u3044\n", ("Item: One | \u00e9\U0001f918", "Item: Two"), "\nFits:", system="Judge.")
    try:
        engine = open_engine(path, Options(ctx_size=512))
        try:
            engine.judge(rows)
            list(engine.reasons(rows, [0], 8))
            list(engine.write(WritePrompt("Write.", "x \u4e2d\u6587", ("One", "Two"), 2), max_tokens=30))
            list(engine.write(WritePrompt("", "x", None, 2), max_tokens=10, temperature=1.0))
            engine.count("\U0001f918")
        finally:
            engine.close()
    except RecshError as error:
        return error.message
    return "ran"


def main() -> None:
    for path in sorted(Path(sys.argv[1]).glob("*.gguf")):
        print(json.dumps({"begins": path.name}), flush=True)
        said = use(path)
        print(json.dumps({"ends": path.name, "said": said, "megabytes": peak()}), flush=True)


def peak() -> int:
    """Megabytes this process had in memory at most. What `getrusage` says begins, on Linux, with what the parent had."""
    if not (status := Path("/proc/self/status")).exists():
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return next(int(line.split()[1]) >> 10 for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
