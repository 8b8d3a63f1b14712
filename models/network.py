"""The network: a Llama (RMSNorm, rotary positions in interleaved pairs, SwiGLU, tied embeddings) over trees of tokens.

Attention sees what the engine shows: earlier tokens of the same tree, in the prefix or in the same branch. Shapes are fixed, so that torch
compiles once. Leaves out: training (see `train`), the GGUF's names for these weights (see `export`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONTEXT = 4096  # positions that rotary angles are kept for
BASE = 10000.0
EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    inner: int

    def as_dict(self) -> dict[str, int]:
        """For a checkpoint."""
        return asdict(self)


SIZES = {  # width, layers, heads, inner
    "toy": (64, 2, 2, 192), "mini": (256, 8, 4, 704), "small": (384, 9, 6, 1024), "base": (448, 13, 7, 1216),
}  # fmt: skip


class Block(nn.Module):
    """Attention, then the inner layer, each behind a norm."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        d, f = s.width, s.inner
        self.heads = s.heads
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (nn.Parameter(torch.empty(d, d)) for _ in range(4))
        self.ffn_gate, self.ffn_up, self.ffn_down = nn.Parameter(torch.empty(f, d)), nn.Parameter(torch.empty(f, d)), nn.Parameter(torch.empty(d, f))
        self.attn_norm, self.ffn_norm = nn.RMSNorm(d, eps=EPSILON), nn.RMSNorm(d, eps=EPSILON)
        for p in (self.attn_q, self.attn_k, self.attn_v, self.ffn_gate, self.ffn_up):
            nn.init.normal_(p, std=0.02 * (256 / d) ** 0.5)
        nn.init.zeros_(self.attn_output)  # a block begins as nothing
        nn.init.zeros_(self.ffn_down)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        b, t, d = x.shape
        y = self.attn_norm(x)
        q, k, v = (F.linear(y, w).view(b, t, self.heads, -1).transpose(1, 2) for w in (self.attn_q, self.attn_k, self.attn_v))
        seen = F.scaled_dot_product_attention(_turn(q, cos, sin), _turn(k, cos, sin), v, attn_mask=mask)
        x = x + F.linear(seen.transpose(1, 2).reshape(b, t, d), self.attn_output)
        y = self.ffn_norm(x)
        return x + F.linear(F.silu(F.linear(y, self.ffn_gate)) * F.linear(y, self.ffn_up), self.ffn_down)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions in interleaved pairs, as llama.cpp's architecture `llama` has them."""
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)


class Network(nn.Module):
    """`forward` gives the states at chosen places; `logits` what they say of the next token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.empty(shape.vocabulary, shape.width))
        nn.init.normal_(self.embedding, std=0.02)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=EPSILON)
        half = shape.width // shape.heads // 2
        angles = torch.outer(torch.arange(CONTEXT), 1 / BASE ** (torch.arange(half) / half))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens: Tensor, places: Tensor, trees: Tensor, branches: Tensor, at: Tensor) -> Tensor:
        """States (len(at), width) at the flat places `at` of (rows, length) tokens."""
        t = tokens.shape[1]
        same = trees[:, :, None] == trees[:, None, :]
        open_ = (branches[:, None, :] == 0) | (branches[:, :, None] == branches[:, None, :])
        mask = (same & open_ & torch.ones(t, t, dtype=torch.bool, device=tokens.device).tril())[:, None]
        x = F.embedding(tokens, self.embedding)
        cos, sin = self.cos[places][:, None], self.sin[places][:, None]
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return self.norm(x.flatten(0, 1)[at])

    def logits(self, states: Tensor) -> Tensor:
        """(n, vocabulary)."""
        return F.linear(states, self.embedding)


class Muon:
    """Momentum whose matrices are made orthogonal before each step (Keller Jordan's Muon; five Newton-Schulz steps), matrices of a shape together."""

    def __init__(self, parameters: list[nn.Parameter], momentum: float = 0.95, decay: float = 0.01) -> None:
        self.momentum, self.decay = momentum, decay
        shapes: dict[torch.Size, list[nn.Parameter]] = {}
        for p in parameters:
            shapes.setdefault(p.shape, []).append(p)
        self.groups = list(shapes.values())
        self.state = [torch.zeros(len(g), *g[0].shape, device=g[0].device) for g in self.groups]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step with the gradients that are there."""
        for group, kept in zip(self.groups, self.state, strict=True):
            gradient = torch.stack([p.grad for p in group])
            kept.lerp_(gradient, 1 - self.momentum)
            step = _orthogonal(gradient.lerp(kept, self.momentum))
            rows, columns = group[0].shape
            for p, s in zip(group, step, strict=True):
                p.mul_(1 - rate * self.decay).add_(s, alpha=-rate * max(1, rows / columns) ** 0.5)


def _orthogonal(g: Tensor, steps: int = 5) -> Tensor:
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    for _ in range(steps):
        y = x @ x.mT
        x = a * x + (b * y + c * y @ y) @ x
    return (x.mT if tall else x).float()
