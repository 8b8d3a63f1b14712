"""Simulated people (tests/people.py) who use the whole of recsh: their verdicts go into a real log, their questions through a real recommender.

`lived(...)` gives the mean NDCG@10 of one person's later answers after each of several pasts. What a person judged in the longest of the pasts is
left out of every answer and of what would be right, so that all pasts are asked for the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from people import Person, person, requests

from msgspec.structs import replace

from recsh.catalog import Catalog
from recsh.collab import Collab
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.metrics import ndcg
from recsh.ratings import Ratings
from recsh.recommend import Recommender
from recsh.cells import split
from recsh.semantic import Semantic
from recsh.types import Event, Verdict
from recsh.verdicts import thing_of
from recsh.work import Options

WRONG = 0.2
OLD, NEW = 40, 15  # verdicts before a taste turns, and after
DEPTH = 10
CLEAR = 0.1  # a worth beyond which a rating is a verdict
MOST, LATER = 25, 10  # likes and dislikes that are said at most, and likes that are left to find
GENRES = "genres"


def lived(catalog: Catalog, semantic: Semantic, who: Person, pasts: Mapping[str, Sequence[Event]], folder: Path) -> dict[str, float]:
    """Past's name -> mean NDCG@10 over the person's requests."""
    known = {e.thing.id: e for events in pasts.values() for e in events}
    asked = requests(catalog.index, catalog.entry.key, who.seed)
    out = {}
    for name, events in pasts.items():
        with Log(folder / f"{who.seed}-{name}.sqlite") as log:
            log.add([replace(e, catalog=catalog.entry.key) for e in events])
            now = events[-1].at + 3600 if events else 0.0
            recommender = Recommender(catalog, None, semantic=semantic, memory=Memory(catalog, log, clock=lambda now=now: now))
            options = Options(limit=DEPTH, reasons=False, log=False, exclude=tuple(known))
            scores = [ndcg([r.item.id for r in recommender.ask(q.text, options)], who.truth(q, list(known.values())), DEPTH) for q in asked]
        out[name] = sum(scores) / len(scores)
    return out


def growing(catalog: Catalog, semantic: Semantic, seed: int, folder: Path) -> dict[str, float]:
    """Somebody with nothing said, 5 likes and 5 dislikes, 25 of each, and 25 of each of which a fifth says the opposite."""
    who = person(catalog.index, catalog.entry.key, seed)
    pasts = {"none": [], "10": who.events(5, 5, stream=1), "50": who.events(25, 25, stream=2), "50 wrong": who.events(25, 25, stream=2, wrong=WRONG)}
    return lived(catalog, semantic, who, pasts, folder)


def mistaken(catalog: Catalog, semantic: Semantic, seed: int, many: int, folder: Path) -> dict[str, float] | None:
    """Somebody with nothing said, with `many` verdicts, and with as many of which a fifth says the opposite; None where the catalog is too small."""
    who = person(catalog.index, catalog.entry.key, seed)
    try:
        pasts = {"none": [], "many": who.events(many // 2, many // 2, stream=2), "wrong": who.events(many // 2, many // 2, stream=2, wrong=WRONG)}
    except AssertionError:
        return None
    return lived(catalog, semantic, who, pasts, folder)


def turning(catalog: Catalog, semantic: Semantic, seed: int, folder: Path) -> dict[str, float]:
    """Somebody whose taste turned round: 40 verdicts of the old one and then 15 of the new, beside nobody's, the old ones alone, and the new ones
    alone; asked about the new one."""
    who, other = person(catalog.index, catalog.entry.key, seed), person(catalog.index, catalog.entry.key, seed, turned=True)
    old = who.events(OLD // 2, OLD // 2)
    new = other.events(NEW // 2 + 1, NEW // 2, without=old, start=old[-1].at + 3600, stream=1)
    return lived(catalog, semantic, other, {"nothing": [], "old": old, "turned": [*old, *new], "new": new}, folder)


def rated(catalog: Catalog, semantic: Semantic, ratings: Ratings, user: int, collab: Collab | None, folder: Path) -> dict[str, float] | None:
    """A real person's ratings turned into likes and dislikes: the first 5 and the first 25 of each are said, in their order; asked is for the genres
    of what they liked later ("comedy"), and right is what of that genre they liked later. None for somebody with too few."""
    mine = ratings.users == user
    items, worths = ratings.items[mine], ratings.worths[mine]
    likes, dislikes = [n for n in range(len(items)) if worths[n] > CLEAR], [n for n in range(len(items)) if worths[n] < -CLEAR]
    if len(likes) < MOST + LATER or len(dislikes) < MOST:
        return None
    index = catalog.index
    rows = index.items(items.tolist())
    pasts: dict[str, list[Event]] = {"none": []}
    for count in (5, MOST):
        places = sorted([*likes[:count], *dislikes[:count]])
        pasts[f"{2 * count}"] = [Event(catalog.entry.key, thing_of(rows[n], index.columns), Verdict.LIKE if worths[n] > 0 else Verdict.DISLIKE, 3600.0 * i) for i, n in enumerate(places)]
    known = tuple({e.thing.id for e in pasts[f"{2 * MOST}"]})
    later = [rows[n] for n in likes[MOST:]]
    genres = Counter(tag for item in later for tag in split(item.cells[GENRES], "|"))
    wishes = [(genre, {i.id for i in later if genre in i.cells[GENRES].split("|")}) for genre, n in genres.most_common(5) if n >= LATER // 2]
    out = {}
    for name, events in pasts.items():
        with Log(folder / f"{user}-{name}.sqlite") as log:
            log.add(events)
            now = events[-1].at + 3600 if events else 0.0
            recommender = Recommender(catalog, None, semantic=semantic, memory=Memory(catalog, log, collab, clock=lambda now=now: now))
            options = Options(limit=DEPTH, reasons=False, log=False, exclude=known)
            out[name] = sum(ndcg([r.item.id for r in recommender.ask(genre, options)], right, DEPTH) for genre, right in wishes) / len(wishes)
    return out


def mean(lives: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure."""
    lives = list(lives)
    return {name: sum(life[name] for life in lives) / len(lives) for name in lives[0]}
