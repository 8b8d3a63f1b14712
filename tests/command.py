"""A command line run in this process, and what came of it. Leaves out: where it runs, and with which home (fixtures of each file)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import typer
from typer.testing import CliRunner


class Ran(NamedTuple):
    """The exit code, and what was written on standard output and standard error."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def invoke(app: typer.Typer, *args: object, input: str | bytes | None = None) -> Ran:
    """Run it. What it raises beside leaving is raised here."""
    result = CliRunner().invoke(app, [str(a) for a in args], input=input)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)
