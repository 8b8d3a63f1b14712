"""Held-out ratings: what people rate next, foretold by each method, as a Markdown table; and how long a million ratings take.

    python tests/benchmarks/ratings.py --data DIR           a folder with catalog.csv and ratings.csv (user, item, rating, timestamp)
    ... --liked      foretell the last thing each person liked, instead of the last one rated
    ... --million    how long 1,000,000 made-up ratings take to read and compile

Protocol: leave-last-out by time (of equal times the last in the file), the whole catalog is ranked, what the person rated before is left out, hit rate
and NDCG at 10 with 95% bootstrap intervals over people. Published with it for MovieLens latest-small: EASE .089, item neighbours .057, popularity .043.
What the three count in the blend was chosen on half A; the weights of ratings, the fading and what the vectors count on all people, also with each
person's last fifth held out, so that half B is not quite unseen. "ratings alone" is EASE without the catalog's vectors, "unfaded" without the fading of
older verdicts: in MovieLens the order is partly that of the site's own lists, so that fading may gain less elsewhere.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace
import numpy

from recsh import metrics, neighbours, ratingmodel, splits
from recsh.catalog import Catalog, Entry, open_catalog
from recsh.collab import of_ratings
from recsh.heldout import people, top
from recsh.index import Index
from recsh.ratings import Ratings, read_ratings
from recsh.semantic import Semantic
from recsh.significance import interval
from recsh.taste import signal, taste_of
from recsh.types import Event, Thing, Verdict
from recsh.verdicts import thing_of

TASTE = 0.1  # what the taste weighs beside the blend
EVENTS = 60  # newest events that the taste is made of here

Method = Callable[[Mapping[int, float]], numpy.ndarray]
Person = tuple[int, dict[int, float], frozenset[int]]


@contextmanager
def without(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """A constant has another value."""
    before = getattr(module, name)
    setattr(module, name, value)
    yield
    setattr(module, name, before)


def centroid(index: Index) -> Method:
    """Cosine to the weighted mean of the vectors of what the person rated."""
    vectors = numpy.array(index.vectors, dtype=numpy.float32)

    def scores(person: Mapping[int, float]) -> numpy.ndarray:
        rows = neighbours.person_of(person)
        return vectors @ (rows.w.astype(numpy.float32) @ vectors[rows.rows])

    return scores


def by_taste(index: Index) -> Method:
    """What the taste of the newest events says of every row."""
    things: dict[int, Thing] = {}

    def scores(person: Mapping[int, float]) -> numpy.ndarray:
        newest = [*person.items()][-EVENTS:]
        things.update({i.n: thing_of(i, index.columns) for i in index.items(n for n, _ in newest if n not in things)})
        events = [Event("x", things[n], Verdict.RATING, float(at), value=3.0 + 2.0 * worth) for at, (n, worth) in enumerate(newest)]
        return signal(taste_of(events, catalog="x", now=float(len(events))), index)

    return scores


def measure(method: Method, tested: list[Person]) -> tuple[list[float], list[float]]:
    """(hit, NDCG) at 10 of each person."""
    hits, gains = [], []
    for _, history, wanted in tested:
        ranked = [str(n) for n in top(numpy.asarray(method(history)), [*history], 10)]
        hits.append(metrics.hit(ranked, {*map(str, wanted)}, 10))
        gains.append(metrics.ndcg(ranked, {*map(str, wanted)}, 10))
    return hits, gains


def line(name: str, hits: list[float], gains: list[float], half: list[bool]) -> None:
    low, high = interval(hits)
    first, second = ([h for h, a in zip(hits, half, strict=True) if a is side] for side in (True, False))
    print(f"| {name} | {mean(hits):.3f} | {low:.3f}–{high:.3f} | {mean(first):.3f} / {mean(second):.3f} | {mean(gains):.3f} |", flush=True)


def mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))


def table(catalog: Catalog, ratings: Ratings, liked: bool) -> None:
    """The table of one folder."""
    split = splits.last(ratings.users, ratings.items, ratings.times, ratings.worths > 0 if liked else None)
    t = split.train
    known = replace(ratings, users=ratings.users[t], items=ratings.items[t], worths=ratings.worths[t], times=ratings.times[t])
    with without(ratingmodel, "MEANING", 0.0):
        plain = of_ratings(known, catalog.index).method("ease")
    collab = of_ratings(known, catalog.index)
    tested = people(ratings.users, ratings.items, ratings.worths, split)
    half = [user % 2 == 0 for user, _, _ in tested]
    print(f"{len(ratings):,} ratings by {ratings.people:,} people, {catalog.index.rows:,} items, {len(tested):,} people tested\n")
    print("| method | HR@10 | 95% | half A / half B | NDCG@10 |\n|---|---|---|---|---|")
    methods: dict[str, Method] = {name: collab.method(name) for name in ("popularity", "item", "user", "ease", "blend")}
    content = {"vectors": centroid(catalog.index), "taste": by_taste(catalog.index)} if catalog.index.vectors is not None else {"taste": by_taste(catalog.index)}
    with without(neighbours, "FLOOR", 1.0):
        for name, method in {"ease, ratings alone": plain, **methods}.items():
            line(f"{name}, unfaded", *measure(method, tested), half)
    line("ease, ratings alone", *measure(plain, tested), half)
    for name, method in {**methods, **content, "hybrid": lambda p: collab.scores(p) + TASTE * content["taste"](p)}.items():
        line(name, *measure(method, tested), half)


def million() -> None:
    """Seconds to read and to compile a million made-up ratings of 20,000 items by 8,000 people, the popular and the busy ones more often."""
    rng = numpy.random.default_rng(0)
    people, items = (8_000 * rng.random(1_400_000) ** 1.6).astype(int), (20_000 * rng.random(1_400_000) ** 2.5).astype(int)
    pairs = [*{*zip(people.tolist(), items.tolist(), strict=True)}]
    random.Random(0).shuffle(pairs)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "catalog.csv").write_text("id,title\n" + "".join(f"{n},Thing {n}\n" for n in range(20_000)), encoding="utf-8")
        with (folder / "ratings.csv").open("w", encoding="utf-8") as file:
            file.write("user,item,rating,timestamp\n")
            file.writelines(f"u{u},{n},{1 + (u * 7 + n) % 5},{1_500_000_000 + k}\n" for k, (u, n) in enumerate(pairs[:1_000_000]))
        index = open_catalog(Entry("made-up", folder / "catalog.csv"), lambda rows: None).index
        begun = time.perf_counter()
        ratings = read_ratings(folder / "ratings.csv", index)
        read = time.perf_counter()
        collab = of_ratings(ratings, index)
        built = time.perf_counter()
        collab.scores({n: 1.0 for n in range(0, 1000, 20)})
        print(f"{len(ratings):,} ratings: read {read - begun:.1f} s, compiled {built - read:.1f} s; a person of 50 likes {1000 * (time.perf_counter() - built):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--liked", action="store_true")
    parser.add_argument("--million", action="store_true")
    options = parser.parse_args()
    if options.data:
        catalog = open_catalog(Entry("rated", options.data / "catalog.csv"), Semantic().for_rows)
        table(catalog, read_ratings(options.data / "ratings.csv", catalog.index), options.liked)
    if options.million:
        million()


if __name__ == "__main__":
    main()
