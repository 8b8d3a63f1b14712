"""`recsh ask` and `recsh batch`: one question, or a question a line."""

from __future__ import annotations

import json as json_
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Iterator, Optional

import typer

from recsh.cli import common as c
from recsh.errors import RecshError, UsageError

if TYPE_CHECKING:
    from recsh.recommend import Options, Recommender
    from recsh.types import Answer


def register(app: typer.Typer) -> None:
    app.command("ask", help=ask.__doc__)(ask)
    app.command("batch", help=batch.__doc__)(batch)


def ask(
    query: Annotated[Optional[list[str]], typer.Argument(metavar="QUERY...", help="What you want, in plain words; '-' reads it from standard input.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None, context: c.ContextOption = None, mode: c.ModeOption = None, free: c.FreeOption = False,
    diversity: c.DiversityOption = None, reasons: c.ReasonOption = True, explain: Annotated[bool, typer.Option("--explain", help="Bars of each signal and the words that matched.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the prompt and its token count instead of asking.")] = False,
    form: c.FormatOption = None, json: c.JsonOption = False, fields: c.FieldsOption = None, headers: c.HeadersOption = True,
    output: c.OutputOption = None, temperature: c.TemperatureOption = None, seed: c.SeedOption = None, max_tokens: c.MaxTokensOption = None,
    ctx_size: c.CtxOption = None, threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    quiet: c.QuietOption = False, verbose: c.VerboseOption = False, debug: c.DebugOption = False, color: c.ColorOption = None,
) -> None:  # fmt: skip
    """Ask one question: recsh ask "rock songs like Metallica". Words are joined.

    Examples: recsh ask something to cheer me up -n 3 | recsh ask "想看科幻电影" -c movies_zh | echo "sad piano" | recsh ask --json
    """
    c.set_debug(debug)
    text = _question(query)
    flags = dict(limit=limit, mode=mode, diversity=diversity, temperature=temperature, seed=seed, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora)
    opened, recommender, settings = c.open_session(catalog, model, engine, flags, quiet=quiet)
    form = c.resolve_format(form, json, settings["format"], to_file=output is not None)
    options = _options(settings, where=where, context=context, free=free, reasons=reasons, max_tokens=max_tokens)
    if catalog is None and model is None and engine is None:
        _say_once(opened.name, quiet)
    if dry_run:
        _dry_run(recommender, text, options)
        return
    with c.output(output) as out:
        with c.spinner(quiet) as stage:
            answer = recommender.ask(text, options, stage=stage)
        _warn(answer, quiet)
        if form == "table":
            _table(answer, recommender, out, explain=explain, color=color)
        else:
            names = _names(fields)
            from recsh.render import machine

            out.write(machine(answer, form, fields=names, headers=headers, indent=sys.stdout.isatty() and output is None))
    if verbose and not quiet:
        _timing(answer)


def _question(words: list[str] | None) -> str:
    """The question from the arguments, or from standard input if it is '-' or nothing was given and stdin is not a terminal."""
    text = " ".join(words or [])
    if text == "-" or (not words and not sys.stdin.isatty()):
        text = sys.stdin.buffer.read(1 << 20).decode("utf-8", "replace")
    if not text.strip():
        raise UsageError("the question is empty", 'recsh ask "rock songs like Metallica"')
    return text


def _options(settings: dict[str, Any], **more: Any) -> "Options":
    from recsh.recommend import Options
    from recsh.types import Mode

    mode = None if settings["mode"] == "auto" else Mode(settings["mode"])
    keys = ("limit", "shortlist", "diversity", "temperature", "seed")
    return Options(mode=mode, **{k: settings[k] for k in keys}, **more)


def _names(fields: str | None) -> list[str] | None:
    return [f.strip() for f in fields.split(",") if f.strip()] if fields else None


def _say_once(catalog: str, quiet: bool) -> None:
    """The first time nothing was named, say what is being asked."""
    from recsh import paths

    mark = paths.data_dir() / "welcomed"
    if quiet or mark.exists():
        return
    c.note(f"asking the sample catalog {catalog!r} with the embedded weights; your own: recsh ask -c FILE.csv ...")
    paths.write_private(mark, "")


def _warn(answer: "Answer", quiet: bool) -> None:
    for warning in answer.warnings:
        c.note(f"warning: {warning.message}", quiet=quiet)
    if not answer.results:
        c.note("nothing found", quiet=quiet)


def _table(answer: "Answer", recommender: "Recommender", out: c.Output, *, explain: bool, color: bool | None) -> None:
    from recsh.render import console, table

    table(answer, recommender.index.columns, console(out.stream, color=color), explain=explain)


def _timing(answer: "Answer") -> None:
    parts = ", ".join(f"{k} {v:.0f} ms" for k, v in answer.timing_ms.items() if v)
    usage = answer.usage
    c.note(f"{parts}; tokens: {usage.prompt_tokens} read, {usage.cached_tokens} kept, {usage.completion_tokens} written")


def _dry_run(recommender: "Recommender", text: str, options: "Options") -> None:
    """What the model would be shown, and how many tokens that is."""
    shown, count = recommender.preview(text, options)
    sys.stdout.write(shown.rstrip("\n") + "\n")
    c.note(f"{count} tokens" if count is not None else "no model: tokens not counted")


def batch(
    file: Annotated[Optional[Path], typer.Argument(metavar="FILE|-", help="A question a line, or JSON Lines with id, query, limit, where, context, exclude.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None, context: c.ContextOption = None, mode: c.ModeOption = None, free: c.FreeOption = False,
    diversity: c.DiversityOption = None, reasons: c.ReasonOption = True, output: c.OutputOption = None,
    temperature: c.TemperatureOption = None, seed: c.SeedOption = None, max_tokens: c.MaxTokensOption = None, ctx_size: c.CtxOption = None,
    threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Answer a question a line as JSON Lines, in order, the weights loaded once. A line that fails says so, and the exit code is 1.

    Examples: recsh batch questions.txt > answers.jsonl | echo '{"id": 1, "query": "jazz", "limit": 3}' | recsh batch
    """
    c.set_debug(debug)
    if file is None and sys.stdin.isatty():
        raise UsageError("no questions", "recsh batch FILE, or pipe them in")
    flags = dict(limit=limit, mode=mode, diversity=diversity, temperature=temperature, seed=seed, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora)
    lines = _lines(file)
    _, recommender, settings = c.open_session(catalog, model, engine, flags, quiet=quiet)
    options = _options(settings, where=where, context=context, free=free, reasons=reasons, max_tokens=max_tokens)
    failed = total = 0
    with c.output(output) as out:
        for number, line in lines:
            total += 1
            value, ok = _one(recommender, line, number, options)
            failed += not ok
            out.write(json_.dumps(value, ensure_ascii=False) + "\n")
    if failed:
        c.note(f"{failed} of {total} questions failed", quiet=quiet)
        raise typer.Exit(1)


def _lines(file: Path | None) -> Iterator[tuple[int, str]]:
    """(number, line) of the questions, blank lines left out. Raises `UsageError` at once if the file cannot be read."""
    if file is None or str(file) == "-":
        stream = sys.stdin.buffer
    else:
        try:
            stream = file.open("rb")
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}") from error
    return ((i, text) for i, raw in enumerate(stream, 1) if (text := raw.decode("utf-8", "replace").strip("\ufeff \t\r\n")))


_KEYS = {"id": object, "query": str, "limit": int, "where": str, "context": str, "exclude": list}


def _one(recommender: "Recommender", line: str, number: int, options: "Options") -> tuple[dict[str, Any], bool]:
    """The answer to one line, or its error. `id` is the line's own, else its number."""
    from recsh.render import as_dict

    identity: Any = number
    query: Any = line
    try:
        if line.startswith("{"):
            value = _parse(line)
            identity, query = value.get("id", number), value.get("query")
            options = _with(options, value)
        answer = recommender.ask(query, options)
        return {"id": identity, **{("answer_id" if k == "id" else k): v for k, v in as_dict(answer).items()}}, True
    except RecshError as error:
        return {"id": identity, "query": query, "error": {"code": error.code, "message": error.message}}, False


def _parse(line: str) -> dict[str, Any]:
    try:
        value = json_.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not valid JSON: {error}") from None
    if not isinstance(value, dict) or not isinstance(value.get("query"), str):
        raise UsageError("a JSON line needs a 'query' that is text")
    for key, kind in _KEYS.items():
        if value.get(key) is not None and (not isinstance(value[key], kind) or isinstance(value[key], bool)):
            raise UsageError(f"{key!r} has to be {kind.__name__}, not {value[key]!r}")
    if unknown := [k for k in value if k not in _KEYS]:
        raise UsageError(f"unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    return value


def _with(options: "Options", value: dict[str, Any]) -> "Options":
    from dataclasses import replace

    from recsh.config import settings

    given: dict[str, Any] = {k: value[k] for k in ("where", "context") if value.get(k) is not None}
    if value.get("limit") is not None:
        given["limit"] = settings({"limit": value["limit"]})["limit"]
    if value.get("exclude"):
        given["exclude"] = tuple(map(str, value["exclude"]))
    return replace(options, **given)
