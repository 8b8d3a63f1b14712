"""Weights that judge, tuned on a person's own verdicts: a small addition (see `lora`) that is kept only if it tells what that person likes from what
they do not better than before, on verdicts that it has not seen.

    lessons by time:   60% to learn from | 15% to choose by: how long to learn, how much the model's verdict may count | 25% to be measured on

Only the verdict is learned, yes or no, from prompts without the taste in words: those words are others with every answer, so that a network learns
answers by heart instead of the taste (a taste for title words, 180 lessons: an area of .53 on later ones with them, .95 without). Plain requests by tags are read beside the lessons, half as many, with what the weights said of them before as the
answer (distillation, Hinton et al. 2015), so that they forget nothing. What is measured is what will be used: llama.cpp with the adapter, in the
order that recsh would show. Leaves out: lessons (see `lessons`), the network (see `lora`), the measure (see `trial`), keeping it (see `tuned`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from recsh.engine import JudgePrompt, Options
from recsh.engine.local import LocalEngine
from recsh.errors import UsageError
from recsh.lessons import Lesson
from recsh.lora import Network, Tree
from recsh.reminders import Reminder
from recsh.trial import Trial, area, tried

if TYPE_CHECKING:
    import torch

LEARNED, CHOSEN = 0.6, 0.15  # parts of the lessons; the rest is held back
LEAST, LEAST_SIDE = 40, 10  # lessons, and of those likes and dislikes, below which nothing can be learned and shown to be true
EPOCHS = 20
PATIENCE = 6  # epochs without a gain on the choosing part after which it ends
BRANCHES = 8  # rows that share a head in one tree
STEP = 8  # rows of a step
RATE, DECAY, OFFSET_RATE = 3e-3, 0.01, 0.05
REMIND = 0.5  # what a reminder counts beside a lesson
WEIGHTS = (0.1, 0.2, 0.3, 0.45, 0.6, 0.8)  # that the model's verdict may have
SCALES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.5)  # of log-odds, of which the loss takes the best
SURE = 0.9  # probability from which a gain is believed
LOSS = 0.03  # of the area on plain requests by tags that is forgiven
ENDS = (0.05, 0.95)  # quantiles of the log-odds between which an opinion goes from 0 to 1

Progress = Callable[[str, int, int], None]


class Result(Struct, frozen=True):
    """`alone`: the model's verdict by itself; `together`: with all else that recsh knows, as rows are ordered; `tags`: areas on plain requests by tags
    before and after. `weight` of the model's verdict, `epochs` it learned, `learned`, `chosen` and `held_back` lessons; `kept` if it is better."""

    alone: Trial
    together: Trial
    tags: tuple[float, float]
    weight: float
    epochs: int
    learned: int
    chosen: int
    held_back: int

    @property
    def why_not(self) -> str:
        """Why it is not to be used; empty if it is."""
        if not self.epochs:
            return "what was learned did not help on the verdicts set aside to choose by"
        if min(self.alone.better, self.alone.beyond_chance, self.together.better) < SURE:
            return "it is not clearly better on the verdicts held back"
        if self.tags[1] < self.tags[0] - LOSS:
            return "it does plain requests by tags worse than before"
        return ""

    def figures(self) -> dict[str, Any]:
        """For a card."""

        def of(trial: Trial) -> dict[str, Any]:
            return {"before": round(trial.before, 4), "after": round(trial.after, 4), "better": round(trial.better, 4), "beyond_chance": round(trial.beyond_chance, 4), "pairs": trial.pairs}

        counts = {"learned": self.learned, "chosen": self.chosen, "held_back": self.held_back, "epochs": self.epochs}
        return {**counts, "alone": of(self.alone), "together": of(self.together), "tags": [round(x, 4) for x in self.tags]}


def check_enough(lessons: Sequence[Lesson]) -> None:
    """Raises `UsageError` if nothing could be learned from so few, and shown to be true."""
    liked = sum(lesson.yes for lesson in lessons)
    if len(lessons) < LEAST or min(liked, len(lessons) - liked) < LEAST_SIDE:
        said = f"{liked} likes and {len(lessons) - liked} dislikes"
        raise UsageError(f"{said} are too few to learn from: it takes {LEAST} verdicts, {LEAST_SIDE} of them of each kind", "recsh like, dislike and rate what you are shown; recsh history import brings what you rated elsewhere")


def split(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson], list[Lesson]]:
    """(to learn from, to choose by, held back) by time; the later parts without rows of the earlier ones."""
    ordered = sorted(lessons, key=lambda lesson: lesson.at)
    first, second = round(LEARNED * len(ordered)), round((LEARNED + CHOSEN) * len(ordered))
    parts: list[list[Lesson]] = []
    seen: set[tuple[str, str]] = set()
    for part in (ordered[:first], ordered[first:second], ordered[second:]):
        parts.append([lesson for lesson in part if (lesson.catalog, lesson.item.id) not in seen])
        seen |= {(lesson.catalog, lesson.item.id) for lesson in part}
    return parts[0], parts[1], parts[2]


def tune(
    weights: Path, adapter: Path, lessons: Sequence[Lesson], reminders: Sequence[Reminder], *, usual: float, name: str = "tuned", seed: int = 42,
    threads: int | None = None, epochs: int = EPOCHS, progress: Progress = lambda *_: None, cache_dir: Path | None = None,
) -> Result:  # fmt: skip
    """Tune these weights, write the adapter to that path and measure it. `usual` is what the model's verdict counts without it. The last third of the
    reminders is for measuring.

    Raises `UsageError` for too few lessons, `WeightsError` for weights that cannot be tuned here, `EngineError`.
    """
    import torch

    check_enough(lessons)
    learn, choose, held = split(lessons)
    cut = len(reminders) * 2 // 3
    torch.set_num_threads(threads or torch.get_num_threads())
    engine = LocalEngine(weights, Options(threads=threads), cache_dir)
    try:
        network = Network(weights, seed=seed)
        told = [_passages(engine, [x.prompt for x in part]) for part in (learn, choose, reminders[:cut])]
        ran = _train(network, *told, learn, choose, seed, epochs, progress)
        network.write(adapter, name)
        before = [judged(engine, [x.prompt for x in part]) for part in (choose, held)]
        tags_before = _tags(engine, reminders[cut:])
    finally:
        engine.close()
    engine = LocalEngine(weights, Options(threads=threads, lora=str(adapter)), cache_dir)
    try:
        progress("try", 0, len(held))
        after = [judged(engine, [x.prompt for x in part]) for part in (choose, held)]
        tags = tags_before, _tags(engine, reminders[cut:])
    finally:
        engine.close()
    weight = max(WEIGHTS, key=lambda w: (round(_area(choose, _fused(choose, w, after[0], after[0])), 4), -w))
    about = [x.yes for x in held], [x.weight for x in held], _strata(held)
    alone = tried(before[1], after[1], *about, seed=seed)
    together = tried(_fused(held, usual, before[0], before[1]), _fused(held, weight, after[0], after[1]), *about, seed=seed)
    return Result(alone, together, tags, weight, ran, len(learn), len(choose), len(held))


# --- asking ----------------------------------------------------------------------------------------------------------


class _Passage(Struct, frozen=True):
    """A tree of tokens: its branches are the rows at `places`; `yes` and `no` are the tokens that answer."""

    tree: Tree
    places: tuple[int, ...]
    yes: list[int]
    no: list[int]


def grouped(prompts: Sequence[JudgePrompt], most: int) -> list[tuple[JudgePrompt, list[int]]]:
    """Prompts that differ in their rows alone put together, neighbours of `most` rows at most: (prompt, the place of each row among all rows)."""
    out: list[tuple[JudgePrompt, list[int]]] = []
    at = 0
    for prompt in prompts:
        places = [*range(at, at := at + len(prompt.rows))]
        if out and replace(out[-1][0], rows=()) == replace(prompt, rows=()) and len(out[-1][1]) + len(places) <= most:
            out[-1] = replace(out[-1][0], rows=out[-1][0].rows + prompt.rows), out[-1][1] + places
        else:
            out.append((prompt, places))
    return out


def judged(engine: LocalEngine, prompts: Sequence[JudgePrompt]) -> list[float]:
    """What the engine says of every row of these prompts."""
    return [odds for prompt, _ in grouped(prompts, 99) for odds in engine.judge(prompt)]


def _passages(engine: LocalEngine, prompts: Sequence[JudgePrompt]) -> list[_Passage]:
    out = []
    for prompt, places in grouped(prompts, BRANCHES):
        asked = engine.compiled(prompt)
        out.append(_Passage(Tree(asked.head, asked.rows), tuple(places), asked.yes, asked.no))
    return out


def _tags(engine: LocalEngine, reminders: Sequence[Reminder]) -> float:
    """The area on plain requests by tags."""
    odds = judged(engine, [r.prompt for r in reminders])
    has = [yes for r in reminders for yes in r.has]
    return area(odds, has, [1.0] * len(has), [n for n, r in enumerate(reminders) for _ in r.has])


# --- the order that comes of it --------------------------------------------------------------------------------------


def _strata(lessons: Sequence[Lesson]) -> list[tuple[str, bool]]:
    return [(lesson.catalog, lesson.answered) for lesson in lessons]


def _area(lessons: Sequence[Lesson], scores: Sequence[float]) -> float:
    return area(scores, [x.yes for x in lessons], [x.weight for x in lessons], _strata(lessons))


def _fused(lessons: Sequence[Lesson], weight: float, usual: Sequence[float], odds: Sequence[float]) -> list[float]:
    """Each row's score and the model's opinion of it, as an answer fuses them; log-odds are spread as far as `usual` ones go, where an answer takes
    its own rows."""
    import numpy

    low, high = numpy.quantile(usual, ENDS) if len(usual) else (0.0, 0.0)
    opinions = numpy.clip((numpy.array(odds) - low) / max(1e-9, high - low), 0.0, 1.0)
    return [(1 - weight * x.sway) * x.score + weight * x.sway * o for x, o in zip(lessons, opinions.tolist(), strict=True)]


# --- learning --------------------------------------------------------------------------------------------------------


def _train(
    network: Network, learn: Sequence[_Passage], choose: Sequence[_Passage], remind: Sequence[_Passage], lessons: Sequence[Lesson], chosen: Sequence[Lesson],
    seed: int, epochs: int, progress: Progress,
) -> int:  # fmt: skip
    """Train the addition, and leave it as it was after the epoch that did best on the choosing part; how many that are."""
    import torch
    import torch.nn.functional as f

    progress("learn", 0, epochs * len(learn))
    wanted, weight = (torch.tensor([float(getattr(x, name)) for x in lessons]) for name in ("yes", "weight"))
    known = _all(network, remind, added=False).sigmoid()
    offset = _offset(_all(network, learn, added=False), wanted, weight).requires_grad_()  # that a person likes more or less is none of the network's business
    optimiser = torch.optim.AdamW([{"params": network.parameters, "lr": RATE, "weight_decay": DECAY}, {"params": [offset], "lr": OFFSET_RATE, "weight_decay": 0.0}])
    dice = random.Random(seed)
    best, kept, best_epoch = _miss(network, choose, chosen, offset), network.copy(), 0
    done = 0
    for epoch in range(1, epochs + 1):
        order = [*learn]
        dice.shuffle(order)
        beside = [*remind]
        dice.shuffle(beside)
        while order:
            part = _taken(order, STEP)
            odds, at = _odds(network, part), [n for p in part for n in p.places]
            loss = (f.binary_cross_entropy_with_logits(odds + offset, wanted[at], reduction="none") * weight[at]).mean()
            due = len(beside) * len(learn) > len(order) * len(remind)  # evenly among the lessons
            if less := _taken(beside, STEP if due else 0):
                loss = loss + REMIND * f.binary_cross_entropy_with_logits(_odds(network, less), known[[n for p in less for n in p.places]])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters, 1.0)
            optimiser.step()
            done += len(part)
            progress("learn", done, epochs * len(learn))
        if (miss := _miss(network, choose, chosen, offset)) < best:
            best, kept, best_epoch = miss, network.copy(), epoch
        elif epoch - best_epoch >= PATIENCE:
            break
    network.restore(kept)
    return best_epoch


def _offset(odds: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What has to be added to these log-odds for as much yes as there is in the lessons, by bisection."""
    import torch

    low, high = torch.tensor(-60.0), torch.tensor(60.0)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if (odds + middle).sigmoid() @ weight < wanted @ weight else (low, middle)
    return (low + high) / 2


def _taken(passages: list[_Passage], rows: int) -> list[_Passage]:
    """Passages from the end of the list with so many rows or a few more; fewer if no more are left."""
    out: list[_Passage] = []
    while passages and sum(len(p.places) for p in out) < rows:
        out.append(passages.pop())
    return out


def _odds(network: Network, passages: Sequence[_Passage], *, added: bool = True) -> torch.Tensor:
    return network.odds([p.tree for p in passages], passages[0].yes, passages[0].no, added=added)


def _all(network: Network, passages: Sequence[_Passage], *, added: bool = True) -> torch.Tensor:
    """Log-odds of all rows, in the order of their places, without a gradient."""
    import torch

    with torch.no_grad():
        parts = [_odds(network, passages[n : n + 4], added=added) for n in range(0, len(passages), 4)]
    return torch.cat(parts) if parts else torch.zeros(0)


def _miss(network: Network, passages: Sequence[_Passage], lessons: Sequence[Lesson], offset: torch.Tensor) -> float:
    """The mean loss on lessons, with the log-odds as far apart as serves them best: an answer looks at their order, and what was learned by heart is
    too sure long before its order is at its best."""
    import torch
    import torch.nn.functional as f

    if not lessons:
        return 0.0
    wanted, weight = (torch.tensor([float(getattr(x, name)) for x in lessons]) for name in ("yes", "weight"))
    odds = _all(network, passages) + offset.detach()
    usual = (odds @ weight) / weight.sum()
    losses = [f.binary_cross_entropy_with_logits(_offset((odds - usual) * scale, wanted, weight) + (odds - usual) * scale, wanted, reduction="none") for scale in SCALES]
    return min(float(loss @ weight / weight.sum()) for loss in losses)


