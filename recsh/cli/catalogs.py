"""`recsh catalog`: which catalogs there are, what is in them, what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.errors import CatalogError, UsageError

NameArgument = Annotated[Optional[str], typer.Argument(metavar="NAME|FILE", help="A catalog's name or path; the default one if left out.")]
ColumnOption = lambda role: Annotated[Optional[str], typer.Option(f"--{role}", metavar="COLUMN", help=f"The column that is the {role}.")]  # noqa: E731
ColumnsOption = lambda role: Annotated[Optional[list[str]], typer.Option(f"--{role}", metavar="COLUMN", help=f"A {role} column; may be repeated.")]  # noqa: E731
DelimiterOption = Annotated[Optional[str], typer.Option("--delimiter", help="What stands between cells; 'tab' for a tab.")]
EncodingOption = Annotated[Optional[str], typer.Option("--encoding", help="utf-8, gb18030, latin-1, ...")]
HeaderOption = Annotated[Optional[bool], typer.Option("--header/--no-header", help="Whether the first line names the columns.")]

group = typer.Typer(help="Your catalogs: add, list, use, info, check, search, remove.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="catalog")


def _reading(values: dict[str, Any], delimiter: str | None, encoding: str | None, header: bool | None) -> Any:
    from recsh.catalog import Reading
    from recsh.types import Role

    roles = {}
    for role, names in values.items():
        for name in [names] if isinstance(names, str) else names or []:
            roles[name] = Role(role)
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    if delimiter is not None and len(delimiter) != 1:
        raise UsageError(f"--delimiter: {delimiter!r} is not one character")
    return Reading(roles, delimiter, encoding, header)


@group.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV, JSON Lines or Parquet file.")],
    name: Annotated[Optional[str], typer.Option("--name", help="What to call it; the file's name if left out.")] = None,
    title: ColumnOption("title") = None, id: ColumnOption("id") = None, creator: ColumnOption("creator") = None,
    tags: ColumnsOption("tags") = None, text: ColumnsOption("text") = None, number: ColumnsOption("number") = None,
    date: ColumnsOption("date") = None, ignore: ColumnsOption("ignore") = None,
    delimiter: DelimiterOption = None, encoding: EncodingOption = None, header: HeaderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file with any defect.")] = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Add a file as a catalog, remember how to read it, and compile it.

    Example: recsh catalog add shop.csv --name shop --title product --id sku
    """
    c.set_debug(debug)
    from recsh import catalog as catalogs

    reading = _reading(dict(title=title, id=id, creator=creator, tags=tags, text=text, number=number, date=date, ignore=ignore), delimiter, encoding, header)
    entry = catalogs.Entry(_name(name or file.stem), file.expanduser().absolute(), reading)
    opened = _open(entry, quiet)
    account = opened.index.meta["account"]
    if strict and account["counts"]:
        raise CatalogError(f"{file}: {_defects(account)}", f"recsh catalog check {file}")
    catalogs.save(entry)
    c.note(f"added {entry.name!r}: {opened.index.rows:,} items{_about(account)}", quiet=quiet)
    sys.stdout.write(f"{entry.name}\n")


def _name(name: str) -> str:
    name = "_".join(name.split()).strip("/\\.") or "catalog"
    if "/" in name or "\\" in name:
        raise UsageError(f"--name: {name!r} may not contain a slash")
    return name


def _open(entry: Any, quiet: bool) -> Any:
    from recsh.catalog import open_catalog
    from recsh.semantic import Semantic

    with c.compiling(quiet) as progress:
        return open_catalog(entry, Semantic().for_rows, progress)


def _named(name: str | None) -> Any:
    from recsh import config
    from recsh.catalog import lookup

    return lookup(name or config.settings()["catalog"])


def _defects(account: dict[str, Any]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in account["counts"].items())


def _about(account: dict[str, Any]) -> str:
    return f"; {_defects(account)} (recsh catalog check shows the lines)" if account["counts"] else ""


@group.command("list")
def list_(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """List the catalogs that are known by name."""
    c.set_debug(debug)
    from recsh import config
    from recsh.catalog import entries
    from recsh.render import dump

    default = config.settings()["catalog"]
    rows = [{"name": e.name, "path": str(e.path), "sample": e.sample, "default": e.name == default, "found": e.path.exists()} for e in entries().values()]
    if json:
        sys.stdout.write(dump(rows, indent=sys.stdout.isatty()) + "\n")
        return
    for row in rows:
        mark = "*" if row["default"] else " "
        about = "" if row["found"] else "  (missing)"
        sys.stdout.write(f"{mark} {row['name']:<12} {'sample' if row['sample'] else row['path']}{about}\n")


@group.command("use")
def use(name: Annotated[str, typer.Argument(help="The catalog to ask when none is named.")], debug: c.DebugOption = False) -> None:
    """Make a catalog the default one."""
    c.set_debug(debug)
    from recsh import config
    from recsh.catalog import entries, lookup

    entry = lookup(name)
    known = entry.name in entries()
    config.save("catalog", entry.name if known else str(entry.path))
    c.note(f"the default catalog is {entry.name!r} now")


@group.command("info")
def info(name: NameArgument = None, json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Show a catalog's size, its columns and what they are for, and its most frequent tags as bars."""
    c.set_debug(debug)
    from dataclasses import asdict

    from recsh.render import dump

    opened = _open(_named(name), quiet)
    index = opened.index
    if json:
        value = {"name": opened.name, "path": str(opened.path), "items": index.rows, "columns": [asdict(col) for col in index.columns], "account": index.meta["account"]["counts"], "vectors": index.embedder, "index": str(index.folder)}
        sys.stdout.write(dump(value, indent=sys.stdout.isatty()) + "\n")
        return
    _print_info(opened)


def _print_info(opened: Any) -> None:
    from rich.table import Table
    from rich.text import Text

    from recsh.prompt import number_text
    from recsh.render import _bar, console
    from recsh.text import clean
    from recsh.types import Role

    index, out = opened.index, console(sys.stdout)
    out.print(Text(f"{opened.name}  {index.rows:,} items  {opened.path}", style="bold"))
    grid = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for column in index.columns:
        detail = Text()
        if column.low is not None:
            detail.append(f"{number_text(column.low, column)} .. {number_text(column.high, column)}")
        elif column.role in (Role.TAGS, Role.CREATOR):
            values = index.facet_values(column.name, 4)
            for f in values:
                detail.append(f"{clean(f.label)[:18]} ").append(_bar(f.count / max(1, values[0].count), 4), style="green").append(f" {f.count}  ", style="dim")
        grid.add_row(Text(column.name), Text(column.role.value, style="cyan"), detail)
    out.print(grid)
    if defects := index.meta["account"]["counts"]:
        out.print(Text("defects: " + ", ".join(f"{n} {k}" for k, n in defects.items()), style="yellow"))


@group.command("check")
def check(
    name: NameArgument = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None, header: HeaderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if there is any defect.")] = False,
    json: c.JsonOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Read a file from end to end and print every defect with its line: what was kept, mended, or left out."""
    c.set_debug(debug)
    from recsh.check import examine
    from recsh.render import dump
    from recsh.text import clean

    entry = _named(name)
    reading = _reading({}, delimiter, encoding, header)
    report = examine(entry, reading if delimiter or encoding or header is not None else entry.reading)
    if json:
        sys.stdout.write(dump(report.as_dict(), indent=sys.stdout.isatty()) + "\n")
    else:
        for line, kind, text in report.account.notes:
            sys.stdout.write(f"{entry.path.name}:{line}: {kind}: {clean(text)}\n")
        sys.stdout.write(report.summary() + "\n")
    if strict and report.account.counts:
        raise typer.Exit(CatalogError.exit_code)


@group.command("search")
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words to look for.")],
    catalog: c.CatalogOption = None, limit: c.LimitOption = None, where: c.WhereOption = None, form: c.FormatOption = None, json: c.JsonOption = False,
    fields: c.FieldsOption = None, headers: c.HeadersOption = True, output: c.OutputOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Find rows by words, meaning and conditions, without a model and without reasons."""
    c.set_debug(debug)
    from recsh.cli.ask import ask

    ask(list(words), catalog=catalog, engine="none", limit=limit, where=where, reasons=False, form=form, json=json, fields=fields, headers=headers, output=output, quiet=quiet)


@group.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The name to forget.")], debug: c.DebugOption = False) -> None:
    """Forget a catalog's name; the file itself stays."""
    c.set_debug(debug)
    from recsh import catalog as catalogs

    catalogs.forget(name)
    c.note(f"forgot {name!r}; its file was not touched")
