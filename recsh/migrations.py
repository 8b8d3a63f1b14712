"""The feedback log's tables, as numbered steps from a blank file to today's. A step that was published is never edited: a change is a new one.

`PRAGMA user_version` holds the number of the last step done, `PRAGMA application_id` says whose file it is. Leaves out: opening the file
(see `logfile`), what stands in the columns (see `logrows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID = 0x72637368  # "rcsh"

# Catalog keys, item ids, impression ids and sessions are TEXT, or a BLOB for what is no valid Unicode: they have to come back as they were.
# AUTOINCREMENT, because an id that was removed must not come back as another verdict's.
_FIRST = (
    """CREATE TABLE impressions(
        n INTEGER PRIMARY KEY AUTOINCREMENT, id NOT NULL UNIQUE, catalog NOT NULL, at REAL NOT NULL, query TEXT NOT NULL, context TEXT, "where" TEXT,
        engine TEXT, explore REAL NOT NULL, session NOT NULL)""",
    "CREATE INDEX impressions_catalog ON impressions(catalog)",
    """CREATE TABLE shown(
        impression INTEGER NOT NULL, place INTEGER NOT NULL, item NOT NULL, title TEXT NOT NULL, rank INTEGER NOT NULL, score REAL NOT NULL,
        propensity REAL NOT NULL, features TEXT NOT NULL, PRIMARY KEY(impression, place)) WITHOUT ROWID""",
    """CREATE TABLE events(
        id INTEGER PRIMARY KEY AUTOINCREMENT, action INTEGER NOT NULL, undone INTEGER NOT NULL, catalog NOT NULL, item NOT NULL, title TEXT NOT NULL,
        creator TEXT NOT NULL, thing TEXT NOT NULL, verdict TEXT NOT NULL, value REAL, origin TEXT NOT NULL, impression, rank INTEGER,
        note TEXT NOT NULL, session NOT NULL, at REAL NOT NULL)""",
    "CREATE TABLE marks(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, catalog, key TEXT NOT NULL, after INTEGER NOT NULL, at REAL NOT NULL)",
    # The number of the last change of each kind ('' stands for any catalog), so that a cache can tell whether it is of today.
    "CREATE TABLE changes(kind TEXT NOT NULL, catalog NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(kind, catalog)) WITHOUT ROWID",
    # Two logs that succeed each other in one place must not be taken for one another: each has a birth of its own.
    "INSERT INTO changes VALUES('birth', '', abs(random() % 4611686018427387904)), ('last', '', 0)",
)

_SECOND = ("ALTER TABLE impressions ADD COLUMN vector TEXT NOT NULL DEFAULT ''",)  # the request's vector, to learn from

# Which import an entry came with, so that all of an import can be weighed, and removed, as one; and how much of the privacy budget was spent.
_THIRD = (
    *(f"ALTER TABLE {table} ADD COLUMN source NOT NULL DEFAULT ''" for table in ("events", "impressions", "marks")),
    "UPDATE events SET source = session WHERE origin = 'import' AND typeof(session) = 'text' AND session GLOB 'import-*'",
    "CREATE TABLE spent(id INTEGER PRIMARY KEY AUTOINCREMENT, epsilon TEXT NOT NULL, at REAL NOT NULL)",
)

STEPS: tuple[Sequence[str], ...] = (_FIRST, _SECOND, _THIRD)
VERSION = len(STEPS)


def migrate(db: sqlite3.Connection, steps: Sequence[Sequence[str]] = STEPS) -> int:
    """Bring a log to today's form, all or nothing; returns the version it had. `db` is in autocommit mode and no transaction is open.

    A file that is of this version, or of a later one, is left as it is. Raises `sqlite3.Error`.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()  # read behind the lock: another process may have been faster
        if version < len(steps):
            for step in steps[version:]:
                for statement in step:
                    db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute("COMMIT")
        return version
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
