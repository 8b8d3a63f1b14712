"""Weights from nothing, by one command.

    pip install .[train]
    python models/make.py --size mini --minutes 600 --out OUT

    worlds.json    what there is to ask about, and what its words mean     (worlds.py)
    graded.jsonl   requests graded by hand, as tasks                       (graded.py)
    tokenizer.json                                                         (tokenizer.py)
    last.pt        the trained network                                     (train.py, which goes on where it stood)
    NAME-f16.gguf, NAME.gguf                                               (export.py)

A step whose output is there is skipped; delete the file to do it again. To train on a machine without recsh's own dependencies, make the first
three here (--until tokenizer), take OUT there with the sources, and run the same command: it needs torch, tokenizers and numpy, and
with --until train it stops before the GGUF.
Training is done when OUT/trained says so; to train longer, delete that and give a larger budget.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STEPS = ("worlds", "graded", "tokenizer", "train", "f16", "q8")
TOY = {"tokenizer": ["--size", "1024", "--tasks", "300"], "train": ["--rows", "4", "--warm", "4", "--save", "9", "--measure", "9", "--quiet", "--no-compile"]}


def run(script: str, *arguments: object) -> None:
    """One step in a process of its own; its failure is the end."""
    print(f"+ {script} {' '.join(map(str, arguments))}", flush=True)
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH", ""))))
    if code := subprocess.run([sys.executable, str(HERE / script), *map(str, arguments)], env={**os.environ, "PYTHONPATH": path}, check=False).returncode:
        raise SystemExit(code)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("toy", "mini", "small", "base"), default="mini")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--tokens", type=float, help="a budget in tokens instead of minutes")
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder with catalog.csv and queries.jsonl that you may train on")
    parser.add_argument("--vectors", choices=("none", "static", "minilm"), help="the teacher (default: minilm if installed, else static)")
    parser.add_argument("--until", choices=STEPS, default="q8")
    parser.add_argument("--decay-now", action="store_true", help="end a run early: let the rate fall over --minutes or --tokens")
    options = parser.parse_args()
    out, size = options.out, options.size
    out.mkdir(parents=True, exist_ok=True)
    last = STEPS.index(options.until)
    if not (out / "worlds.json").exists():
        if not (vectors := options.vectors):
            sys.path.insert(0, str(HERE.parent))
            from teacher import best

            vectors = best()
        run("worlds.py", out / "worlds.json", "--vectors", vectors)
    if last >= 1 and not (out / "graded.jsonl").exists():
        run("graded.py", out / "graded.jsonl", *(a for d in options.data for a in ("--data", d)))
    if last >= 2 and not (out / "tokenizer.json").exists():
        run("tokenizer.py", out / "worlds.json", out / "graded.jsonl", out / "tokenizer.json", *(TOY["tokenizer"] if size == "toy" else ()))
    if last >= 3 and (options.decay_now or not (out / "trained").exists()):
        budget = ("--tokens", options.tokens) if options.tokens else ("--minutes", options.minutes)
        more = [*(TOY["train"] if size == "toy" else ()), *(["--decay-now"] if options.decay_now else ()), *(["--start", options.vectors.replace("none", "noise")] if options.vectors else ())]
        run("train.py", out, "--size", size, *budget, "--resume", *more)
        (out / "trained").write_text(f"{size} {' '.join(map(str, budget))}\n", encoding="utf-8")
        for old in out.glob("*.gguf"):
            old.unlink()
    f16, q8 = out / f"recsh-{size}-f16.gguf", out / f"recsh-{size}.gguf"
    if last >= 4 and not f16.exists():
        run("export.py", out / "last.pt", f16, "--name", f"recsh-{size}", *(a for d in options.data for a in ("--data", d.name)))
    if last >= 5 and not q8.exists():
        run("export.py", "--quantize", f16, q8)
    print(f"{out}: {', '.join(sorted(p.name for p in out.iterdir()))}")


if __name__ == "__main__":
    main()
