"""The `recsh` command: the Typer app, and the one boundary where errors become text and exit codes.

Nothing heavy is imported here or in the command modules: `recsh --help` has to be instant.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recsh import __version__
from recsh.errors import RecshError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def fail(error: RecshError, *, debug: bool = False) -> int:
    """Print an error as `recsh: error: ...` and `try: ...` on stderr; the exit code to leave with."""
    from recsh.text import clean

    if debug:
        import traceback

        traceback.print_exception(error)
    sys.stderr.write(f"recsh: error: {clean(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"  try: {clean(error.hint)}\n")
    return error.exit_code


class _Boundary(TyperGroup):
    """Turns every `RecshError` into text and its exit code, wherever in the command tree it comes from."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RecshError as error:
            raise typer.Exit(fail(error, debug=bool(os.environ.get("RECSH_DEBUG")))) from None
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            # The reader is gone; nothing more can be said to it, not even at interpreter exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise typer.Exit(fail(RecshError(f"{where}{error.strerror or error}"), debug=bool(os.environ.get("RECSH_DEBUG")))) from None


app = typer.Typer(
    cls=_Boundary, name="recsh", no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings=CONTEXT, help="Recommend real things from your own CSV, in plain language, on your own machine.",
)  # fmt: skip


def _version(value: bool) -> None:
    if value:
        typer.echo(f"recsh {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(ctx: typer.Context, version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _register() -> None:
    from recsh.cli import ask, catalogs, models, settings

    ask.register(app)
    catalogs.register(app)
    models.register(app)
    settings.register(app)


_register()


def main() -> None:
    """Run the command line; leaves the process."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app(prog_name="recsh")
