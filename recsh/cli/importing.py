"""`recsh history import`: what was liked elsewhere becomes part of what is remembered."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Bring what you liked elsewhere.

    Reads recsh's own export, tables of likes or ratings with a column of titles
    or ids, Last.fm scrobbles, Letterboxd's files or its whole zip, and
    goodreads_library_export.csv. Titles are looked up in the catalog; what is
    not surely one of its items is left out, and listed. A file may be imported
    again; `recsh undo` takes an import back whole.

    \b
    Examples:
      recsh history import letterboxd.zip -c movies --dry-run
      recsh history import goodreads_library_export.csv -c books
      recsh history import history.jsonl
    """
    from recsh import backup
    from recsh.cli import timeline
    from recsh.cli.naming import catalog_named, opened_log

    with opened_log(quiet) as log:
        if kind == "recsh" or (kind == "auto" and backup.is_export(file)):
            name, session = (catalog or "the log"), ""
            report = _restored(log, file, catalog, dry_run)
        else:
            entry, session = catalog_named(catalog), f"import-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
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
    elif report.events and not dry_run:
        s.note(f"recsh undo takes this import back{f'; recsh history rm --session {session} removes it' if session else ''}", quiet=quiet)


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


def _restored(log: Log, file: Path, catalog: str | None, dry: bool) -> Report:
    """The report of recsh's own export, which is written unless `dry`. With a catalog, all of it is taken as of that one."""
    from recsh import backup
    from recsh.cli.naming import key_of
    from recsh.imports import Report

    events, impressions = backup.read(file)
    if catalog:
        key = key_of(catalog)
        events, impressions = [replace(e, catalog=key) for e in events], [replace(i, catalog=key) for i in impressions]
    new = backup.missing(events, log.events())
    known = {i.id for i in log.impressions()}
    answers = [i for i in impressions if i.id not in known]
    if not dry:
        for i in answers:
            log.show(i)
        new = [replace(e, id=n) for e, n in zip(new, log.add(new), strict=True)]
    return Report("recsh", catalog or "", len(events) + len(impressions), tuple(new), len(events) - len(new), impressions=len(answers))
