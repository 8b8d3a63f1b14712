"""The one place where errors become text and exit codes: `recsh: error: what, where`, then `  try: what next`, on stderr.

    RecshError           its own code    a usage error of Typer's    2
    Ctrl-C               130             a closed pipe               141
    anything else        1, and with --debug its traceback

Leaves out: what the errors are (see `errors`).
"""

from __future__ import annotations

import os
import sys
from typing import Any

from typer.core import TyperGroup

from recsh.errors import RecshError, UsageError

INTERRUPTED, CLOSED_PIPE = 130, 141


def fail(error: BaseException, *, debug: bool = False, chinese: bool = False) -> int:
    """Print an error on stderr; the exit code to leave with. `chinese` for what stands around it, in a conversation."""
    from recsh.text import UNSAFE, clean

    if debug:
        import traceback

        sys.stderr.write(UNSAFE.sub("", "".join(traceback.format_exception(error))))
    told = _told(error)
    sys.stderr.write(f"recsh: {'错误：' if chinese else 'error: '}{clean(told.message)}\n")
    if told.hint:
        sys.stderr.write(f"  {'试试：' if chinese else 'try: '}{clean(told.hint)}\n")
    return told.exit_code


def _told(error: BaseException) -> RecshError:
    """Any error as one that says what, where, and what to do next."""
    if isinstance(error, RecshError):
        return error
    if hasattr(error, "format_message"):  # Typer's own; its classes are private, and not the same in every version
        message = error.format_message().rstrip(".")
        context = getattr(error, "ctx", None)
        return UsageError(message[:1].lower() + message[1:], f"{context.command_path if context else 'recsh'} --help")
    if isinstance(error, OSError):
        return RecshError(f"{error.filename or 'reading or writing'}: {error.strerror or error}")
    if isinstance(error, MemoryError):
        return RecshError("not enough memory", "a smaller --ctx-size, or smaller weights")
    return RecshError(f"unexpected: {type(error).__name__}: {error}", "the same with --debug, and report what it prints")


def abandon_stdout() -> None:
    """Let go of a stdout that takes nothing more, so that the interpreter does not stumble over it again at exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):  # a stdout without a file below it, as in tests
        pass


class Boundary(TyperGroup):
    """The root command. `debug` is set by the --debug option of whichever command runs."""

    debug = False

    def main(self, *args: Any, standalone_mode: bool = True, **more: Any) -> Any:
        """Run a command line and leave the process with its exit code, as `TyperGroup.main` does."""
        self.debug = False
        try:
            code = super().main(*args, standalone_mode=False, **more)
            sys.stdout.flush()
        except BrokenPipeError:
            abandon_stdout()
            code = CLOSED_PIPE
        except OSError as error:
            abandon_stdout()
            code = fail(error, debug=self.debug)
        except Exception as error:  # noqa: BLE001  the boundary: nothing passes it but as text
            code = fail(error, debug=self.debug)
        if code == INTERRUPTED and sys.stderr.isatty():
            sys.stderr.write("\n")  # below the ^C
        sys.exit(code if isinstance(code, int) else 0)
