"""The `recsh` command: the Typer app and its commands, one module a group.

    front.py           what is known without building anything: --version, --help, the commands' names
    root.py            the app          ask.py, batch.py   catalogs.py   models.py   settings.py, doctor.py, what is typed
    completion.py, tabkey.py, shells.py     the Tab key
    common.py          the options that are the same everywhere, and what they open
    streams.py         stdout is the answer, stderr the conversation          boundary.py  errors -> text and exit codes

Nothing heavy is imported here or by the command modules: `recsh --help` has to be instant.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

from recsh.cli import front
from recsh.cli.shells import VARIABLE


def __getattr__(name: str) -> object:
    """`recsh.cli.app`, with all commands."""
    if name != "app":
        raise AttributeError(f"module 'recsh.cli' has no attribute {name!r}")
    from recsh.cli.root import build

    globals()["app"] = app = build()
    return app


def main() -> None:
    """Run the command line; leaves the process."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Windows redirects are cp1252, and a title may hold half a character
            stream.reconfigure(encoding="utf-8", errors="replace")
    args, environment = sys.argv[1:], dict(os.environ)
    if VARIABLE in environment:
        from recsh.cli.tabkey import prepare

        prepare(args, environment)
    known = front.instant(args, environment)
    if sys.stdout is None or known is not None:
        sys.exit(_printed(known))
    sys.setswitchinterval(0.0002)  # llama.cpp loads weights meanwhile in another thread, whose few lines of Python are not to wait 5 ms each
    gc.set_threshold(50_000)  # what is imported and read stays: looking for waste in it, as often as Python does, is a tenth of an answer
    from recsh.cli.root import build
    from recsh.patterns import keep

    save = keep()
    module = front.module_of(args)
    try:
        (build([module]) if module else build())(prog_name="recsh")
    except SystemExit as leaving:
        if module == "ask" and isinstance(leaving.code, int):
            save()
            _drop(leaving.code)
        raise


def _drop(code: int) -> None:
    """Leave at once. Everything is written and closed by now; to take weights and index down piece by piece takes longer than to let go of them."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # closed, which the exit code says already
            pass
    os._exit(code)


def _printed(text: str | None) -> int:
    """Print it on stdout, if there is one; the exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.write(text or "")
            sys.stdout.flush()
            return 0
    except OSError as error:
        from recsh.cli.boundary import abandon_stdout, fail

        abandon_stdout()
        return fail(error)
    from recsh.cli.boundary import fail
    from recsh.errors import RecshError

    return fail(RecshError("standard output is closed", "recsh ... > FILE"))
