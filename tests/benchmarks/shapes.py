"""Random weights of a real model's shape, to time what no shipped weights can: they read and write nonsense, at the real model's pace.

    python tests/benchmarks/shapes.py OUT.gguf --shape 0.5b --quantize q8_0          1.5 GB of disk and 20 s while it is made

Shapes: 0.5b and 1.5b are Qwen2.5-0.5B and Qwen2.5-1.5B (their config.json: layers, width, inner width, heads, key heads, vocabulary 151,936, tied
embeddings). Quantized by llama.cpp itself, as a downloaded file would be: at a width of 896, which 256 does not divide, its Q4_K_M is mostly Q5_0 and Q8_0.
The vocabulary begins with that of the embedded weights, so that text is cut into tokens as words are, and is filled up with words that no text
holds; the format is ChatML. Such weights never end a sentence of their own accord.

Leaves out: anything a trained model would know.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import string
from pathlib import Path

from recsh.paths import bundled

SHAPES = {  # layers, width, inner width, heads, key heads
    "0.5b": (24, 896, 4864, 14, 2),
    "1.5b": (28, 1536, 8960, 12, 2),
    "toy": (2, 256, 512, 4, 2),
}
VOCABULARY = 151_936
QUANTIZED = {"q8_0": "MOSTLY_Q8_0", "q4_k_m": "MOSTLY_Q4_K_M", "q4_0": "MOSTLY_Q4_0"}
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def make(output: Path, shape: str, quantization: str) -> None:
    """Write the weights, in F16 first and quantized from there."""
    whole = output.with_suffix(".f16.part")
    try:
        _write(whole, *SHAPES[shape], name=f"random-{shape}")
        _quantize(whole, output, QUANTIZED[quantization])
    finally:
        whole.unlink(missing_ok=True)


def _write(path: Path, layers: int, width: int, inner: int, heads: int, key_heads: int, *, name: str) -> None:
    import gguf
    import numpy

    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name(name)
    writer.add_context_length(32_768)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    _vocabulary(writer)

    def add(name: str, *shape: int) -> None:
        values = numpy.ones(shape, numpy.float32) if name.endswith("norm.weight") else random.standard_normal(shape, numpy.float32) * shape[-1] ** -0.5
        writer.add_tensor(name, values.astype(numpy.float16 if len(shape) == 2 else numpy.float32))

    keys = width // heads * key_heads
    add("token_embd.weight", VOCABULARY, width)
    add("output_norm.weight", width)
    for n in range(layers):
        add(f"blk.{n}.attn_norm.weight", width)
        add(f"blk.{n}.ffn_norm.weight", width)
        for part, out in (("q", width), ("k", keys), ("v", keys)):
            add(f"blk.{n}.attn_{part}.weight", out, width)
            add(f"blk.{n}.attn_{part}.bias", out)
        add(f"blk.{n}.attn_output.weight", width, width)
        add(f"blk.{n}.ffn_gate.weight", inner, width)
        add(f"blk.{n}.ffn_up.weight", inner, width)
        add(f"blk.{n}.ffn_down.weight", width, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary(writer) -> None:  # type: ignore[no-untyped-def]
    import gguf

    fields = gguf.GGUFReader(bundled("models", "recsh-mini.gguf")).fields
    tokens, kinds, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "token_type", "merges"))
    known = set(tokens)
    words = ("Ġ" + "".join(letters) for n in range(4, 9) for letters in itertools.product(string.ascii_lowercase, repeat=n))
    tokens += itertools.islice((word for word in words if word not in known), VOCABULARY - len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds + [gguf.TokenType.NORMAL] * (len(tokens) - len(kinds)))
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _quantize(source: Path, output: Path, kind: str) -> None:
    import llama_cpp

    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_{kind}")
    if llama_cpp.llama_model_quantize(str(source).encode(), str(output).encode(), ctypes.byref(params)):
        raise SystemExit(f"llama.cpp cannot quantize {source}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="0.5b")
    parser.add_argument("--quantize", choices=QUANTIZED, default="q8_0")
    options = parser.parse_args()
    make(options.output, options.shape, options.quantize)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
