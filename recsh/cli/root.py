"""The Typer app: the root command, and under it the commands of all modules, or of the one that is asked for.

Leaves out: what is answered without it (see `front`).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from typer.main import get_command

from recsh import __version__
from recsh.cli.boundary import Boundary
from recsh.cli.common import help_if_alone
from recsh.cli.front import BREAK, FILE, HOMES, WIDTHS

_HELP = """Recommend real things from your own CSV, in plain language, on your own machine.

\b
Examples:
  recsh ask "rock songs like Metallica"
  recsh ask "a thriller under two hours" -c movies
  recsh ask 'a gift under $40' -c shop.csv --json

recsh COMMAND --help says more; every command has examples.
"""


def build(modules: Sequence[str] = tuple(dict.fromkeys(HOMES.values()))) -> typer.Typer:
    """The app with the commands of these modules of `recsh.cli`. One module takes a quarter of the time of all."""
    app = typer.Typer(
        cls=Boundary, name="recsh", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=_HELP,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )  # fmt: skip
    app.callback(invoke_without_command=True)(_root)
    for module in modules:
        import_module(f"recsh.cli.{module}").register(app)
    return app


def _version(value: bool) -> None:
    if value:
        typer.echo(f"recsh {__version__}")
        raise typer.Exit


def _root(ctx: typer.Context, version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    help_if_alone(ctx)


def help_text() -> str:
    """What front.txt has to hold: the help in each width, then the commands."""
    root = get_command(build())
    helps = []
    for width in WIDTHS:
        with root.make_context("recsh", [], resilient_parsing=True, terminal_width=width - 2) as ctx:  # as Typer leaves two columns free
            helps.append(root.get_help(ctx) + "\n")
        lines = [f"{name}\t{root.get_command(ctx, name).get_short_help_str()}" for name in root.list_commands(ctx)]
    return BREAK.join([*helps, "\n".join(lines) + "\n"])


def keep() -> None:
    """Bring front.txt up to date."""
    with open(FILE, "w", encoding="utf-8", newline="\n") as out:
        out.write(help_text())
