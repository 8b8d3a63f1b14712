"""`recsh batch`: a question a line, an answer a line, the weights loaded once."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

from msgspec.structs import replace
import typer

from recsh import trace
from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import RecshError, UsageError
from recsh.text import counted

if TYPE_CHECKING:
    from recsh.recommend import Options, Recommender

_KEYS = {"id": object, "query": str, "limit": int, "where": str, "context": str, "exclude": list}
JOBS = 64  # questions under way at most
_KINDS = {int: "a whole number", str: "text", list: "a list of ids"}


def register(app: typer.Typer) -> None:
    app.command("batch")(batch)


def batch(
    ctx: typer.Context,
    file: Annotated[Optional[Path], typer.Argument(metavar="FILE", help="A question a line; '-' or nothing reads standard input.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, server: c.ServerOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None, context: c.ContextOption = None, mode: c.ModeOption = None, free: c.FreeOption = False,
    jobs: Annotated[Optional[int], typer.Option("--jobs", metavar="N", parser=c.whole("--jobs"), help="Questions at a time: processes here, requests with --server.", show_default=False)] = None,
    again: c.AgainOption = False, taste: c.TasteOption = True,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Write the answers down, as 'ask' does.", show_default=False)] = False, raw: c.RawOption = False,
    diversity: c.DiversityOption = None, reasons: c.ReasonOption = True, tone: c.ToneOption = None, lang: c.LangOption = None, output: c.OutputOption = None,
    temperature: c.TemperatureOption = None, seed: c.SeedOption = None, max_tokens: c.MaxTokensOption = None, timeout: c.TimeoutOption = None, ctx_size: c.CtxOption = None,
    threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    profile: c.ProfileOption = None, quiet: c.QuietOption = False, verbose: c.VerboseOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Answer a question a line, as JSON Lines in order.

    A line is a question, or a JSON object with "query" and, if you like, "id", "limit", "where", "context" and "exclude" (ids not to
    show). The weights are loaded once, or once a process: small weights answer a long file by as many processes as there are cores. A line that
    fails has an "error", the others go on, and the exit code is 1.

    \b
    Examples:
      recsh batch questions.txt > answers.jsonl
      recsh batch questions.txt -c movies -n 3 -o answers.jsonl
      recsh batch questions.txt --server http://localhost:8080 --jobs 4
      echo '{"id": 1, "query": "jazz", "exclude": ["m0035"]}' | recsh batch
    """
    flags = dict(keep_raw="yes" if raw else None, server=server, limit=limit, mode=mode, diversity=diversity, tone=tone, lang=lang, temperature=temperature, seed=seed, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora)
    lines = _lines(file)
    failed = total = 0
    with s.profile(profile), c.session(catalog, model, engine, flags, quiet=quiet) as (_, recommender, settings), s.output(output) as out:
        options = c.recommend_options(settings, limit=limit, where=where, context=context, free=free, reasons=reasons, max_tokens=max_tokens, timeout=timeout, again=again, taste=taste, log=log)
        begun = time.perf_counter()
        with s.spinner(quiet or out.interactive) as stage:  # on one terminal the answers themselves are the progress
            for value, ok in _side_by_side(recommender, lines, options, _jobs(jobs, file, options, settings, profile), settings, ctx):
                total += 1
                stage(f"question {total}")
                failed += not ok
                with trace.span("render"):
                    out.write(_dump(value))
    if verbose:
        s.note(f"{counted(total, 'question')} in {time.perf_counter() - begun:.1f} s", quiet=quiet)
    if failed:
        s.note(f"{failed} of {counted(total, 'question')} failed", quiet=quiet)
        raise typer.Exit(RecshError.exit_code)


def _jobs(given: int | None, file: Path | None, options: "Options", settings: dict[str, Any], profile: Path | None) -> int:
    """How many questions are under way at a time: what was asked for, else as many as pay."""
    from recsh import session
    from recsh.cli import workers

    if given is not None and not 1 <= given <= JOBS:
        raise UsageError(f"--jobs has to be between 1 and {JOBS}, not {given}", "--jobs 4")
    remote = session.is_remote(settings["model"])
    if given not in (None, 1) and not remote and (options.log or profile):
        raise UsageError(f"--jobs and --{'log' if options.log else 'profile'} do not go together without a server", "--jobs 1")
    if given is not None:
        return given
    if remote or options.log or profile or settings["lora"] or not _long(file):
        return 1
    if settings["model"] != session.NONE and session.find_weights(settings["model"]).stat().st_size > workers.SMALL:
        return 1
    from recsh.engine.cores import physical_cores

    return min(physical_cores(), workers.MOST)


def _long(file: Path | None) -> bool:
    """Whether it is a file of many questions. A pipe may be somebody who waits for each answer."""
    from recsh.cli.workers import LINES

    if file is None or not file.is_file():
        return False
    with file.open("rb") as stream:
        return sum(1 for _ in zip(range(LINES), stream, strict=False)) == LINES


def _side_by_side(
    recommender: "Recommender", lines: Iterator[tuple[int, str]], options: "Options", jobs: int, settings: dict[str, Any], ctx: typer.Context
) -> Iterator[tuple[dict[str, Any], bool]]:
    """What is told of each line, in order, `jobs` of them under way at a time."""
    if jobs == 1:
        return (_answer(recommender, line, number, options) for number, line in lines)
    from contextlib import nullcontext

    from recsh import session
    from recsh.jobs import in_order

    if session.is_remote(settings["model"]):
        engine: Any = recommender.engine
        turn, stop = engine.shared(jobs)
        return in_order(lines, lambda one: _answer(recommender, one[1], one[0], options), jobs, turn=turn, stop=stop)
    from recsh.cli.workers import Workers, options_of
    from recsh.engine.cores import physical_cores

    workers = Workers(options_of(ctx), jobs, settings["threads"] or max(1, physical_cores() // jobs))
    return in_order(lines, lambda one: workers.answer(*one), jobs, turn=nullcontext(), stop=workers.close)


def _dump(value: dict[str, Any]) -> str:
    from recsh.render import dump

    return dump(value, indent=False) + "\n"


def _lines(file: Path | None) -> Iterator[tuple[int, str]]:
    """(number, line) of the questions, blank lines left out. Raises `UsageError` at once if the file cannot be read."""
    if file is not None and str(file) != "-":
        try:
            stream: Any = file.open("rb")
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}", "recsh batch FILE, or pipe the questions in") from error
    elif sys.stdin is None or (file is None and sys.stdin.isatty()):
        raise UsageError("no questions", "recsh batch FILE, or pipe them in")
    else:
        stream = sys.stdin.buffer
    return _numbered(stream)


def _numbered(stream: Any) -> Iterator[tuple[int, str]]:
    with stream:
        for number, raw in enumerate(stream, 1):
            if text := raw.decode("utf-8", "replace").strip("\ufeff \t\r\n"):
                yield number, text


def _answer(recommender: "Recommender", line: str, number: int, options: "Options") -> tuple[dict[str, Any], bool]:
    """(the answer to one line, True), or (its error, False). `id` is the line's own, else its number in the file."""
    from recsh.render import as_dict

    identity: Any = number
    query: Any = line
    try:
        if line.startswith("{"):
            value = _object(line)
            identity, query = value.get("id", number), value.get("query")
            options = _with(options, _checked(value))
        answer = as_dict(recommender.ask(query, options))
        return {"id": identity, "answer_id": answer.pop("id"), **answer}, True
    except RecshError as error:
        return {"id": identity, "query": query, "error": {"code": error.code, "message": error.message}}, False
    except Exception as error:  # noqa: BLE001  a fault that one line finds may not cost the other lines their answers
        return {"id": identity, "query": query, "error": {"code": "unexpected", "message": f"{type(error).__name__}: {error}"}}, False


def _object(line: str) -> dict[str, Any]:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(f"not valid JSON: {error}") from None
    except RecursionError:
        raise UsageError("not valid JSON: nested too deeply") from None


def _checked(value: dict[str, Any]) -> dict[str, Any]:
    """A line's object without its nulls. Raises `UsageError` for a key that is missing, unknown or of the wrong kind."""
    if unknown := [k for k in value if k not in _KEYS]:
        raise UsageError(f"unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    given = {k: v for k, v in value.items() if v is not None}
    if "query" not in given:
        raise UsageError("a JSON line needs a 'query'")
    for key, item in given.items():
        if not isinstance(item, _KEYS[key]) or (_KEYS[key] is int and isinstance(item, bool)):
            raise UsageError(f"{key!r} has to be {_KINDS[_KEYS[key]]}, not {json.dumps(item)}")
    return given


def _with(options: "Options", given: dict[str, Any]) -> "Options":
    """The options of the command with those of a line over them."""
    from recsh.config import checked

    more: dict[str, Any] = {k: given[k] for k in ("where", "context") if k in given}
    if "limit" in given:
        more["limit"] = checked("limit", given["limit"], "'limit'")
    if "exclude" in given:
        more["exclude"] = tuple(map(str, given["exclude"]))
    return replace(options, **more)
