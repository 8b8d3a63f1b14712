"""What is answered before the command line is built, which takes ten times as long: `--version` and `--help`; and the commands, by name.

Typer's own help is kept in `front.txt`, word for word, with a summary of each command; a test says when it is not the same any more, and

    python -c "from recsh.cli import root; root.keep()"

writes it anew. Nothing is imported here, not even `typing`. Leaves out: everything else, which `root` answers (the help of a command, terminals of
other widths), and the Tab key (see `tabkey`).
"""

from __future__ import annotations

import os
import sys

HOMES = {  # command: its module, in the order of the help
    "ask": "ask", "chat": "chat", "batch": "batch", "like": "verdicts", "dislike": "verdicts", "rate": "verdicts", "skip": "verdicts", "consumed": "verdicts",
    "note": "verdicts", "undo": "verdicts", "taste": "taste", "stats": "stats", "history": "history", "eval": "eval", "tune": "tune", "catalog": "catalogs", "models": "models", "config": "settings",
    "mcp": "mcp", "doctor": "doctor", "completion": "completion", "man": "man",
}  # fmt: skip
WIDTHS = (80, 100)  # columns of a terminal for which the help is kept; wider ones have that of the last
BREAK = "\f\n"  # between the parts of front.txt: the help in each width, then a line a command: name, tab, summary
FILE = os.path.join(os.path.dirname(__file__), "front.txt")


def instant(args: list[str], environment: dict[str, str]) -> str | None:
    """What to print for this command line, if it is known already."""
    if args in (["--version"], ["-V"]):
        from recsh import __version__

        return f"recsh {__version__}\n"
    columns = min(_columns(environment), WIDTHS[-1])
    if columns not in WIDTHS or args not in ([], ["--help"], ["-h"]):
        return None
    try:
        with open(FILE, encoding="utf-8") as stream:
            return stream.read().split(BREAK)[WIDTHS.index(columns)]
    except OSError:
        return None


def module_of(args: list[str]) -> str | None:
    """The one module that this command line needs; None where it may be any of them."""
    return HOMES.get(args[0]) if args else None


def _columns(environment: dict[str, str]) -> int:
    """As `shutil.get_terminal_size` has it."""
    given = environment.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDTHS[0]  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return WIDTHS[0]
