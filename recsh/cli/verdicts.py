"""`recsh like`, `dislike`, `rate`, `skip`, `consumed`, `note`, `undo`: what is said about items."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.cli import wares
from recsh.errors import UsageError

if TYPE_CHECKING:
    from recsh.cli.naming import Finder, Found
    from recsh.types import Event, Verdict

ItemsArgument = Annotated[list[str], typer.Argument(metavar="ITEM...", autocompletion=wares.items, help="A rank of the last answer, an id (id:m0934), or a title, which may be misspelt.")]
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", autocompletion=wares.items, help="A rank of the last answer, an id (id:m0934), or a title, which may be misspelt.")]
JsonOption = Annotated[bool, typer.Option("--json", help="What was noted down, as a JSON list on standard output.")]


def register(app: typer.Typer) -> None:
    for name, command in (("like", like), ("dislike", dislike), ("rate", rate), ("skip", skip), ("consumed", consumed), ("note", note), ("undo", undo)):
        app.command(name)(command)


def like(items: ItemsArgument, catalog: c.CatalogOption = None, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Say that you like something; later answers follow.

    \b
    Examples:
      recsh like 1 3
      recsh like "enter sandmann" "One by Metallica"
      recsh like "Heat (1995)" -c movies
    """
    _say("like", items, catalog, json, quiet)


def dislike(items: ItemsArgument, catalog: c.CatalogOption = None, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Say that you do not like something; it is not shown again.

    \b
    Examples:
      recsh dislike 2
      recsh dislike id:m0934 --json
    """
    _say("dislike", items, catalog, json, quiet)


def skip(items: ItemsArgument, catalog: c.CatalogOption = None, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Say that something was not right this time.

    It counts against it, but much less than a dislike.

    \b
    Example:
      recsh skip 4 5
    """
    _say("skip", items, catalog, json, quiet)


def consumed(items: ItemsArgument, catalog: c.CatalogOption = None, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Say that you have seen, read or bought something already.

    It judges nothing.

    \b
    Examples:
      recsh consumed 1 2
      recsh consumed Casablanca -c movies
    """
    _say("consumed", items, catalog, json, quiet)


def rate(
    item: ItemArgument, score: Annotated[str, typer.Argument(metavar="SCORE", help="1 to 5, also 4.5, 4/5, 8/10, 90% or ★★★★.")],
    catalog: c.CatalogOption = None, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Rate something from 1 to 5.

    \b
    Examples:
      recsh rate 1 4.5
      recsh rate Casablanca 9/10 -c movies
    """
    from recsh.verdicts import rating

    _say("rating", [item], catalog, json, quiet, value=rating(score))


def note(
    item: ItemArgument, text: Annotated[list[str], typer.Argument(metavar="TEXT...", help="What to remember about it.")],
    catalog: c.CatalogOption = None, raw: c.RawOption = False, json: JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Write down something about an item; it judges nothing.

    \b
    Example:
      recsh note 1 "for the drive on Sunday"
    """
    words = " ".join(text).strip()
    if not words:
        raise UsageError("the note is empty", 'recsh note 1 "for the drive on Sunday"')
    _say("note", [item], catalog, json, quiet, note=words, raw=raw)


def undo(
    json: Annotated[bool, typer.Option("--json", help="What was taken back, as a JSON list on standard output.")] = False,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Take back what was said last; again, what was said before.

    What was noted down in one go, such as an import, is taken back as one.

    \b
    Example:
      recsh undo
    """
    from recsh.cli.naming import opened_log, words
    from recsh.verdicts import as_dict, phrase

    with opened_log(quiet) as log:
        events = log.undo()
    if json:
        s.emit_json([as_dict(e) for e in events])
    if events:
        many = f"{len(events):,} verdicts: " if len(events) > 1 else ""
        s.note(f"took back: {many}{words([phrase(e) for e in events])}", quiet=quiet)
    else:
        s.note("there is nothing to take back", quiet=quiet)


def _say(verdict: str, arguments: Sequence[str], catalog: str | None, json: bool, quiet: bool, *, value: float | None = None, note: str = "", raw: bool = False) -> None:
    """Note one verdict down on all that is named, or on none if one of them is not clear."""
    from recsh.cli.naming import Finder, opened_log
    from recsh.types import Verdict

    with opened_log(quiet, writing=True, raw=raw) as log:
        with Finder(log, catalog, quiet) as finder:
            found = [_one(finder, argument, arguments) for argument in arguments]
            events = _events(found, Verdict(verdict), value, note)
        ids = log.add(events)
    _acknowledge([_numbered(e, n) for e, n in zip(events, ids, strict=True)], json, quiet)


def _one(finder: Finder, argument: str, arguments: Sequence[str]) -> Found:
    try:
        return finder.find(argument)
    except UsageError as error:
        whole = " ".join(arguments)
        if len(arguments) > 1 and finder.knows(whole):
            raise UsageError(error.message, f"if it is one title, in quotation marks: '{whole}'") from None
        raise


def _events(found: Sequence[Found], verdict: Verdict, value: float | None, note: str) -> list[Event]:
    """An event an item, however often it was named."""
    from recsh.verdicts import event_of

    now = time.time()
    distinct = {(f.catalog.entry.key, f.item.id): f for f in found}
    return [
        event_of(verdict, f.item, f.catalog.index.columns, key, now, last=f.last, value=value, note=note)
        for (key, _), f in distinct.items()
    ]  # fmt: skip


def _numbered(event: Event, n: int) -> Event:
    from msgspec.structs import replace

    return replace(event, id=n)


def _acknowledge(events: Sequence[Event], json: bool, quiet: bool) -> None:
    from recsh.cli.naming import words
    from recsh.verdicts import as_dict, called, phrase

    if json:
        s.emit_json([as_dict(e) for e in events])
    said = [phrase(events[0]), *(called(e.thing) for e in events[1:])]
    s.note(f"{words(said, 9)}; recsh undo takes {'it' if len(events) == 1 else 'them'} back", quiet=quiet)
