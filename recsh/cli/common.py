"""What commands share: the options that are the same everywhere, and the session that they open.

Leaves out: streams (see `streams`), what settings mean (see `config`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh import trace
from recsh.cli import streams, wares
from recsh.cli.wares import among, catalog_names, setting_names, weight_names
from recsh.errors import UsageError

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.recommend import Recommender

__all__ = ["among", "catalog_names", "setting_names", "weight_names"]  # from `wares`, for those who name their arguments with what stands here

Number = Callable[[str], Any]


def whole(flag: str) -> Number:
    """A parser that says which flag was wrong, and how."""

    def parse(text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise UsageError(f"{flag}: {text!r} is not a whole number", f"{flag} 5") from None

    return parse


def decimal(flag: str) -> Number:
    """The same for numbers with a point."""

    def parse(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise UsageError(f"{flag}: {text!r} is not a number", f"{flag} 0.5") from None

    return parse


def _debug(ctx: typer.Context, value: bool) -> bool:
    if value:
        ctx.find_root().command.debug = True  # type: ignore[attr-defined]  # the root is a Boundary
    return value


# fmt: off
CatalogOption = Annotated[Optional[str], typer.Option("--catalog", "-c", metavar="NAME|FILE", autocompletion=catalog_names, help="Catalog: a name, or the path of a CSV, TSV, JSON Lines or Parquet file.")]
ModelOption = Annotated[Optional[str], typer.Option("--model", "-m", metavar="NAME|FILE", autocompletion=weight_names, help="Weights: a name, or the path of a GGUF file.")]
EngineOption = Annotated[Optional[str], typer.Option("--engine", metavar="none|embedded", autocompletion=among("none", "embedded"), help="'none' answers without a model, 'embedded' with the weights that come with recsh.")]
ServerOption = Annotated[Optional[str], typer.Option("--server", metavar="URL", help="Ask an OpenAI-compatible server instead (llama-server, vLLM, Ollama, ...); --model names a model of its own.")]
LimitOption = Annotated[Optional[int], typer.Option("--limit", "-n", metavar="N", parser=whole("--limit"), help="How many recommendations.")]
WhereOption = Annotated[Optional[str], typer.Option("--where", "-w", metavar="EXPR", autocompletion=wares.conditions, help="What must hold: 'genre:rock year:1980..1989 ^mood:sad'.")]
ContextOption = Annotated[Optional[str], typer.Option("--context", metavar="TEXT", help="Time, place, mood: 'late at night, alone'.")]
ModeOption = Annotated[Optional[str], typer.Option("--mode", metavar="judge|write", autocompletion=among("judge", "write"), help="How the model is asked: yes or no for each row, or a list.")]
FreeOption = Annotated[bool, typer.Option("--free", help="Let the model name any title; it is then looked up in the catalog.")]
DiversityOption = Annotated[Optional[float], typer.Option("--diversity", metavar="0..1", parser=decimal("--diversity"), help="How much unlike each other the answers should be.")]
ExploreOption = Annotated[Optional[float], typer.Option("--explore", metavar="0..1", parser=decimal("--explore"), help="How much chance has a part, so that your verdicts teach more.")]
ToneOption = Annotated[Optional[str], typer.Option("--tone", metavar="plain|warm|playful", autocompletion=among("plain", "warm", "playful"), help="How reasons sound.")]
LangOption = Annotated[Optional[str], typer.Option("--lang", metavar="auto|en|zh", autocompletion=among("auto", "en", "zh"), help="Language of reasons.")]
AgainOption = Annotated[bool, typer.Option("--again", help="Also what you disliked, or have read, seen, bought.")]
LogOption = Annotated[bool, typer.Option("--log/--no-log", help="Write this answer down, so that you can say what you like of it.", show_default=False)]
RawOption = Annotated[bool, typer.Option("--keep-raw", help="Write mail addresses, numbers and your name down as typed, not masked.")]
TasteOption = Annotated[bool, typer.Option("--taste/--no-taste", help="Let what you liked and disliked count.", show_default=False)]
ReasonOption = Annotated[bool, typer.Option("--reasons/--no-reasons", help="Say why.", show_default=False)]
FormatOption = Annotated[Optional[str], typer.Option("--format", "-f", metavar="FORMAT", autocompletion=among("table", "json", "jsonl", "csv", "tsv", "ids"), help="table, json, jsonl, csv, tsv or ids; by default a table on a terminal, tsv in a pipe.")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
FieldsOption = Annotated[Optional[str], typer.Option("--fields", metavar="A,B", autocompletion=wares.field_names, help="Only these: rank, item_id, title, creator, score, reason, or columns of the catalog.")]
HeadersOption = Annotated[Optional[bool], typer.Option("--headers/--no-headers", help="A line of field names; by default in csv, not in tsv.")]
OutputOption = Annotated[Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write the answer to a file.")]
SeedOption = Annotated[Optional[int], typer.Option("--seed", metavar="N", parser=whole("--seed"), help="Seed of --explore, and of a written list at a temperature above 0.")]
TemperatureOption = Annotated[Optional[float], typer.Option("--temperature", metavar="X", parser=decimal("--temperature"), help="Randomness of a written list; 0 always gives the same.")]
MaxTokensOption = Annotated[Optional[int], typer.Option("--max-tokens", metavar="N", parser=whole("--max-tokens"), help="Bound on what the model writes: a list, or each reason.")]
TimeoutOption = Annotated[Optional[float], typer.Option("--timeout", metavar="SECONDS", parser=decimal("--timeout"), help="After so long, answer with what is ready.")]
ProfileOption = Annotated[Optional[Path], typer.Option("--profile", metavar="FILE", help="Write where the time went, for chrome://tracing or Perfetto.")]
CtxOption = Annotated[Optional[int], typer.Option("--ctx-size", metavar="N", parser=whole("--ctx-size"), help="Tokens the model may hold.")]
ThreadsOption = Annotated[Optional[int], typer.Option("--threads", metavar="N", parser=whole("--threads"), help="Threads of the model; 0 for the physical cores.")]
GpuOption = Annotated[Optional[int], typer.Option("--gpu-layers", metavar="N", parser=whole("--gpu-layers"), help="Layers to put on a GPU; -1 for all.")]
LoraOption = Annotated[Optional[Path], typer.Option("--lora", metavar="FILE|none", help="A LoRA adapter (GGUF) for the weights; none to do without what recsh tune learned.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Where the time went, on stderr.")]
DebugOption = Annotated[bool, typer.Option("--debug", callback=_debug, is_eager=True, help="The traceback of an error.")]
ColorOption = Annotated[Optional[bool], typer.Option("--color/--no-color", help="Colours; by default on a terminal, unless NO_COLOR is set.")]
# fmt: on


def help_if_alone(ctx: typer.Context) -> None:
    """A group without a command prints its help, and that is no error."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@contextmanager
def session(catalog: str | None, model: str | None, engine: str | None, flags: dict[str, Any], *, quiet: bool, once: bool = False) -> "Iterator[tuple[Catalog, Recommender, dict[str, Any]]]":
    """Catalog, recommender and settings from the flags of a command; for `once`, a single question, the sentence model is loaded while the rest of
    recsh is: few catalogs are so large that they do without it."""
    settings = settings_of(catalog, model, engine, flags, quiet=quiet)
    from recsh.semantic import Semantic

    semantic = Semantic(settings["threads"] or None)
    if once:
        semantic.prepare()
    from recsh import session as opening

    with streams.compiling(quiet) as progress, trace.span("open"):
        opened = opening.load_catalog(settings["catalog"], semantic=semantic, progress=progress)
    with closing(opened.index):
        recommender = opening.recommender(opened, settings, semantic)
        with closing(recommender.memory.log):
            try:
                yield opened, recommender, settings
            finally:
                if settings["server"] and (asked := vars(recommender.adviser).get("engine")):
                    asked.close()


def settings_of(catalog: str | None, model: str | None, engine: str | None, flags: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """The settings in force with the flags of a command. `--engine none` and `--model none` mean the same."""
    from recsh import config

    if engine not in (None, config.NONE, config.EMBEDDED):
        raise UsageError(f"--engine: {engine!r} is not an engine", "--engine none, --engine embedded, or --model FILE")
    if engine and model:
        raise UsageError("--engine and --model both say which weights to ask", f"--model {model}")
    settings = config.settings({**flags, "catalog": catalog, "model": engine or model} | ({"server": flags.get("server") or ""} if engine else {}))
    settings["lora"] = str(flags["lora"]) if flags.get("lora") else None
    settings["server"] = config.server_of(settings)
    if settings["server"]:
        _to_server(settings, engine, quiet)
    return settings


def _to_server(settings: dict[str, Any], engine: str | None, quiet: bool) -> None:
    """Settings for a server: its model under a name that says so. What goes there is said first."""
    from recsh import config

    if engine or settings["lora"] not in (None, config.NONE):
        raise UsageError(f"{'--engine' if engine else '--lora'} is about weights on this machine, --server about others", "one of them; --server none asks weights here")
    settings["model"] = config.model_of(settings)
    if config.is_remote(settings["model"]):
        told_of_server(settings, quiet)


def told_of_server(settings: dict[str, Any], quiet: bool) -> None:
    """Say what will go to a server that is not this machine."""
    import signal

    from recsh.engine.address import address, remarks

    if hasattr(signal, "SIGPIPE"):  # subtle: a server that hangs up is an error to report, not the end of the process
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for text in remarks(address(settings["server"])):
        streams.note(text, quiet=quiet)


def recommend_options(settings: dict[str, Any], **more: Any) -> Any:
    """`recommend.Options` from settings in force; `more` are options that have no setting."""
    from recsh.recommend import Options
    from recsh.types import Mode

    if more.get("max_tokens") is not None and more["max_tokens"] < 1:
        raise UsageError(f"--max-tokens: has to be at least 1, not {more['max_tokens']}", "leave it out for as many as the list needs")
    if more.get("timeout") is not None and not 0 < more["timeout"] < 1e6:
        raise UsageError(f"--timeout: has to be more than 0 seconds, not {more['timeout']:g}", "--timeout 2")
    mode = None if settings["mode"] == "auto" else Mode(settings["mode"])
    keys = ("shortlist", "diversity", "explore", "tone", "lang", "temperature", "seed")
    more["log"] = more.get("log", True) and not os.environ.get("RECSH_NO_HISTORY")
    return Options(mode=mode, usual=settings["limit"], **{k: settings[k] for k in keys}, **more)
