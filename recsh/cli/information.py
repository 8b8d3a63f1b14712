"""What `recsh catalog info` shows a person: columns, their roles, the range of numbers, the most frequent tags as bars."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from recsh.account import Account
    from recsh.catalog import Catalog
    from recsh.index import Index
    from recsh.types import Column

VALUES = 4  # frequent values shown, as far as they fit the line
NAME = 20  # cells of a column's name; longer ones are folded
LABEL = 18  # characters of one
BAR = 4


def information(opened: "Catalog", color: bool | None, rated: "Mapping[str, Any] | None" = None) -> str:
    """The text, as wide as the terminal at most. `rated` is what is known of the catalog's ratings (`Collab.meta`)."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    from recsh.render import console
    from recsh.text import clean

    index, out = opened.index, console(sys.stdout, color=color)
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    names = min(NAME, max(cell_len(clean(column.name)) for column in index.columns))
    roles = max(len(column.role.value) for column in index.columns)
    grid.add_column(overflow="fold", width=names)
    grid.add_column(no_wrap=True, width=roles)
    grid.add_column(overflow="ellipsis", no_wrap=True)
    for column in index.columns:
        grid.add_row(Text(clean(column.name)), Text(column.role.value, style="cyan"), _detail(index, column, out.width - names - roles - 4))
    with out.capture() as captured:
        out.print(Text(clean(opened.name), style="bold").append(f"  {index.rows:,} items  ", style="not bold").append(clean(str(opened.path)), style="not bold dim"))
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


def _detail(index: "Index", column: "Column", room: int) -> "Text":
    from rich.text import Text

    from recsh.prompt import number_text
    from recsh.render import bar
    from recsh.text import clean
    from recsh.types import Role

    out = Text()
    if column.low is not None:
        return out.append(f"{number_text(column.low, column)} .. {number_text(column.high, column)}")
    if column.role not in (Role.TAGS, Role.CREATOR):
        return out
    values = index.facet_values(column.name, VALUES)
    for value in values:
        part = Text(f"{clean(value.label)[:LABEL]} ").append(bar(value.count / max(1, values[0].count), BAR), style="green").append(f" {value.count}", style="dim")
        if out and out.cell_len + 2 + part.cell_len > room:
            break
        out.append("  " if out else "").append(part)
    return out
