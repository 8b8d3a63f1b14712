"""What a conversation says, as values, and each of them as plain lines: for pipes, for JSON, for tests.

Everything from a catalog or a model is cleaned here, and stands behind something of ours: no title can look like a prompt or a command.
Leaves out: what is said when (see `repl`, `slash`), in which words (see `replies`), colours and widths (see `cli.screen`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from recsh.errors import RecshError
from recsh.text import clean
from recsh.types import Answer, Recommendation


class Reply(Struct, frozen=True):
    """Lines said to the person; `asks` if an answer to them is waited for."""

    lines: tuple[str, ...]
    asks: bool = False


class Note(Struct, frozen=True):
    """Something beside the talk: a warning."""

    text: str


class Failure(Struct, frozen=True):
    """A turn that could not be done. The talk goes on."""

    error: RecshError


class Answered(Struct, frozen=True):
    """Recommendations; `first_ms` how long it took until their order was known, 0 for an answer that was there already."""

    answer: Answer
    first_ms: float = 0.0


class Why(Struct, frozen=True):
    """Why a row was recommended: itself with its reason and signals, and what in the taste speaks for it."""

    recommendation: Recommendation
    taste: tuple[str, ...] = ()


class Facts(Struct, frozen=True):
    """A heading, and pairs of a name and a value."""

    heading: str
    pairs: tuple[tuple[str, str], ...]


class Address(Struct, frozen=True):
    """An http(s) address of a row, to be shown and opened."""

    url: str


class Saved(Struct, frozen=True):
    """An answer to be written to a file, in one of `render.FORMATS` but table."""

    path: str
    form: str
    answer: Answer


class Raw(Struct, frozen=True):
    """An answer to be printed as JSON."""

    answer: Answer


class Leave(Struct, frozen=True):
    """The talk is over."""


Block = Reply | Note | Failure | Answered | Why | Facts | Address | Saved | Raw | Leave


def called(title: str, creator: str = "") -> str:
    """An item as a sentence names it: "One" by Metallica."""
    return f'"{clean(title)}"' + (f" by {clean(creator)}" if creator else "")


def plain(block: Block) -> list[str]:
    """A block as lines without colours or widths. Recommendations are a line each: rank, title, creator and reason behind tabs."""
    if isinstance(block, Reply):
        return [clean(line) if line == line.lstrip() else f"  {clean(line)}" for line in block.lines]
    if isinstance(block, Answered):
        return ["\t".join((str(r.rank), clean(r.item.title), clean(r.item.creator), clean(r.reason))) for r in block.answer.results]
    if isinstance(block, Why):
        return _why(block)
    if isinstance(block, Facts):
        return [clean(block.heading), *(f"  {clean(name)}: {clean(value)}" for name, value in block.pairs)]
    return [clean(block.url)] if isinstance(block, Address) else []


def _why(block: Why) -> list[str]:
    r = block.recommendation
    out = [f"{r.rank}. {called(r.item.title, r.item.creator)}"]
    out += [f"  {clean(r.reason)}"] if r.reason else []
    out += [f"  {clean(line)}" for line in block.taste]
    out += [f"  {clean(name)} {share:.2f}" for name, share in {"score": r.score, **r.sources}.items()]
    return out + ([f"  words {', '.join(map(clean, r.words))}"] if r.words else [])


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Lines with their numbers in front."""
    return tuple(f"  {n}  {clean(name)}" for n, name in enumerate(names, 1))


def pairs_of(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A row's cells that say something."""
    return tuple((clean(name), clean(value)) for name, value in cells.items() if clean(value))
