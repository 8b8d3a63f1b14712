"""The `recsh` command: the Typer app and its commands, one module a group.

    ask.py, batch.py   catalogs.py   models.py   settings.py, doctor.py, completion.py     what is typed
    common.py          the options that are the same everywhere, and what they open
    streams.py         stdout is the answer, stderr the conversation          boundary.py  errors -> text and exit codes

Nothing heavy is imported here or by the command modules: `recsh --help` has to be instant.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer

from recsh import __version__
from recsh.cli import ask, batch, catalogs, chat, completion, doctor, eval, history, models, settings, taste, verdicts
from recsh.cli.boundary import Boundary, fail
from recsh.cli.common import help_if_alone
from recsh.errors import RecshError

_HELP = """Recommend real things from your own CSV, in plain language, on your own machine.

\b
Examples:
  recsh ask "rock songs like Metallica"
  recsh ask "a thriller under two hours" -c movies
  recsh ask 'a gift under $40' -c shop.csv --json

recsh COMMAND --help says more; every command has examples.
"""

app = typer.Typer(
    cls=Boundary, name="recsh", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip


def _version(value: bool) -> None:
    if value:
        typer.echo(f"recsh {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(ctx: typer.Context, version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    help_if_alone(ctx)


for _module in (ask, chat, batch, verdicts, taste, history, eval, catalogs, models, settings, doctor, completion):
    _module.register(app)


def main() -> None:
    """Run the command line; leaves the process."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    if sys.stdout is None:
        sys.exit(fail(RecshError("standard output is closed", "recsh ... > FILE")))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Windows redirects are cp1252, and a title may hold half a character
            stream.reconfigure(encoding="utf-8", errors="replace")
    completion.prepare()
    app(prog_name="recsh")
