"""The tokenizer: byte-level BPE over English and Chinese, digits apart, made from the text of the tasks.

    python models/tokenizer.py OUT/worlds.json OUT/graded.jsonl OUT/tokenizer.json [--size 12288] [--tasks 30000]

llama.cpp cuts text by the same rules under the name "smollm" (each digit by itself, then as GPT-2 does), so that a GGUF with these tokens and
merges reads as this does. Special tokens are ChatML's. " yes" and " no" are one token each: the verdict compares their logits.
Deterministic for a seed. Leaves out: the tasks themselves (see `tasks`).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import graded
import worlds
from tasks import Maker, Task
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PAD, START, END = range(3)
SIZE = 12_288
SEED = 7


def texts(task: Task) -> list[str]:
    """Every text of a task, as the engine would cut it."""
    rows = [part for r in task.rows for part in (r.text + task.suffix, " yes — " + r.reason if r.yes else " no")]
    return [task.prefix, *rows, *([task.suffix + " " + task.answer] if task.answer else [])]


def train(given: Iterator[str], size: int) -> Tokenizer:
    """A tokenizer of `size` tokens from texts."""
    out = Tokenizer(models.BPE())
    out.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    out.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[*SPECIAL], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    out.train_from_iterator(given, trainer)
    for word in (" yes", " no"):
        if len(out.encode(word).ids) != 1:
            raise SystemExit(f"{word!r} is not one token; train on more text")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", type=Path)
    parser.add_argument("graded", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--tasks", type=int, default=30_000)
    options = parser.parse_args()
    dice = random.Random(SEED)
    maker = Maker(worlds.read(options.worlds))
    judged = [t for split, t in graded.read(options.graded) if split == "train"]
    given = (text for i in range(options.tasks + len(judged)) for text in texts(maker.task(dice) if i < options.tasks else judged[i - options.tasks]))
    tokenizer = train(given, options.size)
    tokenizer.save(str(options.output))
    sample = [maker.task(dice) for _ in range(200)]
    characters = sum(len(t) for s in sample for t in texts(s))
    tokens = sum(len(tokenizer.encode(t).ids) for s in sample for t in texts(s))
    print(f"{options.output}: {tokenizer.get_vocab_size()} tokens, {characters / tokens:.2f} characters a token")


if __name__ == "__main__":
    main()
