"""`recsh tune`: the weights learn from what was said of answers, or the same examples are written for another trainer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import CatalogError, UsageError, WeightsError
from recsh.text import counted

if TYPE_CHECKING:
    from recsh.feedback import Log
    from recsh.recommend import Recommender
    from recsh.tune import Result
    from recsh.tuned import Card

_DOING = {"learn": "learning", "try": "trying it out"}


def register(app: typer.Typer) -> None:
    app.command("tune")(tune)


def tune(
    catalog: Annotated[Optional[str], typer.Option("--catalog", "-c", metavar="NAME|FILE", autocompletion=c.catalog_names, help="Learn from this catalog alone; by default from all that you judged in.")] = None,
    model: c.ModelOption = None,
    export: Annotated[Optional[Path], typer.Option("--export", metavar="FILE|-", help="Train nothing, but write the examples as chat JSON Lines.")] = None,
    system: Annotated[Optional[str], typer.Option("--system", metavar="TEXT|none", help="With --export: the system message; by default recsh's own.", show_default=False)] = None,
    status: Annotated[bool, typer.Option("--status", help="Say what was learned and whether it is used.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Use the weights as they came.")] = False,
    on: Annotated[bool, typer.Option("--on", help="Use again what was learned.")] = False,
    threads: c.ThreadsOption = None,
    seed: Annotated[Optional[int], typer.Option("--seed", metavar="N", parser=c.whole("--seed"), help="Seed of the training; the same gives the same.")] = None,
    json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Let the model learn from your verdicts, if that helps.

    A small adapter (LoRA) is trained on this machine, from your newest verdicts
    and the questions they answered. It is kept only if it tells what you like
    from what you do not better than before, on your latest verdicts, which it
    has not seen; then answers use it in the catalogs it learned from. The
    weights themselves stay as they are. It takes minutes, 40 verdicts and
    pip install 'recsh[train]'.

    What was learned of a verdict outlives `recsh history rm` of it, until you
    tune again; `recsh history rm --all` deletes it. --export writes your
    questions and verdicts in plain words: the file is for your eyes only.

    \b
    Examples:
      recsh tune
      recsh tune --status
      recsh tune --off
      recsh tune --export examples.jsonl -c movies
      recsh ask "sad piano" --lora none
    """
    if sum((export is not None, status, off, on)) > 1:
        raise UsageError("--export, --status, --on and --off are different things", "one of them")
    if system is not None and export is None:
        raise UsageError("--system is for --export", "recsh tune --export examples.jsonl --system none")
    if export is not None:
        _export(catalog, export, system, quiet)
        return
    settings = c.settings_of(None, model, None, {"threads": threads, "seed": seed}, quiet=True)
    weights = _weights(settings)
    if status or on or off:
        _switch(weights, on, off, json, quiet)
    else:
        _train(weights, catalog, settings, json, quiet)


# --- what there is already -------------------------------------------------------------------------------------------


def _weights(settings: dict[str, Any]) -> Path:
    """The file of the weights in force. Raises `UsageError` if there is none here."""
    from recsh import session

    if session.is_remote(settings["model"]):
        raise UsageError("a server's model cannot be tuned here", "recsh tune -m embedded, or recsh tune --export FILE for the server's own trainer")
    if settings["model"] == session.NONE:
        raise UsageError("there is no model to tune", "recsh tune -m embedded")
    return session.find_weights(settings["model"])


def _switch(weights: Path, on: bool, off: bool, json: bool, quiet: bool) -> None:
    from recsh import tuned

    card = tuned.card_of(weights)
    if card is None and (old := tuned.outdated(weights)) is not None:
        s.note(f"{weights} was changed since recsh tune learned for it: what was learned is not used" + ("" if off else "; recsh tune learns anew, recsh tune --off ends this note"), quiet=quiet)
        if off:
            tuned.switch(old, False)
        if json:
            s.emit_json(None)
        return
    if card is None:
        if json:
            s.emit_json(None)
        s.note(f"nothing was learned for {weights.name} so far; recsh tune does it", quiet=quiet)
        return
    if (on or off) and card.on != on:
        card = tuned.switch(card, on)
    _told(card, json, quiet)


def _told(card: Card, json: bool, quiet: bool) -> None:
    """A card for a program, or in words."""
    from msgspec.structs import asdict

    from recsh.cli.timeline import catalog_name
    from recsh.text import clean

    if json:
        s.emit_json({**asdict(card), "path": str(card.path)})
        return
    rows = [
        ("weights", card.weights), ("adapter", str(card.path)), ("in use", "yes" if card.on else "no; recsh tune --on uses it again"), ("made", card.made),
        ("catalogs", ", ".join(map(catalog_name, card.catalogs))), ("its say", f"up to {card.weight:.0%} of a score"), *_measured(card.figures),
    ]  # fmt: skip
    s.emit(s.columns([(name, clean(value)) for name, value in rows]))


def _measured(figures: Any) -> list[tuple[str, str]]:
    """What was measured, in words; nothing of figures that are not whole."""
    with suppress(KeyError, TypeError, ValueError, IndexError):
        def gain(of: dict[str, Any]) -> str:
            return f"{of['before']:.2f} before, {of['after']:.2f} after (better with probability {of['better']:.0%})"

        return [
            ("verdicts", f"{figures['learned']} to learn from, {figures['chosen']} to choose by, {figures['held_back']} held back"),
            ("model alone", gain(figures["alone"])), ("with all else", gain(figures["together"])), ("plain tags", "{:.2f} before, {:.2f} after".format(*figures["tags"])),
        ]  # fmt: skip
    return []


# --- the log as lessons ----------------------------------------------------------------------------------------------


@contextmanager
def _judged_in(log: Log, catalog: str | None, quiet: bool) -> Iterator[list[Recommender]]:
    """The catalogs with verdicts in the log, opened for questions without a model: one, or all that can be opened."""
    from recsh.catalog import entries, lookup, open_catalog
    from recsh.recommend import Recommender
    from recsh.semantic import Semantic

    known = {entry.key: entry for entry in entries().values()}
    keys = [lookup(catalog).key] if catalog else list(dict.fromkeys(e.catalog for e in log.events() if e.worth))
    semantic = Semantic()
    with ExitStack() as stack:
        found = []
        for key in keys:
            try:
                with s.compiling(quiet) as progress:
                    opened = open_catalog(known.get(key) or lookup(catalog or key), semantic.for_rows, progress)
            except CatalogError as error:
                if catalog:
                    raise
                s.note(f"warning: left out a catalog that cannot be opened: {error.message}", quiet=quiet)
                continue
            stack.enter_context(closing(opened.index))
            found.append(Recommender(opened, None, semantic=semantic))
        yield found


def _export(catalog: str | None, file: Path, system: str | None, quiet: bool) -> None:
    from recsh.cli.naming import opened_log
    from recsh.examples import lines
    from recsh.lessons import lessons

    with opened_log(quiet) as log, _judged_in(log, catalog, quiet) as found:
        told = [(lessons(r, log, "chat"), r.index.columns) for r in found]
    written = 0
    with s.output(None if str(file) == "-" else file, private=True) as out:
        for line in lines(told, "" if system == "none" else system):
            out.write(line)
            written += 1
    s.note(f"{counted(written, 'example')}, with your questions and verdicts in plain words" if written else "there is nothing to learn from yet", quiet=quiet)


# --- training --------------------------------------------------------------------------------------------------------


def _train(weights: Path, catalog: str | None, settings: dict[str, Any], json: bool, quiet: bool) -> None:
    import time

    from recsh import lora, paths, session, tuned
    from recsh import tune as tuning
    from recsh.cli.naming import opened_log
    from recsh.lessons import NEWEST, lessons
    from recsh.reminders import reminders
    from recsh.types import Mode
    from recsh.verdicts import stamp
    from recsh.weights import describe

    described = describe(weights)
    if described.mode is not Mode.JUDGE or described.kind != "chat":
        raise WeightsError(f"{described.name} does not judge rows, so its verdict cannot be tuned", f"recsh tune -m embedded; {lora.ELSEWHERE}")
    if described.architecture != "llama":
        raise WeightsError(f"{described.name}: weights of the architecture {described.architecture!r} cannot be trained here, only llama", lora.ELSEWHERE)
    if described.parameters > lora.MOST:
        raise WeightsError(f"{described.name} has {described.parameters / 1e9:.1f} billion parameters, too many to train here", lora.ELSEWHERE)
    form = session.form_of(described)
    seed, threads = settings["seed"], settings["threads"] or None
    with opened_log(quiet) as log, _judged_in(log, catalog, quiet) as found:
        told = {r.catalog.entry.key: lessons(r, log, form, told=False) for r in found}
        newest = sorted((x for own in told.values() for x in own), key=lambda x: x.at)[-NEWEST:]
        tuning.check_enough(newest)
        lora.needed()
        keys = {x.catalog for x in newest}
        count = len(newest) // 12 // len(keys) + 5
        kept_in_mind = [x for r in found if r.catalog.entry.key in keys for x in reminders(r, form, count, seed=seed)]
    made = paths.private(tuned.folder()) / f".{os.getpid()}.part"
    try:
        with _bar(quiet) as progress:
            result = tuning.tune(
                weights, made, newest, kept_in_mind, usual=session.weight_of(form), name=described.name, seed=seed, threads=threads, progress=progress, cache_dir=paths.cache_dir(),
            )  # fmt: skip
        card = tuned.Card(described.name, tuned.mark_of(weights), tuple(sorted(keys)), result.weight, stamp(time.time()), result.figures(), file=str(weights))
        if not result.why_not:
            card = tuned.keep(made, card)
    finally:
        made.unlink(missing_ok=True)
    _outcome(card, result, tuned.card_of(weights), json, quiet)


def _outcome(card: Card, result: Result, there: Card | None, json: bool, quiet: bool) -> None:
    """What came of it: that is the answer, and none of the results is an error."""
    from msgspec.structs import asdict

    if json:
        s.emit_json({**asdict(card), "kept": not result.why_not, "why_not": result.why_not or None})
    else:
        s.emit(s.columns(_measured(card.figures)))
    if not result.why_not:
        s.note("kept: answers use it from now on; recsh tune --off goes back", quiet=quiet)
        return
    still = "what was learned before stays" + ("" if there.on else ", switched off") if there else "the weights stay as they were"
    s.note(f"not kept: {result.why_not}; {still}", quiet=quiet)


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for learning, on a terminal."""
    with s.compiling(quiet) as show:
        yield lambda stage, done, total: show(_DOING.get(stage, stage), done, total)
