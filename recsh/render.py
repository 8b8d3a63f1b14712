"""Answers -> text: a table for a person, JSON, JSON Lines, CSV, TSV and ids for a machine.

Catalog and model text is data: it reaches a terminal only as plain `Text` without control characters, and a spreadsheet only with
cells that begin like a formula made harmless.

Leaves out: which format and where to (see `cli`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

from recsh.errors import UsageError
from recsh.text import clean
from recsh.types import Answer, Column, Recommendation, Role

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA_VERSION = 1
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "ids")
_FLAT = ("rank", "item_id", "title", "creator", "score", "reason")
_BAR = 12
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON schema 1: every key always there, null rather than absent."""
    return {
        "schema_version": SCHEMA_VERSION, "id": answer.id, "created_at": answer.created_at, "query": answer.query, "where": answer.where,
        "context": answer.context, "engine": dict(answer.engine) if answer.engine else None, "catalog": dict(answer.catalog),
        "params": dict(answer.params), "results": [result_dict(r) for r in answer.results],
        "unmatched": [{"suggested": u.suggested, "cause": u.cause.value, "best": u.best, "score": u.score} for u in answer.unmatched],
        "usage": asdict(answer.usage), "timing_ms": dict(answer.timing_ms),
        "warnings": [{"code": w.code, "message": w.message} for w in answer.warnings],
    }  # fmt: skip


def result_dict(r: Recommendation) -> dict[str, Any]:
    """One recommendation as in `results` of JSON schema 1."""
    match = {"suggested": r.match.suggested, "score": r.match.score, "method": r.match.method} if r.match else None
    return {
        "rank": r.rank, "item_id": r.item.id, "title": r.item.title, "score": r.score, "reason": r.reason or None,
        "sources": dict(r.sources), "match": match, "item": dict(r.item.cells),
    }  # fmt: skip


def fields_of(answer: Answer, names: Sequence[str]) -> list[dict[str, Any]]:
    """The results narrowed to some fields: keys of a result, `creator`, or columns of the catalog. Raises `UsageError` for an unknown one."""
    full = [{**result_dict(r), "creator": r.item.creator} for r in answer.results]
    known = {*_FLAT, "sources", "match", "item", *(c for r in answer.results[:1] for c in r.item.cells)}
    if full and (unknown := [n for n in names if n not in known]):
        raise UsageError(f"--fields: unknown {', '.join(map(repr, unknown))}", f"fields: {', '.join(sorted(known))}")
    return [{n: f[n] if n in f else f["item"].get(n) for n in names} for f in full]


def dump(value: Any, *, indent: bool) -> str:
    """JSON in UTF-8 as is."""
    return json.dumps(value, ensure_ascii=False, indent=2 if indent else None)


def machine(answer: Answer, form: str, *, fields: Sequence[str] | None = None, headers: bool = True, indent: bool = False) -> str:
    """The answer in a format for machines, with a line end; empty for no results where a format has no other way to say so."""
    if form == "json":
        value = as_dict(answer)
        if fields:
            value["results"] = fields_of(answer, fields)
        return dump(value, indent=indent) + "\n"
    rows = fields_of(answer, fields or _FLAT) if form != "jsonl" or fields else [result_dict(r) for r in answer.results]
    if form == "jsonl":
        return "".join(dump(r, indent=False) + "\n" for r in rows)
    if form == "ids":
        return "".join(f"{clean(r.item.id)}\n" for r in answer.results)
    return _separated(rows, list(fields or _FLAT), "," if form == "csv" else "\t", headers)


def _separated(rows: Iterable[Mapping[str, Any]], names: Sequence[str], delimiter: str, headers: bool) -> str:
    out = io.StringIO()
    if delimiter == "\t":
        # TSV for cut, awk and read: id first, no header, no quoting; tabs and line ends cannot stand in a cleaned cell.
        names = [*(n for n in names if n == "item_id"), *(n for n in names if n != "item_id")]
        for row in rows:
            out.write("\t".join(clean(_plain(row[n])) for n in names) + "\n")
        return out.getvalue()
    writer = csv.writer(out, lineterminator="\n")
    if headers:
        writer.writerow(names)
    writer.writerows([_harmless(clean(_plain(row[n]))) for n in names] for row in rows)
    return out.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dump(value, indent=False)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection); plain numbers stay."""
    if cell.startswith(_FORMULA) and not cell.lstrip("+-").replace(".", "", 1).isdigit():
        return "'" + cell
    return cell


# --- for people ------------------------------------------------------------------------------------------------------


def console(stream: TextIO, *, color: bool | None = None, width: int | None = None) -> "Console":
    """A Rich console that takes text as it is: no markup, no emoji codes, no highlighting, no animation into pipes."""
    from rich.console import Console

    terminal = stream.isatty()
    return Console(
        file=stream, markup=False, emoji=False, highlight=False, soft_wrap=not terminal, force_terminal=terminal, width=width,
        no_color=None if color is None else not color,
    )  # fmt: skip


def table(answer: Answer, columns: Sequence[Column], out: "Console", *, explain: bool = False) -> None:
    """The answer as a table that fits the terminal: title and creator, year or price, a score bar, the reason below or beside."""
    from rich.table import Table
    from rich.text import Text

    if not answer.results:
        return
    wide = out.width >= 100
    number = _shown_number(columns)
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0), expand=False)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(ratio=None, overflow="fold", max_width=max(24, int(out.width * (0.38 if wide else 0.78))))
    if wide:
        grid.add_column(overflow="fold", max_width=max(20, int(out.width * 0.42)))
    grid.add_column(no_wrap=True, style="cyan")
    for r in answer.results:
        what = Text(clean(r.item.title), style="bold")
        if r.item.creator:
            what.append(f"  {clean(r.item.creator)}", style="not bold")
        if number and number.name in r.item.numbers:
            from recsh.prompt import number_text

            what.append(f"  {number_text(r.item.numbers[number.name], number)}", style="not bold dim")
        reason = Text(clean(r.reason), style="italic" if not wide else "")
        if not wide and r.reason:
            what.append("\n").append(reason)
        if explain:
            (reason if wide else what).append("\n").append(_bars(r))
        cells = [Text(str(r.rank)), what, *([reason] if wide else []), Text(_bar(r.score, 6))]
        grid.add_row(*cells)
    out.print(grid)


def _shown_number(columns: Sequence[Column]) -> Column | None:
    """The number a person wants to see: a price before a year before a duration."""
    numeric = [c for c in columns if c.role in (Role.NUMBER, Role.DATE)]
    for want in (("$", "元", "€", "£"), ("year",), ("min",)):
        if found := next((c for c in numeric if c.unit in want), None):
            return found
    return None


def _bar(value: float, width: int = _BAR) -> str:
    """A share of 1 as a bar of eighths of a block."""
    eighths = round(max(0.0, min(1.0, value)) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "")).ljust(width, "·")


def _bars(r: Recommendation):
    """One line a signal: its name, its share of the score as a bar and a number, and the words that matched."""
    from rich.text import Text

    out = Text(style="not italic")
    for name, share in r.sources.items():
        out.append(f"{name:>10} ", style="dim").append(_bar(share, 10), style="green").append(f" {share:.2f}\n", style="dim")
    if r.words:
        out.append("     words ", style="dim").append(", ".join(map(clean, r.words[:8])) + "\n")
    if r.match:
        out.append("   matched ", style="dim").append(f"{clean(r.match.suggested)} ({r.match.method}, {r.match.score:g})\n")
    out.rstrip()
    return out
