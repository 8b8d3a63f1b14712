"""What a person's verdicts add up to: facets and rows that are liked, and others that are not.

    taste = taste_of(log.events(), log.marks(), catalog="music", now=time.time())
    taste.facets[0]            thrash metal +0.84, liked 6 times, disliked never, and what that was
    signal(taste, index)       (rows,) float32 in -1..1: what this taste says of every row

A facet is worth what all verdicts together say of it, any of which may be wrong (see `worths`): so what liked and disliked things are both full of
("English") says nothing, and one like does not shout. A row's score is the sum of its facets' values.
Verdicts fade slowly with those that came after them and with time, and at once where the newer ones contradict them (see `turning`).

Pure: no database but the index that is handed in, no clock. Leaves out: where verdicts are kept (see `feedback`), what the signal weighs in an
answer (see `retrieve`), what is said of a taste (see `influence`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from math import exp, tanh
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from recsh.bands import bands_of
from recsh.floods import heard, later, shares
from recsh.index import Index, facet_key
from recsh.text import clean, fold
from recsh.turning import still
from recsh.types import Event, Role, Thing, Verdict
from recsh.worths import ranges, worths

if TYPE_CHECKING:
    import numpy

USUAL = 0.05  # share of rows that has a facet, where no catalog says
FADING = 200.0  # half-life of a verdict, in later verdicts: shorter is gullible to wrong verdicts (measured); a taste that turns is `turning`'s to see
YEAR = 365.25 * 86400.0
HALF_LIFE = 3 * YEAR  # ... in time, seconds
ABROAD = 0.4  # what a verdict on another catalog's item counts
SETTLED = 3.0  # fresh verdicts after which a taste is worth 63% of its weight
VECTORS = 0.1  # share of the vectors in the signal
MOST_FACETS = 250  # facets read for a signal, the most telling ones
SAID = 3.0  # what a facet's value is multiplied by to be its weight, in -1..1
TELLING = 0.25  # share of the greatest weight from which a facet is worth naming
NOTHING = 1e-6  # weight of a verdict that does not count any more
LINE, TITLE, WORD = 240, 80, 40  # characters of a prompt line, of a title and of a facet in it
MOST_CELLS = 40_000_000  # vector components read for a signal; of larger catalogs only the rows whose facets say most


class Marked(Protocol):
    """A line drawn in the log (`feedback.Mark`): kind "reset" or "forget", the catalog (None for all), the facet's folded key, when, and behind the
    event of which id (0 if that is not known); with an import as its `source`, about what came with that alone."""

    @property
    def kind(self) -> str: ...
    @property
    def catalog(self) -> str | None: ...
    @property
    def key(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def after(self) -> int: ...
    @property
    def source(self) -> str: ...


class FacetTaste(Struct, frozen=True):
    """One facet: `weight` -1..1, how often it was liked and disliked, and in what (newest first)."""

    column: str
    key: str
    label: str
    weight: float
    likes: int
    dislikes: int
    events: tuple[Event, ...] = ()


class Judged(Struct, frozen=True):
    """The verdict that counts of one item: `weight` -1..1, its worth faded; `home` False if it is another catalog's; `facets` what it is evidence of,
    (column, key, is a creator) -> label; `gone` keys that it is no evidence of any more."""

    event: Event
    weight: float
    home: bool
    facets: Mapping[tuple[str, str, bool], str]
    gone: frozenset[str] = frozenset()


class Taste(Struct, frozen=True):
    """`judged` newest first; `facets` the most telling first; `liked`, `disliked` newest first with weights 0..1; `confidence` 0..1, how much there is
    to go by."""

    judged: tuple[Judged, ...] = ()
    facets: tuple[FacetTaste, ...] = ()
    confidence: float = 0.0
    _values: Mapping[tuple[str, str], float] = field(default_factory=dict)
    _place: Path | None = None  # the folder of the index in whose terms it is

    @property
    def empty(self) -> bool:
        return not self.judged

    @property
    def telling(self) -> float:
        """The weight from which a facet is worth naming: some part of the greatest, so that few verdicts have their say and a language never has."""
        return TELLING * max((abs(f.weight) for f in self.facets), default=1.0)

    @property
    def liked(self) -> tuple[tuple[Thing, float], ...]:
        return tuple((j.event.thing, j.weight) for j in self.judged if j.weight > 0)

    @property
    def disliked(self) -> tuple[tuple[Thing, float], ...]:
        return tuple((j.event.thing, -j.weight) for j in self.judged if j.weight < 0)


# --- verdicts -> taste -----------------------------------------------------------------------------------------------


def taste_of(events: Sequence[Event], marks: Sequence[Marked] = (), *, catalog: str | None = None, now: float) -> Taste:
    """The taste behind these events (oldest first, as the log gives them) at the time `now` (seconds since 1970).

    `catalog` is the one the taste is for: what was said of others counts `ABROAD`. None: all count the same.
    """
    judged = []
    newest = _newest(heard(events), marks)
    fades = [0.5 ** (behind / FADING) for behind in later(newest)]
    cuts = shares([abs(e.worth) * fade for e, fade in zip(newest, fades, strict=True)], newest)
    for event, fade, cut in zip(reversed(newest), reversed(fades), reversed(cuts), strict=True):
        home = catalog in (None, event.catalog)
        fade *= cut * 0.5 ** (max(0.0, now - event.at) / HALF_LIFE) * (1.0 if home else ABROAD)
        gone = frozenset(m.key for m in marks if m.kind == "forget" and before(event, m))
        judged.append(Judged(event, event.worth * fade, home, _facets_of(event.thing, gone), gone))
    return _valued(tuple(j for j in _of_now(judged) if abs(j.weight) > NOTHING), lambda facet: USUAL)


def _of_now(judged: Sequence[Judged]) -> list[Judged]:
    """The same verdicts, newest first, those of this catalog weighing as far as they are of the taste of now. That it turned, what was said here
    tells and no import, beside which there is any: what was brought before a turn counts as far as what was said then."""
    own = [j for j in reversed(judged) if j.home and j.event.worth]
    here = [not j.event.source for j in own] if not all(j.event.source for j in own) else [True] * len(own)
    told = [j for j, yes in zip(own, here, strict=True) if yes]
    shares = still([[*j.facets] for j in told], [j.event.worth for j in told])
    at = [max(0, n - 1) for n in accumulate(here)]
    return [replace(j, weight=j.weight * shares[at.pop()]) if j.home and j.event.worth else j for j in judged]


def _newest(events: Sequence[Event], marks: Sequence[Marked]) -> list[Event]:
    """The verdict that counts of each item, oldest first: its newest, notes aside; a skip ("not now") takes no verdict back."""
    out: dict[tuple[str, str], Event] = {}
    resets = [m for m in marks if m.kind == "reset"]
    for event in events:
        name = (event.catalog, event.thing.id)
        if event.verdict in (Verdict.NOTE, Verdict.CONSUMED) or any(before(event, m) for m in resets):
            continue
        if event.verdict is Verdict.SKIP and name in out and out[name].verdict is not Verdict.SKIP:
            continue
        out.pop(name, None)  # the order is that of the verdicts that count
        out[name] = event
    return list(out.values())


def before(event: Event, mark: Marked) -> bool:
    """Whether a mark is about this event: of its catalog, and drawn behind it (by their order in the log, if it is known, as clocks go back)."""
    behind = event.id <= mark.after if event.id and mark.after else event.at <= mark.at
    return mark.catalog in (None, event.catalog) and mark.source in ("", event.source) and behind


def _facets_of(thing: Thing, gone: frozenset[str]) -> dict[tuple[str, str, bool], str]:
    out: dict[tuple[str, str, bool], str] = {}
    for column, values in thing.facets.items():
        creator = bool(thing.creator) and any(fold(v) in fold(thing.creator) for v in values)
        for value in values:
            if (key := facet_key(value)) and key not in gone:
                out.setdefault((column, key, creator), value)
    return out


Usual = Callable[[tuple[str, str]], float]


def _valued(judged: tuple[Judged, ...], usual: Usual, near: Mapping[tuple[str, str], Mapping[tuple[str, str], float]] = {}) -> Taste:
    """A taste from verdicts that are weighed already. `near` of ranges, as `worths` takes it."""
    values = worths([[(column, key) for column, key, _ in j.facets] for j in judged], [j.weight for j in judged], usual, near)
    behind: dict[tuple[str, str], list[Judged]] = {}
    labels: dict[tuple[str, str], str] = {}
    for j in judged:
        for (column, key, _), label in j.facets.items():
            behind.setdefault((column, key), []).append(j)
            labels.setdefault((column, key), label)
    facets = [
        FacetTaste(*f, labels[f], tanh(SAID * values[f]), sum(j.weight > 0 for j in js), sum(j.weight < 0 for j in js), tuple(j.event for j in js)) for f, js in behind.items()
    ]
    facets.sort(key=lambda f: (-abs(f.weight) * (f.likes + f.dislikes) ** 0.5, f.column, f.key))
    evidence = sum(abs(j.weight) for j in judged)
    return Taste(judged, tuple(facets), 1 - exp(-evidence / SETTLED), values)


# --- taste and a catalog ---------------------------------------------------------------------------------------------


def placed(taste: Taste, index: Index) -> Taste:
    """The taste in terms of this catalog: its facets, weighed by how usual they are in it, and the ranges of its numbers.

    What was said of other catalogs' items counts for a facet of the same key in a column of the same name, else of the same role, and not at all
    where there is none. A taste that is placed already stays as it is.
    """
    if taste._place == index.folder:
        return taste
    keys = {key for j in taste.judged for _, key, _ in j.facets}
    if not keys and not any(j.event.thing.numbers for j in taste.judged):
        return taste
    roles = {c.name: c.role for c in index.columns}
    names = {c.name: fold(c.name) for c in index.columns}
    known = index.facets(keys)
    usual = {(f.column, f.key): f.count / max(1, index.rows) for found in known.values() for f in found}
    bands = {b.column: b for b in bands_of(index)}
    near: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for band in bands.values():
        every = [(band.column, facet_key(label)) for label in band.labels]
        usual |= zip(every, band.shares, strict=True)
        near |= {one: dict(zip(every, row, strict=True)) for one, row in zip(every, ranges(band.shares), strict=True)}
    judged = []
    for j in taste.judged:
        facets: dict[tuple[str, str, bool], str] = {}
        for column, key, creator in j.facets:
            found = [f for f in known.get(key, ()) if names[f.column] == fold(column)]
            if not found and not j.home:
                found = [f for f in known.get(key, ()) if (roles[f.column] is Role.CREATOR) == creator]
            facets |= {(f.column, f.key, roles[f.column] is Role.CREATOR): f.label for f in found}
        for column, value in j.event.thing.numbers.items() if j.home else ():
            if column in bands and (label := bands[column].of(value)) and (key := facet_key(label)) not in j.gone:
                facets[column, key, False] = label
        if facets or j.home:
            judged.append(replace(j, facets=facets))
    return replace(_valued(tuple(judged), lambda facet: usual.get(facet, USUAL), near), _place=index.folder)


def signal(taste: Taste, index: Index) -> numpy.ndarray:
    """What this taste says of every row, (rows,) float32 in -1..1: above 0 more than of a usual row. All 0 if it says nothing.

    The sum of the values of a row's facets and of the ranges its numbers are in, and how near its vector is to those of the liked rows of this
    catalog rather than the disliked ones, each in spreads of the catalog, together bent into -1..1.
    """
    import numpy

    here = placed(taste, index)
    total = _spread(_by_facets(here, index))
    near, rows = _by_vectors(here, index, total)
    if near is not None:
        near = _spread(near)
        total = total if total.any() else numpy.zeros(index.rows, dtype=numpy.float32)
        total[rows] = (1 - VECTORS) * total[rows] + VECTORS * near
    return numpy.tanh(_spread(total) / 2).astype(numpy.float32)


def _spread(values: numpy.ndarray) -> numpy.ndarray:
    """In spreads from the mean; zeros if they do not differ."""
    deviation = float(values.std())
    return (values - values.mean()) / deviation if deviation > 1e-9 else values * 0


def _by_facets(here: Taste, index: Index) -> numpy.ndarray:
    import numpy

    out = numpy.zeros(index.rows, dtype=numpy.float32)
    found = index.facets(key for _, key in here._values)
    known = [(here._values[f.column, f.key], f) for group in found.values() for f in group if (f.column, f.key) in here._values]
    known.sort(key=lambda vf: -abs(vf[0]) * vf[1].count ** 0.5)
    for value, facet in known[:MOST_FACETS]:
        out[index.facet_rows([facet.f])] += value
    for band in bands_of(index):
        values = [here._values.get((band.column, facet_key(label)), 0.0) for label in band.labels]
        if any(values):
            centres = [(a + b) / 2 for a, b in pairwise(band.edges)]
            numbers = index.numbers(band.column)
            out += numpy.where(numpy.isnan(numbers), 0.0, numpy.interp(numbers, centres, values)).astype(numpy.float32)
    return out


def _by_vectors(here: Taste, index: Index, total: numpy.ndarray) -> tuple[numpy.ndarray | None, numpy.ndarray | slice]:
    """(how much nearer to the liked rows than to the disliked ones, of which rows); None without vectors or rows of this catalog."""
    import numpy

    at = [(n, j.weight) for j in here.judged if j.home and (n := index.by_id(j.event.thing.id)) is not None]
    if index.vectors is None or not at:
        return None, slice(None)
    weights = numpy.array([w for _, w in at], dtype=numpy.float32)
    centre = weights @ index.vectors[[n for n, _ in at]].astype(numpy.float32)
    most = MOST_CELLS // index.vectors.shape[1]
    if index.rows <= most:
        return index.vectors.astype(numpy.float32) @ centre, slice(None)
    rows = numpy.sort(numpy.argpartition(-numpy.abs(total), most // 8)[: most // 8])
    return index.vectors[rows].astype(numpy.float32) @ centre, rows


def lines(taste: Taste, limit: int = 4) -> tuple[str, ...]:
    """What a model is told: "Liked: Title (tag, tag); ..." and "Disliked: ...", at most `limit` things and `LINE` characters a line, the newest and
    most telling first, each with the facets that made it so. Empty for an empty taste."""
    weights, least = {(f.column, f.key): f.weight for f in taste.facets}, taste.telling
    out = []
    for name, sign in (("Liked", 1), ("Disliked", -1)):
        told = []
        for j in taste.judged:
            if j.weight * sign > 0:
                facets = sorted(((sign * weights.get((c, k), 0.0), clean(label)) for (c, k, _), label in j.facets.items()), key=lambda wl: -wl[0])
                facets = [(w, label) for w, label in facets if w >= least and len(label) <= WORD][:2]
                told.append((abs(j.weight) * (1 + sum(w for w, _ in facets)), clean(j.event.thing.title), [label for _, label in facets]))
        told.sort(key=lambda t: -t[0])
        parts = [f"{title[:TITLE]} ({', '.join(facets)})" if facets else title[:TITLE] for _, title, facets in told[:limit] if title]
        while parts and len(f"{name}: {'; '.join(parts)}") > LINE:
            parts.pop()
        if parts:
            out.append(f"{name}: {'; '.join(parts)}")
    return tuple(out)
