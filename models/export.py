"""Trained weights -> a GGUF that llama.cpp runs and recsh knows.

    python models/export.py OUT/last.pt OUT/recsh-mini-f16.gguf --name recsh-mini
    python models/export.py --quantize OUT/recsh-mini-f16.gguf OUT/recsh-mini.gguf       Q8_0, by llama.cpp itself

The first needs torch and gguf, the second llama-cpp-python. Weights may be a checkpoint or the first of the parts that `train` writes
(weights.000). Architecture `llama`; rotary in interleaved pairs, so no matrix is permuted; tokenizer `gpt2` with the pre-tokenizer `smollm`.
The header says what recsh asks of its own weights: recsh.mode and recsh.format, and licence, date and training data.

Leaves out: other architectures (llama.cpp's own converters), other quantizations.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime
import io
import json
from pathlib import Path

TEMPLATE = "{% for m in messages %}{{'<|im_start|>' + m['content']}}{% endfor %}"  # one user turn, no system text: see README.md
ABOUT = "Judges whether a row of a catalog fits a request, and says why. For recsh; not a general chat model."
DATA = (
    "generated requests over recsh's sample catalogs, gazetteer and invented catalogs (CC0-1.0)",
    "requests graded by a language model, models/judged, train split (CC0-1.0)",
)


def stored(path: Path) -> dict:
    """A checkpoint, or the weights in parts of which this is the first."""
    import torch

    if path.suffix == ".000":
        parts = sorted(path.parent.glob(f"{path.stem}.[0-9][0-9][0-9]"))
        return torch.load(io.BytesIO(b"".join(p.read_bytes() for p in parts)), map_location="cpu", weights_only=True)
    return torch.load(path, map_location="cpu", weights_only=True)


def export(weights: Path, tokenizer: Path, output: Path, name: str, data: list[str]) -> None:
    """Write a GGUF, matrices in F16, norms in F32."""
    import gguf
    import numpy
    from network import BASE, CONTEXT, EPSILON

    from recsh.prompt import FORMAT

    kept = stored(weights)
    shape, network = kept["shape"], kept["network"]
    writer = gguf.GGUFWriter(output, "llama")
    writer.add_name(name)
    writer.add_description(ABOUT)
    writer.add_license("Apache-2.0")
    writer.add_string("general.date", datetime.date.today().isoformat())
    writer.add_array("general.datasets", [*DATA, *data])
    writer.add_languages(["en", "zh"])
    writer.add_string("recsh.mode", "judge")
    writer.add_string("recsh.format", FORMAT)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape["width"])
    writer.add_block_count(shape["layers"])
    writer.add_feed_forward_length(shape["inner"])
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["heads"])
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(shape["width"] // shape["heads"])
    writer.add_rope_freq_base(BASE)
    writer.add_vocab_size(shape["vocabulary"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    _vocabulary(writer, json.loads(tokenizer.read_text(encoding="utf-8")))

    def add(name: str, source: str) -> None:
        values = network[source].float().numpy()
        writer.add_tensor(name, values.astype(numpy.float16 if values.ndim == 2 else numpy.float32))

    add("token_embd.weight", "embedding")
    add("output_norm.weight", "norm.weight")
    for layer in range(shape["layers"]):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            add(f"blk.{layer}.{part}.weight", f"blocks.{layer}.{part}")
        for part in ("attn_norm", "ffn_norm"):
            add(f"blk.{layer}.{part}.weight", f"blocks.{layer}.{part}.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary(writer, tokenizer: dict) -> None:  # type: ignore[no-untyped-def]
    import gguf

    model = tokenizer["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    special = {t["id"] for t in tokenizer["added_tokens"] if t["special"]}
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if n in special else gguf.TokenType.NORMAL for n in range(len(tokens))])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|im_start|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def quantize(source: Path, output: Path) -> None:
    """Q8_0 by llama.cpp."""
    import llama_cpp

    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    if llama_cpp.llama_model_quantize(str(source).encode(), str(output).encode(), ctypes.byref(params)):
        raise SystemExit(f"llama.cpp cannot quantize {source}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quantize", action="store_true")
    parser.add_argument("--name", default="recsh-mini")
    parser.add_argument("--tokenizer", type=Path, help="default: tokenizer.json beside the weights")
    parser.add_argument("--data", action="append", default=[], help="more training data to name in the header")
    options = parser.parse_args()
    if options.quantize:
        quantize(options.source, options.output)
    else:
        export(options.source, options.tokenizer or options.source.parent / "tokenizer.json", options.output, options.name, options.data)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
