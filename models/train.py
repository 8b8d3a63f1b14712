"""Train the network: match-and-copy first, then plain tasks that give way to all kinds; constant rate, then down to nothing.

    python models/train.py OUT --size mini --minutes 600      or --tokens 200e6; go on with --resume

OUT holds worlds.json, graded.jsonl and tokenizer.json (see `make`). The same command runs on a GPU (bfloat16, torch.compile, larger batches,
tasks made by other processes) and on a CPU. Every batch has one shape, so it compiles once. Written to OUT: last.pt every --save minutes and at the
end (weights, optimisers, where the data stands), train.tsv (a line a minute), and weights.000 ... in parts of 15 MiB (float16, weights alone).

Schedule: the warm-up ends when its verdicts are right, or at WARM_STEPS. Then the rate stays, and over the last 30% of the budget it falls in a
line to nothing; --resume --decay-now lets it fall from where a checkpoint stands over the budget given now, so that any run can be ended early.

Leaves out: the tasks (see `tasks`, `packing`), measures (see `evaluate`), the GGUF (see `export`).
"""

from __future__ import annotations

import argparse
import io
import math
import os
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from evaluate import JUDGED, MADE, by_hand, held_out, scores, to
from figures import by_kind, table
from network import SIZES, Muon, Network, Shape
from packing import VERDICT, Batch, Packer, Source, warm_up
from tokenizers import Tokenizer

MUON_RATE, ADAM_RATE = 0.02, 3e-3
RISE, FALL = 100, 0.3  # steps in which the rate rises; share of the budget in which it falls
WARM_RIGHT, WARM_STEPS = 0.05, 1500  # loss of a verdict at which match-and-copy is solved; where the warm-up ends if it is not
PART = 15 << 20  # bytes of a part of the weights


class Run:
    """A network in training and all that a checkpoint keeps of it."""

    def __init__(self, folder: Path, shape: Shape, device: torch.device) -> None:
        self.folder, self.device = folder, device
        self.network = Network(shape).to(device)
        matrices = [p for b in self.network.blocks for p in b.parameters() if p.dim() == 2]
        rest = [self.network.embedding, *(p for p in self.network.parameters() if p.dim() == 1)]
        self.muon = Muon(matrices)
        self.adam = torch.optim.AdamW(rest, lr=ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=device.type == "cuda")
        self.at = {"step": 0, "tokens": 0, "minutes": 0.0, "warm": 0, "batch": 0, "warm_loss": 9.0, "warming": True}

    def save(self) -> None:
        """Write last.pt, in one step."""
        stored = {
            "shape": self.network.shape.as_dict(), "network": self.network.state_dict(), "muon": self.muon.state, "adam": self.adam.state_dict(),
            "at": self.at, "random": torch.get_rng_state(),
        }  # fmt: skip
        torch.save(stored, self.folder / "last.part")
        os.replace(self.folder / "last.part", self.folder / "last.pt")

    def load(self) -> None:
        """Go on from last.pt."""
        stored = torch.load(self.folder / "last.pt", map_location=self.device, weights_only=True)
        self.network.load_state_dict(stored["network"])
        for mine, kept in zip(self.muon.state, stored["muon"], strict=True):
            mine.copy_(kept)
        self.adam.load_state_dict(stored["adam"])
        self.at = stored["at"]
        torch.set_rng_state(stored["random"].cpu())

    def parts(self) -> list[Path]:
        """The weights alone, float16, in parts that can be joined byte by byte."""
        buffer = io.BytesIO()
        torch.save({"shape": self.network.shape.as_dict(), "network": {k: v.half().cpu() for k, v in self.network.state_dict().items()}}, buffer)
        data, out = buffer.getvalue(), []
        for old in self.folder.glob("weights.[0-9][0-9][0-9]"):
            old.unlink()
        for n in range(math.ceil(len(data) / PART)):
            out.append(self.folder / f"weights.{n:03}")
            out[-1].write_bytes(data[n * PART : (n + 1) * PART])
        return out


def meaning(tokenizer: Tokenizer, width: int, kind: str) -> torch.Tensor:
    """Embeddings to start from: the teacher's vector of each token's text, its first principal parts, mixed with noise.

    Words that mean the same then begin near each other; pieces that are no words begin as noise alone.
    """
    from teacher import encode

    texts = [tokenizer.decode([i]).strip() for i in range(tokenizer.get_vocab_size())]
    vectors = encode([t or "." for t in texts], kind).astype(numpy.float64)
    vectors -= vectors.mean(0)
    _, axes = numpy.linalg.eigh(vectors.T @ vectors)
    vectors = vectors @ axes[:, ::-1][:, :width]
    noise = numpy.random.default_rng(0).standard_normal((len(texts), width))
    vectors = numpy.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    unit = lambda m: m / (numpy.linalg.norm(m, axis=1, keepdims=True) + 1e-9)
    words = numpy.array([len(t) >= 3 and t.isascii() and t.isalpha() for t in texts])[:, None]
    mixed = numpy.where(words, 0.8 * unit(vectors) + 0.6 * unit(noise), unit(noise))
    return torch.tensor(mixed * 0.02 * width**0.5, dtype=torch.float32)


def rate(run: Run, budget: float, done: float, decay_from: float | None) -> float:
    """The learning rate's share at a point of the budget, all in one unit (minutes or tokens)."""
    rise = min(1.0, (run.at["step"] + 1) / RISE)
    begin, end = (decay_from, decay_from + budget) if decay_from is not None else ((1 - FALL) * budget, budget)
    return rise * (1.0 if done < begin else max(0.0, (end - done) / max(1e-9, end - begin)))


def train(run: Run, options: argparse.Namespace, packer: Packer, source: Source) -> None:
    """Until the budget is spent."""
    network, at, device = run.network, run.at, run.device
    compiled = torch.compile(network, dynamic=False) if options.compile else network
    by_tokens = options.tokens is not None
    budget = options.tokens if by_tokens else options.minutes
    spent = lambda: at["tokens"] if by_tokens else at["minutes"]
    decay_from = spent() if options.decay_now else None
    end = budget + (decay_from or 0)
    made, judged = held_out(run.folder, MADE), by_hand(run.folder, "dev")[:JUDGED]
    tasks = source.batches(at["batch"])
    log = (run.folder / "train.tsv").open("a", encoding="utf-8")
    begun, before = time.perf_counter(), at["minutes"]
    told = saved = measured = begun
    since = at["tokens"]
    losses: list[float] = []
    while spent() < end:
        if at["warming"]:
            batch = warm_up(packer, options.seed, at["warm"])
            at["warm"] += 1
        else:
            batch = next(tasks)
            at["batch"] += 1
        factor = rate(run, budget, spent(), decay_from)
        loss, verdict = step(run, compiled, batch, factor)
        losses.append(loss)
        at["step"] += 1
        at["tokens"] += int((batch.trees >= 0).sum())
        now = time.perf_counter()
        at["minutes"] = before + (now - begun) / 60
        if at["warming"]:
            at["warm_loss"] = 0.8 * at["warm_loss"] + 0.2 * verdict
            at["warming"] = at["warm_loss"] > WARM_RIGHT and at["step"] < options.warm
        if now - told >= options.every * 60 or at["step"] == 1:
            speed = (at["tokens"] - since) / max(1e-9, now - told)
            part = "warm" if at["warming"] else "task"
            line = f"{at['minutes']:.1f}\t{at['step']}\t{at['tokens']}\t{speed:.0f}/s\t{part}\t{numpy.mean(losses):.4f}\t{verdict:.4f}\t{factor:.3f}"
            if not at["warming"] and now - measured >= options.measure * 60:
                network.eval()
                found = {name: by_kind([t.kind for t in some], scores(network, packer, some, device)) for name, some in (("made", made), ("judged", judged))}
                network.train()
                line += "".join(f"\t{name} {k} {f.auc:.3f}/{f.within:.3f}" for name, kinds in found.items() for k, f in kinds.items())
                measured = time.perf_counter()
            print(line, flush=True)
            print(line, file=log, flush=True)
            told, since, losses = time.perf_counter(), at["tokens"], []
        if now - saved >= options.save * 60:
            run.save()
            saved = time.perf_counter()
    run.save()
    source.close()
    network.eval()
    for some in (held_out(run.folder, 2 * MADE, seed=2), by_hand(run.folder, "dev")) if not options.quiet else ():
        print(table(by_kind([t.kind for t in some], scores(network, packer, some, device))), end="\n\n", flush=True)


def step(run: Run, compiled: torch.nn.Module, batch: Batch, factor: float) -> tuple[float, float]:
    """One step; the loss, and that of the verdicts alone."""
    tokens, places, trees, branches, where, following, weights = to(batch, run.device)
    with torch.autocast(run.device.type, dtype=torch.bfloat16):
        logits = run.network.logits(compiled(tokens, places, trees, branches, where))
    each = F.cross_entropy(logits.float(), following, reduction="none")
    loss = (each * weights).sum() / weights.sum()
    loss.backward()
    run.muon.step(MUON_RATE * factor)
    for group in run.adam.param_groups:
        group["lr"] = ADAM_RATE * factor
    run.adam.step()
    run.adam.zero_grad(set_to_none=True)
    for p in run.network.parameters():
        p.grad = None
    verdicts = weights == VERDICT
    return loss.item(), float((each.detach() * verdicts).sum() / verdicts.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    gpu = torch.cuda.is_available()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, default="mini")
    parser.add_argument("--minutes", type=float, default=600.0, help="budget, what a resumed run had already included")
    parser.add_argument("--tokens", type=float, help="budget in tokens instead")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/last.pt, if it is there")
    parser.add_argument("--decay-now", action="store_true", help="let the rate fall to nothing over the budget, from now on")
    parser.add_argument("--rows", type=int, default=192 if gpu else 32, help="sequences in a batch")
    parser.add_argument("--length", type=int, default=512 if gpu else 256, help="tokens of a sequence")
    parser.add_argument("--warm", type=int, default=WARM_STEPS, help="steps of match-and-copy at most")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2) if gpu else 0, help="processes that make tasks")
    parser.add_argument("--start", choices=("minilm", "static", "noise"), help="embeddings to start from (default: minilm if installed, else static)")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--every", type=float, default=1.0, help="minutes between two lines of the log")
    parser.add_argument("--measure", type=float, default=2.0 if gpu else 10.0, help="minutes between two measures")
    parser.add_argument("--save", type=float, default=2.0 if gpu else 10.0, help="minutes between two checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="no measures at the end")
    options = parser.parse_args()
    if options.compile is None:
        options.compile = gpu or (options.tokens is None and options.minutes > 30)
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    tokenizer = Tokenizer.from_file(str(options.folder / "tokenizer.json"))
    run = Run(options.folder, Shape(tokenizer.get_vocab_size(), *SIZES[options.size]), torch.device("cuda" if gpu else "cpu"))
    if options.resume and (options.folder / "last.pt").exists():
        run.load()
    elif (options.start or "") != "noise":
        from teacher import best

        run.network.embedding.data.copy_(meaning(tokenizer, SIZES[options.size][0], options.start or best()))
    print(f"{sum(p.numel() for p in run.network.parameters()) / 1e6:.2f}M parameters on {run.device}, {options.rows} x {options.length} tokens a step, compiled: {options.compile}")
    print("minutes\tstep\ttokens\tspeed\tpart\tloss\tverdict\trate\tauc/within by kind", flush=True)
    train(run, options, Packer(tokenizer, options.rows, options.length), Source(options.folder, options.rows, options.length, options.seed, options.workers))
    print(*(f"{p.name} {p.stat().st_size / 2**20:.1f} MiB" for p in run.parts()), sep="\n")


if __name__ == "__main__":
    main()
