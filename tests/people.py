"""Simulated people with hidden tastes, over any compiled catalog: what they would say of every row, which rows they meet, what a good answer is.

A person's liking of a row (its utility) is a sum of parts, each scaled to a spread of 1 over the catalog and then weighed by `PARTS`:

    facets       a few tags, genres, moods that are liked, a few that are hated, and a slight opinion of every other one
    creators     one or two that are liked, one that is not (people of a cast count as well)
    period       a favourite time, a bell over the years (or over another number where there is no year)
    pair         two tags that are good, or bad, only together: no sum over tags can say that
    popular      what everybody has heard of is liked a little more; how well known a row is stands in no column
    quality      how good a row is, the same to everybody, in no column either
    own          what nobody can know: one random number a person and row

So about a quarter of the spread cannot be learned from the catalog at all, and part of the rest not by adding up facets. A person meets rows by
chance, well-known ones and those he expects to like more often, says "like" above the 60th percentile of his utility and "dislike" below the
40th, both after a slip of `SLIP`, and nothing between; `wrong` is the share of verdicts that say the opposite.

Nothing here knows how `recsh.taste` reads events: no formula is shared. Leaves out: time of day, moods, companions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from msgspec.structs import replace
import numpy

from recsh.index import Index
from recsh.paths import bundled
from recsh.cells import split
from recsh.types import Event, Item, Role, Thing, Verdict

PARTS = {"facets": 1.0, "creators": 0.3, "period": 0.4, "pair": 0.4, "popular": 0.2, "quality": 0.4, "own": 0.5}
SLIP = 0.3  # spread of the slip between what a person feels and says, in spreads of his utility
LIKED, DISLIKED = 0.6, 0.4  # quantiles of the utility
GRADES = ((3, 0.08), (2, 0.12), (1, 0.20))  # of the rows that fit a request: loved, liked, all right; together what would be liked
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """Something to ask, and the rows (positions) that fit it whoever asks."""

    text: str
    rows: tuple[int, ...]


def thing_of(item: Item, index: Index) -> Thing:
    """A row as the log keeps it."""
    facets = {c.name: split(item.cells[c.name], c.joiner) for c in index.columns if c.role in (Role.TAGS, Role.CREATOR)}
    return Thing(item.id, item.title, item.creator, {name: values for name, values in facets.items() if values}, dict(item.numbers))


@dataclass(frozen=True, eq=False)
class Person:
    """`utility` (rows,) float64; `catalog` the key that his events carry; `likes` and `hates` name his hidden facets, for a look at him."""

    index: Index
    catalog: str
    seed: int
    utility: numpy.ndarray
    known: numpy.ndarray
    likes: tuple[str, ...] = ()
    hates: tuple[str, ...] = ()

    def events(self, likes: int, dislikes: int, *, wrong: float = 0.0, start: float = 0.0, without: Sequence[Event] = (), stream: int = 0) -> list[Event]:
        """His verdicts on rows as he meets them, an hour apart from `start` on, until there are so many of each kind (before slips of `wrong`).
        Rows of `without` are not met again; `stream` other rows, the same taste. Raises `AssertionError` if the catalog is too small."""
        rng = numpy.random.default_rng([self.seed, stream, 1])
        low, high = numpy.quantile(self.utility, [DISLIKED, LIKED])
        pull = 0.5 * _scaled(self.known) + 0.3 * _scaled(self.utility) + rng.gumbel(size=len(self.utility))
        met = {e.thing.id for e in without}
        left = {Verdict.LIKE: likes, Verdict.DISLIKE: dislikes}
        out: list[Event] = []
        for item in self.index.items(numpy.argsort(-pull)):
            felt = self.utility[item.n] + rng.normal() * SLIP * self.utility.std()
            verdict = Verdict.LIKE if felt > high else Verdict.DISLIKE if felt < low else None
            mistaken = rng.uniform() < wrong
            if verdict is None or not left[verdict] or item.id in met:
                continue
            left[verdict] -= 1
            said = verdict if not mistaken else Verdict.DISLIKE if verdict is Verdict.LIKE else Verdict.LIKE
            out.append(Event(self.catalog, thing_of(item, self.index), said, start + HOUR * len(out)))
            if not any(left.values()):
                return out
        raise AssertionError(f"{self.catalog}: too few rows for {likes} likes and {dislikes} dislikes")

    def truth(self, request: Request, without: Sequence[Event] = ()) -> dict[str, float]:
        """id -> grade 1 to 3 of the rows that fit a request, by his utility among them; all others are worth 0. Rows of `without` are not counted:
        a good answer is one that he does not know yet."""
        met = {e.thing.id for e in without}
        items = [i for i in self.index.items(request.rows) if i.id not in met]
        items.sort(key=lambda i: -self.utility[i.n])
        out: dict[str, float] = {}
        start = 0.0
        for grade, share in GRADES:
            out |= {i.id: float(grade) for i in items[round(start * len(items)) : max(1, round((start + share) * len(items)))] if i.id not in out}
            start += share
        return out


def person(index: Index, catalog: str, seed: int, *, turned: bool = False) -> Person:
    """The person of this number in this catalog, always the same. `turned`: the same one after his taste turned round: what he liked most he cannot
    stand any more, other things took its place; what no column shows stays as it was."""
    name = crc32(catalog.encode())
    everybody, own, hidden = (numpy.random.default_rng([name, *more]) for more in ((), (seed, 0), (seed, 1, turned)))
    rows = index.rows
    known, quality = everybody.normal(size=rows), everybody.normal(size=rows)
    before = person(index, catalog, seed) if turned else None
    tags, creators = _facets(index)
    liked, hated = _chosen(tags, rows, hidden, int(hidden.integers(4, 7)), int(hidden.integers(2, 5)), before)
    facets = numpy.zeros(rows)
    for label, has in tags.items():
        strength = hidden.uniform(0.8, 1.6) if label in liked else -hidden.uniform(0.8, 1.6) if label in hated else hidden.normal() * 0.2
        facets[has] += strength
    parts = {"facets": facets, "creators": numpy.zeros(rows), "popular": known, "quality": quality, "own": own.normal(size=rows)}
    makers = sorted(creators, key=lambda label: -len(creators[label]) + hidden.gumbel())[:40]
    for i, at in enumerate(hidden.permutation(len(makers))[:3]):
        parts["creators"][creators[makers[at]]] += -1.0 if i == 2 else 1.0
    parts["period"] = _period(index, hidden)
    first, second = hidden.choice(sorted(liked), 2, replace=False)
    other = hidden.choice([label for label in tags if label not in liked and len(numpy.intersect1d(tags[label], tags[first])) > 2] or [second])
    parts["pair"] = numpy.zeros(rows)
    parts["pair"][numpy.intersect1d(tags[first], tags[other])] = hidden.choice((-1.0, 1.0))
    utility = sum((PARTS[name] * _scaled(values) for name, values in parts.items()), numpy.zeros(rows))
    return Person(index, catalog, seed, utility, known, tuple(liked), tuple(hated))


def _scaled(values: numpy.ndarray) -> numpy.ndarray:
    return (values - values.mean()) / max(1e-9, values.std())


def _facets(index: Index) -> tuple[dict[str, numpy.ndarray], dict[str, numpy.ndarray]]:
    """(tags, creators): "column: label" -> positions. Tags that a taste can be about: in 1.5% to 25% of the rows; creators with two rows or more."""
    tags: dict[str, numpy.ndarray] = {}
    creators: dict[str, numpy.ndarray] = {}
    for column in index.columns:
        if column.role not in (Role.TAGS, Role.CREATOR):
            continue
        for facet in index.facet_values(column.name, 400):
            if column.role is Role.TAGS and 0.015 * index.rows <= facet.count <= 0.25 * index.rows:
                tags[f"{column.name}: {facet.label}"] = index.facet_rows([facet.f])
            elif facet.count >= 2 and facet.count < 0.015 * index.rows:
                creators[f"{column.name}: {facet.label}"] = index.facet_rows([facet.f])
    return tags, creators


def _chosen(tags: dict[str, numpy.ndarray], rows: int, rng: numpy.random.Generator, likes: int, hates: int, before: Person | None) -> tuple[list[str], list[str]]:
    """Facets that are liked and hated, frequent ones more often. Who turns hates half of what he liked, and likes nothing that he liked."""
    labels = [label for label in tags if before is None or label not in before.likes]
    often = numpy.array([len(tags[label]) for label in labels], dtype=float)
    picked = [labels[i] for i in rng.choice(len(labels), likes + hates, replace=False, p=often / often.sum())]
    return picked[:likes], picked[likes:] + ([] if before is None else list(before.likes[: max(2, len(before.likes) // 2)]))


def _period(index: Index, rng: numpy.random.Generator) -> numpy.ndarray:
    """A bell over the rank of the year (of the first number, where there is no year), an empty cell being of no period."""
    column = next((c for c in index.number_columns if c.year), index.number_columns[0] if index.number_columns else None)
    if column is None:
        return numpy.zeros(index.rows)
    values = index.numbers(column.name)
    place = numpy.argsort(numpy.argsort(values)) / max(1, index.rows - 1)
    return numpy.where(numpy.isnan(values), 0.0, numpy.exp(-(((place - rng.uniform(0.1, 0.9)) / 0.15) ** 2)))


ANYTHING = {False: "something for me", True: "推荐一些"}
_FORMS = {False: ("{}", "something {}", "I feel like {} today"), True: ("{}", "想要{}", "来点{}的")}


def requests(index: Index, catalog: str, seed: int, most: int = 6) -> list[Request]:
    """Broad requests: tags that 6% to 40% of the rows have, said in a few ways, and the catalog's own sample requests with 30 right rows or more."""
    rng = numpy.random.default_rng([crc32(catalog.encode()), seed, 2])
    out = []
    for column in index.columns:
        for facet in index.facet_values(column.name, 30) if column.role is Role.TAGS else ():
            if max(25, 0.06 * index.rows) <= facet.count <= 0.4 * index.rows and len(facet.label) > 1:
                form = _FORMS[index.chinese][int(rng.integers(3))]
                out.append(Request(form.format(facet.label), tuple(map(int, index.facet_rows([facet.f])))))
    path = bundled("sample_data", f"{catalog}.queries.jsonl")
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        labelled = json.loads(line)
        if len(labelled.get("relevant", ())) >= 30:
            found = [index.by_id(i) for i in labelled["relevant"]]
            out.append(Request(labelled["query"], tuple(n for n in found if n is not None)))
    return [out[i] for i in sorted(rng.permutation(len(out))[:most])]


def elsewhere(events: Sequence[Event], catalog: str) -> list[Event]:
    """The same events as if they had been said of another catalog."""
    return [replace(e, catalog=catalog) for e in events]
