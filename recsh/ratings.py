"""A file of other people's ratings -> arrays: who, which item of the catalog, how much it was liked, when.

    ratings = read_ratings(Path("ratings.csv"), catalog.index)
    ratings.users, ratings.items, ratings.worths, ratings.times      all (n,), oldest first

CSV, TSV, JSON Lines and Parquet, a row at a time; what is kept of a rating are four numbers, so that a million of them cost some thirty megabytes.
Every row is either kept or in the account with its line.

A rating is centred on its person: worth = (value - mean) / (2 * deviation), held in -1..1, both smoothed towards everybody's, so that a three of
someone who gives fives is no praise. Counts (plays) become log(1 + count) / (2 * the person's mean of that), held in 0..1; what was only chosen, without
a value, is worth 0.5.
Leaves out: which column says what (see `ratingcolumns`), what is learned from ratings (see `collab`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import islice
from math import nan
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from recsh.claims import moment
from recsh.errors import CatalogError
from recsh.index import Index
from recsh.ratingcolumns import SAMPLE, Columns, find_columns, known_by, value_of
from recsh.table import Account, open_table
from recsh.text import clean, fold

if TYPE_CHECKING:
    import numpy

SMOOTH = 5.0  # ratings that everybody's mean and deviation count as in a person's own
CHOSEN = 0.5  # worth of what was chosen without saying how good it was
_STEP = 50_000  # rows between two calls of `progress`
_NOTE = 80  # characters of a cell in the account


class Kind(StrEnum):
    """What the file's values are: opinions, counts, or nothing."""

    RATINGS = "ratings"
    PLAYS = "plays"
    CHOICES = "choices"


class Ratings(Struct, frozen=True):
    """`users` int32 (n,) 0..people-1, `items` int32 (n,) positions in the catalog, `worths` float32 (n,) in -1..1, `times` float64 (n,) seconds since 1970
    (places in the file, if it says no times), oldest first, one for each person and item. `columns` maps user, item, rating and time to the
    names of the file's columns; `by_title` if items were found by their titles."""

    users: "numpy.ndarray"
    items: "numpy.ndarray"
    worths: "numpy.ndarray"
    times: "numpy.ndarray"
    people: int
    kind: Kind
    columns: Mapping[str, str] = field(default_factory=dict)
    by_title: bool = False
    account: Account = field(default_factory=Account)

    def __len__(self) -> int:
        return len(self.users)


class _Read(Struct):
    """Numbers as they are read, a rating a place."""

    users: "array[int]" = field(default_factory=lambda: array("i"))
    items: "array[int]" = field(default_factory=lambda: array("i"))
    values: "array[float]" = field(default_factory=lambda: array("f"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    lines: "array[int]" = field(default_factory=lambda: array("q"))


def read_ratings(
    path: Path, index: Index, columns: Mapping[str, str] = MappingProxyType({}), progress: Callable[[str, int, int], None] = lambda *_: None
) -> Ratings:
    """Read all ratings of items that the catalog has. `columns` names the file's columns for user, item, rating and time where finding them
    fails; `progress("ratings", rows done, 0)` is called now and then.

    Raises `CatalogError` if the file cannot be read or rates nothing of this catalog, `UsageError` if a column is not there or not found.
    """
    table = open_table(path)
    sample = [cells for _, cells in islice(table.rows(Account()), SAMPLE)]
    if not sample:
        raise CatalogError(f"{path}: no ratings in it", "a line a rating: who, which item, and maybe how good and when")
    found = find_columns(path, table.header, table.has_header, sample, known_by(index), columns)
    account = Account()
    read, people = _read_rows(table.rows(account), found, index, account, progress)
    if not read.users:
        unknown = account.counts["unknown item"]
        what = f"none of its {unknown:,} ratings is of an item of this catalog" if unknown else f"no usable ratings: {account.summary()}"
        raise CatalogError(f"{path}: {what}", f"items were looked up by column {table.header[found.item]!r}: --ratings-item COLUMN, or is it another catalog's file?")
    names = {role: table.header[at] for role, at in (("user", found.user), ("item", found.item), ("rating", found.rating), ("time", found.time)) if at is not None}
    return _settled(read, people, found.plays or found.rating is None, names, found.by_title, account)


def _read_rows(rows: object, at: Columns, index: Index, account: Account, progress: Callable[[str, int, int], None]) -> tuple[_Read, int]:
    """(what the rows say, how many people)."""
    out = _Read()
    people: dict[str, int] = {}
    positions: dict[str, int] = {}
    for count, (line, cells) in enumerate(rows, 1):  # type: ignore[arg-type, var-annotated]
        if not count % _STEP:
            progress("ratings", count, 0)
        who, which = cells[at.user].strip(), cells[at.item].strip()
        if not who or not which:
            account.add(line, "missing user" if which else "missing item", "a rating says who and what", lost=True)
            continue
        n = positions.get(which)
        if n is None:
            n = positions[which] = _position(which, index, at.by_title)
        if n < 0:
            account.add(line, "unknown item", f"{clean(which)[:_NOTE]!r}: " + ("several items have this title" if n == -2 else "not in the catalog"), lost=True)
            continue
        value = 1.0
        if at.rating is not None:
            said = value_of(cells[at.rating])
            if said is None or (at.plays and said <= 0):
                account.add(line, "no rating", f"{clean(cells[at.rating])[:_NOTE]!r}", lost=True)
                continue
            value = said
        when = nan
        if at.time is not None and (when := _when(cells[at.time])) != when:
            account.add(line, "no time", f"{clean(cells[at.time])[:_NOTE]!r}: taken as the oldest")
        out.users.append(people.setdefault(who, len(people)))
        out.items.append(n)
        out.values.append(value)
        out.times.append(when)
        out.lines.append(line)
    return out, len(people)


def _position(which: str, index: Index, by_title: bool) -> int:
    """The item's position; -1 if the catalog does not have it, -2 if it has several."""
    if not by_title:
        found = index.by_id(which)
        return -1 if found is None else found
    rows = index.by_key([fold(which)]).get(fold(which), [])
    return rows[0] if len(rows) == 1 else -2 if rows else -1


def _when(cell: str) -> float:
    """Seconds since 1970, NaN if it says none."""
    try:
        value = float(cell)
        if 1e8 < value < 1e11:  # by far the most: seconds written out
            return value
    except ValueError:
        pass
    found = moment(cell)
    return nan if found is None else found


def _settled(read: _Read, people: int, counted: bool, names: Mapping[str, str], by_title: bool, account: Account) -> Ratings:
    """In order of time, one for each person and item: what is `counted` is added up, of opinions the newest counts. Values that are all the same
    say no more than that something was chosen."""
    import numpy

    users, items = numpy.frombuffer(read.users, dtype=numpy.int32), numpy.frombuffer(read.items, dtype=numpy.int32)
    values, times, lines = numpy.frombuffer(read.values, dtype=numpy.float32), numpy.frombuffer(read.times), numpy.frombuffer(read.lines, dtype=numpy.int64)
    times = numpy.arange(len(users), dtype=numpy.float64) if numpy.isnan(times).all() else numpy.nan_to_num(times, nan=0.0)
    order = numpy.lexsort((numpy.arange(len(users)), times, items, users))
    pair = users[order].astype(numpy.int64) << 32 | items[order]
    newest = numpy.append(pair[1:] != pair[:-1], True)
    if counted:
        totals = numpy.add.reduceat(values[order].astype(numpy.float64), numpy.flatnonzero(numpy.append(True, newest[:-1])))
    else:
        for line in numpy.sort(lines[order[~newest]]).tolist():
            account.add(line, "repeated rating", "the same person rates the same item later; the newest counts", lost=True)
        totals = values[order[newest]].astype(numpy.float64)
    kept = order[newest]
    by_time = numpy.lexsort((kept, times[kept]))
    kept, totals = kept[by_time], totals[by_time]
    account.rows = len(kept)
    kind = Kind.CHOICES if totals.min() == totals.max() else Kind.PLAYS if counted else Kind.RATINGS
    return Ratings(users[kept], items[kept], worths_of(users[kept], totals, people, kind), times[kept], people, kind, names, by_title, account)


def worths_of(users: "numpy.ndarray", values: "numpy.ndarray", people: int, kind: Kind) -> "numpy.ndarray":
    """Values as worths, float32 (n,): see the module's text for the formulas. `users` int (n,) in 0..people-1, `values` float (n,)."""
    import numpy

    if kind is Kind.CHOICES:
        return numpy.full(len(users), CHOSEN, dtype=numpy.float32)
    counts = numpy.bincount(users, minlength=people)
    if kind is Kind.PLAYS:
        logs = numpy.log1p(values)
        means = numpy.bincount(users, logs, people) / numpy.maximum(counts, 1)
        return numpy.clip(CHOSEN * logs / means[users], 0.0, 1.0).astype(numpy.float32)
    mean = float(values.mean())
    means = (numpy.bincount(users, values, people) + SMOOTH * mean) / (counts + SMOOTH)
    off = values - means[users]
    deviations = numpy.sqrt((numpy.bincount(users, off * off, people) + SMOOTH * float(values.var())) / (counts + SMOOTH))
    return numpy.clip(off / (2.0 * deviations[users]), -1.0, 1.0).astype(numpy.float32)
