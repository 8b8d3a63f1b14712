"""A damaged log: kept aside, and what can still be read out of it, row by row, put into a new one.

A row counts as read only if it makes an event, an answer or a mark again. Where a part of the file is gone, rows on both sides of the gap are
still found: each is asked for by its number. Leaves out: when a log is damaged, and that nobody else uses it then (see `logfile`).
"""

from __future__ import annotations

import glob
import itertools
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from recsh.errors import StoreError, UsageError
from recsh.folder import sync
from recsh.logrows import EVENT, IMPRESSION, SHOWN, BadRow, event_row, events_of, impression_of, impression_row, kept_event, kept_impression, places, shown_rows
from recsh.migrations import migrate

ENDS = ("", "-wal", "-shm")  # the files that a log consists of while it is in use
BEYOND = 1_000  # numbers asked for past the highest known one
UNKNOWN = 200_000  # numbers asked for when not even the highest is known


def beside(path: Path, end: str) -> Path:
    """The file whose name has this more at its end."""
    return path.with_name(path.name + end)


def kept_aside(path: Path) -> list[Path]:
    """Damaged logs that were kept, with what belonged to them, oldest first, and what a process left that died while it mended one."""
    return [found for end in (".damaged-*", ".part*") for found in sorted(path.parent.glob(glob.escape(path.name) + end))]


def mend(path: Path, why: str) -> str:
    """Put a damaged log aside, and a new one with what could be read of it in its place; returns what to tell the user.

    Nothing else may have the log open. Raises `StoreError` if it cannot be done; the log stays as it is then.
    """
    when = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    aside = next(p for n in itertools.count(1) if not (p := beside(path, f".damaged-{when}{f'~{n}' if n > 1 else ''}")).exists())
    part = beside(path, ".part")
    try:
        events, impressions = salvage(path, part)
        for end in ENDS[1:]:
            if beside(path, end).exists():
                beside(path, end).rename(beside(aside, end))
        try:  # at no moment is there no log: whoever dies here leaves the damaged one to be mended again, or the new one
            os.link(path, aside)
        except OSError:  # a file system without second names
            path.rename(aside)
        part.replace(path)
        sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{path}: the feedback log is damaged ({why}), and cannot be mended: {error}", "free some space and make its folder writable") from error
    saved = f"{events:,} verdicts and {impressions:,} answers could be read out of it"
    return f"{path}: the feedback log was damaged ({why}); {saved}, and the damaged file is kept as {aside.name}"


def salvage(damaged: Path, fresh: Path) -> tuple[int, int]:
    """Write a new log `fresh` with all that can be read of `damaged`, which is only read. Returns (events, impressions) read.

    Raises `OSError` or `sqlite3.Error` if the new log cannot be written, and leaves none then.
    """
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    new = sqlite3.connect(fresh, isolation_level=None)
    try:
        migrate(new)
        old = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
        try:
            old.text_factory = lambda cell: cell.decode("utf-8", "replace")
            old.execute("PRAGMA writable_schema = ON")  # subtle: what makes SQLite read a file that is shorter than its header says
            new.execute("BEGIN")
            counts = _events(old, new), _impressions(old, new)
            _marks(old, new)
            new.execute("INSERT INTO changes SELECT kind, '', 1 FROM (SELECT 'events' AS kind UNION SELECT 'marks' UNION SELECT 'impressions')")
            new.execute("UPDATE changes SET n = 1 WHERE kind = 'last'")
            new.execute("INSERT INTO changes SELECT DISTINCT 'events', catalog, 1 FROM events")
            new.execute("INSERT INTO changes SELECT DISTINCT 'impressions', catalog, 1 FROM impressions")
            new.execute("COMMIT")
        finally:
            old.close()
    except BaseException:
        new.close()
        fresh.unlink(missing_ok=True)
        raise
    new.close()
    return counts


def _ask(db: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> list[tuple]:
    """All rows up to the first that cannot be read."""
    rows: list[tuple] = []
    try:
        rows.extend(db.execute(sql, values))
    except sqlite3.Error:
        pass
    return rows


def _highest(db: sqlite3.Connection, table: str, number: str) -> int:
    """The highest number that a table may have; 0 if there is no such table."""
    if not _ask(db, "SELECT 1 FROM sqlite_master WHERE name = ?", (table,)):
        return 0
    for sql, values in (("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)), (f"SELECT max({number}) FROM {table}", ())):
        if (found := _ask(db, sql, values)) and type(found[0][0]) is int:
            return min(found[0][0] + BEYOND, 10 * UNKNOWN)
    return UNKNOWN


def _there(db: sqlite3.Connection, table: str, columns: str) -> str:
    """The columns of today, those that a log of an older version has not as empty texts."""
    known = {row[1] for row in _ask(db, f"PRAGMA table_info({table})")}
    return ", ".join(c if not known or c.strip('"') in known else "''" for c in columns.split(", "))


def _rows(db: sqlite3.Connection, table: str, number: str, columns: str) -> Iterator[tuple]:
    """Every readable row of a table in order: in one go up to the damage, behind it one number after the other."""
    highest, at = _highest(db, table, number), 0
    if not highest:
        return
    columns = _there(db, table, columns)
    cursor = db.execute(f"SELECT {number}, {columns} FROM {table} ORDER BY {number}")
    while True:
        try:
            row = cursor.fetchone()
        except sqlite3.Error:
            break
        if row is None:
            return
        at = row[0]
        yield row[1:]
    for n in range(at + 1, highest + 1):
        yield from _ask(db, f"SELECT {columns} FROM {table} WHERE {number} = ?", (n,))


def _events(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    kept = 0
    for row in _guarded(old, "events", "id", f"{EVENT}, action, undone"):
        try:
            (event,) = events_of([row[:-2]])
            cells = event_row(replace(kept_event(event), id=event.id))
            kept += new.execute(f"INSERT OR IGNORE INTO events({EVENT}, action, undone) VALUES({places(17)})", (*cells, int(row[-2]), int(bool(row[-1])))).rowcount
        except (BadRow, UsageError, TypeError, ValueError, AttributeError, OverflowError):
            continue
    return kept


def _impressions(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    kept = 0
    for row in _guarded(old, "impressions", "n", IMPRESSION):
        lines = _ask(old, f"SELECT {SHOWN} FROM shown WHERE impression = ? ORDER BY place", (row[0],))
        try:
            impression = kept_impression(impression_of(row, lines))
            if new.execute(f"INSERT OR IGNORE INTO impressions({IMPRESSION}) VALUES({places(12)})", impression_row(impression, row[0])).rowcount:
                new.executemany(f"INSERT INTO shown({SHOWN}) VALUES({places(8)})", shown_rows(impression, row[0]))
                kept += 1
        except (BadRow, UsageError, TypeError, ValueError, AttributeError, OverflowError):
            continue
    return kept


def _marks(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    for row in _guarded(old, "marks", "id", "id, kind, catalog, key, after, at, source"):
        if [type(cell) for cell in row] in ([int, str, str, str, int, float, str], [int, str, type(None), str, int, float, str]):
            new.execute("INSERT OR IGNORE INTO marks(id, kind, catalog, key, after, at, source) VALUES(?,?,?,?,?,?,?)", row)
    for row in _guarded(old, "spent", "id", "epsilon, at"):
        if [type(cell) for cell in row] == [str, float] and re.fullmatch(r"\d{1,9}(/[1-9]\d{0,9})?", row[0]):
            new.execute("INSERT INTO spent(epsilon, at) VALUES(?,?)", row)


def _guarded(db: sqlite3.Connection, table: str, number: str, columns: str) -> Iterator[tuple]:
    """`_rows`, or none if the table cannot even be asked for."""
    try:
        yield from _rows(db, table, number, columns)
    except sqlite3.Error:
        return
