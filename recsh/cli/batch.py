"""`recsh batch`: a question a line, an answer a line, the weights loaded once."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import RecshError, UsageError

if TYPE_CHECKING:
    from recsh.recommend import Options, Recommender

_KEYS = {"id": object, "query": str, "limit": int, "where": str, "context": str, "exclude": list}
_KINDS = {int: "a whole number", str: "text", list: "a list of ids"}


def register(app: typer.Typer) -> None:
    app.command("batch")(batch)


def batch(
    file: Annotated[Optional[Path], typer.Argument(metavar="FILE", help="A question a line; '-' or nothing reads standard input.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None, context: c.ContextOption = None, mode: c.ModeOption = None, free: c.FreeOption = False,
    again: c.AgainOption = False, taste: c.TasteOption = True,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Write the answers down, as 'ask' does.", show_default=False)] = False,
    diversity: c.DiversityOption = None, reasons: c.ReasonOption = True, tone: c.ToneOption = None, lang: c.LangOption = None, output: c.OutputOption = None,
    temperature: c.TemperatureOption = None, seed: c.SeedOption = None, max_tokens: c.MaxTokensOption = None, ctx_size: c.CtxOption = None,
    threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    quiet: c.QuietOption = False, verbose: c.VerboseOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Answer a question a line, as JSON Lines in order.

    A line is a question, or a JSON object with "query" and, if you like, "id", "limit", "where", "context" and "exclude" (ids not to
    show). The weights are loaded once. A line that fails has an "error", the others go on, and the exit code is 1.

    \b
    Examples:
      recsh batch questions.txt > answers.jsonl
      recsh batch questions.txt -c movies -n 3 -o answers.jsonl
      echo '{"id": 1, "query": "jazz", "exclude": ["m0035"]}' | recsh batch
    """
    flags = dict(limit=limit, mode=mode, diversity=diversity, tone=tone, lang=lang, temperature=temperature, seed=seed, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora)
    lines = _lines(file)
    failed = total = 0
    with c.session(catalog, model, engine, flags, quiet=quiet) as (_, recommender, settings), s.output(output) as out:
        options = c.recommend_options(settings, limit=limit, where=where, context=context, free=free, reasons=reasons, max_tokens=max_tokens, again=again, taste=taste, log=log)
        begun = time.perf_counter()
        with s.spinner(quiet or out.interactive) as stage:  # on one terminal the answers themselves are the progress
            for number, line in lines:
                total += 1
                stage(f"question {total}")
                value, ok = _answer(recommender, line, number, options)
                failed += not ok
                out.write(_dump(value))
    if verbose:
        s.note(f"{total} questions in {time.perf_counter() - begun:.1f} s", quiet=quiet)
    if failed:
        s.note(f"{failed} of {total} questions failed", quiet=quiet)
        raise typer.Exit(RecshError.exit_code)


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
