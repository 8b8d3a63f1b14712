"""Memory that weights take is what llama.cpp reports; memory that is free is what the system tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from recsh import footprint, weights
from recsh.footprint import Shape, needs, shape, size

# In a child: llama.cpp's log cannot be turned off and on again in one process without touching what the engine set.
REPORT = """
import ctypes, json, re, sys
import llama_cpp as lib
lines = []
log = lib.llama_log_callback(lambda level, text, data: lines.append(text.decode()))
lib.llama_log_set(log, ctypes.c_void_p(0))
lib.llama_backend_init()
options = lib.llama_model_default_params()
options.use_extra_bufts = False
model = lib.llama_model_load_from_file(sys.argv[1].encode(), options)
want = lib.llama_context_default_params()
want.n_ctx, want.n_batch, want.n_ubatch, want.n_seq_max, want.n_outputs_max, want.kv_unified = int(sys.argv[2]), 2048, 512, 64, 64, True
want.type_k = want.type_v = 30
assert model and lib.llama_init_from_model(model, want), lines[-3:]
text = "".join(lines)
mib = lambda pattern: sum(float(m) for m in re.findall(pattern, text))
print(json.dumps({"cache": mib(r"KV buffer size = +([\\d.]+) MiB"), "working": mib(r"(?:compute|output) buffer size = +([\\d.]+) MiB"), "weights": mib(r"model buffer size = +([\\d.]+) MiB")}))
"""


def reported(path: Path, tokens: int) -> dict[str, float]:
    """MiB by what llama.cpp says they are for."""
    ran = subprocess.run([sys.executable, "-c", REPORT, str(path), str(tokens)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def blank(path: Path, architecture: str, width: int, layers: int, heads: int, key_heads: int, inner: int, words: int, head: int = 0, norms: bool = False, biases: bool = False) -> Path:
    """Weights of a real shape that are all zeros and take no room on the disk."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(32768)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(words)
    if head:
        writer.add_key_length(head)
        writer.add_value_length(head)
    each = head or width // heads
    total = 0

    def tensor(name: str, *dims: int) -> None:
        nonlocal total
        kind = np.float32 if len(dims) == 1 else np.float16
        count = int(np.prod(dims)) * np.dtype(kind).itemsize
        writer.add_tensor_info(name, dims, np.dtype(kind), count)
        total += -(-count // 32) * 32

    tensor("token_embd.weight", words, width)
    tensor("output_norm.weight", width)
    for i in range(layers):
        b = f"blk.{i}."
        for name in ("attn_norm", "ffn_norm", *(("post_attention_norm", "post_ffw_norm") if architecture == "gemma3" else ())):
            tensor(f"{b}{name}.weight", width)
        for name, rows in (("attn_q", heads), ("attn_k", key_heads), ("attn_v", key_heads)):
            tensor(f"{b}{name}.weight", rows * each, width)
            if biases:
                tensor(f"{b}{name}.bias", rows * each)
        if norms:
            tensor(b + "attn_q_norm.weight", each)
            tensor(b + "attn_k_norm.weight", each)
        tensor(b + "attn_output.weight", width, heads * each)
        tensor(b + "ffn_gate.weight", inner, width)
        tensor(b + "ffn_up.weight", inner, width)
        tensor(b + "ffn_down.weight", width, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with open(path, "r+b") as file:
        file.truncate(-(-path.stat().st_size // 32) * 32 + total)
    return path


SHAPES = {  # architecture, width, layers, heads, key heads, inner width, vocabulary; few layers and words, so that they load in no time
    "Qwen2.5 0.5B": (("qwen2", 896, 3, 14, 2, 4864, 32000), {"biases": True}),
    "Qwen3 4B": (("qwen3", 2560, 2, 32, 8, 9728, 32000), {"head": 128, "norms": True}),
    "Llama 3.2 1B": (("llama", 2048, 2, 32, 8, 8192, 32000), {}),
    "Gemma 3 1B": (("gemma3", 1152, 6, 4, 1, 6912, 32000), {"head": 256, "norms": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_the_cache_is_what_llama_cpp_reports_and_the_working_space_about(name: str, tmp_path: Path) -> None:
    args, more = SHAPES[name]
    path = blank(tmp_path / "w.gguf", *args, **more)
    w = weights.describe(path)
    assert w.shape.words == 0  # a file without a vocabulary does not say how many words it has
    told, mine = reported(path, 2048), needs(w.size_bytes, Shape(w.shape.cached, w.shape.working, args[-1]), 2048)
    assert mine.cache / 2**20 == told["cache"]
    assert mine.weights / 2**20 == pytest.approx(told["weights"], rel=0.01)
    assert mine.working / 2**20 == pytest.approx(told["working"], rel=0.2)


def test_the_embedded_weights_take_what_llama_cpp_reports() -> None:
    path = weights.bundled("recsh-mini.gguf")
    w = weights.describe(path)
    told, mine = reported(path, 4096), needs(w.size_bytes, w.shape, 4096)
    assert mine.cache / 2**20 == told["cache"] and mine.working / 2**20 == pytest.approx(told["working"], rel=0.2)
    assert mine.total == mine.weights + mine.cache + mine.working


def test_layers_may_differ_and_may_not_attend_at_all() -> None:
    """Worked by hand: keys and values of 64 numbers each, a head of keys and values 128."""
    base = {"x.embedding_length": 512, "x.attention.head_count": 8, "x.block_count": 4}
    assert shape("x", base, 0).cached == 4 * 8 * 128  # without grouped queries every head has its own keys
    assert shape("x", base | {"x.attention.head_count_kv": 2}, 0).cached == 4 * 2 * 128
    assert shape("x", base | {"x.attention.head_count_kv": (0, 2, 0, 4)}, 0).cached == 6 * 128
    assert shape("x", base | {"x.attention.head_count_kv": 2, "x.full_attention_interval": 4}, 0).cached == 1 * 2 * 128
    assert shape("x", base | {"x.attention.head_count_kv": 2, "x.attention.key_length": 100, "x.attention.value_length": 28}, 0).cached == 4 * 2 * 128


@pytest.mark.parametrize("value", ["many", float("nan"), float("inf"), -5, 2**63, (), ("a",), None])
def test_numbers_that_make_no_sense_do_no_harm(value: object) -> None:
    keys = ("embedding_length", "attention.head_count", "attention.head_count_kv", "block_count", "feed_forward_length", "full_attention_interval", "attention.key_length")
    found = shape("x", {f"x.{k}": value for k in keys}, 0)
    assert found.cached >= 0 and found.working >= 0


def test_free_memory_is_some_and_no_more_than_the_system_has() -> None:
    free = footprint.free_memory()
    if sys.platform.startswith("linux"):
        import os

        assert free is not None and 0 < free <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    else:
        assert free is None or free > 0


@pytest.mark.parametrize(("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (9_351_200, "9.4 MB"), (123_456_789, "123 MB"), (1_834_426_016, "1.8 GB"), (4e13, "40,000 GB")])
def test_sizes_are_said_as_disks_are_sold(count: float, said: str) -> None:
    assert size(count) == said
