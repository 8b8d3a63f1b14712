"""What remembering is worth: NDCG@10 of later answers for simulated people who use the whole of recsh, without a model, as a Markdown table.

    python tests/benchmarks/memory.py                 8 people a sample catalog
    python tests/benchmarks/memory.py --people 16 --first 100
    python tests/benchmarks/memory.py --wrong         what 20% wrong verdicts cost after 50, 100 and 200
    python tests/benchmarks/memory.py --data DIR      people of DIR/ratings.csv over DIR/catalog.csv (MovieLens), with and without others' ratings

"Cost" is the share of the gain of 50 verdicts that is lost when a fifth of them says the opposite, with the bounds of
95 of 100 such samples of people; "turned" is somebody with 40 verdicts of one
taste and then 15 of another, over somebody with those 15 alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lives import growing, mean, mistaken, rated, turning

from recsh import session
from recsh.catalog import SAMPLES
from recsh.collab import of_ratings
from recsh.foretell import only
from recsh.ratings import read_ratings
from recsh.semantic import Semantic

DRAWS = 1000
AFTER = (50, 100, 200)  # verdicts


def row(name: str, lives: Sequence[tuple[dict[str, float], dict[str, float]]]) -> None:
    grown, turned = mean(g for g, _ in lives), mean(t for _, t in lives)
    none, few, many, _ = grown.values()
    low, high = between([g for g, _ in lives])
    cells = [f"{none:.3f}", f"{few:.3f} ({few / none - 1:+.0%})", f"{many:.3f} ({many / none - 1:+.0%})", f"{cost(grown):.0%} ({low:.0%} to {high:.0%})", f"{turned['turned'] / turned['new']:.0%}"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def cost(grown: Mapping[str, float]) -> float:
    """The share of the gain that is lost: of nothing said, the verdicts as they should be, and with wrong ones, the last two."""
    none, *_, many, wrong = grown.values()
    return (many - wrong) / (many - none)


def between(lives: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """The bounds of 95 of 100 costs of as many people, drawn from these with replacement (Efron 1979): each is compared with themselves."""
    rng = random.Random(0)
    costs = sorted(cost(mean(rng.choices(lives, k=len(lives)))) for _ in range(DRAWS))
    return costs[DRAWS // 40], costs[-1 - DRAWS // 40]


def real(data: Path, semantic: Semantic, people: int) -> None:
    """Half of the people are the others, whose ratings are known; some of the other half are asked about."""
    catalog = session.load_catalog(data / "catalog.csv", semantic=semantic)
    ratings = read_ratings(data / "ratings.csv", catalog.index)
    others = ratings.users % 2 == 0
    print("| | people | nothing said | 5 likes, 5 dislikes | 25 and 25 |\n|---|---|---|---|---|")
    for name, collab in (("taste alone", None), ("with others' ratings", of_ratings(only(ratings, others), catalog.index))):
        with tempfile.TemporaryDirectory() as folder:
            lives = []
            for user in range(1, ratings.people, 2):
                if len(lives) < people and (life := rated(catalog, semantic, ratings, user, collab, Path(folder))):
                    lives.append(life)
        none, few, many = mean(lives).values()
        print(f"| {name} | {len(lives)} | {none:.3f} | {few:.3f} ({few / none - 1:+.0%}) | {many:.3f} ({many / none - 1:+.0%}) |", flush=True)


def wrong(semantic: Semantic, seeds: Sequence[int]) -> None:
    """What wrong verdicts cost, the more there are. A catalog that is too small for so many is left out."""
    print("| catalog | " + " | ".join(f"{many} verdicts: gain, cost of 20% wrong" for many in AFTER) + " |\n|---|" + "---|" * len(AFTER))
    every: dict[int, list[dict[str, float]]] = {many: [] for many in AFTER}
    for name in SAMPLES:
        catalog = session.load_catalog(name, semantic=semantic)
        here = {}
        for many in AFTER:
            with tempfile.TemporaryDirectory() as folder:
                here[many] = [life for seed in seeds if (life := mistaken(catalog, semantic, seed, many, Path(folder)))]
            every[many] += here[many]
        print(f"| {name} | {' | '.join(map(_lost, here.values()))} |", flush=True)
    print(f"| all | {' | '.join(map(_lost, every.values()))} |")


def _lost(lives: Sequence[Mapping[str, float]]) -> str:
    if not lives:
        return ""
    grown = mean(lives)
    none, many, _ = grown.values()
    return f"{many / none - 1:+.0%}, {cost(grown):.0%} ({len(lives)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    semantic = Semantic()
    if options.data:
        real(options.data, semantic, options.people)
        return
    if options.wrong:
        wrong(semantic, range(options.first, options.first + options.people))
        return
    print("| catalog | nothing said | 5 likes, 5 dislikes | 25 and 25 | cost of 20% wrong | turned / new |\n|---|---|---|---|---|---|")
    every: list[tuple[dict[str, float], dict[str, float]]] = []
    for name in SAMPLES:
        catalog = session.load_catalog(name, semantic=semantic)
        with tempfile.TemporaryDirectory() as folder:
            lives = [
                (growing(catalog, semantic, seed, Path(folder) / f"g{seed}"), turning(catalog, semantic, seed, Path(folder) / f"t{seed}"))
                for seed in range(options.first, options.first + options.people)
            ]
        row(name, lives)
        every += lives
    row("all", every)


if __name__ == "__main__":
    main()
