"""`recsh catalog`: which catalogs there are, what is in them, what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import CatalogError, UsageError
from recsh.text import counted

if TYPE_CHECKING:
    from recsh.catalog import Catalog, Entry, Reading


def _column(role: str) -> Any:
    return Annotated[Optional[str], typer.Option(f"--{role}", metavar="COLUMN", help=f"The column with the {role}.")]


def _rating_column(role: str, what: str) -> Any:
    return Annotated[Optional[str], typer.Option(f"--ratings-{role}", metavar="COLUMN", help=f"The column of the ratings that says {what}.")]


def _columns(role: str, what: str) -> Any:
    return Annotated[Optional[list[str]], typer.Option(f"--{role}", metavar="COLUMN", help=f"A column {what}; may be repeated.")]


TitleOption, IdOption, CreatorOption = _column("title"), _column("id"), _column("creator")
TagsOption, TextOption = _columns("tags", "of tags, genres, categories"), _columns("text", "of prose")
NumberOption, DateOption, IgnoreOption = _columns("number", "of numbers"), _columns("date", "of dates"), _columns("ignore", "to leave out")
NameArgument = Annotated[Optional[str], typer.Argument(metavar="NAME|FILE", autocompletion=c.catalog_names, help="A name or a path; the default catalog if left out.")]
DelimiterOption = Annotated[Optional[str], typer.Option("--delimiter", metavar="CHAR", help="What stands between cells; 'tab' for a tab.")]
EncodingOption = Annotated[Optional[str], typer.Option("--encoding", metavar="NAME", help="utf-8, gb18030, latin-1, ...")]
RatingsOption = Annotated[Optional[Path], typer.Option("--ratings", metavar="FILE", help="A file of other people's ratings of these items: CSV, TSV, JSON Lines or Parquet.")]
HeaderOption = Annotated[Optional[bool], typer.Option("--header/--no-header", help="Whether the first line names the columns.")]

RatingsUserOption, RatingsItemOption = _rating_column("user", "who"), _rating_column("item", "what")
RatingsRatingOption, RatingsTimeOption = _rating_column("rating", "how good, or how often"), _rating_column("time", "when")

group = typer.Typer(help="Your catalogs: add, list, use, info, check, search, remove.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(c.help_if_alone)
    app.add_typer(group, name="catalog")


@group.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, TSV, JSON Lines or Parquet file.")],
    name: Annotated[Optional[str], typer.Option("--name", metavar="NAME", help="What to call it; the file's name if left out.")] = None,
    title: TitleOption = None, id: IdOption = None, creator: CreatorOption = None, tags: TagsOption = None, text: TextOption = None,
    number: NumberOption = None, date: DateOption = None, ignore: IgnoreOption = None,
    delimiter: DelimiterOption = None, encoding: EncodingOption = None, header: HeaderOption = None,
    ratings: RatingsOption = None, ratings_user: RatingsUserOption = None, ratings_item: RatingsItemOption = None,
    ratings_rating: RatingsRatingOption = None, ratings_time: RatingsTimeOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file with any defect.")] = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Add a file as a catalog, and compile it.

    How it is to be read is remembered with it. Columns, delimiter and encoding are found out where they are not said.
    With --ratings, what other people like has a say once something is known of yours.

    \b
    Examples:
      recsh catalog add shop.csv
      recsh catalog add films.csv --ratings ratings.csv
      recsh catalog add shop.csv --name shop --title product --id sku
      recsh catalog add export.txt --delimiter tab --no-header --title column2
    """
    from recsh import catalog as catalogs
    from recsh.cli.information import account_of, rated_of, told

    said = dict(title=title, id=id, creator=creator, tags=tags, text=text, number=number, date=date, ignore=ignore)
    columns = {k: v for k, v in dict(user=ratings_user, item=ratings_item, rating=ratings_rating, time=ratings_time).items() if v}
    if columns and ratings is None:
        raise UsageError(f"--ratings-{next(iter(columns))} is about a file of ratings", "--ratings FILE")
    entry = catalogs.Entry(
        _name(name or file.stem), file.expanduser().absolute(), _reading(said, delimiter, encoding, header),
        ratings=ratings.expanduser().absolute() if ratings else None, rating_columns=columns,
    )  # fmt: skip
    with _open(entry, quiet) as opened:
        items, counts = opened.index.rows, opened.index.meta["account"]["counts"]
        rated = rated_of(opened, quiet)
    if strict and counts:
        raise CatalogError(f"{file}: {_defects(counts)}", f"recsh catalog check {file}")
    before = catalogs.entries().get(entry.name)
    catalogs.save(entry)
    s.note(f"added {entry.name!r}: {counted(items, 'item')}{_instead(before, entry)}", quiet=quiet)
    if counts:
        s.note(f"{_defects(counts)}; recsh catalog check {entry.name} shows the lines", quiet=quiet)
    if rated:
        s.note(f"ratings: {told(rated)}", quiet=quiet)
        if rated["account"]["counts"]:
            s.note(f"{entry.ratings}: {account_of(rated).summary()}", quiet=quiet)
    s.emit(f"{entry.name}\n")


def _name(name: str) -> str:
    from recsh.catalog import NAME_LIMIT
    from recsh.text import clean

    name = "_".join(clean(name)[:NAME_LIMIT].split()).strip("/\\.") or "catalog"
    if "/" in name or "\\" in name:
        raise UsageError(f"--name: {name!r} may not contain a slash", "--name shop")
    return name


def _instead(before: "Entry | None", entry: "Entry") -> str:
    if before is None or before.path == entry.path:
        return ""
    return f", in place of the sample {before.name!r}" if before.sample else f", in place of {before.path}"


def _reading(said: dict[str, Any], delimiter: str | None, encoding: str | None, header: bool | None) -> "Reading":
    """How the flags say a file is to be read. Raises `UsageError`."""
    from recsh.catalog import Reading
    from recsh.types import Role

    roles: dict[str, Role] = {}
    for role, columns in said.items():
        for column in [columns] if isinstance(columns, str) else columns or []:
            if column in roles:
                raise UsageError(f"--{role} {column}: this column is already the {roles[column]}", "one role a column")
            roles[column] = Role(role)
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    if delimiter is not None and len(delimiter) != 1:
        raise UsageError(f"--delimiter: {delimiter!r} is not one character", "--delimiter ';'")
    return Reading(roles, delimiter, encoding, header)


@contextmanager
def _open(entry: "Entry", quiet: bool) -> "Iterator[Catalog]":
    from recsh.catalog import open_catalog
    from recsh.semantic import Semantic

    with s.compiling(quiet) as progress:
        opened = open_catalog(entry, Semantic().for_rows, progress)
    with closing(opened.index):
        yield opened


def _named(name: str | None) -> "Entry":
    from recsh import config
    from recsh.catalog import lookup

    return lookup(name or config.settings()["catalog"])


def _defects(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} x {kind}" for kind, n in counts.items())


@group.command("list")
def list_(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """List the catalogs that are known by name; * marks the default.

    \b
    Examples:
      recsh catalog list
      recsh catalog list --json
    """
    from recsh import config
    from recsh.catalog import entries
    from recsh.text import clean

    default = config.settings()["catalog"]
    rows = [{"name": e.name, "path": str(e.path), "sample": e.sample, "default": e.name == default, "found": e.path.exists()} for e in entries().values()]
    if json:
        s.emit_json(rows)
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        where = "sample" if row["sample"] else clean(row["path"])
        s.emit(f"{'*' if row['default'] else ' '} {row['name']:<{width}}  {where}{'' if row['found'] else '  (missing)'}\n")


@group.command("use")
def use(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", autocompletion=c.catalog_names, help="The catalog to ask when none is named.")],
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Make a catalog the default one.

    \b
    Examples:
      recsh catalog use movies
      recsh catalog use shop.csv
    """
    from recsh import config
    from recsh.catalog import entries, lookup

    entry = lookup(name)
    if not entry.path.exists():
        raise CatalogError(f"{entry.path}: no such file", "recsh catalog list")
    known = entries().get(entry.name) == entry
    config.save("catalog", entry.name if known else str(entry.path))
    s.note(f"the default catalog is {entry.name if known else entry.path} now", quiet=quiet)


@group.command("info")
def info(name: NameArgument = None, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Show a catalog's size and columns, and what these are for.

    Tags and creators show the most frequent values as bars, numbers their range and histogram; how many cells are empty. Ratings: how many there are, of how many people and items.

    \b
    Examples:
      recsh catalog info movies
      recsh catalog info shop.csv --json
    """
    from msgspec.structs import asdict

    from recsh.cli.information import information, profiles, rated_of, ratings_json

    with _open(_named(name), quiet) as opened:
        index, rated = opened.index, rated_of(opened, quiet)
        if not json:
            s.emit(information(opened, color, rated))
            return
        columns = [{**asdict(column), **profile} for column, profile in zip(index.columns, profiles(index), strict=True)]
        defects = index.meta["account"]["counts"]
        s.emit_json({"name": opened.name, "path": str(opened.path), "items": index.rows, "columns": columns, "defects": defects, "vectors": index.embedder, "index": str(index.folder), "ratings": ratings_json(opened, rated)})


@group.command("check")
def check(
    name: NameArgument = None, title: TitleOption = None, id: IdOption = None, creator: CreatorOption = None, tags: TagsOption = None,
    text: TextOption = None, number: NumberOption = None, date: DateOption = None, ignore: IgnoreOption = None,
    delimiter: DelimiterOption = None, encoding: EncodingOption = None, header: HeaderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if there is any defect.")] = False,
    json: c.JsonOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Read a file to the end and print every defect with its line.

    Says what was kept, mended, or left out. Nothing is written, and the file stays as it is.

    \b
    Examples:
      recsh catalog check shop.csv
      recsh catalog check shop.csv --title product --json
      recsh catalog check shop.csv --strict && recsh catalog add shop.csv
    """
    from recsh.check import examine
    from recsh.text import clean

    entry = _named(name)
    said = _reading(dict(title=title, id=id, creator=creator, tags=tags, text=text, number=number, date=date, ignore=ignore), delimiter, encoding, header)
    report = examine(entry, said if said.as_json() else entry.reading)
    if json:
        s.emit_json(report.as_dict())
    else:
        for line, kind, text in report.account.notes:
            s.emit(f"{clean(entry.path.name)}:{line}: {kind}: {clean(text)}\n")
        if (more := report.account.counts.total() - len(report.account.notes)) > 0:
            s.emit(f"... and {more:,} more\n")
        s.emit(clean(report.summary()) + "\n")
    if strict and report.account.counts:
        raise typer.Exit(CatalogError.exit_code)


@group.command("search")
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words to look for.")],
    catalog: c.CatalogOption = None, limit: c.LimitOption = None, where: c.WhereOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="In the table: bars of each signal, and the words that matched.")] = False,
    form: c.FormatOption = None, json: c.JsonOption = False, fields: c.FieldsOption = None, headers: c.HeadersOption = None,
    output: c.OutputOption = None, quiet: c.QuietOption = False, verbose: c.VerboseOption = False, color: c.ColorOption = None, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Find rows by words, meaning and conditions, without a model.

    \b
    Examples:
      recsh catalog search piano -n 3
      recsh catalog search love -c movies --where 'year:1940..1960'
      recsh catalog search headphones -c products -f csv --fields title,price
    """
    from recsh.cli.ask import ask

    ask(
        list(words), catalog=catalog, engine="none", limit=limit, where=where, reasons=False, taste=False, log=False, explain=explain, form=form, json=json, fields=fields,
        headers=headers, output=output, quiet=quiet, verbose=verbose, color=color,
    )  # fmt: skip


@group.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=c.catalog_names, help="The name to forget.")],
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Forget a catalog's name; the file itself stays.

    \b
    Example:
      recsh catalog remove shop
    """
    from recsh import catalog as catalogs
    from recsh import config

    catalogs.forget(name)
    s.note(f"forgot {name!r}; its file was not touched", quiet=quiet)
    if config.saved().get("catalog") == name and name not in catalogs.entries():
        config.save("catalog", None)
        s.note(f"it was the default catalog; that is {config.SETTINGS['catalog'].default!r} again", quiet=quiet)
