"""What a file says -> events of a catalog: which item each line means, what is there already, and a report of the rest.

A wrong item is worse than none: a title has to be one that `match` takes, and neither creator nor year may speak against it. An id counts if
the title is the same, an ISBN by itself. One event an item: of several lines the one that says most (a rating before a like before "seen"),
then the newest. Nothing is added that the log has already, so that a file may be imported again when it has grown.

Leaves out: reading files (see `foreign`), recsh's own export (see `backup`), and writing events (see `feedback`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from msgspec import Struct, field

from recsh.claims import Claim, Claims
from recsh.index import Index, facet_key
from recsh.likeness import CUTOFF, likeness
from recsh.match import Names
from recsh.text import fold
from recsh.titles import take_apart, variants
from recsh.types import Event, Item, Origin, Role, Suggestion, Verdict
from recsh.verdicts import agrees, as_dict, event_of, is_slip, readings

Progress = Callable[[str, int, int], None]
STAGE = "looking up titles"
NEAR = 60.0  # likeness of a title that is worth naming as the nearest
_STEP = 50  # lines between two calls of `progress`
_SAYS_MOST = {Verdict.RATING: 3, Verdict.LIKE: 2, Verdict.DISLIKE: 2, Verdict.SKIP: 1, Verdict.CONSUMED: 0}


class Lost(Struct, frozen=True):
    """A line that was not found: `nearest` is the title that comes next, which was not sure enough;
    `source` the file in an archive."""

    line: int
    title: str
    creator: str = ""
    year: int | None = None
    nearest: str | None = None
    source: str = ""


class Report(Struct, frozen=True):
    """What an import does: `events` are new, `already` are in the log, `repeated` lines say less than another about the same item; `ignored` maps
    why lines say nothing to how many. Lines: rows = len(events) + already + repeated + len(lost) + the ignored, but for plays, which are counted
    by track."""

    kind: str
    catalog: str
    rows: int
    events: tuple[Event, ...] = ()
    already: int = 0
    repeated: int = 0
    lost: tuple[Lost, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    impressions: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For --json: every key always there."""
        return {
            "kind": self.kind, "catalog": self.catalog, "rows": self.rows, "added": len(self.events), "already": self.already, "repeated": self.repeated,
            "not_found": [{"source": x.source or None, "line": x.line, "title": x.title, "creator": x.creator or None, "year": x.year, "nearest": x.nearest} for x in self.lost],
            "ignored": dict(self.ignored), "notes": [*self.notes], "impressions": self.impressions, "events": [as_dict(e) for e in self.events],
        }  # fmt: skip


def settle(claims: Claims, names: Names, catalog: str, existing: Sequence[Event], *, now: float, session: str, progress: Progress = lambda *_: None) -> Report:
    """The claims as events of one catalog, oldest first. `existing`: the log's events of it; `now`: seconds since 1970, the date of what has none
    and the latest that any gets; `session`: the name under which the whole import can be removed.
    """
    index = names.index
    isbns = _isbns(index)
    known = {(e.thing.id, e.verdict, e.value) for e in existing}
    told: dict[tuple[object, ...], tuple[Item | None, str | None]] = {}
    best: dict[int, tuple[tuple[int, float, int], Claim, Item]] = {}
    lost: dict[tuple[object, ...], Lost] = {}
    repeated = 0
    for i, claim in enumerate(claims.claims):
        if i % _STEP == 0:
            progress(STAGE, i, len(claims.claims))
        key = (fold(claim.title), fold(claim.creator), claim.year, claim.ids)
        if key not in told:
            told[key] = _find(claim, names, isbns)
        item, nearest = told[key]
        if item is None:
            repeated += key in lost
            lost.setdefault(key, Lost(claim.line, claim.title, claim.creator, claim.year, nearest, claim.source))
            continue
        weight = (_SAYS_MOST.get(claim.verdict, 0), claim.at or 0.0, i)
        repeated += item.n in best
        if item.n not in best or weight > best[item.n][0]:
            best[item.n] = weight, claim, item
    progress(STAGE, len(claims.claims), len(claims.claims))
    events = [
        event_of(claim.verdict, item, index.columns, catalog, min(now, claim.at) if claim.at is not None else now, value=claim.value, origin=Origin.IMPORT, session=session, source=session)
        for _, claim, item in best.values()
    ]
    new = sorted((e for e in events if (e.thing.id, e.verdict, e.value) not in known), key=lambda e: e.at)
    return Report(claims.kind, catalog, claims.rows, tuple(new), len(events) - len(new), repeated, tuple(lost.values()), claims.ignored, claims.notes)


def _find(claim: Claim, names: Names, isbns: Mapping[str, int]) -> tuple[Item | None, str | None]:
    """(the item a claim means, None) or (None, the nearest title)."""
    index = names.index
    for code in claim.ids:
        if (n := isbns.get(_isbn13(code))) is not None:
            return index.items([n])[0], None
        if (n := index.by_id(code)) is not None:
            (item,) = index.items([n])
            if code == claim.title or likeness(take_apart(claim.title), fold(item.title), take_apart(item.title)) >= CUTOFF:
                return item, None
    nearest: tuple[float, str | None] = NEAR, None
    for said in [Suggestion(claim.title, creator=claim.creator, year=claim.year)] if claim.creator or claim.year else readings(claim.title):
        n, score, _, cause = names.match(said)
        if slipped := _misspelt(said, index) if cause else None:
            return slipped, None
        if n is None:
            continue
        (item,) = index.items([n])
        if cause is None and agrees(said, item, index.columns):
            return item, None
        nearest = max(nearest, (score, f"{item.title} by {item.creator}" if item.creator else item.title), key=lambda pair: pair[0])
    return None, nearest[1]


def _misspelt(said: Suggestion, index: Index) -> Item | None:
    """The creator's one title of which this is a slip of the pen; None if there is none, or no creator to confirm it."""
    makers = {c.name for c in index.columns if c.role is Role.CREATOR}
    facets = [f.f for f in index.facets([facet_key(said.creator)]).get(facet_key(said.creator), ()) if f.column in makers] if said.creator else []
    own = index.items(index.facet_rows(facets))
    alike = [i for i in own if SequenceMatcher(None, fold(said.title), fold(i.title)).ratio() >= CUTOFF / 100 and is_slip(said.title, i.title, index)]
    return alike[0] if len(alike) == 1 else None


def _isbns(index: Index) -> dict[str, int]:
    """ISBN-13 -> position, of every column that is called so; empty for a catalog without."""
    columns = [c.name for c in index.columns if c.name.lower().startswith("isbn")]
    return {code: n for name in columns for n, cell in index.cells(name) if (code := _isbn13(cell))}


def _isbn13(code: str) -> str:
    """An ISBN as its 13 digits; empty if it is none. Ten digits get the prefix 978 and a new check digit (ISO 2108).

    >>> _isbn13("0-441-17271-7"), _isbn13("9780441172719"), _isbn13("42")
    ('9780441172719', '9780441172719', '')
    """
    digits = re.sub(r"[\s-]", "", code).upper()
    if re.fullmatch(r"97[89]\d{10}", digits):
        return digits
    if not re.fullmatch(r"\d{9}[\dX]", digits):
        return ""
    body = f"978{digits[:9]}"
    return body + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10)


def hits_in(index: Index) -> Callable[[Sequence[str]], tuple[int, int]]:
    """What `foreign.read` asks of a catalog: how many of these cells are titles or ids of it, and how many its creators. Bare
    numbers are neither."""
    makers = {c.name for c in index.columns if c.role is Role.CREATOR}

    @cache
    def title(cell: str) -> bool:
        return any(map(str.isalpha, cell)) and (index.by_id(cell) is not None or bool(index.by_key(variants(cell))))

    def hits(cells: Sequence[str]) -> tuple[int, int]:
        keys = [facet_key(c) for c in cells if c]
        creators = {key for key, facets in index.facets(keys).items() if any(f.column in makers for f in facets)}
        return sum(map(title, cells)), sum(key in creators for key in keys)

    return hits
