"""Standard output is the answer, standard error the conversation: writing, notes, progress, output to a file.

Leaves out: how an answer looks (see `render`).
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from recsh.cli.boundary import abandon_stdout
from recsh.errors import RecshError

Progress = Callable[[str, int, int], None]
Stage = Callable[[str], None]
STAGES = {"retrieve": "searching", "load": "loading the model", "read": "reading", "reread": "reading rows", "judge": "judging rows", "write": "writing", "try": "trying it out", "answer": "timing answers"}
_COMPILING = {"read": "reading rows", "index": "indexing", "embed": "reading meanings"}


def note(text: str, *, quiet: bool = False) -> None:
    """One line for the person, on stderr."""
    if not quiet:
        from recsh.text import clean

        sys.stderr.write(f"recsh: {clean(text)}\n")


def emit(text: str) -> None:
    """Part of the answer, on stdout, at once. Raises `RecshError` if there is no room for it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_stdout()
        raise RecshError(f"standard output: {error.strerror}") from error


def emit_json(value: Any) -> None:
    """A value as JSON on stdout, indented for a person."""
    from recsh.render import dump

    emit(dump(value, indent=sys.stdout.isatty()) + "\n")


class Output:
    """Where an answer goes: stdout, or a file that is complete or absent (a device or pipe is written to as it is), for the owner's eyes only if it is
    `private`."""

    def __init__(self, path: Path | None, *, private: bool = False) -> None:
        self.path = path
        self._private = private
        self.stream: IO[str] = sys.stdout
        self._target = self._part = None
        if path is None:
            return
        try:
            self._target = path.expanduser().resolve()
            if self._target.is_dir():
                raise IsADirectoryError(21, os.strerror(21))
            if self._target.exists() and not stat.S_ISREG(self._target.stat().st_mode):
                self.stream = self._target.open("w", encoding="utf-8", newline="")
            else:
                part = self._target.with_name(f".{self._target.name[:200]}.{os.getpid()}.part")
                if private:
                    part.unlink(missing_ok=True)
                    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                self.stream = part.open("w", encoding="utf-8", newline="")
                self._part = part
        except (OSError, RuntimeError) as error:
            raise self._failed(error) from error

    @property
    def interactive(self) -> bool:
        """Whether a person reads it as it comes."""
        return self.path is None and sys.stdout.isatty()

    def _failed(self, error: BaseException) -> RecshError:
        return RecshError(f"--output {self.path}: {getattr(error, 'strerror', None) or error}", "another FILE, or leave --output out")

    def write(self, text: str) -> None:
        """Raises `RecshError` if it cannot be written."""
        if self.path is None:
            return emit(text)
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError as error:
            raise self._failed(error) from error

    def close(self, *, done: bool) -> None:
        """Keep the file if all went well, else leave nothing."""
        if self.path is None:
            return
        try:
            self.stream.close()
            if done and self._part and self._target:
                if self._target.exists() and not self._private:
                    shutil.copymode(self._target, self._part)
                self._part.replace(self._target)
        except OSError as error:
            if done:
                raise self._failed(error) from error
        finally:
            if self._part:
                self._part.unlink(missing_ok=True)


@contextmanager
def output(path: Path | None, *, private: bool = False) -> Iterator[Output]:
    """An `Output` that is closed rightly whatever happens."""
    out = Output(path, private=private)
    try:
        yield out
    except BaseException:
        out.close(done=False)
        raise
    out.close(done=True)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines of aligned columns; no cell may be longer than it should be shown."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def animated(quiet: bool) -> bool:
    """Whether what moves may be drawn on stderr."""
    return not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def compiling(quiet: bool) -> Iterator[Progress]:
    """A progress callback (stage, done, total) that draws a bar on stderr while a catalog is compiled, if that is a terminal."""
    if not animated(quiet):
        yield lambda stage, done, total: None
        return
    bar: Any = None
    task: Any = None

    def show(stage: str, done: int, total: int) -> None:
        nonlocal bar, task
        name = f"{_COMPILING.get(stage, stage)} {done:,}" + (f" of {total:,}" if total else "")
        if bar is None:
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            from recsh.render import console

            columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
            bar = Progress(*columns, console=console(sys.stderr), transient=True)
            task = bar.add_task(name, total=None)
            bar.start()
        bar.update(task, description=name, completed=done, total=total or None)

    try:
        yield show
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def profile(path: Path | None) -> Iterator[None]:
    """Where the time went inside, as a trace in this file if there is one to be written."""
    if path is None:
        yield
        return
    from recsh import trace

    with output(path) as out:
        trace.begin()
        try:
            yield
        finally:
            out.write(trace.end())


@contextmanager
def spinner(quiet: bool) -> Iterator[Stage]:
    """A stage callback that shows what is going on, on a terminal's stderr."""
    if not animated(quiet):
        yield lambda name: None
        return
    from recsh.render import console

    # The engine may point fds 1 and 2 elsewhere while it loads; a spinner needs one of its own.
    with open(os.dup(2), "w", encoding="utf-8") as own, console(own).status("starting") as status:
        yield lambda name: status.update(STAGES.get(name, name))
