"""Measure the program as a whole over catalogs that nothing was trained on: each row as `recsh ask` ranks it, on made requests or on those of scenes.

    python models/whole.py OUT/worlds.json [--requests 400] [--engine none|embedded] [--kinds tags,not] [--worst 0.6]
    python models/whole.py dev|test        [--requests 400] [--engine none|embedded]          scenes kept out of training, each a catalog of twelve rows

    within   chance that a row that fits stands above one that does not, of the same request; rows left out stand last, and equal
    first    the highest of these rows fits; ndcg  over all of them, by grade
    kept     of the rows that fit, those that are shown; out  of the rows that do not, those that are left out

`--worst` prints the requests below that chance, and what was understood. `worlds.py` makes the file, without PyTorch. What fits is what `tasks`
holds, which is a program as well; invented catalogs have names of random words. What fits a scene's request was graded by hand.
Leaves out: the weights alone (see `evaluate`), requests of people (`recsh eval`).
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path

import scenes
from asks import Ask
from figures import Scored, figures
from tasks import Maker, Task
from worlds import World, read

from recsh import session
from recsh.catalog import Catalog
from recsh.recommend import Recommender
from recsh.semantic import Semantic

KINDS = ("tags", "number", "not", "like", "mood", "by", "named", "context")  # those that one request says whole
ROWS = 12
LAST = 10**6  # the rank of a row that is left out


class Told(Maker):
    """A maker that keeps the request of its last task."""

    ask: Ask

    def _judged(self, ask: Ask, kind: str, dice: random.Random) -> Task | None:
        self.ask = ask
        return super()._judged(ask, kind, dice)


def requests(path: Path, kinds: tuple[str, ...], seed: int) -> Iterable[tuple[Task, Ask]]:
    """Requests over catalogs kept out of training, without end, the same for a seed."""
    maker, dice = Told(read(path), held=True, rows=ROWS), random.Random(seed)
    while True:
        for kind in kinds:
            yield maker.task(dice, kind), maker.ask


def opened(world: World, folder: Path, semantic: Semantic) -> Catalog:
    """A world as a catalog, by way of a CSV."""
    numbers = [c.name for c in world.columns]
    columns = ["id", "title", *(["creator"] if any(r.creator for r in world.rows) else []), "tags", *numbers]
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".csv", newline="", encoding="utf-8", delete=False) as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        for r in world.rows:
            table.writerow({"id": r.n, "title": r.title, "creator": r.creator, "tags": "|".join(r.tags), **{c: f"{v:g}" for c, v in r.numbers.items() if c in numbers}})
    return session.load_catalog(file.name, semantic=semantic)


def ranked(recommender: Recommender, task: Task, ask: Ask) -> Scored:
    """The rows of a task, by where the answer has them."""
    return placed(recommender, ask.text, [(3 if r.yes else 0, r.n) for r in task.rows], len(ask.world.rows), ask.context)


def placed(recommender: Recommender, text: str, graded: Iterable[tuple[int, int]], size: int, context: str = "") -> Scored:
    """Rows as (grade, id) of a catalog of so many, by where the answer has them."""
    ranks = {int(r.item.id): r.rank for r in recommender.ask(text, limit=size, context=context or None, diversity=0.0)}
    return [(grade, -float(ranks.get(n, LAST))) for grade, n in graded]


def told(recommender: Recommender, task: Task, ask: Ask, scored: Scored) -> str:
    """A request, what was understood of it, and its rows in the answer's order."""
    q = recommender.understand(ask.text, ask.context or None)
    parts = {
        "wishes": [w.words for w in q.wishes], "like": [r.name for r in q.references], "not": [e.words for e in q.excluded],
        "numbers": [f"{c.column} {c.low:g}..{c.high:g}" for c in q.conditions], "more or less": [x.words for x in q.leanings],
    }  # fmt: skip
    lines = [f"{task.kind}, {ask.world.name}: {ask.text}" + (f"  ({ask.context})" if ask.context else ""), "  " + "; ".join(f"{k} {v}" for k, v in parts.items() if v)]
    for (grade, score), row in sorted(zip(scored, task.rows, strict=True), key=lambda pair: -pair[0][1]):
        lines.append(f"  {'yes' if grade else 'no ':3} {'-' if score == -LAST else f'{-score:g}':>4}  {ask.world.rows[row.n].title} | {', '.join(ask.world.rows[row.n].tags[:6])}")
    return "\n".join(lines)


def of_scenes(split: str, engine: str, semantic: Semantic, folder: Path) -> Iterable[tuple[str, Scored]]:
    """(language, rows by where the answer has them) of each request of the scenes of a split."""
    for n, scene in enumerate(s for s in scenes.read() if s.split == split):
        path = folder / f"{n}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", *scene.fields], *([str(i), *cells] for i, cells in enumerate(scene.cells))])
        catalog = session.load_catalog(str(path), semantic=semantic)
        with closing(catalog.index):
            recommender = session.recommender(catalog, {"model": engine}, semantic, memory=False)
            for text, grades in scene.requests:
                yield scene.lang, placed(recommender, text, [(grade, i) for i, grade in enumerate(grades)], len(grades))


def share(some: Iterable[Scored], grade: int, left_out: bool) -> float:
    """Of the rows of a grade, how many are left out, or not."""
    ranks = [score for scored in some for g, score in scored if g == grade]
    return sum((score == -LAST) is left_out for score in ranks) / max(1, len(ranks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", help="worlds.json, or dev or test for scenes")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--engine", default=session.NONE)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worst", type=float, default=0.0)
    options = parser.parse_args()
    semantic, groups = Semantic(), defaultdict[str, list[Scored]](list)
    with tempfile.TemporaryDirectory() as folder:
        if options.worlds in ("dev", "test"):
            for lang, scored in islice(of_scenes(options.worlds, options.engine, semantic, Path(folder)), options.requests):
                for group in ("all", f"in {lang}"):
                    groups[group].append(scored)
        for task, ask in () if groups else islice(requests(Path(options.worlds), tuple(options.kinds.split(",")), options.seed), options.requests):
            catalog = opened(ask.world, Path(folder), semantic)
            with closing(catalog.index):
                recommender = session.recommender(catalog, {"model": options.engine}, semantic, memory=False)
                scored = ranked(recommender, task, ask)
                for group in ("all", task.kind, f"in {ask.lang} of {ask.world.lang}"):
                    groups[group].append(scored)
                if figures([scored]).within < options.worst:
                    print(told(recommender, task, ask, scored), end="\n\n")
    print(f"{'requests':16}    n within first  ndcg  kept   out")
    for group, some in sorted(groups.items()):
        f = figures(some)
        print(f"{group:16} {f.requests:4}  {f.within:.3f} {f.first:.3f} {f.ndcg:.3f} {share(some, 3, False):.3f} {share(some, 0, True):.3f}")


if __name__ == "__main__":
    main()
