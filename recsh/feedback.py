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
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recsh import logrows, paths
from recsh.errors import UsageError
from recsh.text import fold
from recsh.types import Event, Impression

if TYPE_CHECKING:
    import sqlite3

    from recsh.logfile import LogFile

RESET, FORGET = "reset", "forget"
_CHUNK = 500  # values bound in one statement; SQLite's own limit was 999 for long


@dataclass(frozen=True, slots=True)
class Mark:
    """A taste starts anew ("reset"), or forgets one facet ("forget", its folded `key`), in one catalog or in all (None). `after` is the id of the last
    event before it, which tells before from after whatever the clock said; `at` seconds since 1970."""

    kind: str
    catalog: str | None
    key: str
    at: float
    after: int = 0


class Log:
    """The log. All methods raise `StoreError` for a file that cannot be used; those that read still do if it cannot be written."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = paths.data_dir() / "log.sqlite" if path is None else Path(path)
        self._own = path is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _file(self) -> LogFile:
        from recsh.logfile import LogFile  # brings SQLite with it

        return LogFile(self.path.resolve(), own=self._own)

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
        kept = logrows.kept_impression(impression)

        def work(db: sqlite3.Connection) -> None:
            row = db.execute(f"INSERT OR IGNORE INTO impressions({logrows.IMPRESSION}) VALUES({logrows.places(11)})", logrows.impression_row(kept))
            if row.rowcount:
                db.executemany(f"INSERT INTO shown({logrows.SHOWN}) VALUES({logrows.places(8)})", logrows.shown_rows(kept, row.lastrowid or 0))
                _changed(db, "impressions", [kept.catalog])

        self._file.write(work, durable=False)

    def add(self, events: Sequence[Event]) -> tuple[int, ...]:
        """Remember verdicts, all or none, as one action; they are on disk when their ids are returned. Raises `UsageError` for one that cannot
        be meant (a rating that is not 1 to 5, no item)."""
        kept = [logrows.kept_event(event) for event in events]
        if not kept:
            return ()

        def work(db: sqlite3.Connection) -> tuple[int, ...]:
            first = _next_event(db)
            rows = [(*logrows.event_row(replace(event, id=first + i)), first, 0) for i, event in enumerate(kept)]
            db.executemany(f"INSERT INTO events({logrows.EVENT}, action, undone) VALUES({logrows.places(16)})", rows)
            _changed(db, "events", {e.catalog for e in kept})
            return tuple(range(first, first + len(kept)))

        return self._file.write(work)

    def undo(self, session: str | None = None) -> tuple[Event, ...]:
        """Take the last action back, the last of a session if one is named; again, the one before. The events that it had, oldest first; () if there
        is none."""
        where, values = ("AND session = ?", (logrows.name_cell(session),)) if session is not None else ("", ())

        def work(db: sqlite3.Connection) -> tuple[Event, ...]:
            last = db.execute(f"SELECT action FROM events WHERE undone = 0 {where} ORDER BY id DESC LIMIT 1", values).fetchone()
            if last is None:
                return ()
            # an action's number is its first event's id, so that none is looked for before it
            undone = logrows.events_of(db.execute(f"SELECT {logrows.EVENT} FROM events WHERE id >= ? AND action = ? AND undone = 0 ORDER BY id", last * 2).fetchall())
            db.execute("UPDATE events SET undone = 1 WHERE id >= ? AND action = ?", last * 2)
            _changed(db, "events", {e.catalog for e in undone})
            return tuple(undone)

        return self._file.write(work) if self._exists() else ()

    def mark(self, kind: str, catalog: str | None, key: str = "") -> None:
        """Let a taste start anew (`RESET`), or forget the facet `key` (`FORGET`), from here on; in all catalogs for None. Raises `UsageError`."""
        key = logrows.kept_text(key, logrows.TITLE_SIZE)
        if kind not in (RESET, FORGET) or (kind == FORGET) != bool(key):
            raise UsageError(f"a mark of kind {kind!r} with key {key!r} means nothing", f"{RESET} without a key, or {FORGET} with one")

        def work(db: sqlite3.Connection) -> None:
            cell = None if catalog is None else logrows.name_cell(catalog)
            db.execute("INSERT INTO marks(kind, catalog, key, after, at) VALUES(?,?,?,?,?)", (kind, cell, key, _next_event(db) - 1, time.time()))
            _changed(db, "marks", [])

        self._file.write(work)

    def move(self, old: str, new: str) -> None:
        """A catalog is known by another key from now on; if that one has entries already, they are one catalog's then."""

        def work(db: sqlite3.Connection) -> None:
            for table in ("events", "impressions", "marks"):
                db.execute(f"UPDATE {table} SET catalog = ? WHERE catalog = ?", (logrows.name_cell(new), logrows.name_cell(old)))
            db.execute("DELETE FROM changes WHERE catalog = ?", (logrows.name_cell(old),))
            for kind in ("events", "impressions", "marks"):
                _changed(db, kind, [new])

        if new and old != new and self._exists():
            self._file.write(work)

    # --- what is asked -----------------------------------------------------------------------------------------------

    def events(self, catalog: str | None = None, *, limit: int | None = None) -> list[Event]:
        """Verdicts that were not undone, oldest first; the newest `limit` of them."""
        where, values = ("AND catalog = ?", (logrows.name_cell(catalog),)) if catalog is not None else ("", ())
        return self._file.read(lambda db: logrows.events_of(_newest(db, f"SELECT {logrows.EVENT} FROM events WHERE undone = 0 {where}", "id", values, limit)), [])

    def impressions(self, catalog: str | None = None, *, limit: int | None = None, session: str | None = None) -> list[Impression]:
        """Answers as they were shown, oldest first; the newest `limit` of them."""
        return self._impressions({"catalog": catalog, "session": session}, limit)

    def impression(self, id: str) -> Impression | None:
        """The answer with this id."""
        return next(iter(self._impressions({"id": id}, 1)), None)

    def last(self, catalog: str | None = None) -> Impression | None:
        """The answer that was shown last."""
        return next(iter(self._impressions({"catalog": catalog}, 1)), None)

    def _impressions(self, having: dict[str, str | None], limit: int | None) -> list[Impression]:
        names = {column: logrows.name_cell(value) for column, value in having.items() if value is not None}
        where = " AND ".join(["1", *(f"{column} = ?" for column in names)])

        def work(db: sqlite3.Connection) -> list[Impression]:
            rows = _newest(db, f"SELECT {logrows.IMPRESSION} FROM impressions WHERE {where}", "n", tuple(names.values()), limit)
            shown: dict[int, list[tuple[Any, ...]]] = {row[0]: [] for row in rows}
            for some in _chunks(sorted(shown)):
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
        sql = f"SELECT kind, catalog, key, at, after FROM marks {where} ORDER BY id"
        return self._file.read(lambda db: [Mark(k, None if c is None else logrows.name_of(c), *rest) for k, c, *rest in db.execute(sql, values)], [])

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

    def remove(
        self, *, ids: Iterable[int | str] = (), catalog: str | None = None, session: str | None = None, before: float | None = None, item: str | None = None,
        everything: bool = False,
    ) -> int:  # fmt: skip
        """Remove for good, and from the disk, what meets all that is given; nothing if nothing is given. Returns how many entries went,
        those undone before among them.

        `ids` are events' numbers and impressions' ids; `before` seconds since 1970; `item` takes verdicts on it and its lines in answers;
        `catalog`, `before` and `everything` take marks too. `everything` alone also deletes damaged files that were kept aside.
        """
        ids = list(ids)
        names = {"catalog": catalog, "session": session, "item": item}
        given = [(column, "=", logrows.name_cell(value)) for column, value in names.items() if value is not None]
        given += [("at", "<", before)] if before is not None else []  # type: ignore[list-item]
        if not (given or ids or everything) or not self._exists():
            return 0

        def work(db: sqlite3.Connection) -> int:
            gone = _delete(db, "events", "id", given, [i for i in ids if isinstance(i, int)] if ids else None)
            if item is None:
                gone += _delete(db, "impressions", "id", given, [logrows.name_cell(i) for i in ids if isinstance(i, str)] if ids else None)
                db.execute("DELETE FROM shown WHERE impression NOT IN (SELECT n FROM impressions)")
            elif not ids:
                gone += _delete_lines(db, given)
            if session is None and item is None and not ids:
                gone += _delete(db, "marks", "id", given, None)
            db.execute("DELETE FROM changes WHERE catalog != '' AND catalog NOT IN (SELECT catalog FROM events UNION SELECT catalog FROM impressions)")
            left = [c for (c,) in db.execute("SELECT DISTINCT catalog FROM changes WHERE catalog != ''")]
            for kind in ("events", "impressions", "marks"):
                _changed(db, kind, map(logrows.name_of, left))
            return gone

        gone = self._file.write(work)
        if gone or everything:
            self._file.wipe()
        from recsh.salvage import kept_aside

        aside = kept_aside(self._file.path)
        if everything and not given and not ids:
            for path in aside:
                path.unlink(missing_ok=True)
        elif aside:
            self._file.note(f"{aside[-1]}: a damaged log from before, kept aside, may still hold what was removed")
        return gone


def _newest(db: sqlite3.Connection, select: str, number: str, values: tuple[object, ...], limit: int | None) -> list[tuple[Any, ...]]:
    """The rows with the `limit` highest numbers, or all, in order."""
    if limit is None:
        return db.execute(f"{select} ORDER BY {number}", values).fetchall()
    return db.execute(f"{select} ORDER BY {number} DESC LIMIT ?", (*values, max(0, limit))).fetchall()[::-1]


def _next_event(db: sqlite3.Connection) -> int:
    """The id of the next event: one that no event had, be it removed."""
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return (last[0] if last else 0) + 1


def _changed(db: sqlite3.Connection, kind: str, catalogs: Iterable[str]) -> None:
    """Number a change, for `stamp`."""
    (n,) = db.execute("SELECT n + 1 FROM changes WHERE kind = 'last'").fetchone()
    db.execute("UPDATE changes SET n = ? WHERE kind = 'last'", (n,))
    db.executemany("INSERT OR REPLACE INTO changes VALUES(?,?,?)", [(kind, c, n) for c in ("", *map(logrows.name_cell, catalogs))])


def _chunks(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK)]


def _delete(db: sqlite3.Connection, table: str, number: str, given: Sequence[tuple[str, str, Any]], ids: Sequence[Any] | None) -> int:
    """Delete the rows that meet all conditions (column, operator, value), and have one of the ids unless that is None."""
    where = " AND ".join(["1", *(f"{column} {operator} ?" for column, operator, _ in given)])
    values = [value for _, _, value in given]
    if ids is None:
        return db.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount
    return sum(db.execute(f"DELETE FROM {table} WHERE {where} AND {number} IN ({logrows.places(len(some))})", [*values, *some]).rowcount for some in _chunks(ids))


def _delete_lines(db: sqlite3.Connection, given: Sequence[tuple[str, str, Any]]) -> int:
    """Delete an item's lines in the answers that meet the other conditions."""
    where = " AND ".join(f"s.item {operator} ?" if column == "item" else f"i.{column} {operator} ?" for column, operator, _ in given)
    found = f"SELECT s.impression, s.place FROM shown s JOIN impressions i ON i.n = s.impression WHERE {where}"
    return db.execute(f"DELETE FROM shown WHERE (impression, place) IN ({found})", [value for _, _, value in given]).rowcount
