"""`recsh models pull`: weights from the hub or another site, asked about first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import UsageError
from recsh.footprint import size

if TYPE_CHECKING:
    from recsh.hub import Offer
    from recsh.pull import Stage

_DOING = {"fetch": "fetching", "check": "checking", "try": "trying it out"}


def choice_names(incomplete: str) -> list[str]:
    """Completion from the short list."""
    from recsh.curated import BY_NAME

    return [name for name in BY_NAME if name.startswith(incomplete)]


def pull(
    reference: Annotated[Optional[str], typer.Argument(metavar="NAME|hf:OWNER/REPO[:FILE]|URL", show_default=False, autocompletion=choice_names, help="One of the short list, a repository of the hub, or an address.")] = None,
    name: Annotated[Optional[str], typer.Option("--name", metavar="NAME", help="What to call them here; by default after the list or the file.")] = None,
    sha256: Annotated[str, typer.Option("--sha256", metavar="HEX", help="The checksum that the file must have; the hub says its own.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Fetch weights, check and try them; without a name, list some.

    Size and licence are shown before anything is fetched. What was stopped goes
    on where it stopped, the checksum is compared, and weights that do not run
    here get no name. FILE may be a quantization, as in hf:OWNER/REPO:Q8_0. Where a
    licence has to be accepted: hf auth login, or HF_TOKEN. HF_ENDPOINT names
    another hub. Repositories whose file is not named, and those that need a
    login, want the package huggingface_hub: pip install 'recsh[hub]'.

    \b
    Examples:
      recsh models pull
      recsh models pull qwen2.5-1.5b
      recsh models pull hf:bartowski/Llama-3.2-3B-Instruct-GGUF:Q6_K --name llama
      recsh models pull https://example.org/weights.gguf --sha256 9f86d081...
    """
    if reference is None:
        _short_list(json)
        return
    from recsh import config
    from recsh import pull as pulling
    from recsh.cli.naming import confirmed

    if sha256 and (len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef")):
        raise UsageError("--sha256 has to be 64 hexadecimal digits", "the line that sha256sum prints, up to the first space")
    given, offer = pulling.find(reference.strip())
    name = given if name is None else name
    if pulling.check_name(name, offer):
        s.note(f"{name} is here already, the same file", quiet=quiet)
        path = pulling.path_of(name)
    else:
        for line in _facts(name, offer):
            s.note(line, quiet=quiet and yes)
        if not confirmed("fetch it?", yes, "recsh models pull"):
            s.note("nothing was fetched", quiet=quiet)
            return
        try:
            with _progress(quiet) as stage:
                path = pulling.pull(name, offer, stage, sha256=sha256, gpu_layers=config.settings()["gpu_layers"])
        except KeyboardInterrupt:
            s.note("stopped; what was fetched is kept, and the same command goes on there", quiet=quiet)
            raise
        s.note(f"{name} is here. Try it: recsh models check {name}; make it the default: recsh models use {name}", quiet=quiet)
    if json:
        s.emit_json({"name": name, "path": str(path), **(pulling.pulled(name) or {})})
    else:
        s.emit(f"{path}\n")


def _facts(name: str, offer: "Offer") -> list[str]:
    """What a person should know before they say yes."""
    from recsh import fetch, footprint
    from recsh.pull import models_folder
    from recsh.shelf import same_content

    shown, size_bytes = offer.source.partition("?")[0], offer.size
    parts = f" in {len(offer.files)} parts" if len(offer.files) > 1 else ""
    told = f"{name}: {shown}, {size(size_bytes) if size_bytes is not None else 'of a size that the server does not say'}{parts}, licence {offer.licence or 'not said'}"
    lines = [told, f"it goes to {models_folder() / name}, where {size(fetch.free_space(models_folder()))} are free"]
    free = footprint.free_memory()
    if size_bytes and free is not None and size_bytes > free:
        lines.append(f"warning: it takes more than {size(size_bytes)} of memory to run, and {size(free)} are free")
    if not all(remote.sha256 for _, remote in offer.files):
        lines.append("warning: nobody says which checksum it must have; --sha256 does")
    if twin := same_content({remote.sha256 for _, remote in offer.files}):
        lines.append(f"the same file is here already; it need not be fetched: recsh models use {twin.name}")
    return lines


def _short_list(json: bool) -> None:
    from msgspec.structs import asdict

    from recsh import paths, weights
    from recsh.curated import CHOICES

    here = weights.listing(paths.data_dir())
    if json:
        s.emit_json([{**asdict(choice), "here": choice.name in here} for choice in CHOICES])
        return
    rows = [("NAME", "SIZE", "MEMORY", "LICENCE", "")]
    for choice in CHOICES:
        about = choice.about + (", after accepting its licence" if choice.gated else "") + (" (here)" if choice.name in here else "")
        rows.append((choice.name, f"about {choice.size} GB", f"{choice.memory} GB", choice.licence, about))
    s.emit(s.columns(rows))
    s.note("recsh models pull NAME fetches one; any other GGUF by hf:OWNER/REPO or its address", quiet=not sys.stderr.isatty())


@contextmanager
def _progress(quiet: bool) -> "Iterator[Stage]":
    """A bar with bytes, pace and time left on a terminal; a line a stage elsewhere."""
    if not s.animated(quiet):
        told: list[str] = []

        def tell(what: str, done: int, total: int) -> None:
            if what not in told:
                told.append(what)
                s.note(_DOING[what], quiet=quiet)

        yield tell
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from recsh.render import console

    columns: tuple[Any, ...] = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[what] = bar.add_task(_DOING[what], completed=done, total=total or None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield show
