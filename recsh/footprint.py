"""How much memory weights take when they run, computed from a GGUF's header, and how much this machine has free.

    weights   the file, mapped into memory whole
    cache     tokens * (keys + values of every attention layer) * 2 bytes; recsh keeps it in 16 bits
    working   the buffers of one batch, about: 512 tokens * (3 * inner width + 5 * width) * 4 bytes, their mask, and 64 rows of logits

The cache is llama.cpp's `llama_kv_cache` size to the byte for models whose layers all attend; for those that share or compress keys
(multi-head latent attention, Gemma 3n) it is a bound from above. The working buffers were fitted to what llama.cpp 0.3.36 reports for the
shapes of Qwen2.5 0.5B, Qwen3 4B, Llama 3.2 1B and Gemma 3 1B: within 20 %. Leaves out: states of recurrent layers (some MB), pictures,
what Python and the catalog take.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

CELL_BYTES = 2  # of one key or value: bfloat16 on the CPU, float16 on a GPU
BATCH_TOKENS, LOGIT_ROWS = 512, 64  # as `engine.context` makes its contexts


class Shape(Struct, frozen=True):
    """What of a model's shape decides on its memory: values that one token leaves in the cache, floats that one token of a batch needs, and words."""

    cached: int = 0
    working: int = 0
    words: int = 0


class Needs(Struct, frozen=True):
    """Bytes, by what they are for."""

    weights: int
    cache: int
    working: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.working


def shape(architecture: str, values: Mapping[str, object], words: int) -> Shape:
    """From a GGUF's key-values; what is missing or no number counts as zero. A count may be one number, or a number a layer."""

    def each(key: str) -> list[int]:
        value = values.get(f"{architecture}.{key}", 0)
        found = value if isinstance(value, (tuple, list)) else [value]
        return [max(0, int(v)) if isinstance(v, (int, float)) and abs(v) < 2**40 else 0 for v in found]

    def one(key: str) -> int:
        return max(each(key), default=0)

    width, heads, layers = one("embedding_length"), one("attention.head_count"), min(one("block_count"), 10_000)
    if every := one("full_attention_interval"):  # the layers between attend over a state of fixed size
        layers //= every
    head = width // heads if heads else 0
    per_head = (one("attention.key_length") or head) + (one("attention.value_length") or head)
    kv = each("attention.head_count_kv") if f"{architecture}.attention.head_count_kv" in values else [heads]
    key_heads = sum(kv) if len(kv) > 1 else layers * sum(kv)
    return Shape(key_heads * per_head, 3 * one("feed_forward_length") + 5 * width, words)


def needs(size_bytes: int, shape: Shape, tokens: int) -> Needs:
    """What weights of this size and shape take with a context of `tokens` (the setting `ctx_size`)."""
    working = 4 * (BATCH_TOKENS * shape.working + LOGIT_ROWS * shape.words) + 2 * BATCH_TOKENS * tokens
    return Needs(size_bytes, tokens * shape.cached * CELL_BYTES, working)


def size(count: float) -> str:
    """Bytes as people say them, in powers of ten as disks are sold: 8.9 MB, 1.2 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:,.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError


def free_memory() -> int | None:
    """Bytes that a program may still take without swapping, as the system tells; None where it does not tell. A container's limit counts."""
    found = [n for n in (_system_free(), _container_free()) if n is not None]
    return min(found) if found else None


def _system_free() -> int | None:
    if sys.platform == "win32":
        return _windows_free()
    if sys.platform == "darwin":
        return _mac_free()
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    except (OSError, ValueError, IndexError):
        return None


def _container_free() -> int | None:
    """What a control group (version 2) still allows; files it has read are given up when memory is short, so they count as free."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return None
        cached = next((int(line.split()[1]) for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines() if line.startswith("inactive_file ")), 0)
        return max(0, int(limit) - int((folder / "memory.current").read_text(encoding="ascii")) + cached)
    except (OSError, ValueError, IndexError):
        return None


def _mac_free() -> int | None:
    """Free, inactive and speculative pages, as `vm_stat` counts them."""
    import re
    import subprocess

    try:
        told = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    page = re.search(r"page size of (\d+) bytes", told)
    pages = re.findall(r"^Pages (?:free|inactive|speculative):\s+(\d+)", told, re.MULTILINE)
    return int(page[1]) * sum(map(int, pages)) if page and pages else None


def _windows_free() -> int | None:
    """`ullAvailPhys` of GlobalMemoryStatusEx."""
    import ctypes

    words = (ctypes.c_uint64 * 8)()  # dwLength and dwMemoryLoad share the first; then total and available physical memory, and five more
    words[0] = 64
    return int(words[2]) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(words)) else None  # type: ignore[attr-defined]

