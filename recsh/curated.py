"""A short list of weights that suit small machines, by the names `recsh models pull` takes.

Chosen from official repositories (for Llama, whose makers publish no GGUF, from bartowski's), one file each, at the quantization that
costs little quality. Sizes are about; the hub's are shown before anything is fetched. `memory` is that of a machine they leave room on. Leaves
out: the list of what is here (see `shelf`).
"""

from __future__ import annotations

from msgspec import Struct



class Choice(Struct, frozen=True):
    """One entry: `size` in GB, about; `memory` in GB, of a machine it suits; `gated` if the hub wants its licence accepted first."""

    name: str
    repo: str
    file: str
    licence: str
    size: float
    memory: int
    about: str
    gated: bool = False


CHOICES = (
    Choice("smollm2-360m", "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF", "smollm2-360m-instruct-q8_0.gguf", "Apache 2.0", 0.4, 4, "fast, English"),
    Choice("qwen2.5-0.5b", "Qwen/Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q4_k_m.gguf", "Apache 2.0", 0.5, 4, "fast, English and Chinese"),
    Choice("qwen3-0.6b", "Qwen/Qwen3-0.6B-GGUF", "Qwen3-0.6B-Q8_0.gguf", "Apache 2.0", 0.6, 4, "small, English and Chinese"),
    Choice("llama-3.2-1b", "bartowski/Llama-3.2-1B-Instruct-GGUF", "Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Llama 3.2 Community", 0.8, 4, "small, European languages"),
    Choice("gemma-3-1b", "google/gemma-3-1b-it-qat-q4_0-gguf", "gemma-3-1b-it-q4_0.gguf", "Gemma", 1.0, 4, "small, many languages", gated=True),
    Choice("smollm2-1.7b", "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF", "smollm2-1.7b-instruct-q4_k_m.gguf", "Apache 2.0", 1.1, 8, "English"),
    Choice("qwen2.5-1.5b", "Qwen/Qwen2.5-1.5B-Instruct-GGUF", "qwen2.5-1.5b-instruct-q4_k_m.gguf", "Apache 2.0", 1.1, 8, "a good start, English and Chinese"),
    Choice("qwen3-1.7b", "Qwen/Qwen3-1.7B-GGUF", "Qwen3-1.7B-Q8_0.gguf", "Apache 2.0", 1.8, 8, "English and Chinese"),
    Choice("llama-3.2-3b", "bartowski/Llama-3.2-3B-Instruct-GGUF", "Llama-3.2-3B-Instruct-Q4_K_M.gguf", "Llama 3.2 Community", 2.0, 8, "European languages"),
    Choice("qwen2.5-3b", "Qwen/Qwen2.5-3B-Instruct-GGUF", "qwen2.5-3b-instruct-q4_k_m.gguf", "Qwen Research (not commercial)", 2.1, 8, "English and Chinese"),
    Choice("qwen3-4b", "Qwen/Qwen3-4B-GGUF", "Qwen3-4B-Q4_K_M.gguf", "Apache 2.0", 2.5, 16, "English and Chinese"),
    Choice("gemma-3-4b", "google/gemma-3-4b-it-qat-q4_0-gguf", "gemma-3-4b-it-q4_0.gguf", "Gemma", 3.2, 16, "many languages", gated=True),
    Choice("qwen3-8b", "Qwen/Qwen3-8B-GGUF", "Qwen3-8B-Q4_K_M.gguf", "Apache 2.0", 5.0, 16, "slow without a GPU, English and Chinese"),
)  # fmt: skip
BY_NAME = {choice.name: choice for choice in CHOICES}
