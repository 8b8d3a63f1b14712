"""Measure weights at their task: yes or no, row by row, on catalogs and requests they were not trained on.

    python models/evaluate.py OUT/last.pt [--tasks 600] [--split dev|test]

    made     requests over catalogs kept out of training, twelve rows each where there are so many, by kind of request
    judged   requests graded by hand, by language, and those of --data

Leaves out: what is measured (see `figures`), the program as a whole (`recsh eval`, `whole.py`), which is what counts in the end.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import graded
import tasks
import torch
import worlds
from figures import Scored, by_kind, table
from network import Network, Shape
from packing import Batch, Packer
from tasks import Maker, Task
from tokenizers import Tokenizer

MADE, JUDGED = 320, 120  # requests measured now and then while training
ROWS = 12


def held_out(folder: Path, count: int, seed: int = 1) -> list[Task]:
    """Requests over catalogs kept out of training, the same for a seed, of many rows."""
    maker, dice, kinds = Maker(worlds.read(folder / "worlds.json"), held=True, rows=ROWS), random.Random(seed), [k for k in tasks.KINDS if k != "nothing"]
    return [maker.task(dice, kinds[i % len(kinds)]) for i in range(count)]


def by_hand(folder: Path, split: str) -> list[Task]:
    """Graded requests of a split, all rows kept; their kind with the language."""
    rows = lambda t: tuple(tasks.Row(r.text, bool(r.grade and r.grade > 1), "", r.grade) for r in t.rows)
    return [Task(f"{t.kind} {t.lang}", t.prefix, rows(t), t.suffix, t.lang) for s, t in graded.read(folder / "graded.jsonl") if s == split]


def scores(network: Network, packer: Packer, some: Sequence[Task], device: torch.device) -> list[Scored]:
    """The score of every row of every task: log-odds of yes."""
    left = [packer.tree(t) for t in some]
    out: list[dict[int, float]] = [{} for _ in some]
    dice = random.Random(0)
    cast = torch.autocast(device.type, dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()
    while any(branches for _, branches in left):
        asked = [i for i, (_, branches) in enumerate(left) if branches]
        batch = packer.pack(iter([left[i] for i in asked]), dice)
        if batch is None or not batch.verdicts:
            break
        with torch.no_grad(), cast:
            states = network(*to(batch, device)[:4], torch.tensor([v[0] for v in batch.verdicts], device=device))
            logits = network.logits(states).float()
        for (_, count, row), score in zip(batch.verdicts, (logits[:, packer.yes] - logits[:, packer.no]).tolist(), strict=True):
            out[asked[count]][row] = score
        done = {(asked[count], row) for _, count, row in batch.verdicts}
        left = [(prefix, [b for b in branches if (i, b[3]) not in done]) for i, (prefix, branches) in enumerate(left)]
    return [[(r.grade if r.grade is not None else 3 * bool(r.yes), s[n]) for n, r in enumerate(t.rows) if n in s] for t, s in zip(some, out, strict=True)]


def to(batch: Batch, device: torch.device) -> tuple[torch.Tensor, ...]:
    """A batch's arrays on a device: tokens, places, trees, branches, at, next, weights."""
    arrays = (batch.tokens, batch.places, batch.trees, batch.branches, batch.at, batch.next, batch.weights)
    return tuple(torch.from_numpy(a).to(device, non_blocking=True) for a in arrays)


def load(path: Path, device: torch.device) -> Network:
    """The network in a checkpoint or a file of weights alone."""
    stored = torch.load(path, map_location=device, weights_only=True)
    network = Network(Shape(**stored["shape"])).to(device)
    network.load_state_dict({k: v.float() for k, v in stored["network"].items()})
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--tasks", type=int, default=600)
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network, folder = load(options.checkpoint, device), options.checkpoint.parent
    packer = Packer(Tokenizer.from_file(str(folder / "tokenizer.json")), 16, 512)
    for some in (held_out(folder, options.tasks), by_hand(folder, options.split)):
        print(table(by_kind([t.kind for t in some], scores(network, packer, some, device))), end="\n\n")


if __name__ == "__main__":
    main()
