"""`recsh ask`: one question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from recsh import trace
from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import StoreError

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.recommend import Options, Recommender
    from recsh.types import Answer

STDIN_LIMIT = 1 << 20  # bytes of a question on standard input; far beyond any that is read


def register(app: typer.Typer) -> None:
    app.command("ask")(ask)


def ask(
    query: Annotated[Optional[list[str]], typer.Argument(metavar="QUERY", help="What you want, in plain words; '-' reads it from standard input.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, server: c.ServerOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None, context: c.ContextOption = None, mode: c.ModeOption = None, free: c.FreeOption = False,
    for_me: Annotated[bool, typer.Option("--for-me", help="Let your taste lead; a question is not needed then.")] = False,
    again: c.AgainOption = False, taste: c.TasteOption = True, log: c.LogOption = True, raw: c.RawOption = False, explore: c.ExploreOption = None,
    diversity: c.DiversityOption = None, reasons: c.ReasonOption = True, tone: c.ToneOption = None, lang: c.LangOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="In the table: bars of each signal, and the words that matched.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the prompt and its token count instead of asking.")] = False,
    form: c.FormatOption = None, json: c.JsonOption = False, fields: c.FieldsOption = None, headers: c.HeadersOption = None,
    output: c.OutputOption = None, temperature: c.TemperatureOption = None, seed: c.SeedOption = None, max_tokens: c.MaxTokensOption = None, timeout: c.TimeoutOption = None,
    ctx_size: c.CtxOption = None, threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    profile: c.ProfileOption = None, quiet: c.QuietOption = False, verbose: c.VerboseOption = False, color: c.ColorOption = None, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Ask one question, in plain words.

    \b
    Examples:
      recsh ask "rock songs like Metallica"
      recsh ask "想看科幻电影" -c movies_zh -n 3
      recsh ask something to cheer me up --where 'year:1980..1989'
      recsh ask 'noise cancelling headphones under $200' -c products --explain
      recsh ask "sad piano" --json --fields title,score
      recsh ask --for-me -c movies --tone warm
      recsh ask "sad piano" --server http://localhost:8080
      echo "sad piano" | recsh ask -f ids
    """
    from recsh import render

    text = _question(query, needed=not for_me)
    flags = dict(keep_raw="yes" if raw else None, server=server, limit=limit, mode=mode, diversity=diversity, explore=explore, tone=tone, lang=lang, temperature=temperature, seed=seed, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora, format=form)
    with s.profile(profile), c.session(catalog, model, engine, flags, quiet=quiet, once=True) as (opened, recommender, settings):
        form = _format(settings["format"], json, to_file=output is not None)
        names = render.field_names(fields, opened.index.columns)
        options = c.recommend_options(settings, limit=limit, where=where, context=context, free=free, reasons=reasons, max_tokens=max_tokens, timeout=timeout, for_me=for_me, again=again, taste=taste, log=log and not dry_run)
        if catalog is None and model is None and engine is None:
            _welcome(opened, quiet)
        with s.output(output) as out:
            if dry_run:
                _dry_run(recommender, text, options, out, quiet)
                return
            recommender.prepare()
            with s.spinner(quiet) as stage:
                answer = recommender.ask(text, options, stage=stage)
            _remark(answer, quiet)
            with trace.span("render"):
                if form == "table":
                    out.write(render.table(answer, opened.index.columns, render.console(out.stream, color=color), explain=explain, fields=names))
                else:
                    out.write(render.machine(answer, form, fields=names, headers=headers, indent=out.interactive))
    if verbose:
        s.note(_timing(answer), quiet=quiet)


def _question(words: list[str] | None, *, needed: bool = True) -> str:
    """The question from the arguments, or from standard input if it is '-', or if one is needed, none was given and stdin is not a terminal."""
    text = " ".join(words or [])
    if text == "-" or (needed and not words and sys.stdin is not None and not sys.stdin.isatty()):
        text = sys.stdin.buffer.read(STDIN_LIMIT).decode("utf-8-sig", "replace") if sys.stdin is not None else ""
    return text


def _format(setting: str, json: bool, *, to_file: bool) -> str:
    """The format in force: a table for a terminal, TSV for anything else, unless one was named."""
    if json:
        return "json"
    if setting != "auto":
        return setting
    return "table" if sys.stdout.isatty() and not to_file else "tsv"


def _welcome(opened: "Catalog", quiet: bool) -> None:
    """The first time that nothing was named, and a sample answers, say so."""
    from recsh import paths

    mark = paths.data_dir() / "welcomed"
    if quiet or not opened.entry.sample or mark.exists():
        return
    s.note(f"this asks the sample catalog {opened.name!r}; your own file: recsh ask -c FILE.csv ...")
    try:
        paths.write_private(mark, "")
    except StoreError:  # it is said once more next time, and that is all
        pass


def _remark(answer: "Answer", quiet: bool) -> None:
    """What the person should know about an answer."""
    for warning in answer.warnings:
        s.note(f"warning: {warning.message}", quiet=quiet)
    lost = sum(u.cause.value in ("no_match", "ambiguous") for u in answer.unmatched)
    if lost:
        s.note(f"left out {lost} that the model named and the catalog does not have (--json lists them)", quiet=quiet)
    if answer.reply:
        s.note(answer.reply, quiet=quiet)
    elif not answer.results:
        s.note("nothing found", quiet=quiet)


def _timing(answer: "Answer") -> str:
    parts = ", ".join(f"{k} {v:.0f} ms" for k, v in answer.timing_ms.items() if v)
    usage = answer.usage
    parts += f"; {answer.engine['name']}" if answer.engine else ""
    return f"{parts}; tokens: {usage.prompt_tokens} read, {usage.cached_tokens} of them kept from before, {usage.completion_tokens} written"


def _dry_run(recommender: "Recommender", text: str, options: "Options", out: s.Output, quiet: bool) -> None:
    """What the model would be shown, and how many tokens that is."""
    shown, count = recommender.preview(text, options)
    out.write(shown.rstrip("\n") + "\n")
    s.note(f"{count} tokens" if count is not None else "no model, so tokens were not counted", quiet=quiet)
