"""What the arguments of a command name: the log, catalogs by their keys, and items by rank, id or title; which one is asked on a terminal.

Leaves out: what an argument may mean (see `verdicts`), and the commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from recsh.cli import streams as s
from recsh.errors import UsageError
from recsh.text import counted

if TYPE_CHECKING:
    from recsh.catalog import Catalog, Entry
    from recsh.feedback import Log
    from recsh.types import Impression, Item
    from recsh.verdicts import Named

SHOWN = 5  # titles named in an error; a terminal gets them all to choose from


@contextmanager
def opened_log(quiet: bool = False, *, writing: bool = False, raw: bool = False) -> Iterator[Log]:
    """The log; what happened to its file is told when it is done with. Raises `UsageError` if something is to be written and nothing may be."""
    from recsh import config
    from recsh.feedback import Log

    if writing and os.environ.get("RECSH_NO_HISTORY"):
        raise UsageError("RECSH_NO_HISTORY is set: nothing is written down", "unset RECSH_NO_HISTORY")
    with Log(raw=raw or (writing and config.settings()["keep_raw"] == "yes")) as log:
        try:
            yield log
        finally:
            for text in log.notes:
                s.note(f"warning: {text}", quiet=quiet)


def entry_of(key: str) -> Entry:
    """The catalog that the log knows by this key. Raises `CatalogError` for one that is not there any more."""
    from recsh import paths
    from recsh.catalog import SAMPLES, Entry, entries, lookup

    if found := next((e for e in entries().values() if e.key == key), None):
        return found
    if key in SAMPLES:  # its name is taken by a catalog of the user's
        return Entry(key, paths.bundled("sample_data", f"{key}.csv"), sample=True)
    return lookup(key)


def key_of(name: str) -> str:
    """What the log calls a catalog that is named or given by its path; a key the log may still have, of a catalog that is gone, is itself."""
    from recsh.catalog import lookup
    from recsh.errors import CatalogError

    try:
        return lookup(name).key
    except CatalogError:
        return name


def catalog_named(name: str | None) -> Entry:
    """The catalog that a flag names, or the configured one."""
    from recsh import config
    from recsh.catalog import lookup

    return lookup(name or config.settings()["catalog"])


@contextmanager
def catalog_opened(name: str | None, quiet: bool) -> Iterator[Catalog]:
    """That catalog, opened, and closed again."""
    opened = _opened(catalog_named(name), quiet)
    with closing(opened.index):
        yield opened


def _opened(entry: Entry, quiet: bool) -> Catalog:
    from recsh.catalog import open_catalog
    from recsh.semantic import Semantic

    with s.compiling(quiet) as progress:
        return open_catalog(entry, Semantic().for_rows, progress)


def terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str) -> str:
    """What is typed to a question on stderr."""
    from recsh.text import UNSAFE

    sys.stderr.write(UNSAFE.sub("", question))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


class Found(Struct, frozen=True):
    """An item with its catalog, and the last answer from that."""

    item: Item
    catalog: Catalog
    last: Impression | None


class Finder:
    """Looks for items: a rank in the last answer's catalog, a title in the one named by the flag, or else in the default one and then in the last
    answer's. Catalogs are opened once, and closed with it."""

    def __init__(self, log: Log, catalog: str | None, quiet: bool) -> None:
        self._flag = catalog_named(catalog) if catalog else None
        self._default = self._flag or catalog_named(None)
        self.last = log.last(self._flag.key if self._flag else None)
        self._quiet = quiet
        self._open: dict[str, Catalog] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Finder:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def find(self, argument: str) -> Found:
        """The item that an argument names; asks which on a terminal. Raises `UsageError` if it is none, or may be several and nobody can be asked."""
        from recsh.verdicts import rank_of

        rank = rank_of(argument, self.last)
        doubtful: list[tuple[Named, Catalog]] = []
        for entry in self._places(rank is not None):
            named, opened = self._resolved(argument, entry)
            if named.sure:
                return Found(named.items[0], opened, self._last_of(entry))
            doubtful.append((named, opened))
        if rank is not None:
            raise UsageError(f"{rank.title!r}, line {rank.rank} of the last answer, is no longer in the catalog", "recsh catalog check   says what is")
        named, opened = min(doubtful, key=lambda pair: (not pair[0].items, pair[0].near))  # what it may be, before what is only near
        if named.items and terminal():
            return Found(_chosen(named), opened, self._last_of(opened.entry))
        raise self._unsure(named, opened)

    def knows(self, argument: str) -> bool:
        """Whether an argument surely names an item."""
        return any(self._resolved(argument, entry)[0].sure for entry in self._places(False))

    def _resolved(self, argument: str, entry: Entry) -> tuple[Named, Catalog]:
        from recsh.match import Names
        from recsh.verdicts import resolve

        opened = self._opened(entry)
        return resolve(argument, Names(opened.index), opened.index, self._last_of(entry)), opened

    def _last_of(self, entry: Entry) -> Impression | None:
        """The last answer, if it was from this catalog."""
        return self.last if self.last and self.last.catalog == entry.key else None

    def _places(self, ranked: bool) -> list[Entry]:
        """The catalogs to look in, in order."""
        if self._flag:
            return [self._flag]
        answered = [entry_of(self.last.catalog)] if self.last and self.last.catalog != self._default.key else []
        return answered if ranked and answered else [self._default, *answered]

    def _opened(self, entry: Entry) -> Catalog:
        if entry.key not in self._open:
            self._open[entry.key] = _opened(entry, self._quiet)
            self._stack.enter_context(closing(self._open[entry.key].index))
        return self._open[entry.key]

    def _unsure(self, named: Named, opened: Catalog) -> UsageError:
        from recsh.verdicts import RANKS, looks_like_rank

        said, titles = named.argument, [_line(item) for item in named.items[:SHOWN]]
        if (looks_like_rank(said) or RANKS) < RANKS and not titles:
            if self.last is None:
                return UsageError(f"{said}: there is no answer yet whose lines could be meant", 'recsh ask "rock songs like Metallica"')
            return UsageError(f"{said}: the last answer has {counted(len(self.last.shown), 'line')}", f"1 to {len(self.last.shown)}, id:{said}, or a title")
        if titles and not named.near:
            return UsageError(f"{said!r} may be {'; '.join(titles)}", f"the id of the one that is meant, as id:{named.items[0].id}, or its title and maker")
        hint = f"the nearest: {'; '.join(titles)}" if titles else "recsh catalog search WORDS   finds rows; -c CATALOG names another catalog"
        return UsageError(f"nothing in {opened.name!r} is called {said!r}", hint)


def _line(item: Item) -> str:
    by = f" by {item.creator}" if item.creator else ""
    return f"{item.title}{by} ({item.id})"


def _chosen(named: Named) -> Item:
    """The one a person picks. Raises `UsageError` if none."""
    from recsh.text import clean

    sys.stderr.write(f"recsh: {'nothing is called' if named.near else 'several may be'} {clean(named.argument)!r}{'; did you mean' if named.near else ''}\n")
    for i, item in enumerate(named.items, 1):
        sys.stderr.write(f"  {i}  {clean(_line(item))}\n")
    said = answer(f"which? 1 to {len(named.items)}, or Enter for none: ")
    if said.isdecimal() and 1 <= int(said) <= len(named.items):
        return named.items[int(said) - 1]
    raise UsageError(f"{named.argument!r}: none was chosen", "nothing was noted down")


def confirmed(question: str, yes: bool, flag: str) -> bool:
    """Whether a person agrees to what cannot be taken back. Raises `UsageError` if nobody can be asked and `--yes` was not given."""
    if yes:
        return True
    if not terminal():
        raise UsageError(f"{flag} asks first, and there is no terminal to ask on", "-y does it without asking")
    return answer(f"recsh: {question} [y/N] ").lower() in ("y", "yes")


def words(names: Sequence[str], most: int = 3) -> str:
    """A few of them in a sentence, and how many more."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
