"""A Llama read from its GGUF, with a low-rank addition (LoRA, Hu et al. 2021) that can be trained, and that addition as an adapter that llama.cpp runs.

    network = Network(path, seed=42)
    network.odds([Tree([1, 5], [[9], [4, 2]])], yes=[7], no=[8])     log-odds of yes behind each branch, a gradient for the addition alone
    network.write(Path("adapter.gguf"), "mine")

The weights themselves are read, dequantised, and never changed. As llama.cpp has them: rotary positions in interleaved pairs, key heads shared by
groups of query heads, an output that is the embedding where the file has none of its own. What this does not know of a file is refused, not
guessed. Needs torch and gguf. Leaves out: what is learned (see `tune`), where adapters are kept (see `tuned`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh.errors import UsageError, WeightsError
from recsh.regex import regex

if TYPE_CHECKING:
    import numpy
    import torch

RANK = 8
ALPHA = 16.0  # the addition counts ALPHA / RANK
MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
MOST = 1_000_000_000  # parameters; four bytes each are held in memory, and a step reads them thrice
ELSEWHERE = "recsh tune --export FILE writes the same examples for any other trainer"
_KNOWN = regex(rf"(?:token_embd|output|output_norm|blk\.\d+\.(?:{'|'.join(MATRICES)}|attn_norm|ffn_norm))\.weight")


class Shape(Struct, frozen=True):
    """Sizes of a network: `heads` of queries and of `shared` keys, `base` of the rotary angles, `epsilon` of the norms."""

    layers: int
    width: int
    heads: int
    shared: int
    base: float
    epsilon: float


class Tree(Struct, frozen=True):
    """Token ids that several texts begin with, and how each goes on (none is empty)."""

    head: Sequence[int]
    branches: Sequence[Sequence[int]]


def needed() -> None:
    """Raises `UsageError` unless what training needs is installed."""
    from importlib.util import find_spec

    if missing := [name for name in ("torch", "gguf") if find_spec(name) is None]:
        raise UsageError(f"training needs {' and '.join(missing)}", "pip install 'recsh[train]'; " + ELSEWHERE)


def read(path: Path) -> tuple[Shape, dict[str, numpy.ndarray]]:
    """The shape and the tensors of a GGUF of the architecture llama, float32, matrices (out, in). Raises `WeightsError` for any other."""
    import gguf

    try:
        reader = gguf.GGUFReader(path)
        values = {name: field.contents() for name, field in reader.fields.items() if not name.startswith("tokenizer.")}
        shape = _shape(path, values)
        unknown = [t.name for t in reader.tensors if not _KNOWN.fullmatch(t.name)]
        if unknown:
            raise WeightsError(f"{path} has parts that cannot be trained here ({unknown[0][:80]!r})", ELSEWHERE)
        tensors = {t.name.removesuffix(".weight"): gguf.quants.dequantize(t.data, t.tensor_type).astype("float32") for t in reader.tensors}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, NotImplementedError, OSError, OverflowError) as error:
        raise WeightsError(f"{path} cannot be read for training: {str(error)[:200]}", ELSEWHERE) from error
    _check(path, shape, tensors)
    return shape, tensors


def _shape(path: Path, values: dict[str, Any]) -> Shape:
    if (architecture := values.get("general.architecture")) != "llama":
        raise WeightsError(f"{path}: weights of the architecture {str(architecture)[:40]!r} cannot be trained here, only llama", ELSEWHERE)

    def of(key: str, usual: Any = None) -> Any:
        value = values.get(f"llama.{key}", usual)
        if value is None:
            raise WeightsError(f"{path} does not say its {key}", "it may be damaged; fetch it again")
        return value

    heads, width = int(of("attention.head_count")), int(of("embedding_length"))
    size = width // max(1, heads)
    usual = {"rope.dimension_count": size, "attention.key_length": size, "attention.value_length": size, "rope.scaling.type": "none", "expert_count": 0}
    if odd := [key for key, value in usual.items() if of(key, value) != value]:
        raise WeightsError(f"{path} has a form of {odd[0]} that cannot be trained here", ELSEWHERE)
    return Shape(int(of("block_count")), width, heads, int(of("attention.head_count_kv", heads)), float(of("rope.freq_base", 10000.0)), float(of("attention.layer_norm_rms_epsilon")))


def _check(path: Path, shape: Shape, tensors: dict[str, numpy.ndarray]) -> None:
    """Raises `WeightsError` if a tensor is missing or has another size than the header says."""
    width, keys = shape.width, shape.width // shape.heads * shape.shared
    inner = len(tensors.get("blk.0.ffn_up", ()))
    sizes = {
        "attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width), "attn_output": (width, width), "attn_norm": (width,), "ffn_norm": (width,),
        "ffn_gate": (inner, width), "ffn_up": (inner, width), "ffn_down": (width, inner),
    }  # fmt: skip
    wanted = {"output_norm": (width,), **{f"blk.{layer}.{name}": size for layer in range(shape.layers) for name, size in sizes.items()}}
    wanted |= {name: (len(tensors.get("token_embd", ())), width) for name in ("token_embd", "output") if name in tensors or name == "token_embd"}
    if odd := [name for name, size in wanted.items() if name not in tensors or tensors[name].shape != size]:
        raise WeightsError(f"{path}: its {odd[0]} is not what its header says", "it may be damaged; fetch it again")


class Network:
    """The weights, fixed, and the addition: `parts` maps a matrix to its (RANK, in) and (out, RANK), which begins as nothing. Raises `WeightsError`."""

    def __init__(self, path: Path, *, seed: int = 0) -> None:
        import torch

        self.shape, tensors = read(path)
        self._fixed = {name: torch.from_numpy(values) for name, values in tensors.items()}
        dice = torch.Generator().manual_seed(seed)
        self.parts: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        for name, values in self._fixed.items():
            if name.rpartition(".")[2] in MATRICES:
                rows, columns = values.shape
                down = torch.randn(RANK, columns, generator=dice) / columns**0.5
                self.parts[name] = down.requires_grad_(), torch.zeros(rows, RANK, requires_grad=True)

    @property
    def parameters(self) -> list[torch.Tensor]:
        """What is trained."""
        return [tensor for pair in self.parts.values() for tensor in pair]

    def copy(self) -> list[torch.Tensor]:
        """The addition as it is now."""
        return [p.detach().clone() for p in self.parameters]

    def restore(self, kept: Sequence[torch.Tensor]) -> None:
        """The addition as it was when it was copied."""
        import torch

        with torch.no_grad():
            for parameter, values in zip(self.parameters, kept, strict=True):
                parameter.copy_(values)

    def odds(self, trees: Sequence[Tree], yes: Sequence[int], no: Sequence[int], *, added: bool = True) -> torch.Tensor:
        """Log-odds of yes behind each branch, tree by tree, (branches,): of the sums of both sides' probabilities. Without the addition unless `added`."""
        import torch

        logits = self.logits(trees, [*yes, *no], added=added)
        return torch.logsumexp(logits[:, : len(yes)], 1) - torch.logsumexp(logits[:, len(yes) :], 1)

    def logits(self, trees: Sequence[Tree], of: Sequence[int] | None = None, *, added: bool = True) -> torch.Tensor:
        """What stands behind each branch, (branches, tokens): of all tokens, or these. A branch sees the head and itself."""
        import torch
        import torch.nn.functional as f

        shape, fixed = self.shape, self._fixed
        ids, places, branch, ends = _laid_out(trees)
        open_ = (branch[:, None, :] == 0) | (branch[:, None, :] == branch[:, :, None])
        mask = (open_ & torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).tril())[:, None]
        half = shape.width // shape.heads // 2
        angles = places[:, None, :, None] * (1.0 / shape.base ** (torch.arange(half) / half))
        turn = angles.cos(), angles.sin()
        x = f.embedding(ids, fixed["token_embd"])
        for layer in range(shape.layers):
            x = self._block(f"blk.{layer}.", x, turn, mask, added)
        out = fixed.get("output", fixed["token_embd"])
        return f.linear(self._norm(x.flatten(0, 1)[ends], "output_norm"), out if of is None else out[list(of)])

    def _block(self, at: str, x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], mask: torch.Tensor, added: bool) -> torch.Tensor:
        import torch.nn.functional as f

        rows, length, width = x.shape
        shape = self.shape
        y = self._norm(x, at + "attn_norm")
        q, k, v = (self._through(y, at + name, added).view(rows, length, -1, width // shape.heads).transpose(1, 2) for name in ("attn_q", "attn_k", "attn_v"))
        q, k = _turned(q, *turn), _turned(k, *turn)
        if (times := shape.heads // shape.shared) > 1:
            k, v = (z.repeat_interleave(times, dim=1) for z in (k, v))
        seen = f.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self._through(seen.transpose(1, 2).reshape(rows, length, width), at + "attn_output", added)
        y = self._norm(x, at + "ffn_norm")
        return x + self._through(f.silu(self._through(y, at + "ffn_gate", added)) * self._through(y, at + "ffn_up", added), at + "ffn_down", added)

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        import torch

        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.shape.epsilon) * self._fixed[name]

    def _through(self, x: torch.Tensor, name: str, added: bool) -> torch.Tensor:
        import torch.nn.functional as f

        out = f.linear(x, self._fixed[name])
        if not added:
            return out
        down, up = self.parts[name]
        return out + ALPHA / RANK * f.linear(f.linear(x, down), up)

    def write(self, path: Path, name: str) -> None:
        """The addition as a GGUF adapter."""
        write_adapter(path, name, {part: (down.detach().numpy(), up.detach().numpy()) for part, (down, up) in self.parts.items()})


def _laid_out(trees: Sequence[Tree]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(token ids, positions, which branch: 0 the head, -1 nothing), each (trees, length); and where branches end in these, laid flat."""
    import torch

    length = max(len(t.head) + sum(map(len, t.branches)) for t in trees)
    ids, places, branch = (torch.full((len(trees), length), fill, dtype=torch.long) for fill in (0, 0, -1))
    ends = []
    for n, tree in enumerate(trees):
        at = 0
        for number, part in enumerate([tree.head, *tree.branches]):
            start, end = len(tree.head) if number else 0, at + len(part)
            ids[n, at:end], places[n, at:end], branch[n, at:end] = torch.tensor(part, dtype=torch.long), torch.arange(start, start + len(part)), number
            at = end
            if number:
                ends.append(n * length + at - 1)
    return ids, places, branch, torch.tensor(ends)


def _turned(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    import torch

    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


def write_adapter(path: Path, name: str, parts: dict[str, tuple[numpy.ndarray, numpy.ndarray]]) -> None:
    """A GGUF adapter as llama.cpp reads it (src/llama-adapter.cpp): of each matrix `lora_a` (RANK, in) and `lora_b` (out, RANK)."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_name(name)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for part, (down, up) in parts.items():
        writer.add_tensor(f"{part}.weight.lora_a", down)
        writer.add_tensor(f"{part}.weight.lora_b", up)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
