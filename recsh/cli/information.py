"""What `recsh catalog info` shows a person: columns, their roles, the range of numbers, their histogram, the most frequent tags as bars."""

from __future__ import annotations

import sys
from recsh.text import counted
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from recsh.account import Account
    from recsh.catalog import Catalog
    from recsh.index import Index
    from recsh.types import Column

VALUES = 5  # frequent values shown
NAME = 20  # cells of a column's name; longer ones are folded
LABEL = 24  # cells of a value
BAR = 16  # cells of a bar
BINS = 40  # of a histogram, where there is room; an even number of them goes into each cell
CHECKED = 100_000  # rows looked at for empty cells, evenly spread; numbers are counted in all
SKEWED = 50.0  # largest over middle value from which a histogram has steps that grow


def information(opened: "Catalog", color: bool | None, rated: "Mapping[str, Any] | None" = None) -> str:
    """The text, as wide as the terminal at most. `rated` is what is known of the catalog's ratings (`Collab.meta`)."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    from recsh.render import console
    from recsh.text import clean

    index, out = opened.index, console(sys.stdout, color=color)
    names = min(NAME, max(cell_len(clean(column.name)) for column in index.columns), out.width // 3)
    roles = max(len(column.role.value) for column in index.columns)
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", width=names)
    grid.add_column(no_wrap=True, width=roles)
    grid.add_column(overflow="ellipsis", no_wrap=True)
    for profile, column in zip(profiles(index), index.columns, strict=True):
        grid.add_row(Text(clean(column.name)), Text(column.role.value, style="cyan"), _detail(profile, column, out.width - names - roles - 4))
    with out.capture() as captured:
        out.print(Text(clean(opened.name), style="bold").append(f"  {counted(index.rows, 'item')}  ", style="not bold").append(clean(str(opened.path)), style="not bold dim"))
        out.print(grid)
        if defects := index.meta["account"]["counts"]:
            text = ", ".join(f"{n:,} x {kind}" for kind, n in defects.items())
            out.print(Text(f"{text}; recsh catalog check shows the lines", style="yellow"))
        if rated:
            out.print(Text("ratings  ").append(f"{told(rated)}  ").append(clean(str(opened.entry.ratings)), style="dim"))
            if rated["account"]["counts"]:
                out.print(Text(account_of(rated).summary(), style="yellow"))
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def rated_of(opened: "Catalog", quiet: bool) -> "Mapping[str, Any] | None":
    """What there is to say of the catalog's ratings (`Collab.meta`), which are read and compiled if that was not done yet; None if it has none."""
    from recsh.cli import streams
    from recsh.collab import load_collab

    with streams.compiling(quiet) as progress:
        collab = load_collab(opened, progress)
    return None if collab is None else collab.meta


def ratings_json(opened: "Catalog", rated: "Mapping[str, Any] | None") -> "dict[str, Any] | None":
    """A catalog's ratings for `--json`, None without."""
    if rated is None:
        return None
    known = {k: rated[k] for k in ("ratings", "people", "items", "kind", "columns", "by_title")}
    return {"path": str(opened.entry.ratings), **known, "lost": rated["account"]["lost"], "defects": rated["account"]["counts"]}


def told(rated: "Mapping[str, Any]") -> str:
    """What a file of ratings has, in words."""
    how = "by title" if rated["by_title"] else "by id"
    return f"{rated['ratings']:,} {rated['kind']} of {rated['items']:,} items by {rated['people']:,} people, items found {how}"


def account_of(rated: "Mapping[str, Any]") -> "Account":
    """The account of a file of ratings, as it was kept."""
    from recsh.account import Account

    kept = rated["account"]
    return Account(Counter(kept["counts"]), [(line, kind, note) for line, kind, note in kept["notes"]], rated["ratings"], kept["lost"])


# --- what stands in the columns --------------------------------------------------------------------------------------


def profiles(index: "Index") -> list[dict[str, Any]]:
    """What stands in each column, JSON-able: `empty` the share of its cells that are, `values` how many different tags or makers there are and `top` the
    most frequent (label, count), `histogram` of numbers {edges, counts}; null for what a column has not got."""
    from recsh.types import Role

    empty = _empty(index)
    out = []
    for at, column in enumerate(index.columns):
        top = values = histogram = None
        if column.low is not None:
            histogram = _histogram(index.numbers(column.name))
        elif column.role in (Role.TAGS, Role.CREATOR):
            top = [{"label": f.label, "count": f.count} for f in index.facet_values(column.name, VALUES)]
            ((values,),) = index.db.execute("SELECT count(*) FROM facets WHERE col = ?", (at,)).fetchall()
        out.append({"empty": round(empty[at], 4), "values": values, "top": top, "histogram": histogram})
    return out


def _empty(index: "Index") -> list[float]:
    """The share of empty cells of each column: of so many rows, or of all if there are fewer."""
    from recsh.layout import CELL_END

    step = max(1, index.rows // CHECKED)
    counts, rows = [0] * len(index.columns), 0
    for (cells,) in index.db.execute("SELECT cells FROM items WHERE n % ? = 0", (step,)):
        rows += 1
        for at, cell in enumerate(cells.split(CELL_END)):
            counts[at] += not cell.strip()
    return [n / max(1, rows) for n in counts]


def _histogram(numbers: Any) -> "dict[str, list[float]] | None":
    """Counts between equal steps; where a few are much larger than the rest, between steps that grow by a factor."""
    import numpy

    known = numbers[~numpy.isnan(numbers)]
    if not len(known) or known.min() == known.max():
        return None
    low, high = float(known.min()), float(known.max())
    if low > 0 and high > SKEWED * float(numpy.median(known)):
        edges = numpy.geomspace(low, high, BINS + 1)
        edges[0], edges[-1] = low, high
    else:
        whole = bool((known == numpy.round(known)).all()) and high - low < BINS
        edges = numpy.arange(low, high + 2) if whole else numpy.linspace(low, high, BINS + 1)
    counts, edges = numpy.histogram(known, edges)
    return {"edges": [round(float(e), 6) for e in edges], "counts": counts.tolist()}


def _detail(profile: "Mapping[str, Any]", column: "Column", room: int) -> "Text":
    """A column in words and bars: numbers as a range with their histogram, tags and makers as the most frequent ones, a line each."""
    from rich.text import Text

    from recsh.cli.plot import fitted, labels, spark, squeezed
    from recsh.prompt import number_text
    from recsh.render import bar
    from recsh.text import clean

    out = Text()
    empty = f"{max(1, round(profile['empty'] * 100))}% empty" if profile["empty"] else ""
    if column.low is not None:
        out.append(f"{number_text(column.low, column)} .. {number_text(column.high, column)}")
        left = room - out.cell_len - 2 - (len(empty) + 2 if empty else 0)
        if profile["histogram"] and left >= 8:
            out.append("  ").append(spark(squeezed(profile["histogram"]["counts"], min(BINS, left))), style="green")
    elif profile["values"]:
        out.append(f"{profile['values']:,} different" if profile["values"] > 1 else "one for all")
    if empty:
        out.append("  " if out else "").append(empty, style="dim")
    top = profile["top"] or ()
    if top and room >= 16 and top[0]["count"] > 1:
        cells = labels([clean(v["label"]) for v in top], min(LABEL, room // 2))
        long = max(1, min(BAR, room - cells - 8))
        for value in top:
            out.append("\n" + fitted(clean(value["label"]), cells) + " ")
            out.append(bar(value["count"] / top[0]["count"], long).replace("·", " "), style="green").append(f" {value['count']:,}", style="dim")
    return out
