"""What is remembered, as text: lists of verdicts and of answers, one of either in full, and the report of an import.

Everything here comes from files: it reaches a terminal cleaned and as plain `Text`. Leaves out: the commands (see `history`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from recsh.text import clean, counted
from recsh.types import Event, Impression, Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from recsh.imports import Report

EVENT_FIELDS = ("id", "at", "verdict", "value", "item_id", "title", "creator", "catalog", "note")
IMPRESSION_FIELDS = ("id", "at", "catalog", "query", "shown")
FORMATS = ("table", "json", "jsonl", "csv", "tsv")
LOST = 20  # lines that were not found that a report names
_NARROW = 80  # columns below which a moment is a day
_BAR = 10  # characters of a bar
_DONE = {Verdict.LIKE: "liked", Verdict.DISLIKE: "disliked", Verdict.SKIP: "skipped", Verdict.CONSUMED: "known", Verdict.NOTE: "note"}


def impression_dict(i: Impression) -> dict[str, Any]:
    """An answer as JSON: every key always there, the moment as ISO 8601 in UTC."""
    from recsh.verdicts import stamp

    return {**to_builtins(i), "at": stamp(i.at), "session": i.session or None}


def machine(rows: Sequence[Mapping[str, Any]], names: Sequence[str], form: str, *, indent: bool) -> str:
    """Rows in a format for machines; cells that a spreadsheet would run are made harmless as in answers."""
    from recsh.render import csv_text, dump, tsv

    if form == "json":
        return dump(list(rows), indent=indent) + "\n"
    if form == "jsonl":
        return "".join(dump(row, indent=False) + "\n" for row in rows)
    return tsv(rows, names, False) if form == "tsv" else csv_text(rows, names, True)


# --- for people ------------------------------------------------------------------------------------------------------


def moment(at: float, width: int) -> str:
    """Local time, to the minute where there is room."""
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d" if width < _NARROW else "%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "?"


def catalog_name(key: str) -> str:
    """A catalog's key as a person knows it: a sample's name, or a file's."""
    return clean(PurePath(key).name if "/" in key or "\\" in key else key)


def _said(event: Event) -> str:
    return f"rated {event.value:g}" if event.verdict is Verdict.RATING else _DONE[event.verdict]


def _printed(out: Console, *parts: Any) -> str:
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _grid() -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0), expand=True)


def events(rows: Sequence[Event], out: Console) -> str:
    """Verdicts, one a line: number, moment, what was said, of what; the catalog if there are several."""
    from rich.text import Text

    several = len({e.catalog for e in rows}) > 1
    grid = _grid()
    for style in ("dim", "dim", "cyan"):
        grid.add_column(justify="right" if not grid.columns else "left", style=style, no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    if several:
        grid.add_column(style="dim", overflow="ellipsis", no_wrap=True, max_width=out.width // 5)
    for e in rows:
        what = Text(clean(e.thing.title), style="bold")
        if e.thing.creator:
            what.append(f"  {clean(e.thing.creator)}", style="not bold")
        if e.note:
            what.append(f"\n{clean(e.note)}", style="not bold italic")
        grid.add_row(Text(str(e.id)), Text(moment(e.at, out.width)), Text(_said(e)), what, *([Text(catalog_name(e.catalog))] if several else []))
    return _printed(out, grid) if rows else ""


def impressions(rows: Sequence[Impression], out: Console) -> str:
    """Answers, one a line: id, moment, question, how many lines were shown."""
    from rich.text import Text

    grid = _grid()
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    grid.add_column(justify="right", style="cyan", no_wrap=True)
    for i in rows:
        grid.add_row(Text(clean(i.id)), Text(moment(i.at, out.width)), Text(clean(i.query)), Text(f"{len(i.shown)} in {catalog_name(i.catalog)}"))
    return _printed(out, grid) if rows else ""


def _facts(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values, those without a value left out."""
    from rich.text import Text

    grid = _grid()
    grid.add_column(style="dim", max_width=20, overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    for name, value in pairs:
        if value:
            grid.add_row(Text(clean(name)), Text(clean(value)))
    return grid


def event(e: Event, answer: Impression | None, out: Console) -> str:
    """One verdict in full: the item as it was, and the answer that it was about."""
    from rich.text import Text

    from recsh.verdicts import phrase

    asked = f"line {e.rank} of {e.impression}" + (f": {answer.query}" if answer else "") if e.impression else ""
    facts = [("when", moment(e.at, out.width)), ("catalog", e.catalog), ("item", e.thing.id), ("note", e.note), ("answer", asked), ("by", e.origin.value), ("session", e.session)]
    facts += [(name, ", ".join(values)) for name, values in e.thing.facets.items()] + [(name, f"{value:g}") for name, value in e.thing.numbers.items()]
    return _printed(out, Text(f"{e.id}  {phrase(e)}", style="bold"), _facts(facts))


def impression(i: Impression, verdicts: Sequence[Event], out: Console) -> str:
    """One answer in full: the question, each line with its score, what was said of it, and its signals as bars."""
    from rich.text import Text

    from recsh.render import bar

    said: dict[str, list[str]] = {}
    for e in verdicts:
        said.setdefault(e.thing.id, []).append(_said(e))
    facts = [("when", moment(i.at, out.width)), ("catalog", i.catalog), ("context", i.context or ""), ("where", i.where or ""), ("engine", i.engine or ""),
             ("explore", f"{i.explore:g}" if i.explore else ""), ("session", i.session), ("id", i.id)]  # fmt: skip
    grid = _grid()
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    for s in i.shown:
        line = Text(clean(s.title), style="bold")
        line.append(f"  {s.score:.2f}", style="not bold cyan")
        if s.item_id in said:
            line.append(f"  {', '.join(said[s.item_id])}", style="not bold yellow")
        for name, share in sorted(s.features.items(), key=lambda pair: -pair[1]):
            line.append(f"\n{clean(name):>10} ", style="not bold dim").append(bar(share, _BAR), style="not bold green").append(f" {share:.2f}", style="not bold dim")
        grid.add_row(Text(str(s.rank)), line)
    return _printed(out, Text(clean(i.query), style="bold"), _facts(facts), grid)


# --- imports ---------------------------------------------------------------------------------------------------------


def report(r: Report, name: str, *, dry: bool) -> str:
    """What an import did, or would do: a line for each kind of outcome, and the first lines that were not found."""
    kinds = Counter(_DONE.get(e.verdict, "rated") for e in r.events)
    made = f" ({', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())})" if kinds else ""
    out = [f"{r.kind}: {counted(r.rows, 'line')}", *(f"  {clean(note)}" for note in r.notes), f"{len(r.events):7,} {'to add' if dry else 'added'} to {clean(name)}{made}"]
    if r.impressions:
        out.append(f"{r.impressions:7,} {'answer' if r.impressions == 1 else 'answers'} {'to add' if dry else 'added'}")
    if r.already:
        out.append(f"{r.already:7,} there already")
    if r.repeated:
        out.append(f"{r.repeated:7,} about an item that another line says more of")
    out += [f"{n:7,} left out: {clean(why)}" for why, n in r.ignored.items()]
    if r.lost:
        out.append(f"{len(r.lost):7,} not found in {clean(name)}:")
    for lost in r.lost[:LOST]:
        by, year = f" by {clean(lost.creator)}" if lost.creator else "", f" ({lost.year})" if lost.year else ""
        near = f"; the nearest is {clean(lost.nearest)}" if lost.nearest else ""
        out.append(f"        {f'{clean(lost.source)} ' if lost.source else ''}line {lost.line}: {clean(lost.title)}{by}{year}{near}")
    if len(r.lost) > LOST:
        out.append(f"        ... and {len(r.lost) - LOST:,} more; --json lists them all")
    return "\n".join(out) + "\n"
