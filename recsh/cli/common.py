"""What commands share: the options that are the same everywhere, progress on stderr, output to a file, opening a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.errors import RecshError, UsageError

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.recommend import Recommender

CatalogOption = Annotated[Optional[str], typer.Option("--catalog", "-c", metavar="NAME|FILE", help="Catalog: a name, or the path of a CSV, TSV, JSON Lines or Parquet file.")]
ModelOption = Annotated[Optional[str], typer.Option("--model", "-m", metavar="NAME|FILE", help="Weights: a name, or the path of a GGUF file.")]
EngineOption = Annotated[Optional[str], typer.Option("--engine", metavar="none|embedded", help="'none' answers without a model.")]
LimitOption = Annotated[Optional[int], typer.Option("--limit", "-n", help="How many recommendations.")]
WhereOption = Annotated[Optional[str], typer.Option("--where", "-w", metavar="EXPR", help="What must hold: 'genre:rock year:1980..1989 ^mood:sad'.")]
ContextOption = Annotated[Optional[str], typer.Option("--context", help="Time, place, mood: 'late at night, alone'.")]
ModeOption = Annotated[Optional[str], typer.Option("--mode", metavar="judge|write", help="How the model is asked: yes or no for each row, or a list.")]
FreeOption = Annotated[bool, typer.Option("--free", help="Let the model name any title; it is then looked up in the catalog.")]
DiversityOption = Annotated[Optional[float], typer.Option("--diversity", metavar="0..1", help="How much unlike each other the answers should be.")]
FormatOption = Annotated[Optional[str], typer.Option("--format", "-f", metavar="table|json|jsonl|csv|tsv|ids", help="How to print; by default a table on a terminal, TSV in a pipe.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
FieldsOption = Annotated[Optional[str], typer.Option("--fields", metavar="A,B", help="Only these fields: rank, item_id, title, score, reason, or columns.")]
HeadersOption = Annotated[bool, typer.Option("--headers/--no-headers", help="Header line in CSV.")]
OutputOption = Annotated[Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write the answer to a file.")]
ReasonOption = Annotated[bool, typer.Option("--reasons/--no-reason", help="Say why.")]
SeedOption = Annotated[Optional[int], typer.Option("--seed", help="Seed of a written list at a temperature above 0.")]
TemperatureOption = Annotated[Optional[float], typer.Option("--temperature", help="Randomness of a written list.")]
MaxTokensOption = Annotated[Optional[int], typer.Option("--max-tokens", help="Bound on what the model writes in a list.")]
CtxOption = Annotated[Optional[int], typer.Option("--ctx-size", help="Tokens the model may hold.")]
ThreadsOption = Annotated[Optional[int], typer.Option("--threads", help="Threads of the model.")]
GpuOption = Annotated[Optional[int], typer.Option("--gpu-layers", help="Layers to put on a GPU; -1 for all.")]
LoraOption = Annotated[Optional[Path], typer.Option("--lora", metavar="FILE", help="A LoRA adapter (GGUF) for the weights.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Where the time went, on stderr.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Traceback of errors.")]
ColorOption = Annotated[Optional[bool], typer.Option("--color/--no-color", help="Colours; by default only on a terminal without NO_COLOR.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def set_debug(debug: bool) -> None:
    """Let the error boundary print tracebacks."""
    if debug:
        os.environ["RECSH_DEBUG"] = "1"


def note(text: str, *, quiet: bool = False) -> None:
    """One line for the person, on stderr."""
    if not quiet:
        from recsh.text import clean

        sys.stderr.write(f"recsh: {clean(text)}\n")


def resolve_format(form: str | None, json: bool, setting: str, *, to_file: bool) -> str:
    """The output format in force. Raises `UsageError` for an unknown one."""
    from recsh.render import FORMATS

    form = "json" if json else form or (setting if setting != "auto" else None)
    if form is None:
        return "table" if sys.stdout.isatty() and not to_file else "tsv"
    if form not in FORMATS:
        raise UsageError(f"--format: {form!r} is not a format", f"formats: {', '.join(FORMATS)}")
    return form


class Output:
    """Where the answer goes: stdout, or a file that is complete or absent."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part") if path else None
        self.stream = self._open()

    def _open(self):
        if self.part is None:
            return sys.stdout
        try:
            return self.part.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise RecshError(f"{self.path}: {error.strerror}") from error

    def write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()

    def close(self, *, done: bool) -> None:
        """Keep the file if all went well, else leave nothing."""
        if self.part is None:
            return
        try:
            self.stream.close()
        except OSError:
            done = False
        if done:
            self.part.replace(self.path)
        else:
            self.part.unlink(missing_ok=True)


@contextmanager
def output(path: Path | None) -> Iterator[Output]:
    """An `Output` that is closed rightly whatever happens."""
    out = Output(path)
    try:
        yield out
    except BaseException:
        out.close(done=False)
        raise
    out.close(done=True)


@contextmanager
def compiling(quiet: bool) -> Iterator[Any]:
    """A progress callback (stage, done, total) that draws a bar on stderr while a catalog is compiled, if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    state: dict[str, Any] = {}
    words = {"read": "reading rows", "index": "indexing", "embed": "reading meanings"}

    def show(stage: str, done: int, total: int) -> None:
        if "bar" not in state:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            from recsh.render import console

            columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            state["bar"] = Progress(*columns, console=console(sys.stderr), transient=True)
            state["bar"].start()
            state["task"] = state["bar"].add_task("", total=None)
        state["bar"].update(state["task"], description=words.get(stage, stage), completed=done, total=total or None)

    try:
        yield show
    finally:
        if "bar" in state:
            state["bar"].stop()


@contextmanager
def spinner(quiet: bool) -> Iterator[Any]:
    """A stage callback that shows what is going on, on a terminal's stderr."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda name: None
        return
    from recsh.render import console

    words = {"retrieve": "searching", "load": "loading the model", "judge": "judging rows", "write": "writing"}
    # The engine may point fds 1 and 2 elsewhere while it loads; a spinner needs one of its own.
    with open(os.dup(2), "w", encoding="utf-8") as own, console(own).status("") as status:
        yield lambda name: status.update(words.get(name, name))


def open_session(catalog: str | None, model: str | None, engine: str | None, flags: dict[str, Any], *, quiet: bool) -> "tuple[Catalog, Recommender, dict[str, Any]]":
    """Settings, catalog and recommender from the flags of a command. `--engine none` and `--model none` mean the same."""
    from recsh import config, session
    from recsh.semantic import Semantic

    if engine not in (None, session.NONE, session.EMBEDDED):
        raise UsageError(f"--engine: {engine!r} is not an engine", "--engine none, --engine embedded, or --model FILE")
    settings = config.settings({**flags, "catalog": catalog, "model": engine or model})
    settings["lora"] = str(flags["lora"]) if flags.get("lora") else None
    semantic = Semantic(settings["threads"] or None)
    with compiling(quiet) as progress:
        opened = session.load_catalog(settings["catalog"], semantic=semantic, progress=progress)
    return opened, session.recommender(opened, settings, semantic), settings
