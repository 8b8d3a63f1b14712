"""Tasks -> batches of tokens of one fixed shape.

A task is a small tree: its prefix once, and behind it every row as a branch that sees the prefix and itself only, at the positions it would have alone;
just as the engine evaluates it. Trees stand one after another in sequences of `length` tokens. The loss is on `share` of the positions, always
as many: all answers, and as much of the rest as there is room for. Every batch is a function of the seed and its number, so training can go
on anywhere, with any number of workers.

Leaves out: the tasks (see `tasks`), the model (see `network`).
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

import graded
import numpy
import worlds
from tasks import PLAIN, Maker, Row, Task
from tokenizer import END, START
from tokenizers import Tokenizer

VERDICT, REASON, REST = 4.0, 0.5, 0.05  # weights of the loss: yes or no, a token of a reason, a token of a prompt
SHARE = 0.35  # of the positions are in the loss
GRADED = 0.04  # share of tasks that are requests graded by hand
FIRST_WORD = 300  # ids below are bytes and signs; the warm-up uses those above
WARM_ROWS = 5
EASY = 400  # batches after the warm-up in which plain tasks give way to all kinds, evenly


@dataclass(frozen=True, slots=True)
class Batch:
    """(rows, length) int arrays: `tokens`, `places` (positions), `trees` and `branches` (0 the prefix) they belong to; and of the positions in the
    loss, (share x rows x length,) each: where they are, the token that follows, its weight. `verdicts` are (flat place, task, row)."""

    tokens: numpy.ndarray
    places: numpy.ndarray
    trees: numpy.ndarray
    branches: numpy.ndarray
    at: numpy.ndarray
    next: numpy.ndarray
    weights: numpy.ndarray
    verdicts: list[tuple[int, int, int]]


Branch = tuple[list[int], list[int], list[float], int]  # tokens, of these the answer, its weights, the row's number


class Packer:
    """Turns tasks into trees of tokens and packs them."""

    def __init__(self, tokenizer: Tokenizer, rows: int, length: int) -> None:
        self.tokenizer, self.rows, self.length = tokenizer, rows, length
        self.yes, self.no = (tokenizer.encode(w).ids[0] for w in (" yes", " no"))
        self.lead = tokenizer.encode(" —").ids

    def tree(self, task: Task, limit: int = 99) -> tuple[list[int], list[Branch]]:
        """The prefix and at most `limit` branches of a task that fit a sequence."""
        rows = [(n, r) for n, r in enumerate(task.rows) if r.yes is not None][:limit]
        texts = [task.prefix, *(r.text + task.suffix for _, r in rows), *(" " + r.reason for _, r in rows)]
        prefix, *parts = (e.ids for e in self.tokenizer.encode_batch(texts, add_special_tokens=False))
        prefix = [START, *prefix]
        branches: list[Branch] = []
        if task.answer:
            answer = [*self.tokenizer.encode(" " + task.answer).ids, END]
            branches.append((self.tokenizer.encode(task.suffix).ids, answer, [2 * REASON] * len(answer), 0))
        for (n, row), ids, why in zip(rows, parts, parts[len(rows) :], strict=False):
            answer = [self.no, END] if not row.yes else [self.yes, *self.lead, *why, END] if row.reason else [self.yes]
            branches.append((ids, answer, [VERDICT, *[REASON] * (len(answer) - 1)], n))
        return prefix[: self.length // 2], branches

    def pack(self, trees: Iterator[tuple[list[int], list[Branch]]], dice: random.Random) -> Batch | None:
        """A full batch of trees; what does not fit a sequence any more begins the next one. None when nothing is left."""
        rows, length = self.rows, self.length
        tokens, places, tree_of, branch_of = (numpy.zeros((rows, length), dtype=numpy.int32) for _ in range(4))
        tree_of -= 1
        goals: list[tuple[int, int, float]] = []
        verdicts: list[tuple[int, int, int]] = []
        row = at = number = 0
        for count, (prefix, branches) in enumerate(trees):
            while branches:
                kept, room = 0, length - at - len(prefix)
                for ids, answer, *_ in branches:
                    room -= len(ids) + len(answer)
                    if room < 0:
                        break
                    kept += 1
                if not kept and at:
                    row, at = row + 1, 0
                    if row == rows:
                        return self._batch(tokens, places, tree_of, branch_of, goals, verdicts, dice)
                    continue
                if not kept:  # longer than a sequence by itself
                    branches = branches[1:]
                    continue
                end = at + len(prefix)
                tokens[row, at:end], places[row, at:end], tree_of[row, at:end] = prefix, range(len(prefix)), number
                goals += [(row * length + p, tokens[row, p + 1], REST) for p in range(at, end - 1)]
                for b, (ids, answer, weights, n) in enumerate(branches[:kept], 1):
                    both = ids + answer
                    start, end = end, end + len(both)
                    tokens[row, start:end], places[row, start:end] = both, range(len(prefix), len(prefix) + len(both))
                    tree_of[row, start:end], branch_of[row, start:end] = number, b
                    flat = row * length + start
                    goals += [(flat + p, both[p + 1], REST) for p in range(len(ids) - 1)]
                    goals += [(flat + len(ids) - 1 + p, t, w) for p, (t, w) in enumerate(zip(answer, weights, strict=True))]
                    verdicts.append((flat + len(ids) - 1, count, n))
                at, number, branches = end, number + 1, branches[kept:]
        return self._batch(tokens, places, tree_of, branch_of, goals, verdicts, dice) if number else None

    def _batch(self, tokens, places, trees, branches, goals, verdicts, dice: random.Random) -> Batch:  # type: ignore[no-untyped-def]
        room = int(SHARE * tokens.size)
        answers, rest = [g for g in goals if g[2] != REST], [g for g in goals if g[2] == REST]
        dice.shuffle(rest)
        chosen = [*answers[:room], *rest[: max(0, room - len(answers))]]
        chosen += [(0, 0, 0.0)] * (room - len(chosen))
        at, following, weights = zip(*chosen, strict=True)
        return Batch(tokens, places, trees, branches, numpy.array(at, dtype=numpy.int64), numpy.array(following, dtype=numpy.int64), numpy.array(weights, dtype=numpy.float32), verdicts)


def warm_up(packer: Packer, seed: int, number: int) -> Batch:
    """Match and copy: some random tokens as a request, rows of random tokens, yes with the tokens that a row shares with it, or no.

    The circuits that compare and copy form in minutes on this and hardly at all on real tasks; those then go fast.
    """
    dice = random.Random(f"warm {seed} {number}")
    ids = range(FIRST_WORD, packer.tokenizer.get_vocab_size())
    request, item, fits, line = (packer.tokenizer.encode(t).ids for t in ("Request:", "Item:", "\nFits:", "\n"))

    def trees() -> Iterator[tuple[list[int], list[Branch]]]:
        while True:
            wanted = dice.sample(ids, dice.randint(1, 4))
            branches: list[Branch] = []
            for n in range(WARM_ROWS):
                row, both = dice.sample(ids, dice.randint(2, 6)), []
                if dice.random() < 0.5:
                    row += dice.sample(wanted, dice.randint(1, len(wanted)))
                    dice.shuffle(row)
                    both = [t for t in row if t in wanted]
                answer = [packer.yes, *packer.lead, *both, END] if both else [packer.no, END]
                branches.append((item + row + fits, answer, [VERDICT, *[REASON * 2] * (len(answer) - 1)], n))
            yield [START, *request, *wanted, *line], branches

    out = packer.pack(trees(), dice)
    assert out
    return out


class Source:
    """Batches by number: made here, or by `workers` processes that work ahead."""

    def __init__(self, folder: Path, rows: int, length: int, seed: int, workers: int = 0) -> None:
        self._given = (folder, rows, length, seed)
        self._workers = workers
        self._make: Callable[[int], Batch] | None = None
        self._queues: list = []
        self._processes: list = []

    def batches(self, start: int = 0) -> Iterator[Batch]:
        """All batches from a number on."""
        if not self._workers:
            make = self._make = self._make or maker(*self._given)
            while True:
                yield make(start)
                start += 1
        context = multiprocessing.get_context("spawn")
        self._queues = [context.Queue(4) for _ in range(self._workers)]
        self._processes = [context.Process(target=_work, args=(self._given, q, start + n, self._workers), daemon=True) for n, q in enumerate(self._queues)]
        for process in self._processes:
            process.start()
        turn = 0
        while True:
            try:
                yield self._queues[turn].get(timeout=10)
            except Empty:
                if not self._processes[turn].is_alive():
                    raise SystemExit("a worker that makes tasks has died; its error stands above") from None
                continue
            turn = (turn + 1) % self._workers

    def close(self) -> None:
        """End the workers."""
        for process in self._processes:
            process.terminate()


def maker(folder: Path, rows: int, length: int, seed: int) -> Callable[[int], Batch]:
    """number -> batch, from worlds.json, graded.jsonl and tokenizer.json in a folder."""
    packer = Packer(Tokenizer.from_file(str(folder / "tokenizer.json")), rows, length)
    made = Maker(worlds.read(folder / "worlds.json"))
    judged = [t for split, t in graded.read(folder / "graded.jsonl") if split == "train"]

    def make(number: int) -> Batch:
        dice = random.Random(f"tasks {seed} {number}")

        easy = 1 - number / EASY

        def trees() -> Iterator[tuple[list[int], list[Branch]]]:
            while True:
                if dice.random() < easy:
                    yield packer.tree(made.task(dice, PLAIN))
                    continue
                yield packer.tree(_graded(dice.choice(judged), dice) if judged and dice.random() < GRADED else made.task(dice))

        out = packer.pack(trees(), dice)
        assert out
        return out

    return make


def _graded(task: Task, dice: random.Random) -> Task:
    """Some rows of a graded request in another order, its request sometimes in lower case: no two times the same."""
    rows: Sequence[Row] = dice.sample(task.rows, min(len(task.rows), dice.randint(4, 8)))
    prefix = task.prefix
    if dice.random() < 0.4:
        first, rest = prefix.split("\n", 1)
        prefix = f"Request: {first.removeprefix('Request: ').lower()}\n{rest}"
    return Task(task.kind, prefix, tuple(rows), task.suffix, task.lang)


def _work(given: tuple[Path, int, int, int], queue, first: int, step: int) -> None:  # type: ignore[no-untyped-def]
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the workers are the threads
    make = maker(*given)
    while True:
        queue.put(make(first))
        first += step
