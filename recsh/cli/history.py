"""`recsh history`: what is remembered; look at it, remove it, take it along, bring it from elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from recsh.cli import common as c
from recsh.cli import importing
from recsh.cli import streams as s
from recsh.cli import wares
from recsh.errors import UsageError
from recsh.text import counted

if TYPE_CHECKING:
    from recsh.types import Event, Impression

SHOWN = 20  # entries that a list has

LimitOption = Annotated[int, typer.Option("--limit", "-n", metavar="N", parser=c.whole("--limit"), help=f"How many, the newest first; 0 for all. {SHOWN} if left out.", show_default=False)]
FormatOption = Annotated[Optional[str], typer.Option("--format", "-f", metavar="FORMAT", autocompletion=c.among("table", "json", "jsonl", "csv", "tsv"), help="table, json, jsonl, csv or tsv; by default a table on a terminal, tsv in a pipe.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

group = typer.Typer(help="What is remembered: list, show, search, rm, export, import, salvage.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(c.help_if_alone)
    group.command("import")(importing.import_)
    group.command("salvage")(importing.salvage)
    app.add_typer(group, name="history")


@group.command("list")
def list_(
    limit: LimitOption = SHOWN, catalog: c.CatalogOption = None,
    impressions: Annotated[bool, typer.Option("--impressions", help="The answers that were shown instead of what was said about them.")] = False,
    form: FormatOption = None, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """List what you said about items, the newest first.

    By when it happened: what was imported stands where its dates put it.

    \b
    Examples:
      recsh history list
      recsh history list -n 50 -c movies -f csv
      recsh history list --impressions
    """
    from recsh.cli.naming import key_of, opened_log

    form = _form(form, json)
    if limit < 0:
        raise UsageError(f"--limit: has to be 0 or more, not {limit}", f"--limit {SHOWN}")
    key = key_of(catalog) if catalog else None
    with opened_log(quiet) as log:
        if impressions:
            _print_impressions(log.impressions(key, limit=limit or None, by_time=True)[::-1], form, color)
        else:
            _print_events(log.events(key, limit=limit or None, by_time=True)[::-1], form, color, quiet)


def _form(form: str | None, json: bool) -> str:
    from recsh.cli.timeline import FORMATS

    form = "json" if json else form or ("table" if sys.stdout.isatty() else "tsv")
    if form not in FORMATS:
        raise UsageError(f"--format: {form!r} is not a format of a list", f"one of {', '.join(FORMATS)}")
    return form


def _print_events(rows: Sequence[Event], form: str, color: bool | None, quiet: bool) -> None:
    from recsh import render
    from recsh.cli import timeline
    from recsh.verdicts import as_dict

    if form == "table":
        s.emit(timeline.events(rows, render.console(sys.stdout, color=color)))
    else:
        s.emit(timeline.machine([as_dict(e) for e in rows], timeline.EVENT_FIELDS, form, indent=sys.stdout.isatty()))
    if not rows:
        s.note("nothing is remembered here yet; recsh like 1 begins it", quiet=quiet)


def _print_impressions(rows: Sequence[Impression], form: str, color: bool | None) -> None:
    from recsh import render
    from recsh.cli import timeline

    if form == "table":
        s.emit(timeline.impressions(rows, render.console(sys.stdout, color=color)))
        return
    dicts = [timeline.impression_dict(i) for i in rows]
    if form in ("csv", "tsv"):
        dicts = [{**d, "shown": " ".join(line["item_id"] for line in d["shown"])} for d in dicts]
    s.emit(timeline.machine(dicts, timeline.IMPRESSION_FIELDS, form, indent=sys.stdout.isatty()))


@group.command("show")
def show(
    id: Annotated[str, typer.Argument(metavar="ID", autocompletion=wares.entry_named, help="The number of a verdict, the id of an answer, or 'last' for the last answer.")],
    json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Show one verdict, or one answer with its lines and their signals.

    \b
    Examples:
      recsh history show 12
      recsh history show last
    """
    from recsh import render
    from recsh.cli import timeline
    from recsh.cli.naming import opened_log
    from recsh.verdicts import as_dict

    with opened_log(quiet) as log:
        event = next((e for e in log.events() if str(e.id) == id), None) if id.isdecimal() else None
        answer = log.last() if id == "last" else log.impression((event.impression or "") if event else id)
        about = [e for e in log.events(answer.catalog) if e.impression == answer.id] if answer and not event else []
    if event is None and answer is None:
        raise UsageError(f"there is no verdict and no answer {id!r}", "recsh history list, or with --impressions, shows their ids")
    console = render.console(sys.stdout, color=color)
    if event:
        if json:
            s.emit_json({**as_dict(event), "facets": dict(event.thing.facets), "numbers": dict(event.thing.numbers)})
        else:
            s.emit(timeline.event(event, answer, console))
    elif answer:
        if json:
            s.emit_json({**timeline.impression_dict(answer), "verdicts": [as_dict(e) for e in about]})
        else:
            s.emit(timeline.impression(answer, about, console))


@group.command("search")
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for in titles, makers, notes and questions.")],
    form: FormatOption = None, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Find verdicts by title, maker, note or question.

    \b
    Example:
      recsh history search metallica
    """
    from recsh.cli.naming import opened_log

    form = _form(form, json)
    with opened_log(quiet) as log:
        _print_events(log.search(" ".join(words))[::-1], form, color, quiet=True)


@group.command("rm")
def rm(
    ids: Annotated[Optional[list[str]], typer.Argument(metavar="ID...", autocompletion=wares.entries_kept, help="Numbers of verdicts, ids of answers.")] = None,
    catalog: Annotated[Optional[str], typer.Option("--catalog", "-c", metavar="NAME|FILE", autocompletion=c.catalog_names, help="All of this catalog.")] = None,
    session: Annotated[Optional[str], typer.Option("--session", metavar="NAME", autocompletion=wares.conversations, help="All of one conversation.")] = None,
    source: Annotated[Optional[str], typer.Option("--import", metavar="NAME", autocompletion=wares.imports_kept, help="All that came with one import.")] = None,
    before: Annotated[Optional[str], typer.Option("--before", metavar="DATE", help="All before this day, as in 2026-01-31.")] = None,
    item: Annotated[Optional[str], typer.Option("--item", metavar="ID", help="All about the item with this id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of it.")] = False,
    yes: YesOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Remove what is remembered, for good.

    What is removed is wiped from the log's file, and so are the conversations it
    was said in and the lines typed there. `recsh undo` only takes back, and what
    it took back is kept. Of several options all have to hold.

    \b
    Examples:
      recsh history rm 12 13
      recsh history rm --catalog movies --before 2026-01-31 -y
      recsh history rm --all
    """
    from recsh.cli.naming import confirmed, key_of, opened_log, words
    from recsh.forgetting import forget
    from recsh.removal import Criteria

    numbers = [int(i) if i.isdecimal() and len(i) < 19 else i for i in ids or []]
    if not (ids or catalog or session or source or before or item or everything):
        raise UsageError("nothing says what to remove", "recsh history rm 12, --catalog movies, --before 2026-01-31, or --all")
    said = {"--catalog": catalog, "--session": session, "--import": source, "--before": before, "--item": item}
    what = [*("1 entry" if len(numbers) == 1 else f"{len(numbers)} entries" for _ in numbers[:1]), *(f"{flag} {value}" for flag, value in said.items() if value)]
    if everything and what:
        raise UsageError(f"--all and {what[0]} contradict each other", "one of them")
    since = _day(before) if before else None
    if not confirmed(f"remove {', '.join(what) or 'all that is remembered'} for good?", yes, "recsh history rm"):
        s.note("nothing was removed", quiet=quiet)
        return
    with opened_log(quiet) as log:
        gone, talks = forget(log, Criteria(tuple(numbers), key_of(catalog) if catalog else None, session, source, since, item, everything))
    parts = [f"{n:,} {one if n == 1 else many}" for n, one, many in ((gone, "entry", "entries"), (talks, "conversation", "conversations")) if n]
    s.note(f"removed {words(parts)}; that is final" if parts else "there was nothing to remove", quiet=quiet)


def _day(text: str) -> float:
    """The beginning of a day, or a moment, in local time, as seconds since 1970."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"--before: {text!r} is not a date", "--before 2026-01-31") from None


@group.command("export")
def export(
    file: Annotated[Optional[Path], typer.Argument(metavar="FILE", help="Where to; standard output if left out.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Your taste in one catalog alone, with noise that hides every single item.")] = False,
    epsilon: Annotated[Optional[str], typer.Option("--epsilon", metavar="X", help="With --private: how much may be told; 1 if left out. Less is noisier.", show_default=False)] = None,
    catalog: Annotated[Optional[str], typer.Option("--catalog", "-c", metavar="NAME|FILE", autocompletion=c.catalog_names, help="With --private: the catalog whose tags are counted.")] = None,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Write all that is remembered as JSON Lines.

    `recsh history import FILE` reads it, on another machine too. The file is for
    your eyes only. With --private it is what may be shown to others: how often
    you liked and disliked what has each tag, with noise that hides any one item
    (differential privacy), and no titles, questions or dates.

    \b
    Examples:
      recsh history export history.jsonl
      recsh history export | grep thrash
      recsh history export taste.json --private --epsilon 0.5 -c movies
    """
    from recsh import backup
    from recsh.cli.naming import opened_log

    if private:
        from recsh.cli.sharing import share

        share(file, epsilon, catalog, quiet)
        return
    if epsilon or catalog:
        raise UsageError(f"{'--epsilon' if epsilon else '--catalog'} is for --private", "recsh history export taste.json --private")
    with opened_log(quiet) as log:
        history = backup.History.of(log)
    with s.output(file, private=True) as out:
        for line in backup.lines(history, time.time()):
            out.write(line)
    s.note(f"{counted(len(history.events), 'verdict')} and {counted(len(history.impressions), 'answer')}", quiet=quiet or file is None)


@group.command("path")
def path(debug: c.DebugOption = False) -> None:
    """Print where it is kept.

    \b
    Example:
      recsh history path
    """
    from recsh.feedback import Log

    s.emit(f"{Log().path}\n")
