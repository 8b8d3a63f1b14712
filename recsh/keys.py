"""What the Tab key offers in a conversation: commands and their arguments, titles that were shown, tags and titles of the catalog.

Everything is looked up by its beginning in an index of the catalog's database: a key costs a millisecond, whatever the size. Leaves out: the
terminal (see `cli.prompter`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from recsh import slash
from recsh.text import clean, fold, has_cjk
from recsh.types import Role

if TYPE_CHECKING:
    from recsh.repl import Repl

OFFERED = 24  # at most so many at once
EACH = 10  # of one kind
SHORTEST = 2  # letters before which the catalog is not asked
WORDS = 4  # words of the line's end that may be the beginning of a title
HAN = 6  # and characters, where words are not spaced
_TITLED = ("like", "dislike", "rate", "skip", "consumed", "why", "show", "open")
_LAST = "\U0010ffff"


class Offer(Struct, frozen=True):
    """`text` to put in the place of the last `replaces` characters; `about` what it is."""

    text: str
    replaces: int
    about: str = ""


def offers(line: str, repl: Repl) -> list[Offer]:
    """What may stand at the end of this line, the likeliest first, without repeats."""
    found = _of_command(line, repl) if line.startswith("/") and not line.startswith("//") else _of_sentence(line, repl)
    distinct = {(fold(o.text), o.replaces): o for o in reversed([*islice(found, 4 * OFFERED)])}
    return [*reversed(distinct.values())][:OFFERED]


def _of_command(line: str, repl: Repl) -> Iterator[Offer]:
    name, space, argument = line[1:].partition(" ")
    if not space:
        yield from (Offer(f"/{c}", len(line), slash.COMMANDS[c].about[repl.chinese]) for c in slash.COMMANDS if c.startswith(name.lower()))
    elif name == "catalog":
        from recsh.catalog import entries

        yield from _starting(argument, entries(), "catalog")
    elif name == "model":
        from recsh import shelf

        yield from _starting(argument, ("none", *(found.name for found in (*shelf.here(), *shelf.elsewhere()))), "weights")
    elif name == "set":
        yield from _starting(argument, (*slash.NUMBERS, *slash.SWITCHES), "setting")
    elif name == "context":
        yield from _starting(argument, ("auto", "off"), "")
    elif name == "where":
        yield from _conditions(argument.rpartition(" ")[2], repl)
    elif name == "drop":
        yield from _starting(argument, [p.said for p in repl.talk.parts], "part")
    elif name in _TITLED:
        yield from _titles(argument, repl)


def _starting(begun: str, words: Iterable[str], about: str) -> Iterator[Offer]:
    yield from (Offer(clean(w), len(begun), about) for w in words if w.lower().startswith(begun.lower()))


def _conditions(begun: str, repl: Repl) -> Iterator[Offer]:
    """A column's name, then one of its values."""
    column, colon, value = begun.partition(":")
    if not colon:
        yield from (Offer(f"{clean(c.name)}:", len(begun), c.role.value) for c in repl.index.columns if c.role is not Role.IGNORE and c.name.startswith(begun.lstrip("^")))
        return
    name = next((c.name for c in repl.index.columns if fold(c.name) == fold(column.lstrip("^"))), None)
    for facet in repl.index.facet_values(name, 400) if name else ():
        label = clean(facet.label)
        if fold(label).startswith(fold(value.strip('"'))) or not value:
            yield Offer(f'{column}:"{label}"' if " " in label else f"{column}:{label}", len(begun), f"{facet.count:,}")


def _of_sentence(line: str, repl: Repl) -> Iterator[Offer]:
    for begun in _endings(line):
        yield from _titles(begun, repl)
        yield from (Offer(clean(label), len(begun), f"{count:,}") for label, count in _facets(begun, repl))


def _endings(line: str) -> list[str]:
    """The ends of a line that may be a beginning, the longest first."""
    words = line.split(" ")
    ends = [" ".join(words[-n:]) for n in range(min(WORDS, len(words)), 0, -1)]
    if words and has_cjk(words[-1]):
        ends += [words[-1][-n:] for n in range(min(HAN, len(words[-1]) - 1), 1, -1)]
    return [e for e in ends if len(fold(e)) >= SHORTEST and e.strip() == e]


def _titles(begun: str, repl: Repl) -> Iterator[Offer]:
    """Titles shown, then others of the catalog."""
    key = fold(begun)
    if key or not begun:
        yield from (Offer(clean(r.item.title), len(begun), clean(r.item.creator)) for r in repl.shown or () if fold(r.item.title).startswith(key))
    if len(key) >= SHORTEST:
        rows = repl.index.db.execute("SELECT title, creator FROM items WHERE key >= ? AND key < ? ORDER BY key LIMIT ?", (*_between(key), EACH))
        yield from (Offer(clean(title), len(begun), clean(creator)) for title, creator in rows)


def _facets(begun: str, repl: Repl) -> Sequence[tuple[str, int]]:
    """Tags and creators that begin so, those of most rows first."""
    key = fold(begun)
    sql = "SELECT label, count FROM facets WHERE key >= ? AND key < ? ORDER BY count DESC LIMIT ?"
    return repl.index.db.execute(sql, (*_between(key), EACH)).fetchall() if len(key) >= SHORTEST else ()


def _between(key: str) -> tuple[str, str]:
    safe = key.encode("utf-8", "replace").decode()
    return safe, safe + _LAST
