"""What this machine has that an argument may name, by its beginning: catalogs, weights, settings, and of a catalog that is compiled its columns, their
values, and its titles.

For the Tab key: each answers within milliseconds, and with nothing rather than an error. Nothing is compiled, and nothing is written.
Leaves out: which of them belongs where (see `common`), the shells (see `tabkey`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import typer

from recsh.errors import RecshError

if TYPE_CHECKING:
    from pathlib import Path

VALUES = 60  # of a column
TITLES = 20
SHORTEST = 2  # letters before which titles are not offered
_LAST = "\U0010ffff"
_FIELDS = ("rank", "item_id", "title", "creator", "score", "reason")

Offers = list[tuple[str, str]]


def among(*words: str) -> Callable[[str], list[str]]:
    """A few words."""
    return lambda incomplete: [w for w in words if w.startswith(incomplete)]


def catalog_names(incomplete: str) -> list[str]:
    """The catalogs that are known; where none fits, the shell completes file names."""
    try:
        from recsh.catalog import entries

        return [name for name in entries() if name.startswith(incomplete)]
    except RecshError:  # a Tab key is no place for an error message
        return []


def weight_names(incomplete: str) -> list[str]:
    """The weights that are on this machine, with the name of the program that keeps them in front if it is another's."""
    from recsh import shelf

    return [found.name for found in (*shelf.here(), *shelf.elsewhere()) if found.name.startswith(incomplete)]


def setting_names(incomplete: str) -> Offers:
    """The settings."""
    from recsh.config import SETTINGS

    return [(name, setting.about) for name, setting in SETTINGS.items() if name.startswith(incomplete)]


def setting_values(ctx: typer.Context, incomplete: str) -> list[str]:
    """What the setting before it may be: one of its words, a catalog, weights; `default` takes it out."""
    from recsh.config import SETTINGS

    name = ctx.params.get("name", "")
    words = {"catalog": catalog_names, "model": weight_names}.get(name)
    found = words(incomplete) if words else SETTINGS[name].choices if name in SETTINGS else ()
    return [word for word in (*found, "default") if word.startswith(incomplete)]


def field_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a result has, for a list with commas: the last of it is completed."""
    before, comma, begun = incomplete.rpartition(",")
    with _compiled(ctx.params.get("catalog")) as catalog:
        names = dict.fromkeys([*_FIELDS, *(c["name"] for c in catalog.columns)])
    return [before + comma + name for name in names if name.startswith(begun)]


def conditions(ctx: typer.Context, incomplete: str) -> Offers:
    """A column's name, then one of its values; of what was typed the last condition."""
    start = _last_condition(incomplete)
    begun = incomplete[start:].lstrip("^")
    before = incomplete[: len(incomplete) - len(begun)]
    named, colon, value = _column_and_value(begun)
    with _compiled(ctx.params.get("catalog")) as catalog:
        columns = [c for c in catalog.columns if c["role"] not in ("ignore", "id")]
        if not colon:
            key = begun.strip('"').lower()
            return [(f"{before}{_quoted(c['name'])}:", c["role"] if c["low"] is None else _range(c)) for c in columns if c["name"].lower().startswith(key)]
        column = next((c for c in columns if c["name"].lower() == named.lower()), None)
        if column is None:
            return []
        before += begun[: len(begun) - len(value)]
        if column["low"] is not None:
            return [(before + _range(column), "all of them")] if _range(column).startswith(value) else []
        return [(before + _continued(value, label), f"{count:,}") for label, count in catalog.values(column["name"], value.strip('"'))]


def _range(column: "Mapping[str, Any]") -> str:
    return f"{column['low']:.10g}..{column['high']:.10g}"


def items(ctx: typer.Context, incomplete: str) -> Offers:
    """Ranks of the last answer, with their titles; then titles of the catalog."""
    from recsh.cli.naming import catalog_named
    from recsh.feedback import Log
    from recsh.text import fold

    try:
        with Log() as log:
            last = log.last(catalog_named(ctx.params["catalog"]).key if ctx.params.get("catalog") else None)
    except RecshError:
        last = None
    found = [(str(s.rank), s.title) for s in last.shown if str(s.rank).startswith(incomplete)] if last else []
    key = fold(incomplete)
    if len(key) >= SHORTEST:
        with _compiled(ctx.params.get("catalog")) as catalog:
            titles = catalog.ask("SELECT title, creator FROM items WHERE key >= ? AND key < ? ORDER BY key LIMIT ?", key, key + _LAST, TITLES)
        found += [(incomplete + title[len(incomplete) :], creator) for title, creator in titles if title.lower().startswith(incomplete.lower())]
    return found


def liked_facets(incomplete: str) -> list[str]:
    """Tags and makers of what verdicts are about."""
    from recsh.feedback import Log

    with Log() as log:
        labels = dict.fromkeys(v for e in reversed(log.events(limit=500)) for values in e.thing.facets.values() for v in values)
    return sorted(incomplete + v[len(incomplete) :] for v in labels if v.lower().startswith(incomplete.lower()))


def entries_kept(incomplete: str) -> Offers:
    """Numbers of verdicts and ids of answers, the newest first."""
    from recsh.feedback import Log

    with Log() as log:
        said = [(str(e.id), f"{e.verdict.value}: {e.thing.title}") for e in reversed(log.events(limit=VALUES))]
        shown = [(i.id, i.query) for i in reversed(log.impressions(limit=TITLES))]
    return [offer for offer in (*said, *shown) if offer[0].startswith(incomplete)]


def entry_named(incomplete: str) -> Offers:
    """The same, and 'last' for the last answer."""
    return [*([("last", "the last answer")] if "last".startswith(incomplete) else []), *entries_kept(incomplete)]


def conversations(incomplete: str) -> Offers:
    """Conversations that can be taken up, with what they began with, the newest first."""
    from recsh import talks

    names = [name for name in talks.saved() if name.startswith(incomplete.upper())][:TITLES]
    return [(incomplete + name[len(incomplete) :], talks.beginning(name)) for name in names]


def imports_kept(incomplete: str) -> list[str]:
    """Imports of which something is remembered."""
    from recsh.feedback import Log

    with Log() as log:
        return [name for name in log.sources() if name.startswith(incomplete)]


# --- a catalog that is compiled --------------------------------------------------------------------------------------


class _Compiled:
    """Of a compiled catalog what offers are made of: its columns and its database. To open all of the index takes ten times as long."""

    def __init__(self, folder: "Path | None") -> None:
        self.columns: list[dict[str, Any]] = []
        self._db = None
        if folder is not None:
            import json
            import sqlite3

            self.columns = json.loads((folder / "meta.json").read_bytes())["columns"]
            self._db = sqlite3.connect(f"{(folder / 'items.sqlite').absolute().as_uri()}?mode=ro&immutable=1", uri=True)

    def ask(self, sql: str, *values: object) -> list[Any]:
        return self._db.execute(sql, values).fetchall() if self._db else []

    def values(self, column: str, begun: str) -> list[tuple[str, int]]:
        """Values of a tag or creator column that begin so, the most frequent first."""
        from recsh.layout import facet_key

        key = facet_key(begun)
        at = [c["name"] for c in self.columns].index(column)
        return self.ask("SELECT label, count FROM facets WHERE col = ? AND key >= ? AND key < ? ORDER BY count DESC, key LIMIT ?", at, key, key + _LAST, VALUES)

    def close(self) -> None:
        if self._db:
            self._db.close()


@contextmanager
def _compiled(name: str | None) -> Iterator[_Compiled]:
    """A catalog, the configured one for None; empty if it is not compiled, or is none."""
    from recsh import config
    from recsh.catalog import compiled, lookup

    try:
        folder = compiled(lookup(name or config.settings()["catalog"]))
    except RecshError:
        folder = None
    with closing(_Compiled(folder)) as catalog:
        yield catalog


def _last_condition(text: str) -> int:
    """Where the last condition begins: behind the last blank that is not between quotation marks."""
    inside, start = False, 0
    for at, c in enumerate(text):
        inside ^= c == '"'
        if c == " " and not inside:
            start = at + 1
    return start


def _column_and_value(text: str) -> tuple[str, str, str]:
    """Name, ':' or '', and what stands behind it; a name in quotation marks may hold a colon."""
    if text.startswith('"') and '":' in text:
        name, _, value = text[1:].partition('":')
        return name, ":", value
    return text.partition(":")


def _continued(typed: str, label: str) -> str:
    """A value that goes on from what was typed of it, letter for letter, as shells replace nothing else: `the` -> `the" Beatles"`."""
    from recsh.text import clean

    label = clean(label).replace('"', "")
    begun = typed.removeprefix('"')
    if not label.lower().startswith(begun.lower()):
        return _quoted(label)
    rest = label[len(begun) :]
    if typed.startswith('"'):
        return f'"{begun}{rest}"'
    return begun + _kept(rest)


def _quoted(text: str) -> str:
    """Words of a condition kept together."""
    from recsh.text import clean

    return _kept(clean(text).replace('"', ""))


def _kept(text: str) -> str:
    return f'"{text}"' if any(c in text for c in ' ,:"') else text
