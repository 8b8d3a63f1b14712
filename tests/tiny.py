"""Whole chat weights of some hundred kilobytes, with random numbers and a vocabulary to order: what they say is noise, how they are asked is not.

Leaves out: damage (see `mutants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6  # gguf.TokenType
WIDTH, HIDDEN, HEADS = 32, 64, 2


def words_of(kind: str, *, spelt: bool = True) -> list[tuple[str, int]]:
    """(token, type) of a small vocabulary: "llama" (SentencePiece) or "gpt2" (byte-level BPE). `spelt` False leaves out what spells rare bytes."""
    letters = [*map(chr, range(33, 127))]
    if kind == "llama":
        byte_tokens = [(f"<0x{b:02X}>", BYTE) for b in range(256)] if spelt else []
        return [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL), *byte_tokens, *((t, NORMAL) for t in ("▁", "\n", *letters, "▁y", "▁n"))]
    from_byte = gpt2_letters()
    return [("<|endoftext|>", CONTROL), *((letter, NORMAL) for letter in from_byte), ("Ġy", NORMAL), ("Ġn", NORMAL)]


def gpt2_letters() -> list[str]:
    """The letter that stands for each byte in GPT-2's vocabulary (github.com/openai/gpt-2, encoder.py)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(others)) for b in range(256)]


def write_weights(path: Path, kind: str = "llama", extra: Sequence[tuple[str, int]] = (), *, template: str = "", spelt: bool = True, **values: str | int) -> Path:
    """Write them; `extra` are more (token, type), `values` more keys, `__` for a dot."""
    words = [*words_of(kind, spelt=spelt), *extra]
    writer, dice = gguf.GGUFWriter(path, "llama"), np.random.default_rng(1)
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model(kind)
    writer.add_token_list([w for w, _ in words])
    writer.add_token_types([t for _, t in words])
    if kind == "llama":
        writer.add_token_scores([-float(i) for i in range(len(words))])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
    else:
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges(["Ġ y", "Ġ n"])
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(0)
    if template:
        writer.add_chat_template(template)
    for key, value in values.items():
        (writer.add_string if isinstance(value, str) else writer.add_uint32)(key.replace("__", "."), value)
    keys = WIDTH // HEADS * int(values.get("llama__attention__head_count_kv", HEADS))
    shapes = {
        "token_embd.weight": (len(words), WIDTH), "output.weight": (len(words), WIDTH), "output_norm.weight": (WIDTH,),
        "blk.0.attn_norm.weight": (WIDTH,), "blk.0.ffn_norm.weight": (WIDTH,), "blk.0.attn_q.weight": (WIDTH, WIDTH), "blk.0.attn_k.weight": (keys, WIDTH),
        "blk.0.attn_v.weight": (keys, WIDTH), "blk.0.attn_output.weight": (WIDTH, WIDTH), "blk.0.ffn_gate.weight": (HIDDEN, WIDTH),
        "blk.0.ffn_up.weight": (HIDDEN, WIDTH), "blk.0.ffn_down.weight": (WIDTH, HIDDEN),
    }  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(name, np.ones(shape, np.float32) if len(shape) == 1 else dice.normal(0, 0.2, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
