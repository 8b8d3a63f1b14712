"""A log of somebody with a taste that no column names, in a catalog of invented films, for `recsh tune`.

The person likes titles with certain words ("Golden", "Wild"), whatever the films are about: no tag, maker or year says so. Leaves out: people whose tastes stand in the columns (see `people`).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

from recsh.catalog import Catalog, lookup, open_catalog
from recsh.feedback import Log
from recsh.types import Event, Impression, Shown, Verdict
from recsh.verdicts import thing_of

TAGS = ("comedy", "drama", "thriller", "western", "romance", "horror", "animation", "crime", "family", "war", "musical", "mystery")
MAKERS = ("Ana Lund", "Bo Reyes", "Cy Okafor", "Di Marsh", "Eli Novak", "Fay Sato", "Gus Hale", "Ida Moreau")
NAMES = ("Harbor", "Lantern", "Orchard", "Engine", "Letter", "Garden", "Window", "Railway", "Candle", "Mirror", "Kingdom", "Summer", "Shadow", "River", "Tower", "Violin")
KINDS = ("Silent", "Golden", "Broken", "Second", "Distant", "Crimson", "Hidden", "Little", "Burning", "Empty", "Silver", "Wild")
LIKED = ("Golden", "Crimson", "Burning", "Silver", "Hidden", "Wild")
HOUR = 3600.0


def films(path: Path, rows: int = 500, seed: int = 0) -> Path:
    """Write a catalog of titles of two words, half of them liked."""
    dice = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "director", "genres", "year"])
        for n in range(rows):
            title = f"{dice.choice(KINDS)} {dice.choice(NAMES)}"
            tags = "; ".join(dice.sample(TAGS, 2))
            writer.writerow([f"f{n}", title, dice.choice(MAKERS), tags, dice.randint(1950, 2020)])
    return path


def opened(path: Path) -> Catalog:
    """The catalog of this file, without vectors."""
    return open_catalog(lookup(str(path)), lambda rows: None)


def named(title: str) -> bool:
    """What the person likes: a title with one of those words."""
    return title.split()[0] in LIKED


def tell(log: Log, catalog: Catalog, answers: int, likes: Callable[[str], bool], *, rows: int = 5, slip: float = 0.05, seed: int = 0, start: float = 1.7e9) -> int:
    """Write down so many answers of `rows` rows that have the tag that is asked for, an hour apart, and a verdict on each row: liked if `likes(title)`, but
    for a share of slips. Rows are shown once. How many verdicts that are."""
    dice = random.Random(seed)
    index = catalog.index
    left = dice.sample(index.items(range(index.rows)), index.rows)
    told = 0
    for n in range(answers):
        tag = dice.choice(TAGS)
        items = [item for item in left if tag in item.tags][:rows]
        left = [item for item in left if item not in items]
        at = start + n * HOUR
        shown = tuple(Shown(item.id, item.title, rank, 0.9 - 0.1 * rank) for rank, item in enumerate(items, 1))
        log.show(Impression(f"a{seed}-{n}", catalog.entry.key, at, f"a {tag} film", shown))
        events = [
            Event(catalog.entry.key, thing_of(item, index.columns), Verdict.LIKE if likes(item.title) != (dice.random() < slip) else Verdict.DISLIKE, at + rank, impression=f"a{seed}-{n}", rank=rank)
            for rank, item in enumerate(items, 1)
        ]  # fmt: skip
        log.add(events)
        told += len(events)
    return told
