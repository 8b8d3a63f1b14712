"""What verdicts are worth: NDCG@10 of later answers for simulated people (tests/people.py), over the sample catalogs, as Markdown tables.

    python tests/benchmarks/taste.py                 people that nothing was tuned on
    python tests/benchmarks/taste.py --people 16     more of them a catalog; --first 0 those that the constants were chosen on

Score of a row = retrieval score (without a model, 200 rows a request) + weight x what the taste says of it. What a person judged before is left out of
the answer and of what would be right. "Cost" is the share of the gain that is lost when 20% of the verdicts say the opposite. "Turned" is somebody with
40 verdicts of one taste, then 15 of another, asked about the other: beside him those who said nothing, the last 15 alone (he who always had that taste and
said as much of it), and 55 verdicts of that taste.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[2]))

from recsh import session
from recsh.catalog import SAMPLES
from recsh.metrics import ndcg
from recsh.recommend import Recommender, request_text
from recsh.retrieve import retrieve
from recsh.semantic import Semantic
from recsh.taste import signal, taste_of
from recsh.types import Event
from tests.people import Person, Request, person, requests

COUNTS = (2, 4, 10, 20, 50)  # verdicts, half of them likes
WEIGHTS = (0.15, 0.3, 0.45, 0.6, 0.8, 1.1)
SHORTLIST, WRONG = 200, 0.2
OLD, NEW = 40, 15
REPEATS = 2  # histories a person
Figures = dict[str, list[numpy.ndarray]]


class Asked:
    """A catalog, and the retrieval scores of what is asked of it."""

    def __init__(self, name: str, semantic: Semantic) -> None:
        self.name, self.semantic = name, semantic
        self.recommender = Recommender(session.load_catalog(name, semantic=semantic), None, semantic=semantic)
        self.index = self.recommender.index
        self.ids = [item.id for item in self.index.items(range(self.index.rows))]
        self.found: dict[str, tuple[numpy.ndarray, numpy.ndarray]] = {}

    def shortlist(self, text: str) -> tuple[numpy.ndarray, numpy.ndarray]:
        """(positions, retrieval scores)."""
        if text not in self.found:
            query = self.recommender.understand(text)
            wish = request_text(query)
            got = retrieve(query, self.index, vector=self.semantic.request(wish, self.index), head=self.semantic.head(wish, self.index), limit=SHORTLIST)
            self.found[text] = numpy.array([c.item.n for c in got.candidates]), numpy.array([c.score for c in got.candidates])
        return self.found[text]

    def scores(self, who: Person, asked: Sequence[Request], known: Sequence[Event], said: Sequence[Event]) -> numpy.ndarray:
        """Mean NDCG@10 at each weight, (weights,), of somebody who said this; what he knows is not shown."""
        opinion = signal(taste_of(said, catalog=self.name, now=said[-1].at), self.index) if said else numpy.zeros(self.index.rows)
        met = {e.thing.id for e in known}
        out = numpy.zeros((len(asked), len(WEIGHTS)))
        for row, request in zip(out, asked, strict=True):
            (positions, score), right = self.shortlist(request.text), who.truth(request, known)
            for i, weight in enumerate(WEIGHTS):
                order = positions[numpy.argsort(-(score + weight * opinion[positions]), kind="stable")]
                row[i] = ndcg([self.ids[n] for n in order if self.ids[n] not in met][:10], right, 10)
        return out.mean(axis=0)


def figures(asked: Asked, seeds: Sequence[int]) -> Figures:
    """What is measured -> one array (weights,) a person."""
    out: Figures = defaultdict(list)
    for seed in seeds:
        who, wishes = person(asked.index, asked.name, seed), requests(asked.index, asked.name, seed)
        for n, again in product(COUNTS, range(REPEATS)):
            stream = n + 1000 * again
            right = who.events(n // 2, n // 2, stream=stream)
            out[f"none {n}"].append(asked.scores(who, wishes, right, ()))
            out[f"{n}"].append(asked.scores(who, wishes, right, right))
            out[f"wrong {n}"].append(asked.scores(who, wishes, right, who.events(n // 2, n // 2, stream=stream, wrong=WRONG)))
        other = person(asked.index, asked.name, seed, turned=True)
        old = who.events(OLD // 2, OLD // 2)
        new = other.events(NEW // 2 + 1, NEW // 2, without=old, start=old[-1].at + 3600, stream=1)
        most = (OLD + NEW) // 2 if asked.index.rows > 250 else NEW  # a small catalog has no more
        always = other.events(most, most, stream=2)
        for name, said in (("nothing", ()), ("old", old), ("turned", old + new), ("new", new), ("always", always)):
            out[name].append(asked.scores(other, wishes, [*old, *new, *always], said))
    return out


def gain(values: dict[str, numpy.ndarray], n: int) -> numpy.ndarray:
    return values[f"{n}"] / values[f"none {n}"] - 1


def row(name: str, cells: Sequence[object]) -> None:
    print(f"| {name} | " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def head(title: str, names: Sequence[object]) -> None:
    print(f"\n| {title} | " + " | ".join(map(str, names)) + " |\n|" + "---|" * (len(names) + 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=8, help="a catalog")
    parser.add_argument("--first", type=int, default=100, help="number of the first")
    parser.add_argument("--weight", type=float, default=0.6, choices=WEIGHTS, help="of the per-catalog table")
    options = parser.parse_args()
    semantic = Semantic(threads=1)
    every = {name: figures(Asked(name, semantic), range(options.first, options.first + options.people)) for name in SAMPLES}
    at = WEIGHTS.index(options.weight)
    head(f"catalog, weight {options.weight}", ["without", "10 verdicts", "gain", "50 verdicts", "gain", "cost of 20% wrong", "turned / new"])
    for name, found in every.items():
        mean = {k: numpy.mean(v, axis=0) for k, v in found.items()}
        cost = (mean["50"] - mean["wrong 50"])[at] / (mean["50"] - mean["none 50"])[at]
        row(name, [float(mean["none 10"][at]), float(mean["10"][at]), f"{gain(mean, 10)[at]:+.0%}", float(mean["50"][at]), f"{gain(mean, 50)[at]:+.0%}", f"{cost:.0%}", f"{(mean['turned'] / mean['new'])[at]:.0%}"])
    total = {k: numpy.mean([v for found in every.values() for v in found[k]], axis=0) for k in every[SAMPLES[0]]}
    head("all, weight", WEIGHTS)
    for n in COUNTS:
        row(f"{n} verdicts, gain", [f"{g:+.0%}" for g in gain(total, n)])
        row(f"{n} verdicts, cost of 20% wrong", [f"{c:.0%}" for c in (total[f"{n}"] - total[f"wrong {n}"]) / (total[f"{n}"] - total[f"none {n}"])])
    for name in ("nothing", "old", "turned", "new", "always"):
        row(f"turned: {name}", list(map(float, total[name])))
    row("turned / new", [f"{r:.0%}" for r in total["turned"] / total["new"]])
    row("turned / always", [f"{r:.0%}" for r in total["turned"] / total["always"]])


if __name__ == "__main__":
    main()
