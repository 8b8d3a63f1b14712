"""The feedback log: what was shown, what was said about it, and where a taste was told to start anew. One SQLite file, for many processes.

    log = Log()                                   # log.sqlite in the data folder; nothing is opened or made yet
    log.show(impression)                          # an answer, as it was shown
    log.add([Event("music", thing, Verdict.LIKE, time.time())])      # on disk when it returns
    log.undo()                                    # what was added last, whole

Things are in the order in which they were told, whatever the clock said. What is undone is kept, unseen; what is removed is gone from the
disk. `Log.notes` has what a user should be told: a damaged file kept aside, a file that could not be wiped.
Leaves out: the file and its errors (see `logfile`), cleaning and bounds (see `logrows`), what events add up to (see `taste`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct
from msgspec.structs import replace

from recsh import logrows, paths
from recsh.errors import StoreError, UsageError
from recsh.mask import masked
from recsh.newest import newest
from recsh.removal import Criteria, Removed, chunks, remove
from recsh.text import fold
from recsh.types import Event, Impression

if TYPE_CHECKING:
    import sqlite3

    from recsh.logfile import LogFile

RESET, FORGET = "reset", "forget"


class Mark(Struct, frozen=True):
    """A taste starts anew ("reset"), or forgets one facet ("forget", its folded `key`), in one catalog or in all (None). `after` is the id of the last
    event before it, which tells before from after whatever the clock said (0: not known); `at` seconds since 1970; `source` the import that brought it."""

    kind: str
    catalog: str | None
    key: str
    at: float
    after: int = 0
    source: str = ""


class Log:
    """The log. All methods raise `StoreError` for a file that cannot be used; those that read still do if it cannot be written. Questions, contexts and
    notes are masked (see `mask`) unless they are to be kept `raw`."""

    def __init__(self, path: Path | None = None, *, raw: bool = False) -> None:
        self.path = paths.data_dir() / "log.sqlite" if path is None else Path(path)
        self._own = path is None
        self.mask = logrows.unmasked if raw else masked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _file(self) -> LogFile:
        from recsh.logfile import LogFile  # brings SQLite with it

        try:
            return LogFile(self.path.resolve(), own=self._own)
        except (OSError, RuntimeError) as error:
            raise StoreError(f"{self.path}: {getattr(error, 'strerror', None) or 'a loop of links'}", "set RECSH_HOME to a folder") from error

    @property
    def notes(self) -> list[str]:
        """What happened to the file that a user should know, in order."""
        return self._file.notes

    def close(self) -> None:
        """Close the file. The log can be used again, and opens it anew."""
        if "_file" in self.__dict__:
            self._file.close()

    def _exists(self) -> bool:
        return self._file.read(lambda db: True, False)

    # --- what is told ------------------------------------------------------------------------------------------------

    def show(self, impression: Impression) -> None:
        """Remember an answer as it was shown. One whose id is there already stays as it was first shown."""
        kept = logrows.kept_impression(impression, self.mask)

        def work(db: sqlite3.Connection) -> None:
            row = db.execute(f"INSERT OR IGNORE INTO impressions({logrows.IMPRESSION}) VALUES({logrows.places(12)})", logrows.impression_row(kept))
            if row.rowcount:
                db.executemany(f"INSERT INTO shown({logrows.SHOWN}) VALUES({logrows.places(8)})", logrows.shown_rows(kept, row.lastrowid or 0))
                _changed(db, "impressions", [kept.catalog])

        self._file.write(work, durable=False)

    def add(self, events: Sequence[Event]) -> tuple[int, ...]:
        """Remember verdicts, all or none, as one action; they are on disk when their ids are returned. Raises `UsageError` for one that cannot
        be meant (a rating that is not 1 to 5, no item)."""
        kept = [logrows.kept_event(event, self.mask) for event in events]
        if not kept:
            return ()

        def work(db: sqlite3.Connection) -> tuple[int, ...]:
            first = _next_event(db)
            rows = [(*logrows.event_row(replace(event, id=first + i)), first, 0) for i, event in enumerate(kept)]
            db.executemany(f"INSERT INTO events({logrows.EVENT}, action, undone) VALUES({logrows.places(17)})", rows)
            _changed(db, "events", {e.catalog for e in kept})
            return tuple(range(first, first + len(kept)))

        return self._file.write(work)

    def undo(self, session: str | None = None) -> tuple[Event, ...]:
        """Take the last action back, the last of a session if one is named; again, the one before. The events that it had, oldest first; () if there
        is none. With an import go the answers and marks that it brought."""
        where, values = ("AND session = ?", (logrows.name_cell(session),)) if session is not None else ("", ())

        def work(db: sqlite3.Connection) -> tuple[Event, ...]:
            last = db.execute(f"SELECT action FROM events WHERE undone = 0 {where} ORDER BY id DESC LIMIT 1", values).fetchone()
            if last is None:
                return ()
            # an action's number is its first event's id, so that none is looked for before it
            undone = logrows.events_of(db.execute(f"SELECT {logrows.EVENT} FROM events WHERE id >= ? AND action = ? AND undone = 0 ORDER BY id", last * 2).fetchall())
            db.execute("UPDATE events SET undone = 1 WHERE id >= ? AND action = ?", last * 2)
            for (source,) in db.execute("SELECT DISTINCT source FROM events WHERE id >= ? AND action = ? AND source != ''", last * 2).fetchall():
                remove(db, Criteria(source=logrows.name_of(source)), ("impressions", "marks"))
                _all_changed(db)
            _changed(db, "events", {e.catalog for e in undone})
            return tuple(undone)

        return self._file.write(work) if self._exists() else ()

    def mark(self, kind: str, catalog: str | None, key: str = "") -> None:
        """Let a taste start anew (`RESET`), or forget the facet `key` (`FORGET`), from here on; in all catalogs for None. Raises `UsageError`."""
        key = logrows.kept_text(key, logrows.TITLE_SIZE)
        if kind not in (RESET, FORGET) or (kind == FORGET) != bool(key):
            raise UsageError(f"a mark of kind {kind!r} with key {key!r} means nothing", f"{RESET} without a key, or {FORGET} with one")

        def work(db: sqlite3.Connection) -> None:
            _mark(db, Mark(kind, catalog, key, time.time(), _next_event(db) - 1))

        self._file.write(work)

    def restore(self, marks: Iterable[Mark]) -> None:
        """Remember marks of another log as they are."""

        def work(db: sqlite3.Connection) -> None:
            for mark in marks:
                _mark(db, replace(mark, key=logrows.kept_text(mark.key, logrows.TITLE_SIZE)))

        self._file.write(work)

    # --- what is asked -----------------------------------------------------------------------------------------------

    def events(self, catalog: str | None = None, *, limit: int | None = None, each: int | None = None, by_time: bool = False) -> list[Event]:
        """Verdicts that were not undone, oldest first; the newest `limit` of them, of one import or session `each` at most, so that it does not
        crowd out the rest. `by_time`: by when they happened, not by when they were told."""
        where, values = ("undone = 0 AND catalog = ?", (logrows.name_cell(catalog),)) if catalog is not None else ("undone = 0", ())
        return self._file.read(lambda db: logrows.events_of(newest(db, logrows.EVENT, "events", where, values, limit, each, by_time)), [])

    def impressions(
        self, catalog: str | None = None, *, limit: int | None = None, session: str | None = None, each: int | None = None, by_time: bool = False
    ) -> list[Impression]:
        """Answers as they were shown, oldest first; limits as for `events`."""
        return self._impressions({"catalog": catalog, "session": session}, limit, each, by_time)

    def sources(self) -> list[str]:
        """The imports that events or answers came with, by name."""
        return self._file.read(lambda db: [name for (name,) in db.execute("SELECT source FROM events WHERE source != '' UNION SELECT source FROM impressions WHERE source != ''")], [])

    def impression(self, id: str) -> Impression | None:
        """The answer with this id."""
        return next(iter(self._impressions({"id": id}, 1)), None)

    def last(self, catalog: str | None = None) -> Impression | None:
        """The answer that was shown last, here: none that was imported."""
        return next(iter(self._impressions({"catalog": catalog, "source": ""}, 1)), None)

    def _impressions(self, having: dict[str, str | None], limit: int | None, each: int | None = None, by_time: bool = False) -> list[Impression]:
        names = {column: logrows.name_cell(value) for column, value in having.items() if value is not None}
        where = " AND ".join(["1", *(f"{column} = ?" for column in names)])

        def work(db: sqlite3.Connection) -> list[Impression]:
            rows = newest(db, logrows.IMPRESSION, "impressions", where, tuple(names.values()), limit, each, by_time)
            shown: dict[int, list[tuple[Any, ...]]] = {row[0]: [] for row in rows}
            for some in chunks(sorted(shown)):
                for line in db.execute(f"SELECT {logrows.SHOWN} FROM shown WHERE impression IN ({logrows.places(len(some))}) ORDER BY impression, place", some):
                    shown[line[0]].append(line)
            return [logrows.impression_of(row, shown[row[0]]) for row in rows]

        return self._file.read(work, [])

    def search(self, text: str) -> list[Event]:
        """Verdicts whose title, creator, note, or the question that they answered, contain this; case, accents and width do not count."""
        key = fold(text)
        folded = cache(fold)  # questions and titles repeat

        def work(db: sqlite3.Connection) -> list[Event]:
            columns = ", ".join(f"e.{column}" for column in logrows.EVENT.split(", "))
            sql = f"SELECT {columns}, i.query FROM events e LEFT JOIN impressions i ON i.id = e.impression WHERE e.undone = 0 ORDER BY e.id"
            rows = db.execute(sql).fetchall()
            events = logrows.events_of([row[:-1] for row in rows])
            fields = ((e, (e.thing.title, e.thing.creator, e.note, row[-1] or "")) for e, row in zip(events, rows, strict=True))
            return [event for event, words in fields if any(key in folded(w) for w in words)]

        return self._file.read(work, []) if key else []

    def marks(self, catalog: str | None = None) -> list[Mark]:
        """Marks in order; with a catalog, its own and those for all."""
        where, values = ("WHERE catalog = ? OR catalog IS NULL", (logrows.name_cell(catalog),)) if catalog is not None else ("", ())
        sql = f"SELECT kind, catalog, key, at, after, source FROM marks {where} ORDER BY id"
        names = logrows.name_of
        return self._file.read(lambda db: [Mark(k, None if c is None else names(c), *rest, names(s)) for k, c, *rest, s in db.execute(sql, values)], [])

    def stamp(self, catalog: str | None = None) -> tuple[int, ...]:
        """A cache key, that costs next to nothing: (the log's birth, last change of events, of marks, of impressions), all 0 without a log. With a
        catalog, of its own events and impressions. What is cached from events and marks alone goes by the first three."""
        name = "" if catalog is None else logrows.name_cell(catalog)

        def work(db: sqlite3.Connection) -> tuple[int, ...]:
            found = {(kind, of): n for kind, of, n in db.execute("SELECT kind, catalog, n FROM changes WHERE catalog IN ('', ?)", (name,))}
            wanted = (("birth", ""), ("events", name), ("marks", ""), ("impressions", name))
            return tuple(found.get(key, 0) for key in wanted)

        return self._file.read(work, (0, 0, 0, 0))

    # --- what is to be gone ------------------------------------------------------------------------------------------

    def remove(self, what: Criteria) -> Removed:
        """Remove for good, and from the disk, what meets all that is given; nothing if nothing is given. `everything` alone also deletes damaged files
        that were kept aside. What was spent of the privacy budget stays spent: what was shared with it is out."""
        if what.empty or not self._exists():
            return Removed()

        def work(db: sqlite3.Connection) -> Removed:
            out = remove(db, what)
            db.execute("DELETE FROM changes WHERE catalog != '' AND catalog NOT IN (SELECT catalog FROM events UNION SELECT catalog FROM impressions)")
            _all_changed(db)
            return out

        out = self._file.write(work)
        if out.count or what.everything:
            self._file.wipe()
        from recsh.salvage import kept_aside

        aside = kept_aside(self._file.path)
        if what.everything and not what.given and not what.ids:
            for path in aside:
                path.unlink(missing_ok=True)
        elif aside:
            self._file.note(f"{aside[-1]}: a damaged log from before, kept aside, may still hold what was removed")
        return out

    # --- the privacy budget ------------------------------------------------------------------------------------------

    def spent(self) -> Fraction:
        """What was spent of the privacy budget: the sum of the epsilons of all that was shared (see `private`)."""
        return self._file.read(_spent, Fraction(0))

    def spend(self, epsilon: Fraction, budget: Fraction) -> Fraction:
        """Spend so much of the privacy budget; on disk when this returns what is spent in all. Raises `UsageError` if the budget does not last."""

        def work(db: sqlite3.Connection) -> Fraction:
            total = _spent(db) + epsilon
            if total > budget:
                left = float(max(Fraction(0), budget - _spent(db)))
                raise UsageError(f"epsilon {float(epsilon):g} is more than is left of the privacy budget: {left:g} of {float(budget):g}", "a smaller --epsilon, or recsh config set privacy_budget " + f"{float(total):g}")
            db.execute("INSERT INTO spent(epsilon, at) VALUES(?,?)", (str(epsilon), time.time()))
            return total

        return self._file.write(work)


def _spent(db: sqlite3.Connection) -> Fraction:
    try:
        return sum((Fraction(epsilon) for (epsilon,) in db.execute("SELECT epsilon FROM spent")), Fraction(0))
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise logrows.BadRow(f"a sum that was spent is none: {error}") from error


def _mark(db: sqlite3.Connection, mark: Mark) -> None:
    cell = None if mark.catalog is None else logrows.name_cell(mark.catalog)
    values = (mark.kind, cell, mark.key, mark.after, mark.at, logrows.name_cell(mark.source))
    db.execute("INSERT INTO marks(kind, catalog, key, after, at, source) VALUES(?,?,?,?,?,?)", values)
    _changed(db, "marks", [])


def _next_event(db: sqlite3.Connection) -> int:
    """The id of the next event: one that no event had, be it removed."""
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return (last[0] if last else 0) + 1


def _changed(db: sqlite3.Connection, kind: str, catalogs: Iterable[str]) -> None:
    """Number a change, for `stamp`."""
    (n,) = db.execute("SELECT n + 1 FROM changes WHERE kind = 'last'").fetchone()
    db.execute("UPDATE changes SET n = ? WHERE kind = 'last'", (n,))
    db.executemany("INSERT OR REPLACE INTO changes VALUES(?,?,?)", [(kind, c, n) for c in ("", *map(logrows.name_cell, catalogs))])


def _all_changed(db: sqlite3.Connection) -> None:
    """Number a change of everything that there is."""
    left = [logrows.name_of(c) for (c,) in db.execute("SELECT DISTINCT catalog FROM changes WHERE catalog != ''")]
    for kind in ("events", "impressions", "marks"):
        _changed(db, kind, left)
