# SPDX-License-Identifier: CC0-1.0
"""Make ratings of the sample catalogs by people who do not exist.

    python sample_data/simulate_ratings.py music      # rewrites sample_data/music.ratings.csv, byte for byte
    python sample_data/simulate_ratings.py movies --out /tmp/r.csv

EVERYTHING HERE IS SIMULATED. No person rated anything, how well known a row is here is invented, and numbers measured on
these ratings say how recsh behaves, not how people do. What is simulated, with one fixed seed a catalog:

* 300 people, u001 to u300. Each likes a few genres and dislikes one or two, likes and dislikes some tags and moods, feels at
  home around some year, reads or hears some languages besides the common one, and (music) prefers some energy.
* Taste drifts: part of what a person likes at the beginning is replaced, bit by bit, by something else at the end.
* Some rows are far better known than others, and some are better than others for everybody.
* A person joins on some day of 2024 or 2025, stays for weeks or months, and rates 20 to 120 rows in sittings. What is met
  depends on how known it is and on taste at that moment, so nobody rates at random and few rate what they would hate.
* A rating is taste then + the row's quality + how generous the person is + noise, from 1 to 5 in halves.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEEDS = {"music": 20240, "movies": 20241}
LISTS = {"music": ["genre", "tags", "mood"], "movies": ["genres", "tags"]}  # the columns taste is about; the first has the genres
PEOPLE = 300
START, END = 1704067200, 1767225600  # 2024-01-01 and 2026-01-01, UTC
DAY = 86400


def read(name: str) -> list[dict[str, str]]:
    """The rows of a sample catalog; the first line is its licence."""
    with open(HERE / f"{name}.csv", encoding="utf-8", newline="") as file:
        file.readline()
        return list(csv.DictReader(file))


def features(rows: list[dict[str, str]], columns: list[str]) -> tuple[np.ndarray, list[str], list[str]]:
    """One line a row, one column a value, each list column weighing the same in every row; the genre names; all names."""
    sets = [[f"{c}:{v}" for c in columns for v in row[c].split("|") if v] for row in rows]
    count: dict[str, int] = {}
    for values in sets:
        for value in values:
            count[value] = count.get(value, 0) + 1
    names = sorted(v for v, n in count.items() if n >= 3)
    place = {v: i for i, v in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for line, values in enumerate(sets):
        for value in values:
            if value in place:
                alike = sum(v.split(":")[0] == value.split(":")[0] for v in values)
                matrix[line, place[value]] = 1 / np.sqrt(alike)
    genres = [v for v in names if v.startswith(columns[0] + ":") and count[v] >= 8]
    return matrix, genres, names


def likes(rng: np.random.RandomState, genres: list[str], names: list[str], matrix: np.ndarray) -> np.ndarray:
    """What somebody likes and dislikes: a weight for every value, most of them 0."""
    weight = np.zeros(len(names))
    place = {v: i for i, v in enumerate(names)}
    often = np.sqrt([matrix[:, place[g]].sum() for g in genres])
    chosen = rng.choice(len(genres), rng.randint(3, 7), replace=False, p=often / often.sum())
    bad = rng.randint(1, 3)
    for n, g in enumerate(chosen):
        weight[place[genres[g]]] = rng.uniform(-1.8, -0.9) if n < bad else rng.uniform(1.0, 2.2)
    others = [i for i, v in enumerate(names) if v not in set(genres)]
    for n, i in enumerate(rng.choice(others, 14, replace=False)):
        weight[i] = rng.uniform(-1.5, -0.5) if n < 4 else rng.uniform(0.5, 1.5)
    return weight


def affinity(rng: np.random.RandomState, rows: list[dict[str, str]], matrix: np.ndarray, genres: list[str], names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """How much one new person likes every row, at the beginning and at the end, both about 0 on average with a spread of 1."""
    first, other = likes(rng, genres, names, matrix), likes(rng, genres, names, matrix)
    last = np.where(rng.uniform(size=len(names)) < rng.uniform(0.1, 0.6), other, first)
    year = np.array([float(r["year"]) for r in rows])
    home = rng.triangular(1955, 1995, 2022)
    steady = 1.2 * np.exp(-np.abs(year - home) / rng.uniform(8, 40))
    speaks = {"English", "instrumental", "Silent"}
    foreign = sorted({v for r in rows for v in r["language"].split("|")} - speaks)
    speaks |= set(rng.choice(foreign, rng.randint(0, 4), replace=False))
    steady -= rng.uniform(0, 1.5) * np.array([not speaks & set(r["language"].split("|")) for r in rows])
    if "energy" in rows[0]:
        steady -= rng.uniform(0, 0.25) * np.abs(np.array([float(r["energy"]) for r in rows]) - rng.uniform(2, 9))
    both = [matrix @ w + steady for w in (first, last)]
    middle, spread = np.mean(both), np.std(both)
    return tuple(np.round((b - middle) / spread, 6) for b in both)  # type: ignore[return-value]


def sittings(rng: np.random.RandomState) -> list[tuple[float, int, int]]:
    """When one person rates: (how far through their time here, 0 to 1; the second it begins; how many rows)."""
    total = 20 + int(101 * rng.beta(1.1, 2.4))
    joins = START + int(rng.uniform(0, 0.85) * (END - START))
    stays = min(END - DAY - joins, int(rng.uniform(20, 500) * DAY))
    parts = min(total, rng.randint(3, 15))
    sizes = 1 + rng.multinomial(total - parts, np.ones(parts) / parts)
    begins = np.sort(joins + (rng.uniform(size=parts) * stays).astype(int))
    return [(float(b - joins) / stays, int(b), int(n)) for b, n in zip(begins, sizes)]


def simulate(name: str) -> str:
    """The text of the ratings file of a catalog."""
    rows, rng = read(name), np.random.RandomState(SEEDS[name])  # RandomState: its stream is frozen, whatever the NumPy version
    matrix, genres, names = features(rows, LISTS[name])
    known = rng.normal(0, 1.1, len(rows))  # logarithm of how well known a row is: a few are met by many
    quality = rng.normal(0, 0.35, len(rows)) + 0.08 * known
    out = io.StringIO()
    out.write(f"# SPDX-License-Identifier: CC0-1.0 (recsh sample ratings: {name}; SIMULATED by simulate_ratings.py, no person rated anything)\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["user", "item", "rating", "timestamp"])
    for person in range(1, PEOPLE + 1):
        first, last = affinity(rng, rows, matrix, genres, names)
        generous, picky = rng.normal(0, 0.3), rng.uniform(0.5, 0.9)
        unseen = np.zeros(len(rows))
        clock = START
        for through, begins, many in sittings(rng):
            taste = (1 - through) * first + through * last
            pull = np.round(known + 1.4 * taste + rng.gumbel(size=len(rows)) + unseen, 6)
            clock = max(clock, begins)
            for item in np.argsort(-pull, kind="stable")[:many]:
                unseen[item] = -np.inf
                score = 2.6 + generous + picky * taste[item] + quality[item] + rng.normal(0, 0.45)
                rating = min(10, max(2, int(np.floor(2 * round(score, 6) + 0.5)))) / 2
                clock += rng.randint(15, 400)
                table.writerow([f"u{person:03d}", rows[item]["id"], f"{rating:.1f}", clock])
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make simulated ratings of a sample catalog.")
    parser.add_argument("catalog", choices=sorted(SEEDS))
    parser.add_argument("--out", type=Path, help="the file to write (default: sample_data/CATALOG.ratings.csv)")
    given = parser.parse_args()
    path = given.out or HERE / f"{given.catalog}.ratings.csv"
    path.write_bytes(simulate(given.catalog).encode())


if __name__ == "__main__":
    main()
