"""The feedback log's file: opened, shared, kept private and mended. Knows transactions, locks and errors, not what is in the tables.

    folder (0700)
    ├── log.sqlite                     the log (0600); beside it, while in use, -wal and -shm, as SQLite makes them (0600 too)
    └── log.sqlite.damaged-20261120T181500   one that could not be read, kept aside; what could be saved of it is in the new one

Many processes at once: a write holds a lock on the folder (flock) alone, a read shares it. SQLite's own locks would do for that; this one also
keeps a damaged file's replacement apart from everything else, and writers from checkpoints of others, which no SQLite from 3.7.0 to 3.51.2
survives for certain (https://sqlite.org/wal.html#walresetbug). Where there is no flock SQLite's locks remain.

A connection that another process inherits by fork is never used there. Leaves out: rows (see `logrows`), what is asked (see `feedback`).
"""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from recsh import paths
from recsh.errors import StoreError
from recsh.folder import FolderLock, make_private, pauses, sync
from recsh.logrows import BadRow
from recsh.migrations import APPLICATION_ID, VERSION, migrate
from recsh.salvage import ENDS, beside, mend

T = TypeVar("T")

PATIENCE = 30.0  # seconds that a read or write waits for other processes
SALVAGE_PATIENCE = 10.0  # ... that mending waits
_OLD_SECONDS = 60.0  # an empty file older than so many seconds is not one that another process is making this moment
_LOST_TABLE = ("no such table", "no such column", "malformed database schema", "Could not decode to UTF-8")

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_REFUSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)

_inherited: list[sqlite3.Connection] = []  # connections of a parent process: closing them here would take its locks away


class _Busy(sqlite3.OperationalError):
    """Another process reads what has to be emptied."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY


class LogFile:
    """One log, opened when it is first needed. `notes` says what a user should know of it. Every method raises `StoreError`."""

    def __init__(self, path: Path, *, own: bool) -> None:
        """`own`: the folder is recsh's alone, so that it may be made private."""
        self.path, self.own = path, own
        self.notes: list[str] = []
        self._db: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._writable = True  # a connection that is not may be of a file that others write to: it is not kept
        self._lock = FolderLock(path.parent)
        self._pid = os.getpid()
        self._mutex = threading.RLock()

    # --- reading and writing -----------------------------------------------------------------------------------------

    def read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """What `work` reads in one snapshot; `nothing` if there is no log yet. A log that cannot be written to can be read."""

        def run() -> T:
            if not self._reach(write=False):
                return nothing
            with _uncollected():
                return _transaction(self._db, "BEGIN", work)  # type: ignore[arg-type]

        return self._tried(run, write=False)

    def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """What `work` returns, after all that it wrote is in the log: on disk if `durable`, else safe from everything but a power cut."""

        def run() -> T:
            self._reach(write=True)
            # EXTRA is FULL for a write-ahead log, and right where there can be none and SQLite keeps a rollback journal (network folders)
            self._db.execute(f"PRAGMA synchronous = {'EXTRA' if durable else 'NORMAL'}")  # type: ignore[union-attr]
            return _transaction(self._db, "BEGIN IMMEDIATE", work)  # type: ignore[arg-type]

        return self._tried(run, write=True)

    def wipe(self) -> None:
        """Make what was deleted unreadable: the file is written anew without it, and the write-ahead log emptied."""

        def run() -> None:
            if not self._reach(write=True):
                return
            db: sqlite3.Connection = self._db  # type: ignore[assignment]
            db.execute("PRAGMA temp_store = MEMORY")  # the copy that VACUUM makes must not lie about as a file
            try:
                db.execute("VACUUM")  # secure_delete has zeroed what recsh deleted; this takes what other programs did, and gives the room back
            except sqlite3.OperationalError as error:
                if _code(error) not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                    raise
                self.note(f"{self.path}: too little room to write the log anew; traces of what was removed may stay in it")
            (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise _Busy

        try:
            self._tried(run, write=True)
        except StoreError as error:
            self.note(f"{error.message}: what was removed is gone from the log, but its traces stay in the file until nothing else has it open")

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        with self._mutex:
            if self._pid == os.getpid():
                self._drop()
                self._lock.close()

    # --- attempts ----------------------------------------------------------------------------------------------------

    def _tried(self, run: Callable[[], T], *, write: bool) -> T:
        """`run` behind the lock, again while others are busy, and once more after mending."""
        end, pause, mended = time.monotonic() + PATIENCE, pauses(), 0
        with self._mutex:
            while True:
                try:
                    with self._locked(write=write, patience=end - time.monotonic()):
                        if self._db is not None and self._db.in_transaction:  # Ctrl-C tore the last one off before it could be rolled back
                            self._db.rollback()
                        return run()
                except (sqlite3.Error, BadRow) as error:
                    if _is_damage(error) and mended < 2:
                        mended += 1
                        self._mend(str(error))
                    elif _code(error) not in _BUSY:
                        raise self._explained(error, write) from error
                    elif time.monotonic() > end:
                        raise self._in_use() from error
                    else:
                        time.sleep(next(pause))
                except OSError as error:
                    raise StoreError(f"{self.path}: {error.strerror or error}", "set RECSH_HOME to a folder that can be written") from error

    def _explained(self, error: Exception, write: bool) -> Exception:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _full(self.path.parent)):
            return StoreError(f"{self.path}: no room left on the disk", "free some space; nothing was half written")
        if code in _REFUSED:
            return StoreError(f"{self.path}: the feedback log cannot be {'written' if write else 'read'}: {error}", "look at its permissions and its folder's, or set RECSH_HOME")
        if code == sqlite3.SQLITE_IOERR:
            return StoreError(f"{self.path}: the disk refuses: {error}", "look for free space and a failing disk")
        if _is_damage(error):
            return StoreError(f"{self.path}: the feedback log is damaged: {error}", f"move it away: mv {self.path.name} {self.path.name}.old")
        return error

    @contextmanager
    def _locked(self, *, write: bool, patience: float) -> Iterator[None]:
        """Hold the folder's lock, alone to write."""
        if self._pid != os.getpid():  # forked: the parent's connection and lock are left to it
            if self._db is not None:
                _inherited.append(self._db)
            self._lock.close()
            self._db, self._pid = None, os.getpid()
        try:
            with self._lock.held(alone=write, patience=patience):
                yield
        except TimeoutError as error:
            raise self._in_use() from error

    def _in_use(self) -> StoreError:
        return StoreError(f"{self.path}: in use by other processes for {PATIENCE:.0f} seconds", "try again when they have ended")

    # --- opening -----------------------------------------------------------------------------------------------------

    def _reach(self, *, write: bool) -> bool:
        """Have the connection of the file that is there now; make one to write. False if there is none to read."""
        inode = _inode(self.path)
        if self._db is not None and inode == self._inode and self._writable:
            return True
        self._drop()
        if inode is None:
            if not write:
                return False
            self._create()
        self._inode = _inode(self.path)
        try:
            self._connect("mode=rw")
            self._writable = True
        except sqlite3.OperationalError as error:
            if write or _code(error) not in (*_REFUSED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
                raise
            self._connect_read_only()
            self._writable = False
        return True

    def _create(self) -> None:
        folder, made = self.path.parent, []
        while not folder.exists():
            made.append(folder)
            folder = folder.parent
        for folder in reversed(made):
            paths.private(folder)
        try:
            # subtle: made anew or not at all. Opening a log that is in use, and closing it, would take SQLite's locks away from it.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return
        for folder in (self.path.parent, *(f.parent for f in made)):
            sync(folder)

    def _connect(self, mode: str) -> None:
        """Open, check whose it is and of which version, and bring it to today's. Raises `StoreError` for what must be left alone."""
        uri = f"{self.path.absolute().as_uri()}?{mode}"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0.2, check_same_thread=False, cached_statements=64)
        try:
            (version,), (owner,) = db.execute("PRAGMA user_version").fetchone(), db.execute("PRAGMA application_id").fetchone()
            if owner != APPLICATION_ID and (owner or version or db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()):
                raise StoreError(f"{self.path}: a database, but not a feedback log of recsh", "name another file, or set RECSH_HOME to another folder")
            if version > VERSION:
                raise StoreError(
                    f"{self.path}: written by a newer recsh (its form is {version}, this one knows {VERSION})", "update recsh, or set RECSH_HOME to another folder"
                )
            if not version:
                self._check_blank(db)
            if mode == "mode=rw":
                self._ready(db, version)
            elif version < VERSION:
                raise StoreError(f"{self.path}: of an older recsh, and it cannot be brought up to date where it is", "make it and its folder writable")
            else:
                db.execute("SELECT 1 FROM events LIMIT 1").fetchone()
        except BaseException:
            db.close()
            raise
        self._db = db

    def _check_blank(self, db: sqlite3.Connection) -> None:
        """Whether a file that SQLite takes for blank may be written over. Raises `BadRow` if there is something in it."""

        # in a transaction, so that nobody fills it meanwhile; what a process left that died while it made the log is taken back by then
        def look(db: sqlite3.Connection) -> tuple[bool, os.stat_result]:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
            return db.execute("PRAGMA page_count").fetchone() == (0,), self.path.stat()

        blank, found = _transaction(db, "BEGIN", look)
        if blank and found.st_size:
            raise BadRow("it is too short for a database")
        if blank and time.time() - found.st_mtime > _OLD_SECONDS:
            self.note(f"{self.path}: the feedback log was empty; a new one was started")

    def _ready(self, db: sqlite3.Connection, version: int) -> None:
        if os.name != "nt":
            for end in ENDS:
                make_private(beside(self.path, end), 0o600)
            if self.own:
                make_private(self.path.parent, 0o700)
        db.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync leaves it in the disk's own memory
        db.execute("PRAGMA secure_delete = ON")
        if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("PRAGMA journal_mode = WAL").fetchone()
        if version < VERSION:
            migrate(db)

    def _connect_read_only(self) -> None:
        """A log on what cannot be written to: with its write-ahead log if that can be shared, else as the file alone is."""
        try:
            self._connect("mode=ro")
        except sqlite3.OperationalError:
            self._connect("mode=ro&immutable=1")
            wal = beside(self.path, "-wal")
            if wal.exists() and wal.stat().st_size:
                self.note(f"{self.path}: cannot be written to; its newest entries, in {wal.name}, are not seen")

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    # --- mending -----------------------------------------------------------------------------------------------------

    def _mend(self, why: str) -> None:
        """Put a new log in the place of a damaged one. Raises `StoreError` if that cannot be done."""
        self._drop()
        with self._locked(write=True, patience=SALVAGE_PATIENCE):
            if _inode(self.path) == self._inode:  # else another process was faster
                self.note(mend(self.path, why))


def _transaction(db: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
    """`work` between `begin` and a commit; nothing of it if it, or the commit, fails."""
    db.execute(begin)
    try:
        result = work(db)
        db.execute("COMMIT")
        return result
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: reading 50,000 rows makes none, and looking for some takes longer than the reading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _full(folder: Path) -> bool:
    """Whether there is no room at all: SQLite calls it an error of the disk where it needs room for what it shares between processes."""
    import shutil

    try:
        return not shutil.disk_usage(folder).free
    except OSError:
        return False


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_damage(error: BaseException) -> bool:
    """Whether it is the file's bytes that are wrong. A lost table counts: what is asked of a log is fixed, and every version has it."""
    return isinstance(error, BadRow) or _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or str(error).startswith(_LOST_TABLE)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
