"""`recsh history import` and `salvage`: what was liked elsewhere, or stands in a damaged log, becomes part of what is remembered."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

from msgspec.structs import replace
import typer

from recsh.cli import common as c
from recsh.cli import streams as s

if TYPE_CHECKING:
    from recsh.feedback import Log
    from recsh.imports import Report


def _kinds(incomplete: str) -> list[str]:
    from recsh.foreign import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of one of these kinds.")],
    catalog: c.CatalogOption = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", autocompletion=_kinds, help="auto, recsh, csv, lastfm, letterboxd or goodreads; found out if left out.", show_default=False)] = "auto",
    user: Annotated[Optional[str], typer.Option("--user", metavar="NAME", help="Whose rows to take, of a table with a column of users.")] = None,
    plays: Annotated[int, typer.Option("--plays", metavar="N", parser=c.whole("--plays"), help="Plays from which a track of a Last.fm file counts as liked; 3 if left out.", show_default=False)] = 3,
    mine: Annotated[bool, typer.Option("--mine", help="Of recsh's own export: count it as said here, not as one import.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Bring what you liked elsewhere.

    Reads recsh's own export, tables of likes or ratings with a column of titles
    or ids, Last.fm scrobbles, Letterboxd's files or its whole zip, and
    goodreads_library_export.csv. Titles are looked up in the catalog; what is
    not surely one of its items is left out, and listed. A file may be imported
    again; `recsh undo` takes an import back whole. However large, an import
    counts as thirty verdicts beside what you said here, unless it is --mine.

    \b
    Examples:
      recsh history import letterboxd.zip -c movies --dry-run
      recsh history import goodreads_library_export.csv -c books
      recsh history import history.jsonl
    """
    from recsh import backup
    from recsh.cli import timeline
    from recsh.cli.naming import catalog_named, opened_log

    session = f"import-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    with opened_log(quiet, writing=True) as log:
        if kind == "recsh" or (kind == "auto" and backup.is_export(file)):
            name, session = (catalog or "the log"), "" if mine else session
            report = _restored(log, file, catalog, session, mine, dry_run)
        else:
            entry = catalog_named(catalog)
            name = repr(entry.name)
            report = _settled(log, file, catalog, kind, user, plays, session, quiet)
            if not dry_run:
                ids = log.add(report.events)
                report = replace(report, events=tuple(replace(e, id=n) for e, n in zip(report.events, ids, strict=True)))
    if json:
        s.emit_json({**report.as_dict(), "dry_run": dry_run, "session": session or None})
    else:
        s.emit(timeline.report(report, name, dry=dry_run))
    if report.lost and not report.events and not report.already:
        s.note(f"none of it is in {name}; is that the right catalog? -c CATALOG", quiet=quiet)
    elif (report.events or report.impressions) and not dry_run:
        s.note(f"recsh undo takes this import back{f'; recsh history rm --import {session} removes it' if session else ''}", quiet=quiet)


def _settled(log: Log, file: Path, catalog: str | None, kind: str, user: str | None, plays: int, session: str, quiet: bool) -> Report:
    """The report of a foreign file, its events not yet written."""
    from recsh import foreign, imports
    from recsh.cli.naming import catalog_opened
    from recsh.match import Names

    with catalog_opened(catalog, quiet) as opened:
        claims = foreign.read(file, kind, user=user, plays=plays, hits=imports.hits_in(opened.index))
        key = opened.entry.key
        with s.compiling(quiet) as progress:
            return imports.settle(claims, Names(opened.index), key, log.events(key), now=time.time(), session=session, progress=progress)


def _restored(log: Log, file: Path, catalog: str | None, name: str, mine: bool, dry: bool) -> Report:
    """The report of recsh's own export, which is written unless `dry`. With a catalog, all of it is taken as of that one."""
    from recsh import backup
    from recsh.cli.naming import key_of

    history = backup.read(file)
    if catalog:
        key = key_of(catalog)
        history = backup.History([replace(e, catalog=key) for e in history.events], [replace(i, catalog=key) for i in history.impressions],
                                 [replace(m, catalog=key) for m in history.marks])  # fmt: skip
    return replace(backup.restore(log, history, name, mine=mine, now=time.time(), dry=dry), catalog=catalog or "")


def salvage(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A damaged log, or an older one: log.sqlite.damaged-..., log.sqlite from a backup.")],
    json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Read what can be read of a damaged or older log.

    What the log has not yet is added to it, as if it had been said here; the
    file itself is only read. recsh does this by itself when its own log is
    damaged: this is for a file that was kept aside, or put back from a backup.

    \b
    Example:
      recsh history salvage log.sqlite.damaged-20261120T181500
    """
    import sqlite3

    from recsh import backup, paths
    from recsh.cli import timeline
    from recsh.cli.naming import opened_log
    from recsh.errors import StoreError, UsageError
    from recsh.feedback import Log
    from recsh.salvage import salvage as read_what_is_there

    if not file.is_file():
        raise UsageError(f"{file}: {'not a file' if file.exists() else 'there is no such file'}", "the damaged log that recsh kept aside; recsh doctor names it")
    part = paths.private(paths.data_dir()) / f"salvage.{secrets.token_hex(4)}.part"
    with opened_log(quiet) as log:
        try:
            read_what_is_there(file, part)
            with Log(part, raw=True) as found:
                history = backup.History.of(found)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{file}: cannot be read: {error}", "look at its permissions, and for free space") from error
        finally:
            for end in ("", "-wal", "-shm"):
                part.with_name(part.name + end).unlink(missing_ok=True)
        report = backup.restore(log, history, "", mine=True, now=time.time())
    if json:
        s.emit_json(report.as_dict())
    else:
        s.emit(timeline.report(replace(report, kind=str(file)), "the log", dry=False))
    if not report.rows:
        s.note(f"{file}: nothing could be read out of it", quiet=quiet)
