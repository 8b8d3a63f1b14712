"""Answers -> text: a table for a person, JSON, JSON Lines, CSV, TSV and ids for a machine.

Catalog and model text is data: it reaches a terminal only as plain `Text` without control characters, and a spreadsheet only with
cells that begin like a formula made harmless.

Leaves out: which format and where to (see `cli`).
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from msgspec.structs import asdict

from recsh.errors import UsageError
from recsh.regex import regex
from recsh.schema import told_first
from recsh.text import UNSAFE, clean, fold
from recsh.types import Answer, Column, Recommendation, Reference, Role

if TYPE_CHECKING:
    import pandas
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

SCHEMA_VERSION = 1
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "ids")
_FLAT = ("rank", "item_id", "title", "creator", "score", "reason")
_TSV = ("item_id", "title", "creator", "score", "reason")  # the id first, for cut -f1 and read
_SCORE, _BAR = 6, 10  # characters of a bar
_SMALL = 0.005  # a share of the score below it is not shown
_WORDS = 8  # words that matched, shown at most
_TITLES = 0.42  # share of a wide line that titles may take
_PAGE = 100  # columns where there is no terminal to ask
_HEIGHT = 24  # lines; nothing here depends on it, but Rich takes our width only together with a height
_WIDE, _WIDEST = 100, 140  # columns from which reasons stand beside titles, and beyond which lines get hard to read
# Where a spreadsheet begins to calculate: at the start of a cell, also behind quotes and spaces, in full width as East Asian ones take it, and
# behind a semicolon, at which many cut a line whatever it was meant to be cut at. There a smiley ";-)" is none.
_FORMULA = regex(r"""^["\s]*(?=[=@＝＠]|[+＋－-].)|(?<=;)["\s]*(?=[=@＝＠]|[+＋－-][\w.(])""")
_NUMBER = regex(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:e[+-]?[0-9]+)?%?", re.I)


def as_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON schema 1: every key always there, null rather than absent."""
    return {
        "schema_version": SCHEMA_VERSION, "id": answer.id, "created_at": answer.created_at, "query": answer.query, "where": answer.where,
        "context": answer.context, "engine": dict(answer.engine) if answer.engine else None, "catalog": dict(answer.catalog),
        "params": dict(answer.params), "results": [result_dict(r) for r in answer.results],
        "unmatched": [{"suggested": u.suggested, "cause": u.cause.value, "best": u.best, "score": u.score} for u in answer.unmatched],
        "usage": asdict(answer.usage), "timing_ms": dict(answer.timing_ms),
        "warnings": [{"code": w.code, "message": w.message} for w in answer.warnings], "known": [known_dict(r) for r in answer.known], "reply": answer.reply or None,
    }  # fmt: skip


def result_dict(r: Recommendation) -> dict[str, Any]:
    """One recommendation as in `results` of JSON schema 1."""
    because = r.because and {"link": r.because.link, "items": [{"item_id": i, "title": t} for i, t in r.because.items], "shared": list(r.because.shared)}
    match = {"suggested": r.match.suggested, "score": r.match.score, "method": r.match.method} if r.match else None
    return {
        "rank": r.rank, "item_id": r.item.id, "title": r.item.title, "score": r.score, "reason": r.reason or None,
        "sources": dict(r.sources), "because": because, "match": match, "item": dict(r.item.cells),
    }  # fmt: skip


def known_dict(r: Reference) -> dict[str, Any]:
    """Something named that the catalog has not got, and what is known of it, as in `known` of JSON schema 1; `rows` is how many are of what is near."""
    assert r.entry is not None
    e = r.entry
    return {"said": r.name, "name": e.name, "kind": e.kind, "year": int(e.year) if e.year else None, "creator": e.creator or None, "tags": [*e.tags], "near": [*e.near], "rows": len(r.near)}


def known_line(r: Reference) -> str:
    """The same for a person: "Sabaton" is not in this catalog; known: power metal, war, 1999; near: Powerwolf, HammerFall."""
    assert r.entry is not None
    facts = ", ".join(filter(None, (*r.entry.tags, r.entry.creator, r.entry.year)))
    name = clean(r.name) if fold(r.name) == fold(r.entry.name) else f"{clean(r.name)} ({r.entry.name})"
    return f"{name} is not in this catalog; known: {facts}; near: {', '.join(r.entry.near)}{'' if r.near else ' (none of them here)'}"


def field_names(fields: str | None, columns: Sequence[Column]) -> list[str] | None:
    """The names in `--fields a,b`, None for none given. Raises `UsageError` for one that a result does not have."""
    if fields is None:
        return None
    names = [f.strip() for f in fields.split(",") if f.strip()]
    known = [*_FLAT, "sources", "because", "match", "item", *(c.name for c in columns)]
    unknown = [n for n in names if n not in known]
    if unknown or not names:
        raise UsageError(f"--fields: there is no field {', '.join(map(repr, unknown or [fields]))}", f"of {', '.join(dict.fromkeys(known))}")
    return names


def _narrowed(answer: Answer, names: Sequence[str]) -> list[dict[str, Any]]:
    """The results with some fields only: keys of a result, `creator`, or columns of the catalog."""
    full = [{**result_dict(r), "creator": r.item.creator} for r in answer.results]
    return [{n: f[n] if n in f else f["item"].get(n) for n in names} for f in full]


def frame(answer: Answer) -> "pandas.DataFrame":
    """The results as a pandas DataFrame: rank, item_id, title, creator, score, reason, and the catalog's own columns behind them."""
    import pandas

    rows = [{**result_dict(r), "creator": r.item.creator} for r in answer.results]
    return pandas.DataFrame([{n: row[n] for n in _FLAT} | {n: v for n, v in row["item"].items() if n not in _FLAT} for row in rows])


def dump(value: Any, *, indent: bool) -> str:
    """JSON in UTF-8 as it is, but for characters that would act on a terminal: those stand as \\u escapes, which mean the same."""
    text = json.dumps(value, ensure_ascii=False, indent=2 if indent else None)
    return text if text.isascii() and "\x7f" not in text else UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def machine(answer: Answer, form: str, *, fields: Sequence[str] | None = None, headers: bool | None = None, indent: bool = False) -> str:
    """The answer in a format for machines, with a line end; empty for no results where a format has no other way to say so.

    `fields` are names that `field_names` let pass; `headers` None for the format's own habit.
    """
    if form == "json":
        value = as_dict(answer)
        if fields:
            value["results"] = _narrowed(answer, fields)
        return dump(value, indent=indent) + "\n"
    if form == "jsonl":
        rows = _narrowed(answer, fields) if fields else map(result_dict, answer.results)
        return "".join(dump(r, indent=False) + "\n" for r in rows)
    if form == "ids":
        return "".join(f"{clean(r.item.id)}\n" for r in answer.results)
    if form == "tsv":
        return tsv(_narrowed(answer, fields or _TSV), fields or _TSV, bool(headers))
    return csv_text(_narrowed(answer, fields or _FLAT), fields or _FLAT, headers is not False)


def tsv(rows: Iterable[Mapping[str, Any]], names: Sequence[str], headers: bool) -> str:
    """For cut, awk and read: no quoting; tabs and line ends cannot stand in a cleaned cell. No cell that would run as a formula."""
    lines = [[*map(harmless, names)]] if headers else []
    lines += [[harmless(_plain(row[n])) for n in names] for row in rows]
    return "".join("\t".join(line) + "\n" for line in lines)


def csv_text(rows: Iterable[Mapping[str, Any]], names: Sequence[str], headers: bool) -> str:
    """For spreadsheets and parsers: quoted where needed, no cell that would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if headers:
        writer.writerow(map(harmless, names))
    writer.writerows([harmless(_plain(row[n])) for n in names] for row in rows)
    return out.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dump(value, indent=False)


def harmless(cell: str) -> str:
    """A cleaned cell; one that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection), a number stays.

    >>> harmless("=1+1"), harmless("a;=1+1"), harmless("-M-"), harmless("-5"), harmless("wink ;-)")
    ("'=1+1", "a;'=1+1", "'-M-", '-5', 'wink ;-)')
    """
    cell = clean(cell)
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"'\g<0>", cell)


# --- for people ------------------------------------------------------------------------------------------------------


def console(stream: IO[str], *, color: bool | None = None, width: int | None = None) -> "Console":
    """A Rich console that takes text as it is: no markup, no emoji codes, no highlighting. `color` None for what NO_COLOR, FORCE_COLOR and the
    stream ask for; `width` None for the terminal's."""
    from rich.console import Console

    terminal = stream.isatty()
    if color is None:
        color = not os.environ.get("NO_COLOR") and (terminal or bool(os.environ.get("FORCE_COLOR")))
    return Console(
        file=stream, markup=False, emoji=False, highlight=False, force_terminal=terminal or color, color_system="auto" if color else None, no_color=not color,
        width=width or min(shutil.get_terminal_size((_PAGE, _HEIGHT)).columns, _WIDEST), height=_HEIGHT,
    )  # fmt: skip


def table(answer: Answer, columns: Sequence[Column], out: "Console", *, explain: bool = False, fields: Sequence[str] | None = None) -> str:
    """The answer as a table that fits the console: title, creator and a number, the reason below or beside, the score as a bar.

    With `fields` a plain grid of these. Empty if there are no results.
    """
    if not answer.results:
        return ""
    from rich.text import Text

    with out.capture() as captured:
        out.print(_grid(answer, fields) if fields else _cards(answer, columns, out.width, explain))
        for reference in answer.known if explain else ():
            out.print(Text(known_line(reference), style="dim"))
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _grid(answer: Answer, fields: Sequence[str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in fields:
        grid.add_column(Text(clean(name)), overflow="fold")
    for row in _narrowed(answer, fields):
        grid.add_row(*(Text(clean(_plain(row[n]))) for n in fields))
    return grid


def _cards(answer: Answer, columns: Sequence[Column], width: int, explain: bool) -> "Table":
    from rich.table import Table
    from rich.text import Text

    wide = width >= _WIDE
    number = _shown_number(columns)
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0), expand=True)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    if wide:
        grid.add_column(overflow="fold", max_width=int(width * _TITLES))
    grid.add_column(overflow="fold", ratio=1)
    grid.add_column(no_wrap=True, style="cyan", width=_SCORE)
    for r in answer.results:
        what, reason = _headline(r, number), Text(clean(r.reason), style="" if wide else "italic")
        if explain:
            reason.append("\n" if reason else "").append(_bars(r))
        if wide:
            cells = [what, reason]
        else:
            cells = [what.append("\n").append(reason) if reason else what]
        grid.add_row(Text(str(r.rank)), *cells, Text(bar(r.score, _SCORE)))
    return grid


def _headline(r: Recommendation, number: Column | None) -> "Text":
    """Title, creator, and the number that matters, in one line."""
    from rich.text import Text

    from recsh.prompt import lasting

    out = Text().append(clean(r.item.title), style="bold")
    if r.item.creator:
        out.append(f"  {clean(r.item.creator)}")
    if number and number.name in r.item.numbers:
        out.append(f"  {lasting(r.item.numbers[number.name], number)}", style="dim")
    return out


def _shown_number(columns: Sequence[Column]) -> Column | None:
    """The number a person wants to see: a price before a year before a duration."""
    numeric = told_first([c for c in columns if c.role in (Role.NUMBER, Role.DATE)])  # of when it was made and when it was noted the former
    for want in (("$", "元", "€", "£"), ("year",), ("min",)):
        if found := next((c for c in numeric if c.unit in want), None):
            return found
    return None


def bar(value: float, width: int) -> str:
    """A share of 1 as a bar of eighths of a block."""
    eighths = round(max(0.0, min(1.0, value)) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "")).ljust(width, "·")


def _bars(r: Recommendation) -> "Text":
    """The score, and one line a signal: its share of the score as a bar and a number; then the words that matched."""
    from rich.text import Text

    out = Text(style="not italic")
    for name, share in (("score", r.score), *((n, x) for n, x in r.sources.items() if abs(x) >= _SMALL)):
        out.append(f"{name:>9} ", style="dim").append(bar(share, _BAR), style="green").append(f" {share:.2f}\n", style="dim")
    if r.words:
        out.append("    words ", style="dim").append(", ".join(map(clean, r.words[:_WORDS])) + "\n")
    if r.match:
        out.append("  matched ", style="dim").append(f"{clean(r.match.suggested)} ({r.match.method}, {r.match.score:g})\n")
    out.rstrip()
    return out
