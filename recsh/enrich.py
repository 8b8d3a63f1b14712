"""A list of titles and names alone says little of its rows: what is known of them stands beside it, in columns of its own.

    title,artist                    title,artist,known_for,known_country
    Sometimes,My Bloody Valentine   Sometimes,My Bloody Valentine,shoegaze|dream pop|noise,UK

A row has the tags of the work that it is, or else those of who made it. A catalog whose rows have tags enough of their own is left as it is, as is one
of which hardly anything is known. The columns are like any others: their tags are searched, embedded, learned from and shown, under these names.
Leaves out: what is known (see `knowledge`), which columns a file has (see `schema`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from msgspec.structs import asdict

from recsh import knowledge
from recsh.account import Account
from recsh.cells import reader, split
from recsh.layout import facet_key
from recsh.lexicon import ABROAD, HOME, broader
from recsh.regex import regex
from recsh.schema import KNOWN, LESSER, PEOPLE
from recsh.table import Table
from recsh.types import Column, Role

COLUMNS = tuple(Column(name, Role.TAGS, joiner="|") for name in KNOWN)
ENOUGH = 4.0  # tags of a row, in the mean, that make more superfluous: measured on the samples, which have 6 to 10, and less of each on trial
SURE, ANY = 0.02, 0.2  # the share of rows whose year or maker must be that of a work, or whose title alone, before titles are believed to name works
FEW = 0.05  # ... of which anything must be known

_WORKS = ("films", "books", "games", "places")
_MAKERS = {"artists": regex(r"artist|band|singer|composer|performer|künstler|interpret|歌手|艺术家", re.I), "authors": regex(r"auth?or|auteur|autor|作者", re.I)}

Tags = Callable[[Sequence[str]], tuple[str, ...]]


class Enriched(Table, frozen=True):
    """A table with `COLUMNS` behind its own; `tags` says what is known, of the cells of a row."""

    tags: Tags = lambda cells: ()

    def rows(self, account: Account) -> Iterator[tuple[int, list[str]]]:
        """As of a table, with more cells each."""
        for line, cells in super().rows(account):
            yield line, [*cells, *_cells(self.tags(cells))]


def enriched(table: Table, columns: Sequence[Column], sample: Sequence[Sequence[str]]) -> Table:
    """The table with what is known of its rows, or as it is where that adds nothing. `sample` has some hundred rows of cells."""
    if any(c.name in KNOWN for c in columns) or _own_tags(columns, sample) >= ENOUGH:
        return table
    tags = _tags_of(columns, sample)
    if tags is None or sum(bool(tags(cells)) for cells in sample) < FEW * len(sample):
        return table
    return Enriched(**asdict(table), tags=tags)


@lru_cache(maxsize=1 << 16)  # of one maker there are many works
def _cells(tags: tuple[str, ...]) -> tuple[str, str]:
    """Tags as the cells of both columns."""
    where = [tag for tag in tags if facet_key(tag) in HOME or ABROAD in broader().get(facet_key(tag), ())]
    return "|".join(tag for tag in tags if tag not in where), "|".join(tag.upper() if len(tag) < 4 else tag.title() for tag in where)


def _own_tags(columns: Sequence[Column], sample: Sequence[Sequence[str]]) -> float:
    """How many tags a row has that tell what it is like, in the mean; who had a part in it and the like tells nothing of that."""
    telling = [(i, c.joiner) for i, c in enumerate(columns) if c.role is Role.TAGS and not LESSER.search(c.name) and not PEOPLE.match(c.name)]
    return sum(len(split(cells[i], joiner)) for cells in sample for i, joiner in telling) / max(1, len(sample))


def _tags_of(columns: Sequence[Column], sample: Sequence[Sequence[str]]) -> Tags | None:
    """What gives the tags of a row, None if no kind of works or makers is what these rows are."""
    row = _Row(columns)
    find = knowledge.finder()
    sure, found = Counter[str](), Counter[str]()
    for cells in sample:
        each = {(k.kind, bool(agreed)) for k in find(row.title(cells)) if k.kind in _WORKS and (agreed := row.agrees(cells, k)) is not False}
        sure.update({kind for kind, agreed in each if agreed})
        found.update({kind for kind, _ in each})
    likely = max(_WORKS, key=lambda kind: (sure[kind], found[kind]))
    by_title = found[likely] >= ANY * len(sample)
    works = likely if by_title or sure[likely] >= SURE * len(sample) else None
    makers = next((kind for kind, named in _MAKERS.items() if row.creator is not None and named.search(columns[row.creator].name)), None)
    if not works and not makers:
        return None

    @cache
    def made_by(cell: str) -> tuple[str, ...]:
        names = split(cell, row.joiner)
        return next((k.tags for name in names for k in find(name) if k.kind == makers), ())

    def tags(cells: Sequence[str]) -> tuple[str, ...]:
        for known in find(row.title(cells)) if works else ():
            if known.kind == works and ((agreed := row.agrees(cells, known)) or (agreed is None and by_title)):
                return known.tags
        return made_by(cells[row.creator]) if makers and row.creator is not None else ()

    return tags


class _Row:
    """Where title, creator and year of a row stand."""

    def __init__(self, columns: Sequence[Column]) -> None:
        at = {c.role: i for i, c in reversed([*enumerate(columns)])}
        self._title, self.creator = at[Role.TITLE], at.get(Role.CREATOR)
        self.joiner = columns[self.creator].joiner if self.creator is not None else ""
        year = next((i for i, c in enumerate(columns) if c.year), None)
        self._year = None if year is None else (year, reader(columns[year]))

    def title(self, cells: Sequence[str]) -> str:
        return cells[self._title]

    def agrees(self, cells: Sequence[str], known: knowledge.Known) -> bool | None:
        """Whether a row is what is known, by its maker or else by its year; None if neither tells."""
        cell = cells[self.creator] if self.creator is not None else ""
        maker = known.is_by(cell)
        return known.is_of(self._year[1](cells[self._year[0]]) if self._year else None) if maker is None else maker
